"""`wilddepth data`: the table and the check, for people and for programs; no torch, no network."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

import wilddepth
from tiny import write_pairs
from wilddepth.cli.__main__ import main
from wilddepth.data.known.catalog import DATASETS
from wilddepth.data.known.page import page
from wilddepth.errors import ConfigError


def test_all_or_one_are_told():
    assert [entry["name"] for entry in wilddepth.datasets()["datasets"]] == list(DATASETS)
    (raw,) = wilddepth.datasets("kitti_raw")["datasets"]
    assert raw["page"] == "https://www.cvlibs.net/datasets/kitti/raw_data.php"
    assert raw["downloads"][0]["size"] == "0.4 GB"
    assert not raw["own"]
    with pytest.raises(ConfigError, match="did you mean 'kitti_raw'"):
        wilddepth.datasets("kiti_raw")


def test_a_check_for_programs(tmp_path: Path):
    folder = write_pairs(tmp_path / "kitti", truth=True)
    told = wilddepth.datasets(folder=folder)
    assert (told["layout"], told["missing"], told["fetch"]) == ("kitti_stereo", None, None)
    assert told["scenes"] == {"count": 2, "pairs": 2, "calibrated": 2, "with_truth": 2}
    assert told["usable_for"] == {"predict": True, "metres": True, "score": True}
    assert [part["files"] for part in told["parts"]] == [2, 2, 2, 4]
    assert wilddepth.datasets("pairs", folder=folder)["missing"] is not None


def test_the_list_names_each_with_its_page(capsys: pytest.CaptureFixture[str]):
    assert main(["data"]) == 0
    printed = capsys.readouterr().out
    for dataset in DATASETS.values():
        assert f"\n{dataset.name} " in printed
        assert (dataset.page or dataset.name) in printed
    assert main(["data", "list"]) == 0
    assert capsys.readouterr().out == printed


def test_one_says_what_to_fetch_and_what_is_not_known(capsys: pytest.CaptureFixture[str]):
    assert main(["data", "show", "euroc"]) == 0
    printed = capsys.readouterr().out
    assert "licence: not verified" in printed
    assert "V1_01_easy.zip" in printed
    assert main(["data", "show", "pairs"]) == 0
    assert "page:" not in capsys.readouterr().out


def test_a_check_says_what_is_missing_first(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    folder, file = write_pairs(tmp_path / "pairs"), tmp_path / "told.json"
    assert main(["data", "check", str(folder), "--json", str(file)]) == 0
    printed = capsys.readouterr().out
    assert "scenes: 2, 2 with both views, 0 with calibration, 0 with truth" in printed
    assert "enough for: predicting and adapting\n" in printed
    assert "missing first: no calibration (calib.txt)\nto do: write calib.txt" in printed
    assert "left/0.png" in printed
    assert json.loads(file.read_text())["missing"] == "no calibration (calib.txt)"


def test_unrectified_pairs_are_said_to_be(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    for name in ("cam0/data/1.png", "cam1/data/1.png", "cam1/sensor.yaml"):
        (tmp_path / "mav0" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "mav0" / name).touch()
    assert main(["data", "check", str(tmp_path), "--layout", "euroc"]) == 0
    printed = capsys.readouterr().out
    assert "The pairs are not rectified" in printed
    assert "enough for: nothing before it is rectified" in printed


def test_the_page_can_be_printed(capsys: pytest.CaptureFixture[str]):
    assert main(["data", "page"]) == 0
    assert capsys.readouterr().out.rstrip("\n") == page().rstrip("\n")


@pytest.mark.parametrize(
    "words, complaint",
    [
        (["check"], "data check needs a folder"),
        (["show"], "data show needs the name of a data set"),
        (["list", "kitti"], "did you mean: wilddepth data check kitti?"),
        (["show", "moon"], "unknown data set 'moon'"),
        (["fetch", "kitti_raw"], "invalid choice: 'fetch'"),
        (["show", "pairs", "--layout", "pairs"], "--layout goes with check only"),
        (["check", "/no/such/folder"], "/no/such/folder does not exist; check the path"),
    ],
)
def test_what_cannot_be_answered_is_one_line(words: list[str], complaint: str, capsys: pytest.CaptureFixture[str]):
    assert main(["data", *words]) == 2
    told = capsys.readouterr().err
    assert complaint in told
    assert told.count("\n") == 1


def test_a_dry_run_looks_at_nothing(capsys: pytest.CaptureFixture[str]):
    assert main(["data", "check", "/no/such/folder", "--dry-run"]) == 0
    assert "action: check" in capsys.readouterr().out


def test_the_answer_needs_no_torch(tmp_path: Path):
    write_pairs(tmp_path / "pairs")
    script = (
        "import sys; from wilddepth.cli.__main__ import main; status = main(sys.argv[1:]); "
        "sys.exit(status or str({'torch', 'numba'} & sys.modules.keys()))"
    )
    words = ["data", "check", str(tmp_path / "pairs"), "--quiet"]
    done = subprocess.run([sys.executable, "-c", script, *words], capture_output=True, text=True)
    assert done.stderr == "set()\n"
