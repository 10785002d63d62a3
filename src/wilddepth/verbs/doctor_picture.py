"""The picture of a finding: both views side by side, with points that both show joined by lines."""

import cv2
import numpy as np
from jaxtyping import UInt8

from wilddepth.checks.match import Matches
from wilddepth.checks.pair import PairMeasures
from wilddepth.checks.view import rgb_of
from wilddepth.report.picture import side_by_side
from wilddepth.sample import Sample

LINES = 40
"""So many matches are shown, evenly spread over the rows: more would hide the views."""
GAP_PX = 8
_GOOD, _BAD = (90, 220, 90), (240, 70, 60)
_LEVEL_PX = 1.0
"""A match whose rows differ by more is drawn in red."""


def finding_picture(
    sample: Sample, measures: PairMeasures | None, before: Sample | None = None
) -> UInt8[np.ndarray, "h w 3"]:
    """Left and right view; above them the frame before, where one is given.

    A line joins a point of the left view with the same point of the right one: green where it is level, red where its
    rows differ by more than 1 px.
    """
    picture = _views(sample)
    if measures is not None:
        _join(picture, measures.alignment.matches)
    return picture if before is None else np.concatenate([_views(before), picture])


def _views(sample: Sample) -> UInt8[np.ndarray, "h w 3"]:
    pair = sample.stereo()
    return side_by_side(rgb_of(pair.left), rgb_of(pair.right), gap=GAP_PX)


def _join(picture: UInt8[np.ndarray, "h w 3"], found: Matches) -> None:
    """Draw some of the matches."""
    order = np.argsort(found.left[:, 1], kind="stable")
    shown = order[np.linspace(0, len(order) - 1, min(LINES, len(order))).astype(np.intp)] if len(order) else order
    for left, right in zip(found.left[shown], found.right[shown], strict=True):
        colour = _BAD if abs(right[1] - left[1]) > _LEVEL_PX else _GOOD
        ends = [(round(left[0]), round(left[1])), (round(right[0]) + found.width + GAP_PX, round(right[1]))]
        cv2.line(picture, ends[0], ends[1], colour)
