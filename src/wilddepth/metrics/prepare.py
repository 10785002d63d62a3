"""What a protocol does to a prediction before it is compared, and which pixels it compares."""

import numpy as np
from jaxtyping import Bool, Float32

from wilddepth.errors import SampleError
from wilddepth.metrics.fill import fill_background
from wilddepth.protocol import Protocol


def prepared(
    prediction: Float32[np.ndarray, "_ _"], size: tuple[int, int], protocol: Protocol
) -> tuple[Float32[np.ndarray, "h w"], Bool[np.ndarray, "h w"]]:
    """The prediction at the truth's size, clipped, rounded and filled as the protocol says.

    Args:
        prediction: disparity, px of its own resolution; not finite = missing.
        size: rows and columns of the truth.

    Returns:
        Disparity, px of the truth's resolution, and True where it was estimated rather than missing or filled.

    Raises:
        SampleError: when the sizes differ and the protocol does not enlarge, or not by this factor.
    """
    values = _enlarged(prediction, size, protocol)
    estimated = np.isfinite(values)
    if protocol.clip_disparity is not None:
        values = np.where(estimated, values.clip(0, np.float32(protocol.clip_disparity)), values)
    if protocol.round_disparity:
        values = np.where(estimated, _rounded(values), values)
    if protocol.missing == "background":
        return fill_background(values), estimated & (values >= 0)
    return values, estimated


def prepared_confidence(
    confidence: Float32[np.ndarray, "_ _"], prediction: Float32[np.ndarray, "_ _"], estimated: Bool[np.ndarray, "h w"]
) -> Float32[np.ndarray, "h w"]:
    """The confidence at the truth's size; 0 where nothing was estimated, and where it is nan.

    Raises:
        SampleError: for a confidence of another size than its disparity, or outside 0..1.
    """
    if confidence.shape != prediction.shape:
        raise SampleError(
            f"the confidence is {confidence.shape} but its disparity {prediction.shape}; store both alike"
        )
    factor = estimated.shape[0] // prediction.shape[0]
    sure = np.nan_to_num(confidence, nan=0.0).repeat(factor, axis=0).repeat(factor, axis=1)
    if sure.size and not (sure.min() >= 0 and sure.max() <= 1):
        raise SampleError(f"a confidence is in 0..1, 1 = sure, not {sure.min():g}..{sure.max():g}; rescale it")
    return np.where(estimated, sure, np.float32(0))


def _rounded(values: Float32[np.ndarray, "h w"]) -> Float32[np.ndarray, "h w"]:
    """Whole numbers, halves away from zero as C rounds; in double, where the half is added exactly."""
    wide = values.astype(np.float64)
    return np.copysign(np.floor(np.abs(wide) + 0.5), wide).astype(np.float32)


def _enlarged(
    prediction: Float32[np.ndarray, "_ _"], size: tuple[int, int], protocol: Protocol
) -> Float32[np.ndarray, "_ _"]:
    factors = (1, 2, 4) if protocol.enlarge == "nearest" else (1,)
    height, width = prediction.shape
    for factor in factors:
        if (height * factor, width * factor) == size:
            return prediction.repeat(factor, axis=0).repeat(factor, axis=1) * np.float32(factor)
    raise SampleError(
        f"the prediction is {height}x{width} but the truth is {size[0]}x{size[1]}, which protocol {protocol.name!r} "
        "does not compare; predict at the size of the truth (a resized disparity map is also multiplied by the factor)"
    )


def asked(
    truth: Float32[np.ndarray, "h w"], valid: Bool[np.ndarray, "h w"], protocol: Protocol
) -> Bool[np.ndarray, "h w"]:
    """The pixels the protocol asks about: with truth, inside its window and its range of disparities."""
    chosen: np.ndarray = valid & np.isfinite(truth)
    if protocol.min_disparity is not None:
        chosen &= truth > protocol.min_disparity
    if protocol.max_disparity is not None:
        chosen &= truth < protocol.max_disparity
    window = protocol.crop_size()
    return chosen if window is None else chosen & _centre(truth.shape, window)


def _centre(shape: tuple[int, ...], window: tuple[int, int]) -> Bool[np.ndarray, "h w"]:
    """True inside the central window, or along a whole side that is shorter than it."""
    inside = np.zeros(shape, dtype=bool)
    top, left = (max(side - extent, 0) // 2 for side, extent in zip(shape, window, strict=True))
    inside[top : top + window[0], left : left + window[1]] = True
    return inside
