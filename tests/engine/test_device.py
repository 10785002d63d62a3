"""Which device is chosen, and what the machine is called."""

import re
from pathlib import Path

import pytest
import torch

from wilddepth.engine.device import FAST_PRODUCTS, choose_device, fast_products, machine_name
from wilddepth.engine.environment import cpu_model
from wilddepth.errors import ConfigError


def pretend_gpu(monkeypatch: pytest.MonkeyPatch, there: bool) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: there)


@pytest.mark.parametrize("there", [True, False])
def test_cpu_is_cpu_whatever_there_is(monkeypatch: pytest.MonkeyPatch, there: bool):
    pretend_gpu(monkeypatch, there)
    assert choose_device("cpu") == torch.device("cpu")


def test_auto_takes_the_gpu_where_there_is_one(monkeypatch: pytest.MonkeyPatch):
    pretend_gpu(monkeypatch, True)
    assert choose_device("auto") == torch.device("cuda")
    pretend_gpu(monkeypatch, False)
    assert choose_device("auto") == torch.device("cpu")


def test_a_gpu_that_is_asked_for_and_absent_is_one_sentence(monkeypatch: pytest.MonkeyPatch):
    pretend_gpu(monkeypatch, True)
    assert choose_device("cuda") == torch.device("cuda")
    pretend_gpu(monkeypatch, False)
    with pytest.raises(ConfigError, match=r"--device cuda: torch .* sees no GPU .* give --device cpu") as error:
        choose_device("cuda")
    assert "\n" not in str(error.value)


def test_an_unknown_device_is_refused_with_the_nearest_one():
    with pytest.raises(ConfigError, match=r"unknown device 'cda'; did you mean 'cuda'\?"):
        choose_device("cda")


def test_a_cpu_is_named_by_its_model_and_the_flags_that_matter(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    told = tmp_path / "cpuinfo"
    told.write_text("model name\t: Fast CPU\nflags\t\t: fpu avx2 avx512f amx_bf16 avx512_vnni\nflags\t\t: fpu\n")
    monkeypatch.setattr("wilddepth.engine.device.CPU_INFO", told)
    assert fast_products() == ("amx_bf16", "avx512_vnni", "avx512f", "avx2")
    assert machine_name(torch.device("cpu")) == f"{cpu_model()} amx_bf16 avx512_vnni avx512f avx2"


def test_a_system_that_says_nothing_has_no_flags(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    monkeypatch.setattr("wilddepth.engine.device.CPU_INFO", tmp_path / "missing")
    assert fast_products() == ()
    (tmp_path / "arm").write_text("processor : 0\nFeatures : fp asimd\n")
    monkeypatch.setattr("wilddepth.engine.device.CPU_INFO", tmp_path / "arm")
    assert fast_products() == ()


def test_a_gpu_is_named_by_its_driver(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(torch.cuda, "get_device_name", lambda device: f"GPU behind {device}")
    assert machine_name(torch.device("cuda")) == "GPU behind cuda"


@pytest.mark.skipif(not Path("/proc/cpuinfo").is_file(), reason="only Linux lists its CPU's flags there")
def test_the_flags_of_this_machine_are_those_it_lists():
    listed = set(re.findall(r"\w+", Path("/proc/cpuinfo").read_text()))
    assert set(fast_products()) == listed & set(FAST_PRODUCTS)
