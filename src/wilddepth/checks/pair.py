"""Everything that is measured on one pair."""

from dataclasses import dataclass

from wilddepth.checks.frame import Frame, frame_difference, measure_frame
from wilddepth.checks.intrinsics import Intrinsics, measure_intrinsics
from wilddepth.checks.match import Matches, find_matches
from wilddepth.checks.reach import Reach, measure_reach
from wilddepth.checks.rows import Rows, measure_rows
from wilddepth.checks.sharpness import Sharpness, measure_sharpness
from wilddepth.checks.sides import Sides, measure_sides
from wilddepth.checks.tone import Tone, measure_tone
from wilddepth.checks.view import Grey, Rgb, grey_of, rgb_of
from wilddepth.sample import Sample

LEVEL_PX = 3.0
"""Rows further apart than this are not matched along rows, even in a small copy."""


@dataclass(frozen=True)
class Views:
    """One pair as arrays.

    Attributes:
        left: RGB.
        right: RGB.
        left_grey: brightness.
        right_grey: brightness.
    """

    left: Rgb
    right: Rgb
    left_grey: Grey
    right_grey: Grey


@dataclass(frozen=True)
class Alignment:
    """Rows and sides of one pair.

    Attributes:
        rows: how far the rows are apart.
        sides: signs of disparities.
        matches: those that agree about the rows.
    """

    rows: Rows
    sides: Sides
    matches: Matches


@dataclass(frozen=True)
class Frames:
    """What two views hold, and how they differ from each other and from the frame before.

    Attributes:
        left: level, content, colour.
        right: likewise.
        between_views: mean absolute difference of the views, grey levels.
        left_change: mean absolute difference from the left frame before; None for a first frame.
        right_change: likewise.
    """

    left: Frame
    right: Frame
    between_views: float
    left_change: float | None = None
    right_change: float | None = None


@dataclass(frozen=True)
class PairMeasures:
    """The numbers of one pair; `reach` is None where rows do not match, `intrinsics` without a calibration."""

    alignment: Alignment
    reach: Reach | None
    tone: Tone
    left_sharpness: Sharpness
    right_sharpness: Sharpness
    intrinsics: Intrinsics | None


def views_of(sample: Sample) -> Views:
    """The pair of a batch of one.

    Raises:
        MissingView: for a sample without a right view.
    """
    pair = sample.stereo()
    left, right = rgb_of(pair.left), rgb_of(pair.right)
    return Views(left, right, grey_of(left), grey_of(right))


def measure_alignment(views: Views, doffs: float = 0.0) -> Alignment:
    """Rows and sides; `doffs` as in `Sample.doffs`, px."""
    found = find_matches(views.left_grey, views.right_grey)
    rows, consistent = measure_rows(found)
    kept = found.chosen(consistent) if rows.judged else found.chosen(consistent & False)
    return Alignment(rows, measure_sides(kept, doffs), kept)


def measure_frames(views: Views, before: Views | None = None) -> Frames:
    """Contents, and change since the pair before it."""
    return Frames(
        left=measure_frame(views.left, views.left_grey),
        right=measure_frame(views.right, views.right_grey),
        between_views=frame_difference(views.left_grey, views.right_grey),
        left_change=None if before is None else frame_difference(views.left_grey, before.left_grey),
        right_change=None if before is None else frame_difference(views.right_grey, before.right_grey),
    )


def measure_pair(sample: Sample, views: Views | None = None) -> PairMeasures:
    """Everything that needs matches: a third of a second at 1242x375 on one core.

    Raises:
        MissingView: for a sample without a right view.
    """
    seen = views_of(sample) if views is None else views
    doffs = float(sample.doffs()[0])
    alignment = measure_alignment(seen, doffs)
    level = alignment.rows.judged and alignment.rows.size_px < LEVEL_PX
    return PairMeasures(
        alignment=alignment,
        reach=measure_reach(seen.left_grey, seen.right_grey, doffs) if level else None,
        tone=measure_tone(seen.left, seen.right, alignment.matches),
        left_sharpness=measure_sharpness(seen.left_grey),
        right_sharpness=measure_sharpness(seen.right_grey),
        intrinsics=None if sample.camera is None else measure_intrinsics(sample.camera),
    )
