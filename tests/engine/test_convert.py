"""Public checkpoints: what is read, what is refused, and under which names it comes out."""

import hashlib
import os
import pickle
from collections import OrderedDict
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import save_file
from torch import Tensor

from tiny import network
from wilddepth.engine.convert import converted
from wilddepth.engine.public import read_public
from wilddepth.engine.published import candidates
from wilddepth.engine.published_table import Published
from wilddepth.errors import SampleError, WeightsError
from wilddepth.networks.dispnetc import DispNetC, DispNetCOptions

KINDS = ("madnet2", "stereonet", "torchvision-resnet", "monodepth2")


def made_up(net: Published, seed: int = 0) -> dict[str, Tensor]:
    """A state dict as the network's own program would save it."""
    generator = torch.Generator().manual_seed(seed)
    return {name: torch.rand(entry.shape, generator=generator) for name, entry in net.table.items()}


def saved(path: Path, content: object) -> Path:
    torch.save(content, path)
    return path


def convert(path: Path, kind: Any) -> dict[str, Tensor]:
    return dict(converted(read_public(path), kind, path).tensors)


@pytest.mark.parametrize("kind", KINDS)
def test_every_network_of_a_kind_comes_out_under_its_own_names(tmp_path: Path, kind: Any):
    networks = [net for net in candidates(kind) if not net.network.endswith(("-101", "-152", "-50"))]
    assert networks
    for net in networks:
        state = made_up(net)
        found = converted(read_public(saved(tmp_path / "w.pth", state)), kind, tmp_path / "w.pth")
        assert found.network == net.network
        assert len(found.tensors) == len(state)
        for name, value in state.items():
            torch.testing.assert_close(found.tensors[net.table[name].name], value, rtol=0, atol=0)


def test_names_here_are_each_used_once():
    for kind in (*KINDS, "npz"):
        for net in candidates(kind):
            assert len({entry.name for entry in net.table.values()}) == len(net.table)


@pytest.mark.parametrize(
    "wrap",
    [
        lambda state: {"state_dict": state, "epoch": 12},
        lambda state: {"model": state, "optimizer": {"step": 3}},
        lambda state: {"model": {"state_dict": OrderedDict(state)}},
        lambda state: {f"module.{name}": value for name, value in state.items()},
        lambda state: {"state_dict": {f"module.model.{name}": value for name, value in state.items()}},
        lambda state: {**state, "height": 192, "width": 640, "use_stereo": False},
    ],
    ids=["state_dict", "model", "nested", "module", "lightning", "beside-plain-values"],
)
def test_what_wrappers_put_around_a_state_dict_is_taken_off(tmp_path: Path, wrap: Any):
    (net,) = candidates("madnet2")
    state = made_up(net)
    found = convert(saved(tmp_path / "w.pth", wrap(state)), "madnet2")
    torch.testing.assert_close(found["pyramid.0.weight"], state["feature_extraction.block1.0.0.weight"])


def test_a_prefix_that_belongs_to_the_network_stays(tmp_path: Path):
    """The pose decoder's names all begin with `net.`."""
    (net,) = (each for each in candidates("monodepth2") if each.network == "monodepth2-pose-18")
    assert set(convert(saved(tmp_path / "pose.pth", made_up(net)), "monodepth2")) >= {"pose.0.weight", "pose.3.bias"}


def test_what_is_not_needed_is_left_out_and_named(tmp_path: Path):
    net = candidates("torchvision-resnet")[0]
    more = {"fc.weight": torch.ones(1000, 512), "fc.bias": torch.ones(1000), "bn1.num_batches_tracked": torch.tensor(7)}
    path = saved(tmp_path / "resnet18.pth", {**made_up(net), **more})
    found = converted(read_public(path), "torchvision-resnet", path)
    assert set(found.unused) == set(more)
    assert not set(found.tensors) & set(more)


def test_numbers_come_out_in_float32_and_safetensors_are_read_too(tmp_path: Path):
    (net,) = candidates("madnet2")
    half = {name: value.half() for name, value in made_up(net).items()}
    save_file(half, tmp_path / "w.safetensors")
    found = convert(tmp_path / "w.safetensors", "madnet2")
    assert {value.dtype for value in found.values()} == {torch.float32}
    torch.testing.assert_close(found["decoders.2.4.bias"], half["decoder2.decoder.8.0.bias"].float(), rtol=0, atol=0)


def test_the_digest_is_that_of_the_file(tmp_path: Path):
    path = saved(tmp_path / "w.pth", {"a": torch.ones(3)})
    assert read_public(path).digest == hashlib.sha256(path.read_bytes()).hexdigest()


def test_missing_unexpected_and_wrong_names_are_in_one_error(tmp_path: Path):
    (net,) = candidates("madnet2")
    state = made_up(net)
    del state["decoder6.decoder.0.0.bias"]
    state["context.0.weight"] = torch.ones(3)
    state["decoder2.decoder.8.0.bias"] = torch.ones(2)
    state["decoder2.decoder.6.0.bias"] = torch.ones(64, dtype=torch.int64)
    path = saved(tmp_path / "w.pth", state)
    with pytest.raises(WeightsError) as caught:
        convert(path, "madnet2")
    message = str(caught.value)
    assert f"{path} is no madnet2 checkpoint as known here; compared with madnet2: " in message
    assert "1 missing (decoder6.decoder.0.0.bias)" in message
    assert "1 unexpected (context.0.weight)" in message
    assert "decoder2.decoder.8.0.bias is (2,) instead of (1,)" in message
    assert "decoder2.decoder.6.0.bias holds torch.int64" in message
    assert "check --from" in message


def test_another_kind_is_compared_with_the_nearest_network(tmp_path: Path):
    state = made_up(next(net for net in candidates("torchvision-resnet") if net.network == "resnet-34"))
    del state["layer3.5.bn2.bias"]
    path = saved(tmp_path / "w.pth", state)
    with pytest.raises(WeightsError, match=r"compared with resnet-34: 1 missing \(layer3\.5\.bn2\.bias\)"):
        convert(path, "torchvision-resnet")
    with pytest.raises(WeightsError, match=r"74 missing .* and 69 more\); 179 unexpected .*check --from"):
        convert(path, "madnet2")


@pytest.mark.parametrize("bad", [float("nan"), float("inf")])
def test_numbers_that_are_not_finite_are_refused(tmp_path: Path, bad: float):
    (net,) = candidates("madnet2")
    state = made_up(net)
    state["decoder4.decoder.2.0.weight"][5, 6, 1, 2] = bad
    with pytest.raises(WeightsError, match=r"decoder4\.decoder\.2\.0\.weight holds NaN or infinity"):
        convert(saved(tmp_path / "w.pth", state), "madnet2")


class Trap:
    def __reduce__(self) -> tuple[object, tuple[str]]:
        return os.mkdir, ("a-pickle-was-run",)


@pytest.mark.parametrize("write", [torch.save, lambda content, path: path.write_bytes(pickle.dumps(content))])
def test_pickled_objects_are_never_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, write: Any):
    monkeypatch.chdir(tmp_path)
    write({"state_dict": {"a": torch.ones(1)}, "hyper_parameters": Trap()}, tmp_path / "w.pth")
    with pytest.raises(WeightsError, match=r"w\.pth cannot be read as a checkpoint of plain tensors .*save it again"):
        read_public(tmp_path / "w.pth")
    assert not (tmp_path / "a-pickle-was-run").exists()


def test_a_whole_module_is_refused(tmp_path: Path):
    torch.save(torch.nn.Conv2d(1, 1, 1), tmp_path / "w.pth")
    with pytest.raises(WeightsError, match=r"torch\.save\(model\.state_dict\(\), \.\.\.\)"):
        read_public(tmp_path / "w.pth")


def test_a_tensor_that_states_more_than_it_holds_takes_no_memory(tmp_path: Path):
    """One number seen as 4 TB."""
    (net,) = candidates("madnet2")
    state = made_up(net)
    state["decoder2.decoder.8.0.bias"] = torch.ones(1).expand(1 << 20, 1 << 20)
    with pytest.raises(WeightsError, match=r"is \(1048576, 1048576\) instead of \(1,\)"):
        convert(saved(tmp_path / "w.pth", state), "madnet2")


def test_truncated_files_are_refused(tmp_path: Path):
    path = saved(tmp_path / "w.pth", {"a": torch.rand(500)})
    data = path.read_bytes()
    for length in (1, 100, len(data) // 2, len(data) - 10):
        path.write_bytes(data[:length])
        with pytest.raises(WeightsError, match="cannot be read as a checkpoint"):
            read_public(path)
    path.write_bytes(b"")
    with pytest.raises(SampleError, match="is empty"):
        read_public(path)


@pytest.mark.parametrize("content", [[1, 2], {}, {"epoch": 3}, torch.ones(2), {"state_dict": {"a": 1}}])
def test_a_file_without_tensors_by_name_is_refused(tmp_path: Path, content: object):
    with pytest.raises(WeightsError, match="holds no tensors by name; save a state dict"):
        read_public(saved(tmp_path / "w.pth", content))


def test_madnets_arrays_are_taken_under_our_names(tmp_path: Path):
    state = network(3).state_dict()
    np.savez(tmp_path / "w.npz", **{name: value.numpy() for name, value in state.items()})
    found = convert(tmp_path / "w.npz", "npz")
    for name, value in state.items():
        torch.testing.assert_close(found[name], value, rtol=0, atol=0)


@pytest.mark.parametrize("scope, suffix", [("", ""), ("model/", ":0")])
def test_madnets_arrays_are_taken_under_the_names_of_the_original(tmp_path: Path, scope: str, suffix: str):
    """Rows, columns, inputs, outputs become outputs, inputs, rows, columns; what optimisers keep is left out."""
    _, original, *_ = candidates("npz")
    rng = np.random.default_rng(0)
    arrays = {
        f"{scope}{name}{suffix}": rng.normal(size=entry.shape).astype(np.float32)
        for name, entry in original.table.items()
    }
    more = {f"global_step{suffix}": np.array(5), f"{scope}context-1/weights/Adam{suffix}": np.ones(2)}
    np.savez(tmp_path / "w.npz", **arrays, **more)
    found = convert(tmp_path / "w.npz", "npz")
    theirs = arrays[f"{scope}G6/fgc-volume-filtering-6/disp-1/weights{suffix}"]
    ours = found["decoders.6.0.weight"]
    assert ours.shape == (128, 197, 3, 3)
    for output, inputs, row, column in ((0, 0, 0, 1), (127, 196, 2, 0), (64, 100, 1, 2)):
        assert float(ours[output, inputs, row, column]) == theirs[row, column, inputs, output]
    assert np.array_equal(found["context.6.bias"].numpy(), arrays[f"{scope}context-7/biases{suffix}"])


def test_one_variable_under_two_scopes_is_refused(tmp_path: Path):
    np.savez(tmp_path / "w.npz", **{f"{scope}/context-1/biases": np.ones(128) for scope in ("model", "average")})
    with pytest.raises(WeightsError, match="one variable under several scopes"):
        convert(tmp_path / "w.npz", "npz")


def test_arrays_that_hold_no_numbers_are_refused(tmp_path: Path):
    np.savez(tmp_path / "w.npz", a=np.array(["text"]))
    with pytest.raises(WeightsError, match="a holds <U4 and no numbers"):
        read_public(tmp_path / "w.npz")


@pytest.mark.parametrize("scope", ["", "model/", "CNN/tower/"])
def test_arrays_of_tensorflow_become_a_dispnetc(tmp_path: Path, scope: str):
    """TensorFlow keeps rows, columns, inputs, outputs, and transposed convolutions the other way round."""
    (original,) = [net for net in candidates("npz") if "conv3/1/weights" in net.table]
    quarter = DispNetC(DispNetCOptions(width=0.03125))
    assert {entry.name for entry in original.table.values()} == set(quarter.state_dict())
    arrays = {}
    for name, entry in original.table.items():
        shape = [1] * len(entry.shape)
        arrays[f"{scope}{name}:0"] = np.broadcast_to(np.zeros(shape, np.float32), entry.shape)
    marked = np.zeros(original.table["up5/deconv/weights"].shape, np.float32)
    marked[1, 2, 3, 4] = 1.0  # row 1, column 2, output 3, input 4
    arrays[f"{scope}up5/deconv/weights:0"] = marked
    np.savez_compressed(tmp_path / "w.npz", **arrays)
    found = converted(read_public(tmp_path / "w.npz"), "npz", tmp_path / "w.npz")
    assert found.metadata()["network"] == "dispnetc"
    assert found.tensors["up.5.deconv.weight"].nonzero().tolist() == [[4, 3, 1, 2]]
