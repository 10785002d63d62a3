"""`wilddepth doctor`, and the quick look that adapt and train take first."""

import json
import shlex
import subprocess
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch

import wilddepth
from tiny import command, picture, write_pairs
from wilddepth.checks.finding import Finding
from wilddepth.checks.summary import summarised
from wilddepth.cli.__main__ import main
from wilddepth.degrade import lens, rig, sensor, stream
from wilddepth.errors import SampleError
from wilddepth.formats.image import read_image, write_image
from wilddepth.recipe import read
from wilddepth.sources.open import open_source
from wilddepth.verbs.doctor_mend import mend

HEIGHT, WIDTH = 120, 200
Spoil = Callable[[torch.Tensor, torch.Tensor, int], tuple[torch.Tensor, torch.Tensor]]


def write(path: Path, view: torch.Tensor) -> None:
    write_image(path, np.ascontiguousarray((view[0] * 255).round().byte().permute(1, 2, 0).numpy()))


def folder(place: Path, spoil: Spoil | None = None, count: int = 3) -> Path:
    """Planes of 8 px in left/ and right/, each spoilt by its number."""
    for index in range(count):
        scene = picture(index, HEIGHT, WIDTH + 64)
        left, right = scene[..., 32 : 32 + WIDTH], scene[..., 40 : 40 + WIDTH]
        if spoil is not None:
            left, right = spoil(left, right, index)
        write(place / f"left/{index}.png", left)
        write(place / f"right/{index}.png", right)
    return place


def only_in_the_second(fault: Spoil) -> Spoil:
    return lambda left, right, index: fault(left, right, index) if index == 1 else (left, right)


def repeated(left: torch.Tensor, right: torch.Tensor, index: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Every pair shows the first scene."""
    scene = picture(0, HEIGHT, WIDTH + 64)
    return scene[..., 32 : 32 + WIDTH], scene[..., 40 : 40 + WIDTH]


def left_frozen(left: torch.Tensor, right: torch.Tensor, index: int) -> tuple[torch.Tensor, torch.Tensor]:
    """The left view stays, the right one moves on by 6 px a frame."""
    scene = picture(0, HEIGHT, WIDTH + 64)
    return scene[..., 32 : 32 + WIDTH], scene[..., 40 + 6 * index : 40 + 6 * index + WIDTH]


def right_out_of_focus(left: torch.Tensor, right: torch.Tensor, index: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Squares of 8 px, whose edges are far enough apart to be seen as such."""
    scene = picture(index, HEIGHT // 8, WIDTH // 8 + 8).repeat_interleave(8, dim=-1).repeat_interleave(8, dim=-2)
    return scene[..., 32 : 32 + WIDTH], lens.defocus(scene[..., 40 : 40 + WIDTH], 7.0)


TINT = torch.tensor([[1.0, 1.0, 0.5]])
FAULTS: dict[str, tuple[Spoil, str, int]] = {
    "rows": (lambda left, right, i: (left, rig.row_offset(right, 4.0)), "fault", 3),
    "swapped": (lambda left, right, i: rig.swapped(left, right), "fault", 3),
    "exposure": (lambda left, right, i: (left, sensor.gain(right, 0.5)), "warning", 3),
    "colour": (lambda left, right, i: (left, sensor.colour_cast(right, TINT)), "warning", 3),
    "blur": (right_out_of_focus, "warning", 3),
    "grey": (lambda left, right, i: (stream.grey(left), right), "warning", 3),
    "blank": (only_in_the_second(lambda left, right, i: (stream.black(left), right)), "fault", 1),
    "one-view-twice": (only_in_the_second(lambda left, right, i: (left, left)), "fault", 1),
    "unmatched": (only_in_the_second(lambda left, right, i: (left, picture(99, HEIGHT, WIDTH))), "warning", 1),
    "duplicate": (repeated, "warning", 2),
    "frozen": (left_frozen, "fault", 2),
}


@pytest.mark.parametrize("code", FAULTS)
def test_every_fault_is_found_and_named(code: str, tmp_path: Path):
    spoil, level, count = FAULTS[code]
    result = wilddepth.doctor(str(folder(tmp_path / "pairs", spoil)))
    found = {finding["code"]: finding for finding in result["findings"]}
    assert code in found, result["findings"]
    assert found[code]["level"] == level
    assert len(found[code]["keys"]) == count
    assert found[code]["command"]
    assert result["fit"] == (level != "fault")


def test_good_pairs_are_fit(tmp_path: Path):
    result = wilddepth.doctor(str(folder(tmp_path / "pairs")))
    assert result["fit"]
    assert [finding["code"] for finding in result["findings"]] == ["disparities"]
    assert result["findings"][0]["command"] is None
    assert result["pairs_measured"] == result["frames_looked_at"] == 3


def test_frames_are_looked_at_in_all_pairs_and_the_rest_in_some(tmp_path: Path):
    place = folder(tmp_path / "pairs", only_in_the_second(lambda left, right, i: (stream.black(left), right)), count=4)
    result = wilddepth.doctor(str(place), measure=2)
    assert (result["pairs_measured"], result["frames_looked_at"]) == (2, 4)
    found = {finding["code"]: finding for finding in result["findings"]}
    assert found["blank"]["keys"] == ("1",)
    assert (found["disparities"]["looked_at"], found["blank"]["looked_at"]) == (2, 4)


def test_a_calibration_of_other_images_is_found(tmp_path: Path):
    place = folder(tmp_path / "pairs")
    half = f"[100 0 {WIDTH / 4 - 0.5} 0 100 {HEIGHT / 4 - 0.5} 0 0 1]".replace(" 0 100", "; 0 100").replace(
        " 0 0 1", "; 0 0 1"
    )
    (place / "calib.txt").write_text(
        f"cam0={half}\ncam1={half}\ndoffs=0\nbaseline=100\nwidth={WIDTH}\nheight={HEIGHT}\n"
    )
    found = {finding["code"]: finding for finding in wilddepth.doctor(str(place))["findings"]}
    assert "0.50 times as large" in found["intrinsics"]["text"]
    assert found["intrinsics"]["command"].endswith(f"wilddepth rectify {place} --calib CALIBRATION --out ./rectified")


def test_the_command_prints_findings_and_its_status_says_whether_they_are_fit(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    assert main(["doctor", str(folder(tmp_path / "good"))]) == 0
    assert "fit for use (3 pairs looked at, 3 of them wholly" in capsys.readouterr().out
    bad = folder(tmp_path / "bad", FAULTS["rows"][0])
    assert main(["doctor", str(bad), "--json", str(tmp_path / "result.json"), "--out", str(tmp_path / "out")]) == 2
    printed = capsys.readouterr()
    rows = next(line for line in printed.out.splitlines() if line.startswith("fault   rows: "))
    assert "offset +4.0" in rows
    assert rows.endswith("; 3 of 3 pairs")
    assert f"        -> wilddepth rectify {bad} --calib CALIBRATION --out ./rectified" in printed.out
    assert printed.err.splitlines()[-1].startswith(
        f"wilddepth: error: {bad} is not fit for use (rows); mend this first"
    )
    told = json.loads((tmp_path / "result.json").read_text())
    assert told["findings"][0]["value"] == pytest.approx(4, abs=0.1)
    assert told == json.loads((tmp_path / "out/metrics.json").read_text())


def test_a_dry_run_says_what_would_be_looked_at(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    place = folder(tmp_path / "pairs")
    assert main(["doctor", str(place), "--out", str(tmp_path / "out"), "--dry-run"]) == 0
    printed = capsys.readouterr().out
    assert "verb: doctor\n" in printed
    assert "pairs: 3\n" in printed
    assert "measure: 24\n" in printed
    assert "device" not in printed
    assert not (tmp_path / "out").exists()


def test_quiet_prints_nothing_and_still_has_a_status(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    assert main(["doctor", str(folder(tmp_path / "good")), "--quiet"]) == 0
    assert capsys.readouterr().out == ""


def test_pictures_and_the_list_of_fit_pairs_are_written(tmp_path: Path):
    spoil = only_in_the_second(lambda left, right, i: (left, stream.black(right)))
    place, out = folder(tmp_path / "pairs", spoil), tmp_path / "out"
    result = wilddepth.doctor(str(place), out=out)
    assert (out / "fit.txt").read_text() == "0\n2\n"
    blank = next(finding for finding in result["findings"] if finding["code"] == "blank")
    assert blank["command"] == f"wilddepth adapt {place} --split {out}/fit.txt --out ./adapted"
    assert open_source(str(place), split=str(out / "fit.txt")).keys == ("0", "2")
    shown = read_image(out / "findings/blank.png")
    assert shown.shape == (HEIGHT, 2 * WIDTH + 8, 3)
    assert shown[:, WIDTH + 8 :].max() == 0
    assert np.array_equal(shown[:, :WIDTH], read_image(place / "left/1.png"))
    with pytest.raises(wilddepth.errors.OutputError, match="holds an earlier run"):
        wilddepth.doctor(str(place), out=out)
    wilddepth.doctor(str(folder(tmp_path / "good")), out=out, overwrite=True)
    assert (out / "fit.txt").read_text() == "0\n1\n2\n"
    assert not (out / "findings/blank.png").exists()


def test_the_picture_joins_points_in_red_where_rows_differ(tmp_path: Path):
    wilddepth.doctor(str(folder(tmp_path / "bad", FAULTS["rows"][0])), out=tmp_path / "bad-out")
    wilddepth.doctor(str(folder(tmp_path / "good")), out=tmp_path / "good-out")
    bad = read_image(tmp_path / "bad-out/findings/rows.png").reshape(-1, 3)
    good = read_image(tmp_path / "good-out/findings/disparities.png").reshape(-1, 3)
    red, green = np.array((240, 70, 60)), np.array((90, 220, 90))
    assert (bad == red).all(axis=1).sum() > 100
    assert not (good == red).all(axis=1).any()
    assert (good == green).all(axis=1).sum() > 100


def test_the_frame_before_stands_above_a_frozen_one(tmp_path: Path):
    place = folder(tmp_path / "pairs", left_frozen)
    wilddepth.doctor(str(place), out=tmp_path / "out")
    shown = read_image(tmp_path / "out/findings/frozen.png")
    assert shown.shape == (2 * HEIGHT, 2 * WIDTH + 8, 3)


def test_commands_name_the_part_that_was_looked_at(tmp_path: Path):
    place = tmp_path / "data set"
    folder(place / "training", FAULTS["rows"][0])
    found = wilddepth.doctor(str(place), split="training")["findings"][0]
    assert found["command"] == f"wilddepth rectify '{place}' --split training --calib CALIBRATION --out ./rectified"


def test_the_list_of_fit_pairs_belongs_to_the_part_that_was_looked_at(tmp_path: Path):
    place, out = tmp_path / "pairs", tmp_path / "out"
    folder(place / "training", FAULTS["blank"][0])
    command = wilddepth.doctor(str(place), split="training", out=out)["findings"][0]["command"]
    assert command == f"wilddepth adapt {place}/training --split {out}/fit.txt --out ./adapted"
    assert open_source(f"{place}/training", split=f"{out}/fit.txt").keys == ("0", "2")


def test_swapping_folders_is_a_command_that_works(tmp_path: Path):
    place = folder(tmp_path / "my pairs", FAULTS["swapped"][0])
    swapped = wilddepth.doctor(str(place))["findings"][0]
    left, right = place / "left", place / "right"
    assert swapped["command"].startswith(f"mv {shlex.quote(str(left))} ")
    subprocess.run(swapped["command"], shell=True, check=True)
    assert wilddepth.doctor(str(place))["fit"]
    assert left.is_dir()
    assert right.is_dir()


def test_swapped_files_are_named_the_other_way_round(tmp_path: Path):
    place = folder(tmp_path / "pairs", FAULTS["swapped"][0], count=1)
    found = wilddepth.doctor(f"{place}/left/0.png,{place}/right/0.png")["findings"][0]
    assert found["command"] == f"wilddepth doctor {place}/right/0.png,{place}/left/0.png"
    assert wilddepth.doctor(f"{place}/right/0.png,{place}/left/0.png")["fit"]


def test_swapped_names_in_one_folder_are_told(tmp_path: Path):
    place = folder(tmp_path / "pairs", FAULTS["swapped"][0], count=1)
    for side in ("left", "right"):
        (place / side / "0.png").rename(place / f"0_{side}.png")
        (place / side).rmdir()
    found = wilddepth.doctor(str(place))["findings"][0]
    assert (
        found["command"]
        == f"exchange the names of left and right pictures, as {place}/0_left.png and {place}/0_right.png"
    )


def test_rendered_pairs_are_fit_and_swapping_them_is_somebody_elses():
    text = "worlds:flat-street?frames=1&height=64&width=128"
    assert wilddepth.doctor(text)["fit"]
    (swapped,) = summarised({"street-0-000000": [Finding("swapped", "fault", 90.0, "%", "swapped")]})
    assert mend(swapped, open_source(text), text) == "exchange the views where they are made"


def test_without_a_folder_the_list_is_offered(tmp_path: Path):
    place = folder(tmp_path / "pairs", FAULTS["one-view-twice"][0])
    assert wilddepth.doctor(str(place))["findings"][0]["command"] == (
        f"wilddepth doctor {place} --out ./doctor, which lists the pairs that are fit"
    )


# The quick look that adapt and train take.

REFUSED = "rows are 4.0 px apart"


def test_adapt_refuses_pairs_whose_rows_do_not_match(weights: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    place, out = folder(tmp_path / "pairs", FAULTS["rows"][0]), tmp_path / "out"
    words = (place, "--weights", weights, "--steps", 1, "--out", out)
    assert command("adapt", *words) == 2
    line = capsys.readouterr().err
    assert line.startswith(f"wilddepth: error: {place}: {REFUSED}: offset +4.0")
    assert line.count("\n") == 1
    assert f"run wilddepth rectify {place} --calib CALIBRATION --out ./rectified" in line
    assert "or give --force" in line
    assert not out.exists()


def test_adapt_can_be_forced(weights: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture):
    place = folder(tmp_path / "pairs", FAULTS["rows"][0], count=1)
    words = (place, "--weights", weights, "--steps", 1, "--signal", "photometric", "--force", "--out", tmp_path / "out")
    assert command("adapt", *words) == 0
    assert REFUSED in caplog.text
    assert "they are learned from as they are" in caplog.text


def test_a_recording_that_is_known_not_to_be_rectified_says_how_far_rows_are_apart(
    weights: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
):
    plain = folder(tmp_path / "pairs", FAULTS["rows"][0], count=1)
    place = tmp_path / "recording"
    for side, camera in (("left", "cam0"), ("right", "cam1")):
        (place / f"mav0/{camera}/data").mkdir(parents=True)
        (picture,) = (plain / side).iterdir()
        picture.rename(place / f"mav0/{camera}/data/1403715273262142976.png")
    words = (place, "--weights", weights, "--steps", 1, "--signal", "photometric", "--out", tmp_path / "out")
    assert command("adapt", *words) == 2
    assert f"{place}: {REFUSED}: offset +4.0" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()
    assert command("adapt", *words, "--force") == 0
    assert caplog.text.count("they are learned from as they are") == 1


def test_adapt_warns_of_swapped_views_with_the_evidence(
    weights: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
):
    place = folder(tmp_path / "pairs", FAULTS["swapped"][0], count=1)
    words = (place, "--weights", weights, "--steps", 1, "--signal", "photometric", "--out", tmp_path / "out")
    assert command("adapt", *words) == 0
    assert "left and right seem to be swapped: 100 % of" in caplog.text
    assert f"to exchange them: mv {place}/left {place}/left.was" in caplog.text


def test_adapt_says_nothing_of_good_pairs(pairs: Path, weights: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture):
    words = (pairs, "--weights", weights, "--steps", 1, "--signal", "photometric", "--out", tmp_path / "out")
    assert command("adapt", *words) == 0
    assert "rows" not in caplog.text
    assert "swapped" not in caplog.text


def test_train_refuses_them_too(tmp_path: Path):
    place = write_pairs(tmp_path / "kitti", truth=True, height=HEIGHT, width=WIDTH)
    for index in range(2):
        path = place / f"training/image_3/{index:06d}_10.png"
        view = torch.from_numpy(read_image(path)).permute(2, 0, 1)[None].float() / 255
        write(path, rig.row_offset(view, 4.0))
    recipe = read("madnet-flying").with_overrides(
        [f"data.source={place}", "data.height=64", "data.width=64", "batch=1", "steps=1", "supervise_with_truth=true"]
    )
    with pytest.raises(SampleError, match=REFUSED):
        wilddepth.train(recipe, out=tmp_path / "out", device="cpu", threads=1)
    assert not (tmp_path / "out").exists()
    assert wilddepth.train(recipe, out=tmp_path / "out", device="cpu", threads=1, force=True)["steps"] == 1
