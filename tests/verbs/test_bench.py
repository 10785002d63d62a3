"""`wilddepth bench`: what it says, and what it says about its own numbers."""

import json
from pathlib import Path
from typing import Any

import pytest

import wilddepth
from tiny import command, network, plane
from wilddepth.engine.bench import Speed, Timing, stages_of
from wilddepth.engine.published_speeds import COMPARED_SIZES, PUBLISHED_SPEEDS, published_speeds
from wilddepth.errors import ConfigError, WeightsError
from wilddepth.verbs import bench as verb

STAGES = stages_of(network())
QUICK = {"device": "cpu", "precision": "fp32", "threads": 1, "rounds": 1}


def speed(height: int = 400, width: int = 1200, *, most: float = 110.0, compiled: bool = False) -> Speed:
    """100 ms a pair."""
    return Speed(
        height=height,
        width=width,
        compiled=compiled,
        first_ms=900.0,
        total=Timing(100.0, 90.0, most, 9),
        with_confidence=Timing(200.0, 190.0, 210.0, 9),
        stages=None if compiled else dict.fromkeys(STAGES, 10.0),
        staged_ms=None if compiled else 101.0,
        peak_bytes=700_000_000,
        start_bytes=400_000_000,
    )


@pytest.fixture
def measured(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is rendered, compiled or timed: every size takes 100 ms."""
    monkeypatch.setattr(
        verb, "render", lambda world, seed, index, height, width: (plane(4, height=height, width=width),)
    )
    monkeypatch.setattr(verb, "Predictor", lambda method, device, precision, compile: compile)
    monkeypatch.setattr(verb, "measure", lambda compiled, sample, rounds: speed(*sample.size, compiled=compiled))


def test_a_pair_is_measured(weights: Path):
    told: list[tuple[str, int, int]] = []
    result = wilddepth.bench(
        str(weights), sizes=["64x128"], say=lambda what, done, total, left: told.append((what, done, total)), **QUICK
    )
    (row,) = result["sizes"]
    assert (row["height"], row["width"]) == (64, 128)
    assert row["frames_a_second"] == pytest.approx(1000 / row["total"]["median"])
    assert tuple(row["stages"]) == STAGES
    assert row["published"] == []
    assert (result["threads"], result["rounds"], result["precision"], result["device"]) == (1, 1, "fp32", "cpu")
    assert {"cpu", "torch", "date", "command"} <= set(result["environment"])
    assert told == [("bench", 0, 1), ("bench", 1, 1)]


@pytest.mark.usefixtures("measured")
def test_without_a_size_those_that_were_published_are_measured(weights: Path):
    result = wilddepth.bench(str(weights), **QUICK)
    assert [(row["height"], row["width"]) for row in result["sizes"]] == [(400, 1200), (384, 1280), (320, 1216)]
    assert all(row["published"] for row in result["sizes"])


@pytest.mark.usefixtures("measured")
def test_the_file_for_programs_and_the_tables_say_the_same(
    weights: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    file = tmp_path / "speed.json"
    assert command("bench", "--weights", weights, "--size", "400x1200", "--size", "64x128", "--json", file) == 0
    told: dict[str, Any] = json.loads(file.read_text())
    assert [row["frames_a_second"] for row in told["sizes"]] == [10.0, 10.0]
    printed = capsys.readouterr().out
    lines = [line.split() for line in printed.splitlines()]
    assert ["400x1200", "10.000", "100.000", "90.000", "110.000", "900.000", "200.000", "700", "400"] in lines
    assert ["refinement", "10.000", "10.000"] in lines
    assert ["400x1200", "MADNet", "40.000", "GTX", "1080", "Ti"] in lines
    assert "published by others, not measured here" in printed
    assert "64x128  MADNet" not in printed


@pytest.mark.usefixtures("measured")
def test_a_size_nobody_published_stands_alone(weights: Path, capsys: pytest.CaptureFixture[str]):
    assert command("bench", "--weights", weights, "--size", "64x128") == 0
    assert "published" not in capsys.readouterr().out


@pytest.mark.usefixtures("measured")
def test_a_compiled_network_is_said_to_have_no_stages(weights: Path, capsys: pytest.CaptureFixture[str]):
    assert command("bench", "--weights", weights, "--size", "64x128", "--compile") == 0
    printed = capsys.readouterr().out
    assert ", fp32, compiled;" in printed
    assert "its stages cannot be told apart" in printed


def test_numbers_that_should_not_be_believed_come_with_a_note():
    assert verb.notes([speed()], 0.1, asked_to_compile=False) == []
    assert verb.notes([speed()], None, asked_to_compile=False) == []
    (busy,) = verb.notes([speed()], 1.75, asked_to_compile=False)
    assert busy.startswith("the machine was busy before this began (1.8 tasks for each core): the numbers are too slow")
    (unsteady,) = verb.notes([speed(), speed(most=270.0)], 0.1, asked_to_compile=False)
    assert unsteady == "equal calls differ by a factor of 3.0: something else ran at the same time"
    (plain,) = verb.notes([speed()], 0.1, asked_to_compile=True)
    assert plain.startswith("the network was not compiled")
    assert verb.notes([speed(compiled=True)], 0.1, asked_to_compile=True) == []


@pytest.mark.parametrize(
    "text, complaint",
    [
        ("400", "'400' is no size; write ROWSxCOLUMNS, e.g. 400x1200"),
        ("400x", "is no size"),
        ("-4x8", "is no size"),
        ("4.5x8", "is no size"),
        ("8x1200", "8x1200 has a side outside 16 to 8192"),
        ("400x999999999", "has a side outside 16 to 8192"),
    ],
)
def test_what_is_no_size_is_refused_before_anything_is_loaded(text: str, complaint: str):
    with pytest.raises(ConfigError, match=complaint):
        wilddepth.bench("no such weights", sizes=[text])


def test_sizes_are_read():
    assert verb.size_of(" 400X1200 ") == (400, 1200)
    assert verb.size_of("16x8192") == (16, 8192)


def test_weights_that_are_missing_are_one_line(capsys: pytest.CaptureFixture[str]):
    with pytest.raises(WeightsError, match="no weights 'nothing'"):
        wilddepth.bench("nothing", sizes=["64x64"])
    assert command("bench", "--weights", "nothing") == 2
    assert capsys.readouterr().err.count("\n") == 1


def test_published_figures_are_those_of_the_sources():
    assert COMPARED_SIZES == ((400, 1200), (384, 1280), (320, 1216))
    figures = {(of.network, of.size, of.machine): of.frames_a_second for of in PUBLISHED_SPEEDS}
    assert len(figures) == len(PUBLISHED_SPEEDS)
    assert figures["MADNet", (400, 1200), "GTX 1080 Ti"] == 40
    assert figures["MADNet", (400, 1200), "Jetson TX2"] == 4
    assert figures["MADNet", (320, 1216), "GTX 1080 Ti"] == 39.48
    assert figures["DispNetC", (320, 1216), "GTX 1080 Ti"] == 15.85
    assert figures["DispNetC", (384, 1280), "GPU, not named"] == pytest.approx(16.7, abs=0.1)  # 0.06 s
    assert all("2019" in of.source for of in PUBLISHED_SPEEDS)
    assert published_speeds(100, 100) == ()
