"""From numbers to findings: every limit, with the reason for it.

The limits were set on rendered worlds of one seed and proven on another (docs/evidence/doctor.json); rectified real
pairs lie below them.
"""

import math
from collections.abc import Iterator

from wilddepth.checks.finding import Finding, Level
from wilddepth.checks.intrinsics import Intrinsics
from wilddepth.checks.pair import Alignment, Frames, PairMeasures
from wilddepth.checks.reach import Reach
from wilddepth.checks.rows import Rows
from wilddepth.checks.sharpness import Sharpness
from wilddepth.checks.sides import Sides
from wilddepth.checks.tone import Tone

ROWS_WARNING_PX = 0.7
"""Rectified pairs of public data sets reach 0.63 px (Karlsruhe); half a pixel costs matchers little."""
ROWS_FAULT_PX = 1.5
"""From here on windows of matchers hold the wrong rows, and networks that search along a row do too."""
SIGNIFICANT = 3.0
"""So many standard errors a misalignment must have."""
SWAPPED_SHARE = 0.6
"""The right way round, negative disparities are wrong matches: up to four tenths in the dark. Swapped, 0.7 and more."""
EXPOSURE_STOPS = 0.6
"""Real pairs differ by up to 0.25 stops, rendered pairs of unlike cameras by up to 0.45."""
GAMMA_FACTOR = 1.25
"""Real pairs differ by up to 1.09, rendered pairs of unlike cameras by up to 1.19."""
CAST_PERCENT = 18.0
"""Real pairs differ by up to 2 % in a channel, rendered pairs of unlike cameras by up to 12 %."""
BLUR_PX = 2.3
"""Real pairs are sharp (0), of rendered ones two hundredths lie above 2 px; at 2.3 px, details of 5 px are gone."""
BLANK_RANGE = 5.0
"""Grey levels between the darkest and the brightest block below which nothing can be matched."""
BLACK_LEVEL = 12.0
"""Mean grey level of a view without content that is called black."""
SAME_LEVELS = 0.3
"""Frames nearer than this are the same frame: two pictures of a still scene differ more by noise alone."""
MOVED_LEVELS = 1.0
"""A view that differs by this from the frame before has moved, or at least was exposed again."""
GREY_LEVELS = 6.0
"""Difference of the channels that JPEG leaves in a grey picture, at most."""
SIZE_FACTOR = 1.5
"""Principal points of whole images lie near the middle; crops move them, but seldom both axes alike."""
SMALLEST_FACTOR = 0.3
"""A calibration of images that much smaller is seldom met; a crop far off the principal point is."""
SIZE_AGREEMENT = 0.07
"""How nearly both axes must tell the same other size (those of KITTI do within 0.065)."""
ASPECT = 1.15
"""Pixels of cameras are square within a few per cent; more is a resize of one axis that the calibration missed."""
FIELD_DEGREES = (8.0, 140.0)
"""Horizontal fields of view that pinhole stereo pairs have."""


def pair_findings(measures: PairMeasures) -> list[Finding]:
    """What the numbers of one pair mean."""
    found = [
        *rows_findings(measures.alignment),
        *sides_findings(measures.alignment.sides),
        *reach_findings(measures.reach),
        *tone_findings(measures.tone),
        *blur_findings(measures.left_sharpness, measures.right_sharpness),
    ]
    return found if measures.intrinsics is None else [*found, *intrinsics_findings(measures.intrinsics)]


def rows_findings(alignment: Alignment) -> Iterator[Finding]:
    """Rows apart, or too little to tell."""
    rows = alignment.rows
    if not rows.judged:
        text = "too few points are seen in both views to judge their rows and sides"
        yield Finding("unmatched", "warning", float(rows.matches), "matches", text)
    elif is_misaligned(rows):
        level: Level = "fault" if is_misaligned(rows, ROWS_FAULT_PX) else "warning"
        yield Finding("rows", level, rows.size_px, "px", rows_text(rows))


def is_misaligned(rows: Rows, limit: float = ROWS_WARNING_PX) -> bool:
    """Whether rows are further apart than `limit` px, and surely so."""
    return rows.judged and rows.size_px > max(limit, SIGNIFICANT * rows.error_px)


def rows_text(rows: Rows) -> str:
    """Offset, roll and scale in one sentence."""
    return (
        f"rows are {rows.size_px:.1f} px apart: offset {rows.offset_px:+.2f} px, roll {rows.roll_degrees:+.2f} "
        f"degrees, scale {rows.scale_percent:+.2f} % ({rows.matches} matches)"
    )


def sides_findings(sides: Sides) -> Iterator[Finding]:
    """Views taken for each other."""
    if is_swapped(sides):
        yield Finding("swapped", "fault", 100 * sides.negative_share, "%", swapped_text(sides))


def is_swapped(sides: Sides) -> bool:
    """Whether most disparities are negative (nan compares as False)."""
    return sides.negative_share > SWAPPED_SHARE


def swapped_text(sides: Sides) -> str:
    """The evidence."""
    return (
        f"left and right seem to be swapped: {100 * sides.negative_share:.0f} % of {sides.signed} matches have a "
        "negative disparity (cameras that are turned towards each other look like this too, without their calibration)"
    )


def reach_findings(reach: Reach | None) -> Iterator[Finding]:
    """The disparities to expect."""
    if reach is not None and not math.isnan(reach.highest_px):
        # adding 0.0 turns -0 into 0
        text = f"expect disparities of {round(reach.lowest_px) + 0.0:.0f} to {reach.highest_px:.0f} px"
        yield Finding("disparities", "note", reach.highest_px, "px", text)


def tone_findings(tone: Tone) -> Iterator[Finding]:
    """Brightness, contrast and colour that differ between the views."""
    bends = not math.isnan(tone.gamma) and abs(math.log(tone.gamma)) > math.log(GAMMA_FACTOR)
    if abs(tone.stops) > EXPOSURE_STOPS or bends:
        brighter = "brighter" if tone.stops > 0 else "darker"
        text = f"the left view is {2 ** abs(tone.stops):.2f} times {brighter} than the right one"
        contrast = "" if math.isnan(tone.gamma) else f", with {tone.gamma:.2f} times the contrast"
        yield Finding("exposure", "warning", tone.stops, "stops", text + contrast)
    if tone.cast_percent > CAST_PERCENT:
        text = f"one colour channel differs by {tone.cast_percent:.0f} % between the views"
        yield Finding("colour", "warning", tone.cast_percent, "%", text)


def blur_findings(left: Sharpness, right: Sharpness) -> Iterator[Finding]:
    """A view without sharp edges."""
    blurred = {name: view for name, view in (("left", left), ("right", right)) if view.worst_px > BLUR_PX}
    if blurred:
        name, worst = max(blurred.items(), key=lambda entry: entry[1].worst_px)
        which = "both views are" if len(blurred) == 2 else f"the {name} view is"
        text = f"{which} blurred: across {worst.across_px:.1f} px, down {worst.down_px:.1f} px (standard deviation)"
        yield Finding("blur", "warning", worst.worst_px, "px", text)


def intrinsics_findings(given: Intrinsics) -> Iterator[Finding]:
    """A calibration that seems to be that of other images."""
    factor = math.sqrt(max(given.width_factor, 1e-3) * max(given.height_factor, 1e-3))
    agree = abs(given.width_factor - given.height_factor) < SIZE_AGREEMENT * factor
    if agree and factor > SMALLEST_FACTOR and not 1 / SIZE_FACTOR < factor < SIZE_FACTOR:
        text = f"the calibration fits images {factor:.2f} times as large as these (by its principal point)"
        yield Finding("intrinsics", "warning", factor, "times", text)
    elif not 1 / ASPECT < given.aspect < ASPECT:
        text = f"the focal lengths along x and y differ by a factor of {given.aspect:.2f}: another shape of image"
        yield Finding("intrinsics", "warning", given.aspect, "times", text)
    elif not FIELD_DEGREES[0] < given.field_degrees < FIELD_DEGREES[1]:
        text = f"the calibration means a field of view of {given.field_degrees:.0f} degrees"
        yield Finding("intrinsics", "warning", given.field_degrees, "degrees", text)


def frame_findings(frames: Frames) -> Iterator[Finding]:
    """Blank, repeated, frozen and grey frames."""
    blank = [name for name, view in (("left", frames.left), ("right", frames.right)) if view.range < BLANK_RANGE]
    if blank:
        level = min(frames.left.level, frames.right.level)
        what = "black" if level < BLACK_LEVEL else "blank"
        text = f"the {' and the '.join(blank)} view {'is' if len(blank) == 1 else 'are'} {what}"
        yield Finding("blank", "fault", min(frames.left.range, frames.right.range), "grey levels", text)
        return
    if frames.between_views < SAME_LEVELS:
        text = "both views are the same picture"
        yield Finding("one-view-twice", "fault", frames.between_views, "grey levels", text)
    yield from _still_findings(frames)
    yield from _grey_findings(frames)


def _still_findings(frames: Frames) -> Iterator[Finding]:
    if frames.left_change is None or frames.right_change is None:
        return
    changes = {"left": frames.left_change, "right": frames.right_change}
    least, most = sorted(changes, key=changes.__getitem__)
    if changes[most] < SAME_LEVELS:
        yield Finding("duplicate", "warning", changes[most], "grey levels", "the pair is that of the frame before")
    elif changes[least] < SAME_LEVELS and changes[most] > MOVED_LEVELS:
        text = f"the {least} view is frozen while the {most} one changes by {changes[most]:.1f} grey levels"
        yield Finding("frozen", "fault", changes[least], "grey levels", text)


def _grey_findings(frames: Frames) -> Iterator[Finding]:
    grey = [name for name, view in (("left", frames.left), ("right", frames.right)) if view.colour <= GREY_LEVELS]
    if len(grey) == 1:
        value = min(frames.left.colour, frames.right.colour)
        yield Finding("grey", "warning", value, "grey levels", f"only the {grey[0]} view is grey")
    elif grey:
        value = max(frames.left.colour, frames.right.colour)
        yield Finding("grey", "note", value, "grey levels", "the pictures are grey, stored as colour")
