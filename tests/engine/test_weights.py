"""Where weights come from, and what is refused."""

import json
from dataclasses import asdict
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import save_file
from torch import Tensor

from tiny import network
from wilddepth.engine import weights
from wilddepth.engine.weights import chosen_network, find_weights, load_network, packaged_names, save_weights
from wilddepth.errors import ConfigError, WeightsError
from wilddepth.networks.madnet import MADNet, MADNetOptions


@pytest.fixture(scope="module")
def net() -> MADNet:
    return network(3)


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, net: MADNet) -> Path:
    """A package with the weights `tiny-a` and `tiny-b`."""
    folder = tmp_path / "package"
    for name in ("tiny-b", "tiny-a"):
        save_weights(folder / name / "model.safetensors", net, {"who": name}, half=True)
    monkeypatch.setattr(weights, "PACKAGED", folder)
    return folder


def equal(first: MADNet, second: MADNet) -> bool:
    other = second.state_dict()
    return all(torch.equal(value, other[name]) for name, value in first.state_dict().items())


def test_packaged_weights_are_found_by_name(package: Path):
    assert packaged_names() == ["tiny-a", "tiny-b"]
    assert find_weights("tiny-a") == package / "tiny-a" / "model.safetensors"
    assert load_network("tiny-b")[1]["who"] == "tiny-b"


def test_a_file_and_both_kinds_of_folder_are_found(tmp_path: Path, net: MADNet):
    for file in (tmp_path / "run" / "weights.safetensors", tmp_path / "card" / "model.safetensors"):
        save_weights(file, net, {})
        assert find_weights(str(file)) == file
        assert find_weights(str(file.parent)) == file


def test_a_name_is_never_a_path_out_of_the_package(package: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(WeightsError, match=r"no weights '\./tiny-a'; give one of tiny-a, tiny-b, a \.safetensors file"):
        find_weights("./tiny-a")


def test_unknown_weights_are_refused_with_what_there_is(package: Path):
    with pytest.raises(
        WeightsError, match=r"no weights 'tiny-c'; give one of tiny-a, tiny-b, a \.safetensors file, or the"
    ):
        load_network("tiny-c")


def test_a_run_that_is_not_finished_has_no_weights(tmp_path: Path):
    with pytest.raises(
        WeightsError, match=r"holds no weights\.safetensors; is the run finished\? resume it with --resume"
    ):
        load_network(str(tmp_path))


def test_weights_come_back_as_they_were_with_options_and_metadata(tmp_path: Path):
    options = MADNetOptions(resize="half-pixel", input_scale=1.0, border="replicate")
    net = MADNet(options, generator=torch.Generator().manual_seed(0))
    save_weights(tmp_path / "w.safetensors", net, {"steps": "7"})
    found, metadata = load_network(str(tmp_path / "w.safetensors"))
    assert equal(net, found)
    assert found.options == options
    assert metadata["steps"] == "7"
    assert json.loads(metadata["options"]) == asdict(options)
    assert not found.training
    assert found.context[0].weight.is_contiguous(memory_format=torch.channels_last)


@pytest.mark.parametrize(("enlarged", "told"), [(1.0, None), (1.5, "1.5")])
def test_weights_remember_how_large_pictures_are_shown_to_them(tmp_path: Path, enlarged: float, told: str | None):
    net = network(1)
    net.enlargement = enlarged
    save_weights(tmp_path / "w.safetensors", net, {})
    found, metadata = load_network(str(tmp_path / "w.safetensors"))
    assert (found.enlargement, metadata.get("enlargement")) == (enlarged, told)
    assert chosen_network(str(tmp_path / "w.safetensors"), None).enlargement == enlarged
    assert chosen_network(str(tmp_path / "w.safetensors"), 2.0).enlargement == 2.0
    assert type(chosen_network(str(tmp_path / "w.safetensors"), np.float64(1.25)).enlargement) is float


@pytest.mark.parametrize("text", ["0.5", "nan", "1e9", "twice", ""])
def test_a_size_of_pictures_that_no_run_writes_is_refused(tmp_path: Path, net: MADNet, text: str):
    save_weights(tmp_path / "w.safetensors", net, {"enlargement": text})
    refused(tmp_path / "w.safetensors", rf"pictures are to be enlarged '{text}' times; known are 1 to 4")


@pytest.mark.parametrize("factor", [0.99, 4.01, float("nan"), float("inf")])
def test_pictures_are_enlarged_up_to_four_times(tmp_path: Path, net: MADNet, factor: float):
    save_weights(tmp_path / "w.safetensors", net, {})
    with pytest.raises(ConfigError, match=r"pictures can be enlarged 1 to 4 times, not"):
        chosen_network(str(tmp_path / "w.safetensors"), factor)


def test_half_precision_is_a_relative_error_of_a_two_thousandth_and_half_the_size(tmp_path: Path, net: MADNet):
    for name, half in (("full", False), ("half", True)):
        save_weights(tmp_path / name, net, {}, half=half)
    found, _ = load_network(str(tmp_path / "half"))
    for name, value in net.state_dict().items():
        torch.testing.assert_close(found.state_dict()[name], value, rtol=2**-11, atol=2**-24)
    assert not equal(net, found)
    assert {value.dtype for value in found.parameters()} == {torch.float32}
    assert (tmp_path / "half").stat().st_size < 0.51 * (tmp_path / "full").stat().st_size
    # what was rounded once is not rounded again
    save_weights(tmp_path / "again", found, {}, half=True)
    assert equal(found, load_network(str(tmp_path / "again"))[0])


def refused(path: Path, message: str) -> None:
    with pytest.raises(WeightsError, match=message) as caught:
        load_network(str(path))
    assert str(path) in str(caught.value)


def stored(path: Path, tensors: dict[str, Tensor], metadata: dict[str, str] | None = None) -> Path:
    save_file({name: value.contiguous() for name, value in tensors.items()}, path, metadata)
    return path


def test_weights_of_another_network_are_refused(tmp_path: Path, net: MADNet):
    path = stored(tmp_path / "w", {"conv1.weight": torch.ones(1)})
    refused(path, r"another network: 98 of MADNet's tensors are missing .*, 1 are unknown \(first: conv1.weight\)")
    refused(
        stored(path, net.state_dict(), {"network": "dispnet"}),
        "holds weights of 'dispnet'; this version runs dispnetc, madnet, madnet2, stereonet: choose",
    )


def test_a_missing_tensor_and_a_wrong_shape_are_named(tmp_path: Path, net: MADNet):
    tensors = dict(net.state_dict())
    shape = stored(tmp_path / "shape", {**tensors, "context.6.bias": torch.zeros(2)})
    refused(shape, r"context\.6\.bias is \(2,\) where MADNet has \(1,\); choose other --weights")
    del tensors["context.6.bias"]
    refused(stored(tmp_path / "missing", tensors), r"1 of MADNet's tensors are missing \(first: context\.6\.bias\)")


@pytest.mark.parametrize("bad", [float("nan"), float("inf")])
def test_weights_that_are_not_finite_are_refused_both_ways(tmp_path: Path, net: MADNet, bad: float):
    tensors = {**net.state_dict(), "context.6.bias": torch.tensor([bad])}
    refused(stored(tmp_path / "w", tensors), r"context\.6\.bias holds NaN or infinity, the run behind it has failed")
    spoilt = MADNet()
    spoilt.load_state_dict(tensors)
    with pytest.raises(WeightsError, match=r"context\.6\.bias holds NaN or infinity and is not stored in"):
        save_weights(tmp_path / "other", spoilt, {})
    assert not (tmp_path / "other").exists()


def test_weights_beyond_half_precision_are_not_stored_in_it(tmp_path: Path):
    large = MADNet()
    with torch.no_grad():
        large.context[6].bias.fill_(1e5)
    with pytest.raises(WeightsError, match="holds NaN or infinity"):
        save_weights(tmp_path / "w", large, {}, half=True)
    save_weights(tmp_path / "w", large, {})


@pytest.mark.parametrize(
    "options", ["[" * 100_000, '{"resize": "cubic"}', '{"colour": 1}', "[1]", "{", '{"input_scale": "255"}']
)
def test_options_that_are_not_known_are_refused(tmp_path: Path, net: MADNet, options: str):
    path = stored(tmp_path / "w", net.state_dict(), {"options": options})
    refused(path, "names options this version does not know .*; update wilddepth")


@pytest.mark.parametrize("content", [b"", b"\x80\x04\x95" + b"x" * 100])
def test_what_is_no_safetensors_file_is_refused(tmp_path: Path, content: bytes):
    (tmp_path / "w").write_bytes(content)
    refused(tmp_path / "w", "is not a whole safetensors file .*; copy or download it again")


def test_a_pickle_is_refused_and_a_truncated_file_too(tmp_path: Path, net: MADNet):
    torch.save(net.state_dict(), tmp_path / "w.pt")
    refused(tmp_path / "w.pt", "is not a whole safetensors file")
    save_weights(tmp_path / "w", net, {})
    data = (tmp_path / "w").read_bytes()
    (tmp_path / "w").write_bytes(data[: len(data) // 2])
    refused(tmp_path / "w", "is not a whole safetensors file")
