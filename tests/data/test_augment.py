from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from wilddepth.data.augment import Jitter, Variety, cropped, enlarged, mirrored, photometric_jitter, resized
from wilddepth.errors import MissingView
from wilddepth.geometry.camera import Camera
from wilddepth.geometry.disparity import depth_from_disparity
from wilddepth.label import Label
from wilddepth.sample import Sample

HEIGHT, WIDTH = 5, 16


def pair_of_planes(batch: int = 1, seed: int = 0) -> Sample:
    """Each row is a plane with its own whole disparity 1..5, exact in both views, with unequal principal points."""
    generator = torch.Generator().manual_seed(seed)
    left = torch.rand(batch, 3, HEIGHT, WIDTH, generator=generator)
    right = torch.rand(batch, 3, HEIGHT, WIDTH, generator=generator)
    disparity = torch.arange(1.0, HEIGHT + 1).view(1, 1, HEIGHT, 1).expand(batch, 1, HEIGHT, WIDTH).clone()
    for row in range(HEIGHT):
        right[:, :, row, : WIDTH - row - 1] = left[:, :, row, row + 1 :]
    ones = torch.ones(batch)
    camera = Camera(50.0 * ones, 50.0 * ones, 6.0 * ones, 2.0 * ones, HEIGHT, WIDTH)
    return Sample(
        image=left,
        right=right,
        camera=camera,
        right_camera=replace(camera, centre_x=9.0 * ones),
        baseline=0.2 * ones,
        labels={
            "sgm": Label(origin="sgm", disparity=disparity, confidence=left[:, :1]),
            "right/sgm": Label(origin="sgm", disparity=disparity.clone(), confidence=right[:, :1]),
            "teacher": Label(origin="teacher", depth=left[:, 1:2]),
        },
        mask=torch.arange(WIDTH).view(1, 1, 1, WIDTH).expand(batch, 1, HEIGHT, WIDTH) < 12,
        keys=tuple(f"pair{index}" for index in range(batch)),
    )


def assert_disparities_match(sample: Sample) -> None:
    """Left column x looks like right column x - d wherever that is inside, by the labels of both views."""
    disparity, other = (sample.labels[name].disparity for name in ("sgm", "right/sgm"))
    checked = 0
    for row in range(sample.size[0]):
        for column in range(sample.size[1]):
            match = column - int(disparity[0, 0, row, column])
            if 0 <= match < sample.size[1]:
                assert torch.equal(sample.image[..., row, column], sample.right[..., row, match])
                assert match + int(other[0, 0, row, match]) == column
                checked += 1
    assert checked > 20


def test_the_pair_used_here_is_right():
    assert_disparities_match(pair_of_planes())


def test_a_mirrored_pair_still_matches_with_the_same_sign():
    sample = mirrored(pair_of_planes())
    assert (sample.labels["sgm"].disparity > 0).all()
    assert_disparities_match(sample)


def test_mirroring_swaps_images_labels_cameras_and_flips_them():
    sample = pair_of_planes()
    mirror = mirrored(sample)
    assert torch.equal(mirror.image, sample.right.flip(-1))
    assert torch.equal(mirror.right, sample.image.flip(-1))
    assert set(mirror.labels) == {"sgm", "right/sgm", "right/teacher"}
    assert torch.equal(mirror.labels["right/sgm"].confidence, sample.labels["sgm"].confidence.flip(-1))
    assert torch.equal(mirror.labels["right/teacher"].depth, sample.labels["teacher"].depth.flip(-1))
    assert torch.equal(mirror.mask, sample.mask.flip(-1))
    assert mirror.camera.centre_x.item() == WIDTH - 1 - 9
    assert mirror.right_camera.centre_x.item() == WIDTH - 1 - 6
    assert mirror.keys == sample.keys


def test_mirroring_keeps_doffs_and_so_the_depth_of_every_surface():
    sample = pair_of_planes()
    mirror = mirrored(sample)
    assert sample.doffs().item() == mirror.doffs().item() == 3
    depth = depth_from_disparity(sample.labels["sgm"].disparity, sample.camera, sample.baseline, doffs=sample.doffs())
    mirror_depth = depth_from_disparity(
        mirror.labels["sgm"].disparity, mirror.camera, mirror.baseline, doffs=mirror.doffs()
    )
    torch.testing.assert_close(mirror_depth, depth.flip(-1))  # 50 * 0.2 / (d + 3), row by row
    assert depth[0, 0, 1, 0].item() == pytest.approx(2.0)


def test_mirroring_twice_gives_the_sample_back():
    sample = pair_of_planes()
    again = mirrored(mirrored(sample))
    assert torch.equal(again.image, sample.image)
    assert torch.equal(again.right, sample.right)
    assert again.camera.centre_x.item() == 6
    assert again.right_camera.centre_x.item() == 9
    for name, label in sample.labels.items():
        values = label.disparity if label.disparity is not None else label.depth
        other = again.labels[name]
        assert torch.equal(values, other.disparity if other.disparity is not None else other.depth)


def test_one_camera_for_both_views_is_mirrored_for_both():
    mirror = mirrored(replace(pair_of_planes(), right_camera=None))
    assert mirror.camera.centre_x.item() == mirror.right_camera.centre_x.item() == WIDTH - 1 - 6
    blind = mirrored(replace(pair_of_planes(), camera=None, right_camera=None))
    assert blind.camera is None
    assert blind.right_camera is None


def test_one_view_alone_cannot_be_mirrored():
    with pytest.raises(MissingView, match="has no right image"):
        mirrored(Sample(image=torch.rand(1, 3, 4, 4)))


def test_neighbours_are_not_dropped_silently():
    sample = pair_of_planes()
    with pytest.raises(ValueError, match="no right views of the neighbours are known; drop them first"):
        mirrored(replace(sample, neighbours={1: sample.image}))


def test_a_crop_takes_everything_with_it():
    sample = pair_of_planes()
    sample = replace(sample, neighbours={1: sample.image + 1})
    window = cropped(sample, top=1, left=2, height=3, width=12)
    assert torch.equal(window.image, sample.image[..., 1:4, 2:14])
    assert torch.equal(window.right, sample.right[..., 1:4, 2:14])
    assert torch.equal(window.neighbours[1], sample.image[..., 1:4, 2:14] + 1)
    assert torch.equal(window.mask, sample.mask[..., 1:4, 2:14])
    assert torch.equal(window.labels["teacher"].depth, sample.labels["teacher"].depth[..., 1:4, 2:14])
    assert torch.equal(window.labels["sgm"].confidence, sample.labels["sgm"].confidence[..., 1:4, 2:14])
    assert (window.camera.centre_x.item(), window.camera.centre_y.item()) == (4, 1)
    assert window.doffs().item() == 3
    assert_disparities_match(window)


@pytest.mark.parametrize("window", [(-1, 0, 2, 2), (0, 0, 6, 2), (0, 9, 2, 8), (0, 0, 0, 2), (0, -2, 2, 2)])
def test_a_crop_outside_the_image_is_refused(window: tuple[int, int, int, int]):
    with pytest.raises(ValueError, match="leaves the 5x16 image"):
        cropped(Sample(image=torch.rand(1, 3, HEIGHT, WIDTH)), *window)


def generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def only(**changes: object) -> Jitter:
    """A jitter of nothing but what is named, always."""
    nothing = {"brightness": 0.0, "contrast": (1.0, 1.0), "gamma": (1.0, 1.0), "colour": (1.0, 1.0), "probability": 1.0}
    return Jitter(**{**nothing, **changes})


def test_equal_generators_give_equal_samples_and_others_do_not():
    first, again = (photometric_jitter(pair_of_planes(4), generator(3)) for _ in range(2))
    assert torch.equal(first.image, again.image)
    assert torch.equal(first.right, again.right)
    assert not torch.equal(first.image, photometric_jitter(pair_of_planes(4), generator(4)).image)


def test_the_number_of_draws_does_not_depend_on_their_outcome():
    states = []
    for jitter in (Jitter(), Jitter(probability=0.0), Jitter(probability=1.0, asymmetric=0.1)):
        source = generator(1)
        photometric_jitter(pair_of_planes(), source, jitter)
        states.append(source.get_state())
    assert torch.equal(states[0], states[1])
    assert torch.equal(states[0], states[2])


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 10000))
def test_views_and_neighbours_are_changed_alike_and_stay_in_range(seed: int):
    sample = pair_of_planes(2, seed)
    sample = replace(sample, neighbours={1: sample.right})
    changed = photometric_jitter(sample, generator(seed))
    assert_disparities_match(changed)
    assert torch.equal(changed.neighbours[1], changed.right)
    assert changed.image.min() >= 0
    assert changed.image.max() <= 1
    assert changed.labels is sample.labels
    assert changed.camera is sample.camera


def test_nothing_is_changed_at_probability_zero():
    sample = pair_of_planes()
    changed = photometric_jitter(sample, generator(), Jitter(probability=0.0))
    torch.testing.assert_close(changed.image, sample.image)
    torch.testing.assert_close(changed.right, sample.right)


def test_each_change_happens_half_the_time():
    sample = Sample(image=torch.full((4000, 3, 1, 1), 0.5))
    changed = photometric_jitter(sample, generator(), replace(only(brightness=0.05), probability=0.5))
    share = (changed.image[:, 0] != 0.5).float().mean().item()
    assert share == pytest.approx(0.5, abs=0.03)


def test_brightness_is_added_evenly_up_to_its_limit():
    sample = Sample(image=torch.full((4000, 3, 1, 1), 0.5))
    change = photometric_jitter(sample, generator(), only(brightness=0.05)).image - 0.5
    assert change.abs().max().item() == pytest.approx(0.05, abs=1e-4)
    assert change.std().item() == pytest.approx(0.05 / 3**0.5, rel=0.05)
    assert torch.equal(change[:, 0], change[:, 2])


def test_contrast_turns_about_the_mean_of_the_left_image_in_both_views():
    left = torch.tensor([0.4, 0.6]).view(1, 1, 1, 2).expand(1, 3, 1, 2)
    right = torch.tensor([0.5, 0.6]).view(1, 1, 1, 2).expand(1, 3, 1, 2)
    changed = photometric_jitter(Sample(image=left, right=right), generator(), only(contrast=(0.5, 0.5)))
    torch.testing.assert_close(changed.image[0, 0, 0], torch.tensor([0.45, 0.55]))
    torch.testing.assert_close(changed.right[0, 0, 0], torch.tensor([0.5, 0.55]))


def test_gamma_is_an_exponent_and_colour_a_factor_of_each_channel():
    sample = Sample(image=torch.full((1, 3, 2, 2), 0.25))
    changed = photometric_jitter(sample, generator(), only(gamma=(0.5, 0.5)))
    torch.testing.assert_close(changed.image, torch.full((1, 3, 2, 2), 0.5))
    factors = photometric_jitter(sample, generator(), only(colour=(0.8, 1.2))).image[0, :, 0, 0] / 0.25
    assert factors.unique().numel() == 3
    assert ((factors >= 0.8) & (factors <= 1.2)).all()


def test_pairs_of_a_batch_are_changed_each_by_its_own_draw():
    sample = Sample(image=torch.full((6, 3, 1, 1), 0.5))
    assert photometric_jitter(sample, generator(), only(brightness=0.05)).image[:, 0].unique().numel() == 6


def test_asymmetry_changes_the_right_view_alone_and_by_little():
    sample = pair_of_planes()
    nothing = replace(Jitter(), probability=0.0)
    changed = photometric_jitter(sample, generator(), replace(nothing, asymmetric=0.01))
    difference = (changed.right - sample.right).abs()
    torch.testing.assert_close(changed.image, sample.image)
    assert 0 < difference.max().item() < 0.03


def test_one_view_alone_can_be_jittered():
    assert photometric_jitter(Sample(image=torch.rand(1, 3, 4, 4)), generator()).right is None


def waves(column: torch.Tensor) -> torch.Tensor:
    """Smooth colours (1 3 h w) of a place along the row, px."""
    return torch.stack([0.5 + 0.4 * torch.sin(column / slow) for slow in (7.0, 9.0, 11.0)])[None]


def smooth_plane(disparity: float, height: int, width: int) -> Sample:
    """A plane of any disparity whose views are exact wherever they are looked at."""
    column = torch.arange(width, dtype=torch.float32).expand(height, width)
    label = Label(
        "sgm", disparity=torch.full((1, 1, height, width), disparity), confidence=torch.ones(1, 1, height, width)
    )
    return Sample(image=waves(column), right=waves(column + disparity), labels={"sgm": label})


@pytest.mark.parametrize(("height", "width"), [(20, 96), (30, 96), (40, 160), (24, 64), (15, 48)])
def test_a_resized_pair_matches_at_its_resized_disparity(height: int, width: int):
    sample = smooth_plane(6.5, 20, 80)
    found = resized(sample, height, width)
    factor = width / 80
    torch.testing.assert_close(found.labels["sgm"].disparity, torch.full((1, 1, height, width), 6.5 * factor))
    place = (torch.arange(width) + 0.5) / factor - 0.5  # where a pixel of the new picture lies in the old one
    inside = slice(2, width - 2)
    for picture, shift in ((found.image, 0.0), (found.right, 6.5)):
        wanted = waves(place.expand(height, width) + shift)
        assert float((picture - wanted)[..., inside].abs().max()) < 0.005


def test_a_resized_sample_keeps_holes_cameras_and_depth():
    sample = pair_of_planes()
    sample.labels["sgm"].disparity[..., 4:6] = torch.nan
    found = resized(sample, 2 * HEIGHT, 2 * WIDTH)
    holes = found.labels["sgm"].disparity.isnan()
    assert torch.equal(holes[0, 0, 0].nonzero().flatten(), torch.arange(8, 12))  # none grew, none was mixed in
    assert torch.equal(
        found.labels["sgm"].confidence,
        sample.labels["sgm"].confidence.repeat_interleave(2, -1).repeat_interleave(2, -2),
    )
    assert torch.equal(found.mask, sample.mask.repeat_interleave(2, -1).repeat_interleave(2, -2))
    assert torch.equal(
        found.labels["teacher"].depth, sample.labels["teacher"].depth.repeat_interleave(2, -1).repeat_interleave(2, -2)
    )
    before, after = (
        depth_from_disparity(each.labels["right/sgm"].disparity, each.camera, each.baseline, doffs=each.doffs())
        for each in (sample, found)
    )
    torch.testing.assert_close(after[..., ::2, ::2], before)
    assert resized(replace(sample, right=None, right_camera=None), 3, 8).right is None


def test_an_enlarged_sample_is_a_resized_one_and_one_times_as_large_is_the_same():
    sample = smooth_plane(6.5, 21, 81)
    assert enlarged(sample, 1.0) is sample
    found = enlarged(sample, 1.5)
    assert found.size == (32, 122)  # 31.5 and 121.5
    assert torch.equal(found.image, resized(sample, 32, 122).image)


def test_windows_of_a_varied_crop_fit_and_are_spread_between_the_factors():
    variety, whole, crop = Variety(zoom=(0.5, 2.0), probability=0.8), (100, 400), (80, 160)
    rng = np.random.default_rng(0)
    found = np.array([variety.window(rng, whole, crop) for _ in range(2000)])
    assert (found >= 1).all()
    assert (found <= whole).all()
    factors = crop[1] / found[:, 1]
    assert np.abs(found[:, 0] / found[:, 1] - 0.5).max() < 0.02  # the shape of the crop
    assert factors.min() == pytest.approx(0.8, abs=0.01)  # the image is no higher
    assert factors.max() == pytest.approx(2.0, abs=0.03)
    assert (found == crop).all(axis=1).mean() == pytest.approx(0.2, abs=0.03)
    logs = np.log2(factors)
    assert (logs > 0.5).mean() == pytest.approx(0.8 * 0.25, abs=0.03)  # even in the logarithm
