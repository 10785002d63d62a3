"""`benchmarks/left_out.py` on tiny pairs: each half is scored by the network that did not adapt to it."""

import importlib.util
import json
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from tiny import quick_labels, write_pairs
from wilddepth.engine.evaluate import evaluate
from wilddepth.engine.infer import Predictor
from wilddepth.engine.weights import load_network
from wilddepth.methods.label_free import LabelFree
from wilddepth.proxies.algorithm import ALGORITHMS, Maker
from wilddepth.proxies.fusion import ProxySettings

PROGRAM = Path(__file__).resolve().parents[2] / "benchmarks" / "left_out.py"


@pytest.fixture
def left_out(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> ModuleType:
    """The program, whose labels take no time and whose evidence goes elsewhere."""
    monkeypatch.setitem(ALGORITHMS, "trio", Maker(ProxySettings, quick_labels, "quick"))
    spec = importlib.util.spec_from_file_location("left_out", PROGRAM)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, "left_out", module)
    spec.loader.exec_module(module)
    monkeypatch.setattr(module, "EVIDENCE", tmp_path / "evidence")
    return module


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """Two pairs of 6 px, then two of 5 px."""
    return write_pairs(tmp_path / "kitti", (6, 6, 5, 5), truth=True, width=96)


def call(program: ModuleType, monkeypatch: pytest.MonkeyPatch, *words: object) -> None:
    more = ["--method", "confidence-guided", "--threads", "1"]
    monkeypatch.setattr(sys, "argv", ["left_out.py", *map(str, words), *more])
    program.main()


def epe(weights: Path, half: Any) -> float:
    """Of kept weights, on the pairs of a half."""
    predictor = Predictor(LabelFree(load_network(str(weights))[0]), device="cpu", precision="fp32")
    scored = evaluate(lambda sample: predictor(sample, confidence=False), half.shown, "kitti2015-noc")
    return scored.score.mean["epe"]


def test_each_half_is_scored_by_the_network_of_the_other(
    left_out: ModuleType, source: Path, weights: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    out = tmp_path / "out"
    words = [source, "--out", out, "--weights", weights, "--steps", 20, "--evidence", "halves"]
    call(left_out, monkeypatch, *words, "--learning-rate", 0.001)
    told = json.loads((tmp_path / "evidence/halves.json").read_text())["numbers"]["halves"]
    found = {name: [half["epe"] for half in halves] for name, halves in told.items()}
    assert found["before"] == pytest.approx([2, 1], abs=1e-3)  # 4 px everywhere
    assert found["labels, filled"] == pytest.approx([0, 0], abs=1e-3)
    first, second = left_out.halves(str(source), [])
    of_first, of_second = (out / name / "weights.safetensors" for name in ("first", "second"))
    assert found["adapted to"] == pytest.approx([epe(of_first, first), epe(of_second, second)], abs=1e-4)
    assert found["left out"] == pytest.approx([epe(of_second, first), epe(of_first, second)], abs=1e-4)
    assert all(after < before for after, before in zip(found["adapted to"], found["before"], strict=True))
    assert found["adapted to"] != pytest.approx(found["left out"], abs=0.01)


def test_what_adapts_sees_no_truth_and_only_its_half_and_what_stands_beside(
    left_out: ModuleType, source: Path, tmp_path: Path
):
    beside = write_pairs(tmp_path / "beside", (3, 3, 3), width=96)
    first, second = left_out.halves(str(source), [(str(beside), "2")])
    keys = [{half.learned[number].sample.keys[0] for number in range(len(half.learned))} for half in (first, second)]
    assert keys == [{"000000_10", "000001_10", "0", "2"}, {"000002_10", "000003_10", "0", "2"}]
    assert [len(part) for part in (first.shown, second.shown, first.blind, second.blind)] == [2, 2, 2, 2]
    for half in (first, second):
        assert all(half.learned[number].truth is None for number in range(4))
        assert all(half.shown[number].truth is not None for number in range(2))


def test_a_half_begun_otherwise_is_not_taken_for_its_own(
    left_out: ModuleType, source: Path, weights: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    words = [source, "--out", tmp_path / "out", "--weights", weights, "--steps", 2]
    call(left_out, monkeypatch, *words)
    made = tmp_path / "out/first/weights.safetensors"
    stamp = made.stat().st_mtime_ns
    call(left_out, monkeypatch, *words)
    assert made.stat().st_mtime_ns == stamp
    others = (["--whole"], ["--augment"], ["--enlarge", 2], ["--precision", "bf16"], ["--learning-rate", 1e-3])
    for other in others:
        with pytest.raises(SystemExit, match=r"recipe.json says that this was begun otherwise"):
            call(left_out, monkeypatch, *words, *other)


def test_a_run_goes_on_from_the_weights_that_another_found_for_each_half(
    left_out: ModuleType, source: Path, weights: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    call(left_out, monkeypatch, source, "--out", tmp_path / "one", "--weights", weights, "--steps", 2)
    more = ["--steps", 2, "--evidence", "more"]
    words = [source, "--out", tmp_path / "two", "--weights", tmp_path / "one", "--enlarge", 2]
    call(left_out, monkeypatch, *words, "--factors", 1, 2, *more)
    numbers = json.loads((tmp_path / "evidence/more.json").read_text())["numbers"]
    told = numbers["halves"]["before"]
    begun = [
        epe(tmp_path / "one" / half.name / "weights.safetensors", half) for half in left_out.halves(str(source), [])
    ]
    assert [half["epe"] for half in told] == pytest.approx(begun, abs=1e-4)
    # labels say 6 and 5 px; the start says 4 px, or 2 px of pictures twice as large; more than 3 px off counts 3
    known = {half: {f: line["proxy"] for f, line in lines.items()} for half, lines in numbers["without truth"].items()}
    assert known["first"] == pytest.approx({"1": 2, "2": 3}, abs=0.1)
    assert known["second"] == pytest.approx({"1": 1, "2": 3}, abs=0.1)
    assert numbers["enlarge"] == load_network(str(tmp_path / "two/first"))[0].enlargement == 2.0
