"""Every rule trips at its limit and is silent below it."""

import math
from collections.abc import Iterable
from dataclasses import replace

import numpy as np
import pytest
import torch

from tiny import picture, plane
from wilddepth.checks import rules
from wilddepth.checks.finding import Finding
from wilddepth.checks.frame import Frame
from wilddepth.checks.intrinsics import Intrinsics
from wilddepth.checks.match import Matches
from wilddepth.checks.pair import Alignment, Frames, measure_frames, measure_pair, views_of
from wilddepth.checks.quick import quick_look, spread_evenly
from wilddepth.checks.reach import Reach
from wilddepth.checks.rows import Rows
from wilddepth.checks.sharpness import Sharpness
from wilddepth.checks.sides import Sides
from wilddepth.checks.summary import summarised
from wilddepth.checks.tone import Tone
from wilddepth.sample import Sample

GOOD_ROWS = Rows(0.1, 0.0, 0.0, 0.1, 0.02, 0.2, 300, judged=True)
GOOD_SIDES = Sides(0.02, 280, 300)
GOOD_FRAME = Frame(100.0, 150.0, 90.0)
GOOD_FRAMES = Frames(GOOD_FRAME, GOOD_FRAME, 30.0, 9.0, 9.0)
NAN = float("nan")


def alignment(**rows: float | bool) -> Alignment:
    return Alignment(replace(GOOD_ROWS, **rows), GOOD_SIDES, Matches(np.zeros((0, 2)), np.zeros((0, 2)), 10, 10))


def told(found: Iterable[Finding]) -> list[tuple[str, str]]:
    return [(finding.code, finding.level) for finding in found]


@pytest.mark.parametrize(
    "rows, expected",
    [
        ({"size_px": 0.69}, []),
        ({"size_px": 0.71}, [("rows", "warning")]),
        ({"size_px": 1.49}, [("rows", "warning")]),
        ({"size_px": 1.51}, [("rows", "fault")]),
        ({"size_px": 0.8, "error_px": 0.29}, []),  # may be chance
        ({"judged": False, "size_px": NAN, "matches": 7}, [("unmatched", "warning")]),
    ],
)
def test_rows(rows: dict, expected: list):
    assert told(rules.rows_findings(alignment(**rows))) == expected


def test_the_sentence_about_rows_holds_all_numbers():
    rows = Rows(13.31, -0.29, 0.95, 13.42, 0.07, 0.7, 548, judged=True)
    expected = "rows are 13.4 px apart: offset +13.31 px, roll -0.29 degrees, scale +0.95 % (548 matches)"
    assert rules.rows_text(rows) == expected


@pytest.mark.parametrize("share, swapped", [(0.59, False), (0.61, True), (NAN, False)])
def test_sides(share: float, swapped: bool):
    found = list(rules.sides_findings(replace(GOOD_SIDES, negative_share=share)))
    assert told(found) == [("swapped", "fault")] * swapped


def test_the_range_is_told_where_it_is_known():
    (note,) = rules.reach_findings(Reach(-0.0, 60.2, 0.9))
    assert (note.level, note.value, note.text) == ("note", 60.2, "expect disparities of 0 to 60 px")
    assert not list(rules.reach_findings(Reach(NAN, NAN, 0.1)))
    assert not list(rules.reach_findings(None))


@pytest.mark.parametrize(
    "tone, expected",
    [
        (Tone(0.59, 1.0, 3.0, 90), []),
        (Tone(-0.61, 1.0, 3.0, 90), ["exposure"]),
        (Tone(0.0, 1.24, 3.0, 90), []),
        (Tone(0.0, 1.26, 3.0, 90), ["exposure"]),
        (Tone(0.0, 1 / 1.26, 3.0, 90), ["exposure"]),
        (Tone(0.0, NAN, 17.9, 90), []),
        (Tone(0.0, 1.0, 18.1, 90), ["colour"]),
        (Tone(NAN, NAN, NAN, 3), []),
    ],
)
def test_tone(tone: Tone, expected: list[str]):
    assert told(rules.tone_findings(tone)) == [(code, "warning") for code in expected]


def test_the_sentence_about_exposure_says_which_view_is_brighter():
    (dark,) = rules.tone_findings(Tone(-1.0, NAN, 0.0, 90))
    assert dark.text == "the left view is 2.00 times darker than the right one"
    (bright,) = rules.tone_findings(Tone(1.0, 1.3, 0.0, 90))
    assert bright.text == "the left view is 2.00 times brighter than the right one, with 1.30 times the contrast"


@pytest.mark.parametrize(
    "left, right, text",
    [
        (Sharpness(1.1, 1.1), Sharpness(2.29, NAN), None),
        (Sharpness(0.5, 0.5), Sharpness(0.9, 2.4), "the right view is blurred: across 0.9 px, down 2.4 px"),
        (Sharpness(2.8, 0.5), Sharpness(0.9, 2.4), "both views are blurred: across 2.8 px, down 0.5 px"),
        (Sharpness(NAN, NAN), Sharpness(NAN, NAN), None),
    ],
)
def test_blur(left: Sharpness, right: Sharpness, text: str | None):
    found = list(rules.blur_findings(left, right))
    assert [finding.text.removesuffix(" (standard deviation)") for finding in found] == ([text] if text else [])


@pytest.mark.parametrize(
    "given, text",
    [
        (Intrinsics(1.05, 0.95, 1.0, 80.0), None),
        (Intrinsics(0.5, 0.51, 1.0, 80.0), "0.50 times as large"),
        (Intrinsics(2.0, 1.9, 1.0, 80.0), "1.95 times as large"),
        (Intrinsics(0.5, 0.9, 1.0, 80.0), None),  # a crop
        (Intrinsics(0.1, 0.1, 1.0, 80.0), None),  # another one
        (Intrinsics(-0.5, 0.9, 1.0, 80.0), None),  # a crop beside the principal point
        (Intrinsics(1.0, 1.0, 1.2, 80.0), "differ by a factor of 1.20"),
        (Intrinsics(1.0, 1.0, 1.0, 150.0), "a field of view of 150 degrees"),
        (Intrinsics(1.0, 1.0, 1.0, 5.0), "a field of view of 5 degrees"),
    ],
)
def test_intrinsics(given: Intrinsics, text: str | None):
    found = list(rules.intrinsics_findings(given))
    assert len(found) == (text is not None)
    assert all(text in finding.text for finding in found)


@pytest.mark.parametrize(
    "changed, expected",
    [
        ({}, []),
        ({"left_change": None, "right_change": None}, []),
        ({"left": Frame(3.0, 4.0, 0.0)}, [("blank", "fault")]),
        ({"between_views": 0.2}, [("one-view-twice", "fault")]),
        ({"left_change": 0.1, "right_change": 0.2}, [("duplicate", "warning")]),
        ({"left_change": 0.1, "right_change": 5.0}, [("frozen", "fault")]),
        ({"left_change": 5.0, "right_change": 0.0}, [("frozen", "fault")]),
        ({"left_change": 0.29, "right_change": 0.9}, []),  # a still scene with little noise
        ({"left_change": 0.31, "right_change": 5.0}, []),
        ({"right": Frame(90.0, 150.0, 5.0)}, [("grey", "warning")]),
        ({"left": Frame(90.0, 150.0, 5.0), "right": Frame(90.0, 150.0, 6.0)}, [("grey", "note")]),
    ],
)
def test_frames(changed: dict, expected: list):
    assert told(rules.frame_findings(replace(GOOD_FRAMES, **changed))) == expected


@pytest.mark.parametrize(
    "changed, text",
    [
        ({"left": Frame(3.0, 4.0, 0.0)}, "the left view is black"),
        ({"right": Frame(200.0, 4.0, 0.0)}, "the right view is blank"),
        ({"left": Frame(3.0, 1.0, 0.0), "right": Frame(3.0, 1.0, 0.0)}, "the left and the right view are black"),
        ({"left_change": 0.0}, "the left view is frozen while the right one changes by 9.0 grey levels"),
        ({"right": Frame(90.0, 150.0, 0.0)}, "only the right view is grey"),
    ],
)
def test_sentences_about_frames(changed: dict, text: str):
    assert [finding.text for finding in rules.frame_findings(replace(GOOD_FRAMES, **changed))] == [text]


def test_a_good_pair_has_nothing_but_its_range():
    measures = measure_pair(plane(8, height=96, width=200, doffs=0.0))
    (only,) = rules.pair_findings(measures)
    assert only.code == "disparities"
    assert measures.intrinsics is not None


def test_frames_are_compared_with_the_pair_before():
    first, second = views_of(plane(6)), views_of(plane(6, 1))
    assert measure_frames(second).left_change is None
    moved = measure_frames(second, first)
    assert moved.left_change > 5
    assert told(rules.frame_findings(measure_frames(first, first)))[0] == ("duplicate", "warning")


def finding(code: str, level: str = "warning", value: float = 1.0) -> Finding:
    return Finding(code, level, value, "px", f"{code} {value:g}")  # type: ignore[arg-type]


def test_the_rig_is_judged_by_the_middle_pair_and_frames_by_the_worst():
    found = {
        str(i): [finding("rows", "fault", value), finding("blur", "warning", value)]
        for i, value in enumerate((9, 2, 3))
    }
    rows, blur = summarised(found)
    assert (rows.code, rows.level, rows.value, rows.key, rows.looked_at) == ("rows", "fault", 3, "2", 3)
    assert (blur.value, blur.key, blur.keys, blur.text) == (9, "0", ("0", "1", "2"), "blur 9")


@pytest.mark.parametrize("count, level", [(1, "warning"), (2, "fault"), (4, "fault")])
def test_a_fault_of_the_rig_on_few_pairs_is_a_warning(count: int, level: str):
    found = {str(i): [finding("swapped", "fault", 90.0)] * (i < count) for i in range(4)}
    assert [each.level for each in summarised(found)] == [level]


def test_one_black_frame_is_a_fault_however_many_are_good():
    found = {str(i): [finding("blank", "fault", 0.0)] * (i == 3) for i in range(100)}
    (only,) = summarised(found)
    assert (only.level, only.keys) == ("fault", ("3",))


def test_the_share_is_that_of_the_pairs_that_were_asked():
    found = {str(i): [finding("rows", "fault", 5.0)] * (i < 3) for i in range(100)}
    assert summarised(found, asked={"rows": 5})[0].level == "fault"
    assert summarised(found, asked={"rows": 7})[0].level == "warning"


def test_the_worst_comes_first():
    found = {"a": [finding("grey", "note"), finding("blur"), finding("blank", "fault"), finding("rows")]}
    assert [each.code for each in summarised(found)] == ["blank", "rows", "blur", "grey"]
    assert summarised({}) == ()


@pytest.mark.parametrize(
    "count, most, expected",
    [
        (3, 5, [0, 1, 2]),
        (5, 5, [0, 1, 2, 3, 4]),
        (101, 5, [0, 25, 50, 75, 100]),
        (9, 1, [4]),
        (0, 5, []),
        (7, 2, [0, 6]),
    ],
)
def test_pairs_are_spread_evenly(count: int, most: int, expected: list[int]):
    assert spread_evenly(count, most) == expected


def apart(rows: int, disparity: int = 6, seed: int = 0) -> Sample:
    """A plane whose right view shows everything `rows` px lower."""
    scene = picture(seed, 120 + rows, 260)
    left, right = scene[..., rows:, 32:232], scene[..., : scene.shape[-2] - rows, 32 + disparity : 232 + disparity]
    return Sample(image=left, right=right, keys=("apart",))


def test_the_quick_look_goes_by_the_middle_pair():
    seen = quick_look([apart(3), apart(0, seed=1), apart(3, seed=2)])
    assert seen.judged == 3
    assert seen.misaligned is not None
    assert seen.misaligned.offset_px == pytest.approx(3, abs=0.05)
    assert quick_look([apart(3), apart(0, seed=1), apart(0, seed=2)]).misaligned is None
    assert quick_look([apart(1), apart(1, seed=1)]).misaligned is None  # a warning of the doctor, not a refusal


def test_the_quick_look_goes_by_the_majority():
    wrong, right = apart(0, -9), apart(0, 9, seed=1)
    assert quick_look([wrong, wrong, right]).swapped is not None
    assert quick_look([wrong, right]).swapped is None
    both = quick_look([apart(4, -9)])
    assert both.swapped is not None
    assert both.misaligned is not None


def test_the_quick_look_says_nothing_of_what_it_cannot_judge():
    blank = Sample(image=torch.zeros(1, 3, 40, 60), right=torch.zeros(1, 3, 40, 60), keys=("blank",))
    seen = quick_look([blank])
    assert (seen.misaligned, seen.swapped, seen.judged) == (None, None, 0)
    assert math.isnan(measure_pair(blank).tone.stops)
