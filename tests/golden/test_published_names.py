"""The names and shapes that `convert` expects, against those of the published networks themselves."""

import json
import math
from pathlib import Path

import pytest

from wilddepth.engine.published import candidates
from wilddepth.engine.published_table import Published

HERE = Path(__file__).parent

# Parameters with the classifier of 1000 classes, as torchvision's documentation states them.
WITH_CLASSIFIER = {18: 11_689_512, 34: 21_797_672, 50: 25_557_032, 101: 44_549_160, 152: 60_192_808}


def oracle(name: str) -> dict:
    return json.loads((HERE / f"net_{name}" / "cases.json").read_text())


def network(kind: str, name: str) -> Published:
    (found,) = (each for each in candidates(kind) if each.network == name)
    return found


def parameters(net: Published) -> int:
    return sum(math.prod(entry.shape) for name, entry in net.table.items() if ".running_" not in name)


def layers(net: Published) -> dict[str, list[int]]:
    """Layer -> shape of its weight."""
    return {
        name.removesuffix(".weight"): list(entry.shape) for name, entry in net.table.items() if name.endswith(".weight")
    }


def told(name: str, part: str = "") -> dict[str, list[int]]:
    """What the oracle lists, for the layers whose names begin with a part."""
    return {layer.removeprefix(part): shape for _, layer, _, shape in oracle(name)["layers"] if layer.startswith(part)}


@pytest.mark.parametrize("kind, name", [("madnet2", "madnet2"), ("stereonet", "stereonet-3")])
def test_stereo_networks_have_the_oracles_layers_and_parameters(kind: str, name: str):
    assert layers(network(kind, name)) == told(kind)
    assert parameters(network(kind, name)) == oracle(kind)["trainable_parameters"]


def test_the_parts_of_monodepth2_have_the_oracles_layers():
    encoder = {f"encoder.{name}": shape for name, shape in told("monodepth2_depth", "encoder.").items()}
    assert layers(network("monodepth2", "monodepth2-encoder-18")) == encoder
    assert layers(network("monodepth2", "monodepth2-depth-18")) == told("monodepth2_depth", "depth.")
    assert layers(network("monodepth2", "monodepth2-pose-18")) == told("monodepth2_pose", "pose.")
    pose_encoder = {f"encoder.{name}": shape for name, shape in told("monodepth2_pose", "encoder.").items()}
    assert layers(network("monodepth2", "monodepth2-pose-encoder-18")) == pose_encoder


def test_the_parts_of_monodepth2_have_the_oracles_parameters():
    for oracle_name, parts in (
        ("monodepth2_depth", ("encoder", "depth")),
        ("monodepth2_pose", ("pose-encoder", "pose")),
    ):
        count = sum(parameters(network("monodepth2", f"monodepth2-{part}-18")) for part in parts)
        assert count == oracle(oracle_name)["trainable_parameters"]
    assert parameters(network("monodepth2", "monodepth2-depth-50")) == 9_014_100


def test_stereonet_with_one_refinement_has_its_published_size():
    assert parameters(network("stereonet", "stereonet-1")) == 398_978


@pytest.mark.parametrize("depth, count", WITH_CLASSIFIER.items())
def test_residual_networks_have_their_published_size(depth: int, count: int):
    features = 512 if depth < 50 else 2048
    assert parameters(network("torchvision-resnet", f"resnet-{depth}")) == count - 1000 * (features + 1)


@pytest.mark.parametrize("name, place", [("madnet_tf", 1), ("dispnetc_tf", 3)])
def test_variables_of_tensorflow_have_the_oracles_names_and_shapes(name: str, place: int):
    """TensorFlow's order of axes is rows, columns, inputs, outputs."""
    original = candidates("npz")[place]
    stored = {
        name.removesuffix("/weights"): [entry.shape[axis] for axis in (3, 2, 0, 1)]
        for name, entry in original.table.items()
        if name.endswith("/weights")
    }
    assert stored == told(name)
    assert {name.rpartition("/")[0] for name in original.table if name.endswith("/biases")} == set(stored)
