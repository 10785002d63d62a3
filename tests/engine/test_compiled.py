"""--compile: the same numbers, and one line where it cannot be had."""

import logging
import shutil
import subprocess
import sys
from collections.abc import Callable

import pytest
import torch

from wilddepth.engine.compiled import MOST_SIZES, Compiled, find_compiler
from wilddepth.engine.infer import Predictor
from wilddepth.errors import MissingView
from wilddepth.methods.supervised import Supervised
from wilddepth.networks.madnet import MADNet
from wilddepth.prediction import Prediction, Quantity
from wilddepth.sample import Sample

# In a process of its own: the shape checker that pytest switches on wraps every function, and cannot be compiled.
SCRIPT = """
import torch
from wilddepth.engine.infer import Predictor
from wilddepth.methods.supervised import Supervised
from wilddepth.networks.madnet import MADNet
from wilddepth.sample import Sample

equal = 0
for seed in (0, 1):
    method = Supervised(MADNet(generator=torch.Generator().manual_seed(seed)))
    plain = Predictor(method, device="cpu", precision="fp32")
    compiled = Predictor(method, device="cpu", precision="fp32", compile=True)
    for height, width in ((64, 128), (50, 100), (75, 190), (140, 60)):
        views = torch.rand(2, 3, height, width, generator=torch.Generator().manual_seed(height))
        sample = Sample(image=views[:1], right=views[1:], keys=(f"{height}x{width}",))
        difference = (compiled(sample).values - plain(sample).values).abs()  # of up to 100 px
        equal += bool(difference.mean() < 1e-2 and difference.max() < 0.1)
graphs = torch._dynamo.utils.counters["stats"]["unique_graphs"]
print(equal, "equal,", graphs, "graphs")
"""
COMPILER = pytest.mark.skipif(shutil.which("g++") is None, reason="needs the package g++")


def method(seed: int) -> Supervised:
    return Supervised(MADNet(generator=torch.Generator().manual_seed(seed)))


def pair(height: int, width: int) -> Sample:
    views = torch.rand(2, 3, height, width, generator=torch.Generator().manual_seed(height))
    return Sample(image=views[:1], right=views[1:], keys=(f"{height}x{width}",))


def expected(seed: int, sample: Sample) -> torch.Tensor:
    return Predictor(method(seed), device="cpu", precision="fp32")(sample).values


def compiled(seed: int) -> Predictor:
    return Predictor(method(seed), device="cpu", precision="fp32", compile=True)


def pretend(monkeypatch: pytest.MonkeyPatch, compile: Callable[..., object]) -> None:
    """Put another function in the place of torch.compile."""
    monkeypatch.setenv("CXX", "sh")
    monkeypatch.setattr(torch, "compile", compile)


def unchanged(function: Callable[..., object], **options: object) -> Callable[..., object]:
    """A compiler that changes nothing."""
    return function


def test_without_a_compiler_one_line_names_the_package_and_it_goes_on(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
):
    monkeypatch.setenv("PATH", "")
    monkeypatch.delenv("CXX", raising=False)
    predict = compiled(0)
    for _ in range(2):
        torch.testing.assert_close(predict(pair(40, 70)).values, expected(0, pair(40, 70)))
    (record,) = caplog.records
    assert record.levelno == logging.WARNING
    assert record.getMessage() == "--compile needs a C++ compiler: install the package g++; going on without it"


def test_the_compiler_is_the_one_that_torch_will_call(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("CXX", "sh")
    assert find_compiler() == shutil.which("sh")
    monkeypatch.setenv("CXX", "no-such-compiler")
    assert find_compiler() is None
    monkeypatch.delenv("CXX")
    assert find_compiler() == shutil.which("g++")


@pytest.mark.parametrize(
    "failure",
    [
        RuntimeError("C++ compile error\nwith a long story"),
        OSError("No space left on device"),
        subprocess.CalledProcessError(1, "g++"),
    ],
)
def test_a_compiler_that_fails_is_one_line_and_it_goes_on(
    failure: Exception, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
):
    def failing(function: object, **options: object) -> Callable[[Sample], object]:
        def raising(sample: Sample) -> object:
            raise failure

        return raising

    pretend(monkeypatch, failing)
    predict = compiled(0)
    for _ in range(2):
        torch.testing.assert_close(predict(pair(40, 70)).values, expected(0, pair(40, 70)))
    (record,) = caplog.records
    assert record.getMessage().startswith(f"--compile failed and is left out: {type(failure).__name__}: ")
    assert "\n" not in record.getMessage()


def test_an_error_of_the_method_is_no_failure_of_the_compiler(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
):
    pretend(monkeypatch, unchanged)
    predict = compiled(0)
    with pytest.raises(MissingView):
        predict(Sample(image=torch.rand(1, 3, 40, 70)))

    def broken(sample: Sample) -> object:
        raise RuntimeError("the method's own fault")

    with pytest.raises(RuntimeError, match="the method's own fault"):
        Compiled(broken, predict.method)(pair(40, 70))
    assert not caplog.records


def test_a_full_memory_is_no_failure_of_the_compiler(monkeypatch: pytest.MonkeyPatch):
    calls = []

    def full(sample: Sample) -> object:
        calls.append(sample)
        raise torch.OutOfMemoryError("too large")

    pretend(monkeypatch, unchanged)
    with pytest.raises(torch.OutOfMemoryError):
        Compiled(full, method(0))(pair(40, 70))
    assert len(calls) == 1


def test_images_of_nearly_equal_size_share_a_graph(monkeypatch: pytest.MonkeyPatch):
    sizes = []

    def counted(function: Callable[[Sample], object], **options: object) -> Callable[[Sample], object]:
        def called(sample: Sample) -> object:
            sizes.append(sample.size)
            return function(sample)

        return called

    pretend(monkeypatch, counted)
    predict = compiled(0)
    for sample in (pair(64, 128), pair(50, 100), pair(61, 99)):
        found = predict(sample)
        torch.testing.assert_close(found.values, expected(0, sample))
        assert found.confidence.shape == found.values.shape
    assert set(sizes) == {(64, 128)}


def test_beyond_so_many_sizes_one_line_is_said_and_it_goes_on(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
):
    compiled_for: list[int] = []

    def counted(function: Callable[[Sample], object], **options: object) -> Callable[[Sample], object]:
        assert options == {"dynamic": False}

        def called(sample: Sample) -> object:
            compiled_for.append(sample.size[1])
            return function(sample)

        return called

    pretend(monkeypatch, counted)
    asked: list[int] = []

    def asking(sample: Sample) -> Prediction:
        asked.append(sample.size[1])
        return Prediction(torch.zeros(1, 1, *sample.size), Quantity.DISPARITY_PX)

    made = Compiled(asking, method(0))
    widths = [*range(1, MOST_SIZES + 3), 1]
    for width in widths:
        made(Sample(image=torch.rand(1, 3, 2, width)))
    assert asked == widths
    assert compiled_for == [*range(1, MOST_SIZES + 1), 1]
    assert [record.getMessage() for record in caplog.records] == [
        f"--compile has compiled for {MOST_SIZES} sizes of images; others run uncompiled"
    ]


def test_weights_that_changed_after_compiling_are_not_ignored(monkeypatch: pytest.MonkeyPatch):
    pretend(monkeypatch, unchanged)
    predict = compiled(0)
    predict(pair(40, 70))
    predict(pair(40, 70))
    predict.method.load_state_dict(method(1).state_dict())
    with pytest.raises(ValueError, match="weights have changed since they were compiled in; make a new Predictor"):
        predict(pair(40, 70))


@COMPILER
@pytest.mark.slow
def test_compiled_equals_eager_for_every_size_and_every_networks_own_weights():
    run = subprocess.run([sys.executable, "-c", SCRIPT], capture_output=True, text=True, check=False)
    assert (run.stdout, run.returncode) == ("8 equal, 6 graphs\n", 0), run.stderr[-2000:]
    assert "--compile" not in run.stderr  # it was not left out
