"""`wilddepth convert`, from the words to the file."""

import hashlib
import json
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors import safe_open

import wilddepth
from tiny import command, silent
from wilddepth.cli.__main__ import main
from wilddepth.engine.published import Kind, candidates
from wilddepth.engine.weights import load_network


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A made-up MADNet 2."""
    (net,) = candidates("madnet2")
    path = tmp_path_factory.mktemp("public") / "madnet2.pth"
    torch.save({"state_dict": {name: torch.ones(entry.shape) for name, entry in net.table.items()}}, path)
    return path


def metadata(path: Path) -> dict[str, str]:
    with safe_open(path, framework="pt") as file:
        return dict(file.metadata())


def words(checkpoint: Path, out: Path, *more: str) -> list[str]:
    return ["convert", str(checkpoint), "--from", "madnet2", "--licence", "unknown", "--out", str(out), *more]


def test_the_file_says_where_it_comes_from(checkpoint: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    out = tmp_path / "deep" / "w.safetensors"
    more = ("--source", "https://example.org/weights", "--json", str(tmp_path / "told.json"))
    assert main(words(checkpoint, out, *more)) == 0
    digest = hashlib.sha256(checkpoint.read_bytes()).hexdigest()
    assert metadata(out) == {
        "network": "madnet2",
        "options": '{"border": "replicate"}',
        "unused": "",
        "converted_from": "madnet2",
        "file": "madnet2.pth",
        "sha256": digest,
        "licence": "unknown",
        "source": "https://example.org/weights",
        "wilddepth": wilddepth.__version__,
    }
    printed = capsys.readouterr().out
    assert "madnet2: 74 tensors, 3217077 parameters, written to" in printed
    assert f"SHA-256 of {checkpoint}: {digest}" in printed
    assert (
        "licences of public checkpoints differ; you stated 'unknown'. Known here: no licence file was found" in printed
    )
    told = json.loads((tmp_path / "told.json").read_text())
    assert told["parameters"] == 3_217_077
    assert told["sha256"] == digest


def test_a_licence_must_be_stated(checkpoint: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    assert main(["convert", str(checkpoint), "--from", "madnet2", "--out", str(tmp_path / "w.safetensors")]) == 2
    assert "the following arguments are required: --licence" in capsys.readouterr().err
    assert main([*words(checkpoint, tmp_path / "w.safetensors"), "--licence", " "]) == 2
    assert 'give what the page of the weights states, or "unknown"' in capsys.readouterr().err
    assert not list(tmp_path.iterdir())


def test_a_dry_run_checks_and_writes_nothing(checkpoint: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    assert main(words(checkpoint, tmp_path / "w.safetensors", "--dry-run")) == 0
    assert "would be written to" in capsys.readouterr().out
    wrong = ["convert", str(checkpoint), "--from", "stereonet", "--licence", "MIT", "--dry-run"]
    assert main([*wrong, "--out", str(tmp_path / "w.safetensors")]) == 2
    assert not list(tmp_path.iterdir())


def test_a_file_that_is_there_is_kept(checkpoint: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    out = tmp_path / "w.safetensors"
    out.write_text("mine")
    assert main(words(checkpoint, out)) == 2
    assert "w.safetensors is there; give --overwrite or another --out" in capsys.readouterr().err
    assert out.read_text() == "mine"
    assert main(words(checkpoint, out, "--overwrite")) == 0
    assert metadata(out)["network"] == "madnet2"


@pytest.mark.parametrize(
    "more, message",
    [
        (("--from", "raft"), "argument --from: invalid choice: 'raft'"),
        (("--out", "w.pth"), "w.pth must end in .safetensors; choose another --out"),
    ],
)
def test_words_that_cannot_be_meant(
    checkpoint: Path, tmp_path: Path, more: tuple[str, str], message: str, capsys: pytest.CaptureFixture[str]
):
    assert main([*words(checkpoint, tmp_path / "w.safetensors"), *more]) == 2
    printed = capsys.readouterr().err
    assert message in printed
    assert printed.count("\n") == 1


def test_a_network_that_is_not_there_is_one_clear_error(
    pairs: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    out, net = tmp_path / "w.safetensors", candidates("torchvision-resnet")[0]
    torch.save({name: torch.ones(entry.shape) for name, entry in net.table.items()}, tmp_path / "resnet18.pth")
    wilddepth.convert(tmp_path / "resnet18.pth", kind="torchvision-resnet", out=out, licence="BSD")
    assert command("predict", pairs, "--weights", out, "--out", tmp_path / "out") == 2
    assert "w.safetensors holds weights of 'resnet-18'; this version runs dispnetc, madnet" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    "kind, number, runs, options",
    [
        ("madnet2", 0, "madnet2", {}),
        ("stereonet", 0, "stereonet", {"refinements": "multi", "largest": 256, "grid": "stretched"}),
        ("stereonet", 1, "stereonet", {"refinements": "single", "largest": 256, "grid": "stretched"}),
    ],
)
def test_converted_stereo_networks_predict(
    kind: Kind, number: int, runs: str, options: dict[str, object], pairs: Path, tmp_path: Path
):
    out, net = tmp_path / "w.safetensors", candidates(kind)[number]
    torch.save({name: torch.full(entry.shape, 0.01) for name, entry in net.table.items()}, tmp_path / "w.pth")
    assert wilddepth.convert(tmp_path / "w.pth", kind=kind, out=out, licence="unknown")["network"] == net.network
    found, _ = load_network(str(out))
    assert found.name == runs
    assert {name: getattr(found.options, name) for name in options} == options
    assert float(found.state_dict()[next(iter(net.table.values())).name].mean()) == pytest.approx(0.01)
    assert command("predict", pairs, "--weights", out, "--out", tmp_path / "out") == 0


def test_converted_arrays_of_madnet_predict(pairs: Path, tmp_path: Path):
    """The weights of a network that sees 4 px everywhere, as somebody would export them."""
    net = silent(4.0)
    np.savez(tmp_path / "w.npz", **{name: value.numpy() for name, value in net.state_dict().items()})
    out = tmp_path / "w.safetensors"
    told = wilddepth.convert(tmp_path / "w.npz", kind="npz", out=out, licence="Apache-2.0")
    assert told["parameters"] == 3_826_070
    found, kept = load_network(str(out))
    assert found.options == net.options
    assert kept["licence"] == "Apache-2.0"
    assert command("predict", pairs, "--weights", out, "--out", tmp_path / "out") == 0
