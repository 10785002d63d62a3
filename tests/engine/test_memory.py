"""Peak memory is seen after it was given back, and forgotten for the next measurement."""

import mmap
from pathlib import Path

import numpy as np
import pytest
import torch

from wilddepth.engine import memory
from wilddepth.engine.memory import Meter, resident

CPU = torch.device("cpu")
BLOCK = 200_000_000

pytestmark = pytest.mark.skipif(not memory.RESET.exists(), reason="the system has no /proc/self/clear_refs")


def take_and_give_back() -> None:
    """Fresh pages from the system: an allocator may hand out what the process has held all along."""
    with mmap.mmap(-1, BLOCK) as block:
        view = np.frombuffer(block, np.uint8)
        view[:] = 1
        del view


def test_memory_that_was_given_back_is_part_of_the_peak():
    meter = Meter(CPU)
    take_and_give_back()
    assert meter.start is not None
    assert 0.9 * BLOCK < meter.peak() - meter.start < 3 * BLOCK


def test_the_next_measurement_begins_anew():
    take_and_give_back()
    meter = Meter(CPU)
    assert meter.start is not None
    assert meter.peak() - meter.start < 0.5 * BLOCK


def test_a_peak_that_cannot_be_forgotten_is_that_of_the_process(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(memory, "RESET", tmp_path / "no" / "such")
    meter = Meter(CPU)
    assert meter.start is None
    assert meter.peak() == pytest.approx(resident("VmHWM"), rel=0.05)  # Linux counts in batches of pages
    assert meter.peak() > 0


def test_without_proc_the_peak_is_what_posix_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    by_linux = resident("VmHWM")
    monkeypatch.setattr(memory, "STATUS", tmp_path / "none")
    assert resident("VmHWM") == 0
    assert Meter(CPU).peak() == pytest.approx(by_linux, rel=0.2)


def test_an_entry_that_is_not_there_is_nothing():
    assert resident("VmMoon") == 0
