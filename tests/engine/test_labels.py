"""Labels that are made once, kept by what they were made from, and held out in blocks."""

from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from wilddepth.engine.labels import (
    held_out_blocks,
    held_out_of_right,
    label_file,
    stored_labels,
    without_blocks,
)
from wilddepth.label import Label

FIRST, SECOND = "a" * 64, "b" * 64


def labels(value: float = 2.5) -> dict[str, Label]:
    disparity = torch.full((1, 1, 4, 6), value)
    disparity[..., 0] = float("nan")
    confidence = torch.linspace(0, 1, 24).view(1, 1, 4, 6)
    return {
        "sgm": Label("sgm", disparity=disparity, confidence=confidence),
        "right/sgm": Label("sgm", disparity=disparity),
    }


def never() -> dict[str, Label]:
    raise AssertionError("made again")


def test_labels_are_made_once_and_read_back_the_same(tmp_path: Path):
    made = stored_labels(tmp_path, FIRST, labels)
    read = stored_labels(tmp_path, FIRST, never)
    assert set(made) == set(read) == {"sgm", "right/sgm"}
    for name, label in made.items():
        torch.testing.assert_close(read[name].disparity, label.disparity, rtol=0, atol=0, equal_nan=True)
        assert torch.equal(read[name].confidence, label.confidence)
        assert read[name].origin == "sgm"


def test_disparities_are_kept_exactly_and_confidence_in_255_steps(tmp_path: Path):
    found = stored_labels(tmp_path, FIRST, lambda: labels(1 / 3))
    torch.testing.assert_close(found["sgm"].disparity, labels(1 / 3)["sgm"].disparity, rtol=0, atol=0, equal_nan=True)
    assert float((found["sgm"].confidence - labels()["sgm"].confidence).abs().max()) <= 0.5 / 255 + 1e-6
    assert bool((found["right/sgm"].confidence == 1).all())  # none means sure


def test_the_labels_of_other_images_are_never_taken(tmp_path: Path):
    stored_labels(tmp_path, FIRST, lambda: labels(1.0))
    other = stored_labels(tmp_path, SECOND, lambda: labels(2.0))
    assert float(other["sgm"].disparity[0, 0, 0, 1]) == 2.0
    assert label_file(tmp_path, FIRST) != label_file(tmp_path, SECOND)


def test_a_damaged_file_is_made_again(tmp_path: Path):
    stored_labels(tmp_path, FIRST, labels)
    path = label_file(tmp_path, FIRST)
    path.write_bytes(path.read_bytes()[:-5])
    assert float(stored_labels(tmp_path, FIRST, lambda: labels(4.0))["sgm"].disparity[0, 0, 0, 1]) == 4.0
    assert float(stored_labels(tmp_path, FIRST, never)["sgm"].disparity[0, 0, 0, 1]) == 4.0


@pytest.mark.parametrize("name", ["sgm", "sgm|sgm|disparity", "a|b|c|d"])
def test_a_whole_file_of_something_else_is_made_again(tmp_path: Path, name: str):
    save_file({name: torch.ones(1)}, label_file(tmp_path, FIRST))
    assert float(stored_labels(tmp_path, FIRST, lambda: labels(4.0))["sgm"].disparity[0, 0, 0, 1]) == 4.0


def test_labels_of_depth_are_refused(tmp_path: Path):
    depth = {"x": Label("x", depth=torch.ones(1, 1, 2, 2))}
    with pytest.raises(ValueError, match="label 'x' holds no disparity"):
        stored_labels(tmp_path, FIRST, lambda: depth)
    with pytest.raises(ValueError, match="holds no disparity"):
        without_blocks(depth["x"], torch.ones(1, 1, 2, 2, dtype=torch.bool))


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
