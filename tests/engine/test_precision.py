"""Precision is measured once and remembered, and whatever is wrong with the memory, measured again."""

import json
import logging
from pathlib import Path

import pytest
import torch
from torch import nn

from wilddepth.engine import precision as precision_module
from wilddepth.engine.precision import autocast, choose_precision, measure
from wilddepth.errors import ConfigError
from wilddepth.method import Method, Outputs, Part
from wilddepth.objective import Objective
from wilddepth.prediction import Prediction
from wilddepth.sample import Sample

CPU = torch.device("cpu")


class Counting(Method):
    """One convolution; remembers in which type it ran."""

    def __init__(self) -> None:
        super().__init__()
        self.layer = nn.Conv2d(3, 1, 1)
        self.ran: list[torch.dtype] = []

    def forward(self, sample: Sample, *, isolate_parts: bool = False) -> Outputs:
        found = self.layer(sample.image + sample.stereo().right)
        self.ran.append(found.dtype)
        return Outputs((found,))

    def prediction(self, outputs: Outputs, sample: Sample) -> Prediction:
        raise NotImplementedError

    def objective(self, outputs: Outputs, sample: Sample, **options: object) -> Objective:
        raise NotImplementedError

    def parts(self) -> dict[str, Part]:
        return {}


@pytest.fixture
def measured(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Pretend that bf16 takes half the time; grows by one with every measurement."""
    calls: list[int] = []

    def pretend(network: Method, device: torch.device) -> dict[str, float]:
        calls.append(1)
        return {"fp32": 1.0, "bf16": 0.5}

    monkeypatch.setattr(precision_module, "measure", pretend)
    return calls


@pytest.mark.parametrize("name", ["fp32", "bf16"])
def test_a_precision_that_is_asked_for_is_taken_unmeasured(name: str, measured: list[int], tmp_path: Path):
    assert choose_precision(name, Counting(), CPU, tmp_path) == name
    assert not measured
    assert not any(tmp_path.iterdir())


def test_an_unknown_precision_is_refused_with_the_nearest_one(tmp_path: Path):
    with pytest.raises(ConfigError, match=r"unknown precision 'bf61'; did you mean 'bf16'\?"):
        choose_precision("bf61", Counting(), CPU, tmp_path)


def test_auto_measures_once_and_remembers(measured: list[int], tmp_path: Path):
    assert [choose_precision("auto", Counting(), CPU, tmp_path) for _ in range(3)] == ["bf16"] * 3
    assert len(measured) == 1
    (file,) = tmp_path.iterdir()
    assert json.loads(file.read_text())["seconds"] == {"fp32": 1.0, "bf16": 0.5}


@pytest.mark.parametrize(("bf16", "expected"), [(0.89, "bf16"), (0.91, "fp32"), (4.0, "fp32")])
def test_bf16_must_be_worth_it(bf16: float, expected: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    monkeypatch.setattr(precision_module, "measure", lambda *_: {"fp32": 1.0, "bf16": bf16})
    assert choose_precision("auto", Counting(), CPU, tmp_path) == expected


@pytest.mark.parametrize("damage", ["", "{", "[]", "null", '{"precision": "fp32"}', "\udcff", '{"for": 1}'])
def test_a_damaged_memory_is_measured_anew_and_mended(damage: str, measured: list[int], tmp_path: Path):
    choose_precision("auto", Counting(), CPU, tmp_path)
    (file,) = tmp_path.iterdir()
    whole = file.read_bytes()
    file.write_bytes(damage.encode("utf-8", "surrogateescape"))
    assert choose_precision("auto", Counting(), CPU, tmp_path) == "bf16"
    assert len(measured) == 2
    assert file.read_bytes() == whole


def test_an_answer_of_unknown_name_is_measured_anew(measured: list[int], tmp_path: Path):
    choose_precision("auto", Counting(), CPU, tmp_path)
    (file,) = tmp_path.iterdir()
    file.write_text(file.read_text().replace('"bf16"\n', '"fp8"\n'))
    assert choose_precision("auto", Counting(), CPU, tmp_path) == "bf16"
    assert len(measured) == 2


@pytest.mark.parametrize(
    ("what", "other"),
    [
        ("wilddepth.engine.precision.machine_name", lambda device: "another machine"),
        ("torch.get_num_threads", lambda: 61),
        ("torch.__version__", "99.0"),
    ],
)
def test_another_machine_thread_count_or_torch_is_another_answer(
    what: str, other: object, measured: list[int], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
):
    choose_precision("auto", Counting(), CPU, tmp_path)
    with monkeypatch.context() as elsewhere:
        elsewhere.setattr(what, other)
        choose_precision("auto", Counting(), CPU, tmp_path)
    assert len(measured) == 2
    assert len(list(tmp_path.iterdir())) == 2
    choose_precision("auto", Counting(), CPU, tmp_path)
    assert len(measured) == 2


def test_the_memory_lies_in_the_users_cache_folder(
    measured: list[int], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
):
    monkeypatch.setenv("WILDDEPTH_CACHE", str(tmp_path))
    choose_precision("auto", Counting(), CPU)
    assert len(list((tmp_path / "precision").iterdir())) == 1


def test_a_cache_that_cannot_be_written_is_one_line_and_goes_on(
    measured: list[int], tmp_path: Path, caplog: pytest.LogCaptureFixture
):
    (tmp_path / "file").write_text("")
    with caplog.at_level(logging.WARNING):
        assert choose_precision("auto", Counting(), CPU, tmp_path / "file") == "bf16"
    assert [record.getMessage().count("\n") for record in caplog.records] == [0]
    assert "measured each time" in caplog.text


def test_the_network_itself_is_timed_in_both_precisions_in_turns():
    network = Counting().eval()
    seconds = measure(network, CPU)
    assert set(seconds) == {"fp32", "bf16"}
    assert all(0 < value < 10 for value in seconds.values())
    assert network.ran == [torch.float32, torch.bfloat16] * (1 + precision_module.ROUNDS)


def test_fp32_is_no_autocast_at_all():
    product = torch.rand(2, 2)
    with autocast(CPU, "fp32"):
        assert (product @ product).dtype == torch.float32
    with autocast(CPU, "bf16"):
        assert (product @ product).dtype == torch.bfloat16
