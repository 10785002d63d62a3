"""How well a disparity map rebuilds its view from the other one, pixel by pixel, for many maps of one pair.

The numbers are those of `losses.photometric.photometric_map` (3x3 windows, mirrored border) to float32's rounding,
several times faster and without a gradient.
"""

from dataclasses import dataclass
from typing import no_type_check

import numpy as np
from jaxtyping import Bool, Float32, UInt8
from numba import njit

from wilddepth.losses.ssim import C1, C2


@dataclass(frozen=True)
class Rebuilder:
    """A pair made ready: the view that is rebuilt with its local statistics, and the view that it is rebuilt from.

    Attributes:
        target: colours 0..1 of the view, framed by one mirrored pixel, channel by channel.
        mean: of its 3x3 windows.
        variance: of the same.
        source: colours 0..1 of the other view.
    """

    target: Float32[np.ndarray, "c h2 w2"]
    mean: Float32[np.ndarray, "c h w"]
    variance: Float32[np.ndarray, "c h w"]
    source: Float32[np.ndarray, "c h w"]

    @classmethod
    def of(cls, view: UInt8[np.ndarray, "h w c"], other: UInt8[np.ndarray, "h2 w2 c2"]) -> "Rebuilder":
        """Both views of a pair of one size, 8 bits, at least 2x2 px.

        Raises:
            ValueError: for views of different size.
        """
        if view.shape != other.shape:
            raise ValueError(f"views differ in size: {view.shape} and {other.shape}")
        target = np.pad(planes(view), ((0, 0), (1, 1), (1, 1)), mode="reflect")
        mean = window_mean(target)
        return cls(target, mean, window_mean(target * target) - mean * mean, planes(other))

    def error(
        self,
        disparity: Float32[np.ndarray, "h w"],
        known: Bool[np.ndarray, "h w"] | None = None,
        *,
        alpha: float = 0.85,
    ) -> Float32[np.ndarray, "h w"]:
        """alpha DSSIM + (1 - alpha) L1, mean over channels: 0 = rebuilt exactly.

        Args:
            disparity: of the view, px, finite; column x is rebuilt from x - d, beyond the edge from its last column.
            known: pixels that are rebuilt; the others take the colour of the other view's first corner. None = all.
            alpha: share of DSSIM.

        Source:
            Godard et al., CVPR 2017 (arXiv:1609.03677), eq. 2.
        """
        everywhere = np.ones(disparity.shape, np.bool_) if known is None else known
        rebuilt = np.empty_like(self.target)
        _rebuild(self.source, np.ascontiguousarray(disparity), everywhere, rebuilt)
        error = np.zeros(disparity.shape, np.float32)
        for target, view, mean, variance in zip(self.target, rebuilt, self.mean, self.variance, strict=True):
            _add_error(view, target, mean, variance, np.float32(alpha), error)
        return error / np.float32(len(self.target))


def planes(image: UInt8[np.ndarray, "h w c"]) -> Float32[np.ndarray, "c h w"]:
    """Colours 0..1, channel by channel."""
    return np.ascontiguousarray(image.transpose(2, 0, 1)).astype(np.float32) / np.float32(255)


def window_mean(framed: Float32[np.ndarray, "c h2 w2"]) -> Float32[np.ndarray, "c h w"]:
    """Means of the complete 3x3 windows."""
    rows = framed[:, :-2] + framed[:, 1:-1] + framed[:, 2:]
    total: np.ndarray = rows[..., :-2] + rows[..., 1:-1] + rows[..., 2:]
    return total / np.float32(9)


@njit(cache=True, nogil=True)
@no_type_check
def _rebuild(source: np.ndarray, disparity: np.ndarray, known: np.ndarray, rebuilt: np.ndarray) -> None:
    """Fill the inside of `rebuilt`, linear along the row, and its frame by mirroring."""
    channels, height, width = source.shape
    last = np.float32(width - 1)
    for y in range(height):
        for x in range(width):
            position = min(max(np.float32(x) - disparity[y, x], np.float32(0)), last)
            before = int(position)
            after = min(before + 1, width - 1)
            weight = position - np.float32(before)
            for c in range(channels):
                if known[y, x]:
                    first = source[c, y, before]
                    rebuilt[c, y + 1, x + 1] = first + weight * (source[c, y, after] - first)
                else:
                    rebuilt[c, y + 1, x + 1] = source[c, 0, 0]
    for c in range(channels):
        for y in range(1, height + 1):
            rebuilt[c, y, 0], rebuilt[c, y, width + 1] = rebuilt[c, y, 2], rebuilt[c, y, width - 1]
        for x in range(width + 2):
            rebuilt[c, 0, x], rebuilt[c, height + 1, x] = rebuilt[c, 2, x], rebuilt[c, height - 1, x]


@njit(cache=True, nogil=True, fastmath=True)
@no_type_check
def _add_error(
    view: np.ndarray, target: np.ndarray, mean: np.ndarray, variance: np.ndarray, alpha: np.float32, error: np.ndarray
) -> None:
    """Add one channel's error; sums of three rows are kept for three columns at a time."""
    height, width = error.shape
    c1, c2, ninth, half = np.float32(C1), np.float32(C2), np.float32(1 / 9), np.float32(0.5)
    sums = np.empty((3, width + 2), np.float32)
    x1, x2, xy = sums[0], sums[1], sums[2]
    for y in range(height):
        for i in range(width + 2):
            a, b, c = view[y, i], view[y + 1, i], view[y + 2, i]
            x1[i] = a + b + c
            x2[i] = a * a + b * b + c * c
            xy[i] = a * target[y, i] + b * target[y + 1, i] + c * target[y + 2, i]
        for x in range(width):
            m = (x1[x] + x1[x + 1] + x1[x + 2]) * ninth
            p = (x2[x] + x2[x + 1] + x2[x + 2]) * ninth
            q = (xy[x] + xy[x + 1] + xy[x + 2]) * ninth
            n = mean[y, x]
            above = (2 * m * n + c1) * (2 * (q - m * n) + c2)
            below = (m * m + n * n + c1) * (p - m * m + variance[y, x] + c2)
            dssim = min(max((1 - above / below) * half, np.float32(0)), np.float32(1))
            error[y, x] += alpha * dssim + (1 - alpha) * abs(view[y + 1, x + 1] - target[y + 1, x + 1])
