"""Labels that are made once, kept by what they were made from, and held out in blocks."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from tiny import Planes, plane, quick_labels
from wilddepth.engine.labels import KeptLabels, held_out_blocks, held_out_of_right, without_blocks
from wilddepth.engine.pairs import Pairs
from wilddepth.label import Label
from wilddepth.proxies.algorithm import ALGORITHMS, Maker, algorithm
from wilddepth.proxies.fusion import ProxySettings


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How often labels were made, with an algorithm that takes no time."""
    calls: list[int] = []

    def count(*given: object) -> object:
        calls.append(1)
        return quick_labels(*given)

    monkeypatch.setitem(ALGORITHMS, "trio", Maker(ProxySettings, count, "quick"))
    return calls


def kept(folder: Path, **settings: float) -> KeptLabels:
    return KeptLabels(folder, algorithm("trio", settings))


def test_labels_are_made_once_and_read_back_the_same(tmp_path: Path, made: list[int]):
    first = kept(tmp_path)("a", plane(7))
    again = kept(tmp_path)("a", plane(7))
    assert len(made) == 1
    assert set(first) == set(again) == {"sgm", "right/sgm"}
    for name, label in first.items():
        assert torch.equal(label.disparity, torch.full_like(label.disparity, 7.0))
        assert torch.equal(again[name].disparity, label.disparity)
        assert torch.equal(again[name].confidence, label.confidence)
        assert label.origin == "trio"


def test_labels_of_other_settings_are_never_taken(tmp_path: Path, made: list[int]):
    """They were kept by the images alone, so a run with other settings learned from labels of the old ones."""
    kept(tmp_path, keep=0.5)("a", plane(7))
    kept(tmp_path, keep=0.6)("a", plane(7))
    assert len(made) == 2
    assert len(list(tmp_path.iterdir())) == 2
    kept(tmp_path, keep=0.5)("a", plane(7))
    assert len(made) == 2


def test_the_labels_of_other_images_are_never_taken(tmp_path: Path, made: list[int]):
    """A run that is taken up again finds the folder changed."""
    before = Pairs(Planes((6,)), kept(tmp_path)).sample(0).labels["sgm"]
    after = Pairs(Planes((9,)), kept(tmp_path)).sample(0).labels["sgm"]
    assert (float(before.disparity.median()), float(after.disparity.median())) == (6, 9)
    assert len(made) == 2


def test_only_what_matching_depends_on_decides(tmp_path: Path, made: list[int]):
    """Another focal length or baseline does not change a disparity; another offset of the principal points does."""
    sample = plane(7, doffs=0.0)
    kept(tmp_path)("a", sample)
    camera = replace(sample.camera, focal_x=sample.camera.focal_x * 2)
    kept(tmp_path)("a", replace(sample, baseline=sample.baseline * 2, camera=camera, right_camera=camera))
    assert len(made) == 1
    kept(tmp_path)("a", plane(7, doffs=4.0))
    assert len(made) == 2


@pytest.mark.parametrize(
    "spoil",
    [
        lambda path: path.write_bytes(path.read_bytes()[:-5]),
        lambda path: path.write_bytes(path.read_bytes()[:-5] + b"12345"),
        lambda path: path.unlink(),
    ],
    ids=["cut off", "damaged", "gone"],
)
@pytest.mark.parametrize("name", ["disparity/a.png", "right/confidence/a.png", "records/a.json"])
def test_damaged_labels_are_made_again(tmp_path: Path, made: list[int], name: str, spoil: Callable[[Path], object]):
    kept(tmp_path)("a", plane(7))
    (path,) = tmp_path.glob(f"*/{name}")
    spoil(path)
    found = kept(tmp_path)("a", plane(7))
    assert len(made) == 2
    assert float(found["sgm"].disparity.mean()) == 7
    kept(tmp_path)("a", plane(7))
    assert len(made) == 2


def test_a_label_without_disparity_cannot_lose_blocks():
    with pytest.raises(ValueError, match="holds no disparity"):
        without_blocks(Label("x", depth=torch.ones(1, 1, 2, 2)), torch.ones(1, 1, 2, 2, dtype=torch.bool))


def test_an_eighth_of_the_view_is_held_out_in_whole_blocks():
    blocks = held_out_blocks(256, 512, 0)
    assert blocks.shape == (1, 1, 256, 512)
    assert float(blocks.float().mean()) == 1 / 8
    cells = blocks.view(8, 32, 16, 32).float().mean(dim=(1, 3))
    assert set(cells.flatten().tolist()) == {0.0, 1.0}
    assert bool((cells.sum(dim=1) == 2).all())  # two in every row of sixteen: all parts of the view


def test_other_images_have_other_blocks():
    masks = [held_out_blocks(256, 512, number) for number in range(8)]
    assert bool(torch.stack(masks).sum(dim=0).eq(1).all())
    assert torch.equal(held_out_blocks(256, 512, 8), masks[0])


def test_blocks_lose_their_confidence_and_nothing_else():
    label = Label("x", disparity=torch.rand(1, 1, 64, 64), confidence=torch.rand(1, 1, 64, 64) + 0.1)
    blocks = held_out_blocks(64, 64, 0)
    found = without_blocks(label, blocks)
    assert bool((found.confidence[blocks] == 0).all())
    assert torch.equal(found.confidence[~blocks], label.confidence[~blocks])
    assert found.disparity is label.disparity
    assert torch.equal(without_blocks(Label("x", disparity=label.disparity), blocks).confidence, (~blocks).float())


def test_a_point_that_is_held_out_on_the_left_is_held_out_on_the_right():
    blocks = torch.zeros(1, 1, 1, 10, dtype=torch.bool)
    blocks[..., 6:8] = True
    # right column x matches left column x + d
    assert held_out_of_right(blocks, torch.full((1, 1, 1, 10), 3.0)).flatten().nonzero().flatten().tolist() == [3, 4]
    assert held_out_of_right(blocks, torch.full((1, 1, 1, 10), 0.4)).equal(blocks)
    assert not held_out_of_right(blocks, torch.full((1, 1, 1, 10), 40.0)).any()
    missing = torch.full((1, 1, 1, 10), float("nan"))
    assert held_out_of_right(blocks, missing).equal(blocks)  # whatever: a pixel without a label teaches nothing
