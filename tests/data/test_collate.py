from dataclasses import fields, replace

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from wilddepth.data.collate import collate, unbatch
from wilddepth.errors import SampleError
from wilddepth.geometry.camera import Camera
from wilddepth.label import Label
from wilddepth.sample import Sample


def full_sample(seed: int, height: int = 4, width: int = 6) -> Sample:
    """A sample of one with every field filled."""
    generator = torch.Generator().manual_seed(seed)

    def image(channels: int = 3) -> torch.Tensor:
        return torch.rand(1, channels, height, width, generator=generator)

    camera = Camera.single(50.0 + seed, 51.0, 3.0, 2.0, height, width)
    return Sample(
        image=image(),
        camera=camera,
        right=image(),
        right_camera=replace(camera, centre_x=camera.centre_x + 2),
        baseline=torch.tensor([0.1 + seed]),
        neighbours={-1: image(), 1: image()},
        labels={
            "sgm": Label(origin="sgm", disparity=image(1), confidence=image(1)),
            "right/sgm": Label(origin="sgm", depth=image(1)),
        },
        poses={-1: torch.eye(4)[None] * seed},
        timestamps=torch.tensor([float(seed)]),
        speed=torch.tensor([2.0 * seed]),
        mask=image(1) > 0.5,
        keys=(f"scene-{seed}",),
    )


def assert_same(ours: object, theirs: object) -> None:
    """Equal in every tensor, however deep."""
    assert type(ours) is type(theirs)
    if isinstance(ours, torch.Tensor):
        assert torch.equal(ours, theirs)
    elif isinstance(ours, dict):
        assert list(ours) == list(theirs)
        for key in ours:
            assert_same(ours[key], theirs[key])
    elif isinstance(ours, Sample | Camera | Label):
        for field in fields(ours):
            assert_same(getattr(ours, field.name), getattr(theirs, field.name))
    else:
        assert ours == theirs


@settings(max_examples=10, deadline=None)
@given(count=st.integers(1, 4))
def test_unbatch_undoes_collate_in_every_field(count: int):
    samples = [full_sample(seed) for seed in range(count)]
    batch = collate(samples)
    assert batch.image.shape[0] == count
    assert batch.keys == tuple(f"scene-{seed}" for seed in range(count))
    for sample, again in zip(samples, unbatch(batch), strict=True):
        assert_same(again, sample)


def test_batches_can_be_joined_too():
    pair = collate([full_sample(0), full_sample(1)])
    triple = collate([pair, full_sample(2)])
    assert_same(triple, collate([full_sample(0), full_sample(1), full_sample(2)]))


def test_pictures_alone_make_a_batch():
    batch = collate([Sample(image=torch.zeros(1, 3, 2, 2)), Sample(image=torch.ones(1, 3, 2, 2))])
    assert batch.image.mean(dim=(1, 2, 3)).tolist() == [0, 1]
    assert batch.right is None
    assert batch.camera is None
    assert batch.keys == ()


def test_doffs_of_each_pair_stay_with_it():
    first, second = full_sample(0), full_sample(1)
    second = replace(second, right_camera=second.camera)
    assert collate([first, second]).doffs().tolist() == [2, 0]


def test_sizes_that_differ_are_refused():
    with pytest.raises(
        SampleError, match=r"scene-1.* is 4x8 but .*scene-0.* is 4x6; crop them to one size, or use a batch"
    ):
        collate([full_sample(0), full_sample(1, width=8)])


@pytest.mark.parametrize("name", ["camera", "right_camera", "right", "baseline", "timestamps", "speed"])
def test_content_of_some_only_is_refused(name: str):
    with pytest.raises(SampleError, match=f"some samples of a batch have {name} and others have not"):
        collate([full_sample(0), replace(full_sample(1), **{name: None})])


@pytest.mark.parametrize("name", ["labels", "neighbours", "poses"])
def test_different_names_of_labels_or_neighbours_are_refused(name: str):
    with pytest.raises(SampleError, match=f"samples of a batch differ in their {name}"):
        collate([full_sample(0), replace(full_sample(1), **{name: {}})])


def test_disparity_and_depth_labels_do_not_mix():
    sample = full_sample(1)
    depth = Label(origin="sgm", depth=torch.ones(1, 1, 4, 6))
    with pytest.raises(SampleError, match=r"labels\['sgm'\]\.disparity"):
        collate([full_sample(0), replace(sample, labels={**sample.labels, "sgm": depth})])


def test_a_missing_mask_means_that_all_is_real():
    batch = collate([replace(full_sample(0), mask=None), full_sample(1)])
    assert batch.mask[0].all()
    assert torch.equal(batch.mask[1:], full_sample(1).mask)
    assert collate([replace(full_sample(seed), mask=None) for seed in (0, 1)]).mask is None


def test_a_missing_confidence_means_sure_where_a_value_is():
    values = torch.tensor([[[[1.0, float("nan")]]]])
    image = torch.zeros(1, 3, 1, 2)
    sure = Sample(image=image, labels={"sgm": Label(origin="a", disparity=values)})
    unsure = Sample(
        image=image, labels={"sgm": Label(origin="b", disparity=values, confidence=torch.full((1, 1, 1, 2), 0.5))}
    )
    label = collate([sure, unsure, sure]).labels["sgm"]
    assert label.confidence.flatten().tolist() == [1, 0, 0.5, 0.5, 1, 0]
    assert label.origin == "a + b"


def test_one_nameless_image_makes_the_batch_nameless():
    assert collate([full_sample(0), replace(full_sample(1), keys=())]).keys == ()


def test_nothing_cannot_be_collated():
    with pytest.raises(ValueError, match="no samples"):
        collate([])
