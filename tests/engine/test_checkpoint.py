"""Files of tensors: whole or not there, and exactly what was put in."""

import os
import resource
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch
from torch import Tensor

from tiny import Line, network
from wilddepth.engine.checkpoint import (
    LAST,
    load_checkpoint,
    load_tensors,
    save_checkpoint,
    save_tensors,
    steps_done,
)
from wilddepth.errors import OutputError, WeightsError
from wilddepth.networks.madnet import MADNet


@pytest.fixture
def full_disk() -> Iterator[None]:
    """No file may grow beyond 64 KiB, as on a disk that is full."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 16, hard))
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def trained(name: str, steps: int = 2) -> tuple[MADNet, torch.optim.Optimizer]:
    """A network whose optimiser has done some steps; the gradients are those of a made-up loss."""
    net = network(1)
    optimiser = make(name, net)
    for step in range(steps):
        push(net, optimiser, step)
    return net, optimiser


def make(name: str, net: MADNet) -> torch.optim.Optimizer:
    if name == "sgd":
        return torch.optim.SGD(net.parameters(), lr=0.01, momentum=0.9)
    return torch.optim.Adam(net.parameters(), lr=0.01)


def push(net: MADNet, optimiser: torch.optim.Optimizer, step: int) -> None:
    generator = torch.Generator().manual_seed(step)
    for parameter in net.parameters():
        parameter.grad = torch.randn(parameter.shape, generator=generator).to(memory_format=layout(parameter))
    optimiser.step()


def layout(value: Tensor) -> torch.memory_format:
    return torch.channels_last if value.ndim == 4 else torch.contiguous_format


def state_of(net: MADNet, optimiser: torch.optim.Optimizer) -> list[Tensor]:
    states = [optimiser.state[parameter] for parameter in net.parameters()]
    return [state[key] for state in states for key in sorted(state) if state[key] is not None]


@pytest.mark.parametrize("name", ["adam", "sgd"])
def test_a_checkpoint_gives_everything_back_to_the_last_bit(tmp_path: Path, name: str):
    net, optimiser = trained(name)
    average = {key: value.detach() * 0.5 for key, value in net.named_parameters()}
    save_checkpoint(tmp_path, 7, net, optimiser, average, {"best": 3, "score": float("nan")})

    other = network(2)
    empty, fresh = {key: torch.zeros_like(value) for key, value in average.items()}, make(name, other)
    step, state = load_checkpoint(tmp_path, other, fresh, empty)
    assert (step, state["best"], steps_done(tmp_path)) == (7, 3, 7)
    assert state["score"] != state["score"]
    assert all(torch.equal(value, net.state_dict()[key]) for key, value in other.state_dict().items())
    assert all(torch.equal(value, average[key]) for key, value in empty.items())
    pairs = list(zip(state_of(net, optimiser), state_of(other, fresh), strict=True))
    assert len(pairs) == {"adam": 3, "sgd": 1}[name] * len(list(net.parameters()))
    assert all(torch.equal(*pair) for pair in pairs)
    # in the memory layout too: nothing promises that updates of mixed layouts round alike
    assert all(first.stride() == second.stride() for first, second in pairs)
    for moved, mover in ((net, optimiser), (other, fresh)):
        push(moved, mover, 5)
    assert all(torch.equal(value, net.state_dict()[key]) for key, value in other.state_dict().items())


def test_parameters_that_were_never_trained_have_no_state(tmp_path: Path):
    net = network()
    optimiser = make("adam", net)
    net.context[6].bias.grad = torch.ones(1)
    optimiser.step()
    save_checkpoint(tmp_path, 1, net, optimiser, {}, {})
    fresh = make("adam", net)
    load_checkpoint(tmp_path, net, fresh, {})
    assert list(fresh.state) == [net.context[6].bias]


@pytest.fixture
def checkpoint(tmp_path: Path) -> Path:
    line = Line()
    save_checkpoint(tmp_path, 4, line, torch.optim.Adam(line.parameters()), {}, {})
    return tmp_path / LAST


def cut_short(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-1])


def garbage(path: Path) -> None:
    path.write_bytes(b"\xff" * 200)


def empty(path: Path) -> None:
    path.write_bytes(b"")


def pickled(path: Path) -> None:
    torch.save({"weight": torch.ones(1)}, path)


@pytest.mark.parametrize("damage", [cut_short, garbage, empty, pickled])
def test_a_damaged_checkpoint_is_refused(checkpoint: Path, damage):
    damage(checkpoint)
    line = Line()
    with pytest.raises(WeightsError, match=r"last\.safetensors is not a whole safetensors file .*again"):
        load_checkpoint(checkpoint.parent, line, torch.optim.Adam(line.parameters()), {})
    with pytest.raises(WeightsError):
        steps_done(checkpoint.parent)


def test_a_checkpoint_of_another_network_is_refused(checkpoint: Path):
    net = network()
    with pytest.raises(WeightsError, match=r"last\.safetensors belongs to another network or plan"):
        load_checkpoint(checkpoint.parent, net, make("adam", net), {})


def test_a_checkpoint_without_the_average_that_is_wanted_is_refused(checkpoint: Path):
    line = Line()
    with pytest.raises(WeightsError, match=r"another network or plan .*average/weight.*; resume with its own recipe"):
        load_checkpoint(checkpoint.parent, line, torch.optim.Adam(line.parameters()), {"weight": torch.zeros(1)})


def test_a_file_of_tensors_that_is_no_checkpoint_is_refused(checkpoint: Path):
    save_tensors(checkpoint, {"model/weight": torch.zeros(1)}, {})
    line = Line()
    with pytest.raises(WeightsError, match="belongs to another network or plan"):
        load_checkpoint(checkpoint.parent, line, torch.optim.Adam(line.parameters()), {})
    with pytest.raises(WeightsError, match="is no checkpoint; start again with --overwrite"):
        steps_done(checkpoint.parent)


def test_no_checkpoint_means_no_steps(tmp_path: Path):
    assert steps_done(tmp_path / "nowhere") == 0
    with pytest.raises(WeightsError, match=r"no weights at .*last\.safetensors"):
        load_tensors(tmp_path / LAST)


def test_a_full_disk_leaves_the_file_before_and_no_scraps(checkpoint: Path, full_disk: None):
    before = checkpoint.read_bytes()
    with pytest.raises(OutputError, match=r"cannot write .*last\.safetensors .*; free some space"):
        save_tensors(checkpoint, {"large": torch.zeros(1 << 16)}, {})
    assert checkpoint.read_bytes() == before
    assert os.listdir(checkpoint.parent) == [LAST]


def test_a_place_that_is_no_folder_is_refused(tmp_path: Path):
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match=r"cannot write .*file/run/weights\.safetensors"):
        save_tensors(tmp_path / "file" / "run" / "weights.safetensors", {"a": torch.ones(1)}, {})


@pytest.fixture
def ordinary_user() -> Iterator[None]:
    """Root may write to any folder: another user cannot."""
    root = os.geteuid() == 0
    if root:
        os.seteuid(65534)
    yield
    if root:
        os.seteuid(0)


def test_a_read_only_folder_is_refused(checkpoint: Path, request: pytest.FixtureRequest):
    before = checkpoint.read_bytes()
    checkpoint.parent.chmod(0o555)
    request.getfixturevalue("ordinary_user")
    with pytest.raises(OutputError, match=r"cannot write .*last\.safetensors .*Permission denied"):
        save_tensors(checkpoint, {"a": torch.ones(1)}, {})
    if os.getuid() == 0:
        os.seteuid(0)
    checkpoint.parent.chmod(0o755)
    assert checkpoint.read_bytes() == before
    assert os.listdir(checkpoint.parent) == [LAST]


def test_views_of_one_tensor_can_be_stored(tmp_path: Path):
    both = torch.rand(2, 3, 4)
    views = {"whole": both, "first": both[:1], "second": both[1:], "turned": both.transpose(1, 2)}
    save_tensors(tmp_path / "a", views, {"a": "b"})
    tensors, metadata = load_tensors(tmp_path / "a")
    assert metadata == {"a": "b"}
    assert torch.equal(tensors["whole"], both)
    assert torch.equal(tensors["second"], both[1:])
    assert torch.equal(tensors["turned"], both.transpose(1, 2))
