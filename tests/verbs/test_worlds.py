"""`wilddepth worlds`: rendered folders give back what was rendered."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
import torch

from wilddepth.cli.__main__ import main
from wilddepth.errors import ConfigError, OutputError, SampleError
from wilddepth.formats.image import read_image
from wilddepth.sources.open import open_source
from wilddepth.verbs.worlds import known_worlds, render_world, show_worlds
from wilddepth.verbs.worlds_folder import packed_flow, stored
from wilddepth.worlds.table import WORLDS

pytest.importorskip("embreex")
PAIRS = "worlds:low-texture?seed=2&frames=3&height=48&width=96"
CLIPS = "worlds:open-road?seed=2&frames=5&clip=3&rate=5&height=48&width=96&rig=kitti"


@pytest.fixture(scope="module")
def pairs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("pairs") / "out"
    assert render_world(PAIRS, out=folder)["frames"] == 3
    return folder


@pytest.fixture(scope="module")
def clips(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("clips") / "out"
    assert render_world(CLIPS, out=folder, workers=2)["frames"] == 5
    return folder


def bits(image: torch.Tensor) -> torch.Tensor:
    return (image * 255).round()


def check_same(folder: Path, words: str, layout: str) -> None:
    """A folder gives back the pictures exactly, the disparity to half a step, and the cameras."""
    read, made = open_source(str(folder)), open_source(words)
    assert read.layout == layout
    assert len(read) == len(made)
    for index in range(len(made)):
        one, two = read[index], made[index]
        assert torch.equal(bits(one.sample.image), bits(two.sample.image))
        assert torch.equal(bits(one.sample.right), bits(two.sample.right))
        assert one.truth is not None
        assert two.truth is not None
        valid = one.truth.valid
        assert torch.equal(valid, two.truth.disparity >= 1 / 512)
        assert (one.truth.disparity - two.truth.disparity)[valid].abs().max() <= 1 / 512
        assert torch.equal(one.truth.occluded, two.truth.occluded & valid)
        assert torch.equal(one.truth.foreground, two.truth.foreground)
        for name in ("focal_x", "focal_y", "centre_x", "centre_y"):
            for side in ("camera", "right_camera"):
                assert float(getattr(getattr(one.sample, side), name)) == pytest.approx(
                    float(getattr(getattr(two.sample, side), name)), rel=1e-6
                )
        assert float(one.sample.baseline) == pytest.approx(float(two.sample.baseline), rel=1e-6)


def test_a_folder_of_pairs_gives_back_what_was_rendered(pairs: Path):
    check_same(pairs, PAIRS, "kitti_stereo")


def test_a_folder_of_clips_gives_back_what_was_rendered(clips: Path):
    check_same(clips, CLIPS, "kitti_odometry")
    assert open_source(str(clips)).keys == ("0000/000000", "0000/000001", "0000/000002", "0001/000000", "0001/000001")


def test_neighbours_poses_and_times_of_clips_come_back(clips: Path):
    read, made = (open_source(words, neighbours=(-1, 1), with_poses=True) for words in (str(clips), CLIPS))
    for index in range(5):
        one, two = read[index].sample, made[index].sample
        assert set(one.neighbours) == set(two.neighbours) == set(one.poses) == set(two.poses)
        for offset, image in one.neighbours.items():
            assert torch.equal(bits(image), bits(two.neighbours[offset]))
            torch.testing.assert_close(one.poses[offset], two.poses[offset], atol=1e-5, rtol=0)
    times = [read[index].sample.timestamps.item() for index in range(5)]
    assert times == pytest.approx([0, 0.2, 0.4, 0, 0.2])


def test_records_say_how_each_frame_was_made(clips: Path):
    made = open_source(CLIPS)
    for index, name in enumerate(("0000/000000", "0000/000001")):
        record = json.loads((clips / "records" / f"{name}.json").read_text())
        assert record == {"key": made.key(index), **made[index].record}
        assert record["rig"]["name"] == "kitti"
        assert record["weather"]["weather"] in ("day", "overcast", "low-sun", "dusk", "night", "rain", "fog", "tunnel")


def test_flow_is_stored_as_kitti_has_it(clips: Path):
    made = open_source(CLIPS, neighbours=(1,))
    stored_flow = read_16_bits(clips / "sequences" / "0000" / "flow_occ" / "000000.png")
    flow = made[0].truth.flow[0].numpy()
    known = stored_flow[..., 0] == 1
    assert known.mean() > 0.9
    for axis, channel in ((0, 2), (1, 1)):  # blue first: known, y, x
        error = (stored_flow[..., channel].astype(np.float64) - 2**15) / 64 - flow[axis]
        assert np.abs(error[known]).max() <= 1 / 128 + 1e-6
    assert not (clips / "sequences" / "0000" / "flow_occ" / "000002.png").exists()


def read_16_bits(path: Path) -> np.ndarray:
    import cv2

    return np.asarray(cv2.imread(str(path), cv2.IMREAD_UNCHANGED))


def test_what_does_not_fit_the_format_is_marked_as_unknown():
    values = np.array([[0.0, 1 / 513, 1 / 511, 5.0, 255.99, 256.1, -1.0]], dtype=np.float32)
    assert np.isfinite(stored(values))[0].tolist() == [False, False, True, True, True, False, False]
    flow = np.array([[[0.0, 1.5, 600.0]], [[0.0, -2.0, 0.0]]], dtype=np.float32)
    assert packed_flow(flow).tolist() == [[[1, 2**15, 2**15], [1, 2**15 - 128, 2**15 + 96], [0, 0, 0]]]


def files(folder: Path) -> dict[str, bytes]:
    kept = ("environment.json", "metrics.json")
    found = {str(path.relative_to(folder)): path for path in folder.rglob("*") if path.is_file()}
    return {name: path.read_bytes() for name, path in found.items() if name not in kept}


def test_files_do_not_depend_on_the_number_of_workers(clips: Path, tmp_path: Path):
    render_world(CLIPS, out=tmp_path / "one")
    assert files(tmp_path / "one") == files(clips)


def test_a_run_that_was_cut_off_goes_on(pairs: Path, tmp_path: Path):
    again = tmp_path / "again"
    shutil.copytree(pairs, again)
    (again / "records" / "000001_10.json").unlink()
    (again / "image_2" / "000001_10.png").write_bytes(b"half")
    told: list[tuple[int, int]] = []
    found = render_world(PAIRS, out=again, resume=True, say=lambda what, done, total, left: told.append((done, total)))
    assert (found["frames"], found["skipped"]) == (1, 2)
    assert told == [(1, 3), (2, 3), (3, 3)]
    assert files(again) == files(pairs)
    with pytest.raises(OutputError, match="holds an earlier run; give --overwrite, --resume"):
        render_world(PAIRS, out=again)
    with pytest.raises(ConfigError, match=r"begun with another recipe \(source\)"):
        render_world(PAIRS.replace("seed=2", "seed=3"), out=again, resume=True)


def test_a_damaged_record_says_what_to_do(clips: Path, tmp_path: Path):
    again = tmp_path / "again"
    shutil.copytree(clips, again)
    (again / "records" / "0001" / "000000.json").write_text('{"time": 1')
    with pytest.raises(SampleError, match=r"000000.json cannot be read .*; delete it, and its frame is rendered again"):
        render_world(CLIPS, out=again, resume=True)
    (again / "records" / "0001" / "000000.json").write_text("{}")
    with pytest.raises(SampleError, match=r"is no record of a rendered frame; delete it"):
        render_world(CLIPS, out=again, resume=True)


def test_every_verb_reads_a_rendered_folder(pairs: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    for words in (["predict", str(pairs)], ["evaluate", str(pairs)]):
        assert main([*words, "--out", str(tmp_path / words[0]), "--device", "cpu", "--precision", "fp32"]) == 0
    assert main(["doctor", str(pairs)]) == 0
    printed = capsys.readouterr().out
    assert "3 pairs predicted" in printed
    assert "fit for use" in printed


# Words


def test_the_list_names_everything_with_its_role():
    listed = known_worlds()
    assert [row["world"] for row in listed["worlds"]] == list(WORLDS)
    assert {row["world"]: row["role"] for row in listed["worlds"]}["nature"] == "held_out"
    assert all(row["what it is"] for rows in listed.values() for row in rows)


def test_a_sheet_has_a_row_a_scene(tmp_path: Path):
    made = show_worlds("flat-flying", out=tmp_path / "sheet.png", count=2)
    assert made["rows"] == 2
    assert read_image(tmp_path / "sheet.png").shape == (2 * (192 + 22), 3 * 384 + 8, 3)
    show_worlds("flying", out=tmp_path / "sheet.jpg", count=1, samples=1)
    assert read_image(tmp_path / "sheet.jpg").shape[0] == 192 + 22
    with pytest.raises(ConfigError, match=r"sheet.gif must end in .png or .jpg"):
        show_worlds("flying", out=tmp_path / "sheet.gif")


@pytest.mark.parametrize(
    "words, message",
    [
        (["worlds", "list", "street"], "did you mean: wilddepth worlds show street?"),
        (["worlds", "show", "street"], "worlds show needs the picture to make"),
        (["worlds", "render"], "worlds render needs a source"),
        (["worlds", "render", "worlds:street"], "worlds render needs a folder: --out DIR"),
        (["worlds", "render", "./nothing", "--out", "x"], "nothing"),
        (["worlds", "render", "worlds:stret", "--out", "x"], "unknown world 'stret'; did you mean 'street'"),
        (["worlds", "show", "stret", "--out", "x.png"], "unknown world 'stret'"),
        (["worlds", "show", "stret", "--out", "x.png", "--dry-run"], "unknown world 'stret'"),
        (["worlds", "render", "worlds:street", "--out", "x", "--resume", "--overwrite"], "contradict each other"),
    ],
)
def test_words_that_cannot_be_meant_are_one_line(
    words: list[str],
    message: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
):
    monkeypatch.chdir(tmp_path)
    assert main(words) == 2
    assert message in capsys.readouterr().err
    assert not list(tmp_path.iterdir())


def test_a_dry_run_writes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]):
    monkeypatch.chdir(tmp_path)
    assert main(["worlds", "render", CLIPS, "--out", "x", "--dry-run"]) == 0
    printed = capsys.readouterr().out
    assert "frames: 5" in printed
    assert "in clips of 3, 5 frames a second" in printed
    assert main(["worlds", "show", "all", "--out", "x.png", "--dry-run"]) == 0
    assert f"worlds: {len(WORLDS)}" in capsys.readouterr().out
    assert main(["worlds", "--dry-run"]) == 0
    assert not list(tmp_path.iterdir())


def test_the_command_renders_and_writes_its_result(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    words = ["worlds", "render", "worlds:flat-flying?frames=2&height=48&width=96", "--out", str(tmp_path / "out")]
    assert main([*words, "--json", str(tmp_path / "result.json")]) == 0
    assert "2 frames rendered; they are in" in capsys.readouterr().out
    assert json.loads((tmp_path / "result.json").read_text())["frames"] == 2
    assert main(["worlds"]) == 0
    assert "street-night-rain" in capsys.readouterr().out
