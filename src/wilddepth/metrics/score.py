"""Scoring predicted disparities against truth under a protocol: one row per image, and their mean."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Bool, Float32, Shaped
from torch import Tensor

from wilddepth.errors import SampleError
from wilddepth.metrics import disparity, protocols
from wilddepth.metrics.average import COUNTS, mean_row
from wilddepth.metrics.calibration import Reliability, reliability
from wilddepth.metrics.prepare import asked, prepared, prepared_confidence
from wilddepth.metrics.trust import RIGHT_PX, joined_reliability, plain_curve, trust_row
from wilddepth.prediction import Prediction
from wilddepth.protocol import Protocol, require_same
from wilddepth.truth import Truth

Disparities = (
    Prediction
    | Shaped[Tensor, "b 1 h w"]
    | Shaped[Tensor, "h w"]
    | Shaped[np.ndarray, "b 1 h w"]
    | Shaped[np.ndarray, "h w"]
)


@dataclass(frozen=True)
class Score:
    """What a set of predictions is worth under one protocol.

    Attributes:
        protocol: how the numbers were measured.
        images: one row per image. In percent: `d1_all`, `bad0.5` .. `bad5`, `density` (estimated among the pixels asked
            about), and `d1_bg`, `d1_fg` where the truth tells cars apart. In px: `epe`, `rmse`, `a50` .. `a99`.
            Counts: `valid_pixels` (asked about), `scored_pixels` (what the percentages are shares of). Every metric is
            nan for an image without any valid pixel. Where predictions bring a confidence, also what
            `metrics.trust` says of it.
        reliability: of the confidences of all images together; None where there are none.
    """

    protocol: Protocol
    images: tuple[Mapping[str, float], ...]
    reliability: Reliability | None = None

    @property
    def mean(self) -> Mapping[str, float]:
        """Each metric over the images, averaged as the protocol says; images without any valid pixel do not count."""
        return mean_row(self.images, self.protocol)

    @classmethod
    def joined(cls, scores: "Sequence[Score]") -> "Score":
        """The score of several batches or data sets taken together.

        Raises:
            ConfigError: when they were measured under different protocols.
            ValueError: when there is nothing to join.
        """
        if not scores:
            raise ValueError("no scores to join")
        for other in scores[1:]:
            require_same(scores[0].protocol, other.protocol)
        rows = tuple(row for each in scores for row in each.images)
        return cls(scores[0].protocol, rows, joined_reliability([each.reliability for each in scores]))

    def as_json(self) -> dict[str, object]:
        """`{"protocol": {...}, "mean": {...}, "images": [...]}` of plain values; not finite is null.

        With confidences also `"reliability"`, see `metrics.trust.plain_curve`.
        """
        curve = {} if self.reliability is None else {"reliability": plain_curve(self.reliability)}
        return {
            "protocol": self.protocol.describe(),
            "mean": plain(self.mean),
            **curve,
            "images": [plain(row) for row in self.images],
        }


def plain(row: Mapping[str, float]) -> dict[str, float | int | None]:
    """A row as JSON values: counts as whole numbers, what is not finite as None."""
    return {
        name: (int(value) if name in COUNTS else float(value)) if math.isfinite(value) else None
        for name, value in row.items()
    }


def score(protocol: Protocol | str, prediction: Disparities, truth: Truth) -> Score:
    """Score the disparities of one batch.

    Args:
        protocol: a protocol, or the name of one in `wilddepth.metrics.protocols.PROTOCOLS`.
        prediction: disparity, px; not finite = missing. Of the truth's size unless the protocol enlarges.
        truth: with `disparity`.

    Raises:
        ConfigError: unknown protocol.
        SampleError: the sizes differ, or the truth holds no disparity.
        MissingView: the prediction holds another quantity.
        ValueError: the numbers of images differ.
    """
    rule = protocols.protocol(protocol) if isinstance(protocol, str) else protocol
    images = compared(rule, prediction, truth)
    curves = [image_reliability(each) for each in images]
    return Score(rule, tuple(image_row(rule, each) for each in images), joined_reliability(curves))


@dataclass(frozen=True)
class Compared:
    """One image as a protocol compares it.

    Attributes:
        values: disparity at the size of the truth, px; clipped, rounded and filled as the protocol says.
        truth: px.
        asked: the pixels that the protocol asks about.
        scored: those of them that percentages are shares of.
        estimated: where the prediction had a value of its own.
        foreground: cars, where the truth tells them apart.
        confidence: 0..1, 0 where nothing was estimated; None where the prediction brings none.
    """

    values: Float32[np.ndarray, "h w"]
    truth: Float32[np.ndarray, "h w"]
    asked: Bool[np.ndarray, "h w"]
    scored: Bool[np.ndarray, "h w"]
    estimated: Bool[np.ndarray, "h w"]
    foreground: Bool[np.ndarray, "h w"] | None = None
    confidence: Float32[np.ndarray, "h w"] | None = None


def compared(protocol: Protocol, prediction: Disparities, truth: Truth) -> tuple[Compared, ...]:
    """The images of a batch as `score` compares them; arguments and errors are those of `score`."""
    if truth.disparity is None:
        raise SampleError("the truth holds no disparity; make it from depth with geometry.disparity_from_depth")
    seen = truth.visible() if protocol.mask == "visible" else truth
    predicted, true, valid = _images(prediction), _images(truth.disparity), _masks(seen.valid)
    if len(predicted) != len(true):
        raise ValueError(f"{len(predicted)} predictions for {len(true)} images of truth")
    cars = [None] * len(true) if truth.foreground is None else list(_masks(truth.foreground))
    sure = prediction.confidence if isinstance(prediction, Prediction) else None
    confidences = [None] * len(true) if sure is None else list(_images(sure))
    return tuple(_compared(protocol, *image) for image in zip(predicted, true, valid, cars, confidences, strict=True))


def unscored_row(protocol: Protocol) -> dict[str, float]:
    """The row of an image that has no truth: nan, and no pixels."""
    nothing = np.zeros((1, 1), dtype=np.float32)
    return image_row(protocol, _compared(protocol, nothing, nothing, np.zeros((1, 1), dtype=bool), None, None))


def _images(values: Disparities) -> Float32[np.ndarray, "b _ _"]:
    tensor = torch.as_tensor(values.disparity() if isinstance(values, Prediction) else values)
    array: np.ndarray = tensor.detach().to("cpu", torch.float32).numpy()
    return array[None] if array.ndim == 2 else array[:, 0]


def _masks(values: Bool[Tensor, "b 1 h w"]) -> Bool[np.ndarray, "b h w"]:
    array: np.ndarray = values.cpu().numpy()
    return array[:, 0]


def _compared(
    protocol: Protocol,
    prediction: Float32[np.ndarray, "_ _"],
    truth: Float32[np.ndarray, "h w"],
    valid: Bool[np.ndarray, "h w"],
    foreground: Bool[np.ndarray, "h w"] | None,
    confidence: Float32[np.ndarray, "_ _"] | None,
) -> Compared:
    chosen = asked(truth, valid, protocol)
    values, estimated = prepared(prediction, truth.shape, protocol)
    sure = None if confidence is None else prepared_confidence(confidence, prediction, estimated)
    # all where nothing is estimated: an empty prediction must not score nan
    only_estimated = protocol.missing == "skip" and bool((chosen & estimated).any())
    scored = chosen & estimated if only_estimated else chosen
    return Compared(values, truth, chosen, scored, estimated, foreground, sure)


def image_row(protocol: Protocol, image: Compared) -> dict[str, float]:
    """The row of one image (see `Score.images`)."""
    error = disparity.absolute_error(image.values[image.scored], image.truth[image.scored])
    outliers = disparity.outliers(error, image.truth[image.scored], protocol)
    row = {"d1_all": disparity.percent(outliers)}
    if image.foreground is not None:
        row |= _by_part(outliers, image.foreground[image.scored])
    row |= {f"bad{threshold:g}": disparity.bad(error, threshold) for threshold in disparity.BAD_PX}
    row |= {"epe": disparity.mean_error(error), "rmse": disparity.root_mean_square(error)}
    row |= disparity.quantiles(error)
    if image.confidence is not None:
        row |= trust_row(error, image.confidence[image.scored])
    return row | {
        "density": disparity.percent(image.estimated[image.asked]),
        "valid_pixels": float(np.count_nonzero(image.asked)),
        "scored_pixels": float(error.size),
    }


def image_reliability(image: Compared) -> Reliability | None:
    """The reliability curve of one image over its scored pixels; None without confidence."""
    if image.confidence is None:
        return None
    error = disparity.absolute_error(image.values[image.scored], image.truth[image.scored])
    return reliability(image.confidence[image.scored], error <= RIGHT_PX)


def _by_part(outliers: Bool[np.ndarray, " n"], foreground: Bool[np.ndarray, " n"]) -> dict[str, float]:
    """D1 of background and foreground with their pixel counts."""
    return {
        "d1_bg": disparity.percent(outliers[~foreground]),
        "d1_fg": disparity.percent(outliers[foreground]),
        "scored_bg": float(np.count_nonzero(~foreground)),
        "scored_fg": float(np.count_nonzero(foreground)),
    }
