"""Colours of maps, by hand and against the metric that they stand for."""

import numpy as np
import pytest
import torch

from wilddepth.errors import OutputError
from wilddepth.formats.image import read_image
from wilddepth.metrics import score
from wilddepth.protocol import Protocol
from wilddepth.report.picture import (
    ERROR_COLOURS,
    NO_VALUE,
    colour_bar,
    confidence_picture,
    disparity_picture,
    error_picture,
    image_picture,
    largest_disparity,
    side_by_side,
    write_png,
)
from wilddepth.truth import Truth

NAN = float("nan")
# The official table of the KITTI 2015 error images, first and last class, and both sides of the outlier rule.
BEST, LAST_GOOD, FIRST_OUTLIER, WORST = (49, 54, 149), (224, 243, 248), (254, 224, 144), (165, 0, 38)


def plane(*rows):
    return np.array(rows, dtype=np.float32)


def error_colour(error, truth):
    picture = error_picture(plane([truth + error]), plane([truth]), np.array([[True]]))
    return tuple(picture[0, 0].tolist())


def test_an_image_becomes_bytes_with_its_channels_last():
    image = torch.tensor([0.0, 0.5, 1.0]).view(1, 3, 1, 1).expand(1, 3, 2, 4)
    picture = image_picture(image)
    assert picture.shape == (2, 4, 3)
    assert picture[1, 3].tolist() == [0, 128, 255]


def test_an_image_is_clipped_and_black_where_it_is_not_a_number():
    assert image_picture(np.array([-1.0, 2.0, NAN], dtype=np.float32).reshape(3, 1, 1)).tolist() == [[[0, 255, 0]]]


def test_a_dark_image_can_be_brightened():
    assert image_picture(torch.full((3, 1, 1), 0.25), white=0.5).tolist() == [[[128, 128, 128]]]


def test_disparity_takes_the_ends_of_the_scale_at_zero_and_at_the_largest():
    bar = colour_bar("disparity")
    picture = disparity_picture(plane([0.0, 40.0, 90.0, -3.0]), largest=40.0)
    assert picture[0, 0].tolist() == bar[0, 0].tolist()
    assert picture[0, 1].tolist() == picture[0, 2].tolist() == bar[0, -1].tolist()
    assert picture[0, 3].tolist() == picture[0, 0].tolist()


def test_disparity_that_is_not_finite_is_dark_grey():
    picture = disparity_picture(plane([NAN, np.inf, -np.inf, 1.0]))
    assert [tuple(pixel) for pixel in picture[0, :3].tolist()] == [NO_VALUE] * 3
    assert tuple(picture[0, 3].tolist()) != NO_VALUE


def test_one_scale_gives_one_value_one_colour_before_and_after():
    before, after = plane([10.0, 80.0]), plane([10.0, 20.0])
    top = largest_disparity(before, after)
    assert disparity_picture(before, top)[0, 0].tolist() == disparity_picture(after, top)[0, 0].tolist()
    # each on its own scale is what the shared one prevents
    assert disparity_picture(before)[0, 0].tolist() != disparity_picture(after)[0, 0].tolist()


def test_the_scale_ends_where_a_share_of_all_values_is_below():
    first, second = plane(np.arange(0, 50)), plane(np.arange(50, 101))
    assert largest_disparity(first, second, share=0.99) == 99.0
    assert largest_disparity(first, torch.from_numpy(second)[None, None], share=1.0) == 100.0


def test_the_scale_leaves_out_what_is_not_finite_and_is_at_least_one():
    assert largest_disparity(plane([NAN, 7.2, np.inf]), share=1.0) == 8.0
    assert largest_disparity(plane([NAN])) == 1.0
    assert largest_disparity(plane([-5.0])) == 1.0
    assert largest_disparity() == 1.0


@pytest.mark.parametrize("largest", [0.0, -1.0, NAN])
def test_a_scale_without_length_is_refused(largest):
    with pytest.raises(ValueError, match="positive"):
        disparity_picture(plane([1.0]), largest=largest)


def test_confidence_is_clipped_and_dark_grey_where_unknown():
    bar = colour_bar("confidence")
    picture = confidence_picture(plane([0.0, 1.0, 1.5, NAN]))
    assert picture[0, 0].tolist() == bar[0, 0].tolist()
    assert picture[0, 1].tolist() == picture[0, 2].tolist() == bar[0, -1].tolist()
    assert tuple(picture[0, 3].tolist()) == NO_VALUE


@pytest.mark.parametrize(
    "error, index",
    [
        (0.0, 0),
        (0.125, 0),
        (0.1875, 0),
        (0.25, 1),
        (0.5, 2),
        (1.0, 3),
        (1.5, 3),
        (2.0, 4),
        (3.0, 4),
        (-3.0, 4),
        (3.25, 5),
        (-6.0, 5),
        (9.0, 6),
        (20.0, 7),
        (-48.0, 8),
        (48.25, 9),
        (500.0, 9),
    ],
)
def test_an_error_at_small_disparity_has_the_class_of_its_pixels(error, index):
    assert error_colour(error, truth=32.0) == ERROR_COLOURS[index]


def test_the_last_good_and_the_first_bad_colour_are_those_of_kitti():
    assert [ERROR_COLOURS[index] for index in (0, 4, 5, 9)] == [BEST, LAST_GOOD, FIRST_OUTLIER, WORST]


def test_an_error_at_large_disparity_is_measured_against_five_percent_of_it():
    assert error_colour(4.0, truth=100.0) == LAST_GOOD  # above 3 px, but only 4 %
    assert error_colour(6.0, truth=100.0) == FIRST_OUTLIER
    assert error_colour(2.5, truth=10.0) == LAST_GOOD  # 25 %, but below 3 px


def test_zero_and_negative_truth_are_measured():
    assert error_colour(0.0, truth=0.0) == BEST
    assert error_colour(2.0, truth=0.0) == LAST_GOOD
    assert error_colour(6.0, truth=-100.0) == FIRST_OUTLIER


def test_the_share_of_outlier_colours_is_d1():
    generator = np.random.default_rng(3)
    truth = generator.choice(np.float32([20, 60, 80, 100, 160]), (64, 64))
    # whole errors fall on the exact ties (3 px, and 4 px on 80 px) again and again
    disparity = truth + generator.integers(-9, 10, truth.shape).astype(np.float32)
    disparity[:2] = NAN
    valid = generator.random(truth.shape) < 0.7
    picture = error_picture(disparity, truth, valid, grow=0)
    classes = {colour: index for index, colour in enumerate(ERROR_COLOURS)}
    found = [classes[tuple(pixel)] >= 5 for pixel in picture[valid].tolist()]
    scored = Truth(valid=torch.from_numpy(valid)[None, None], disparity=torch.from_numpy(truth)[None, None])
    expected = score(Protocol("every missing pixel is an outlier"), disparity, scored).mean["d1_all"]
    assert 100 * np.mean(found) == pytest.approx(expected, abs=1e-9)
    assert 10 < expected < 90


def test_what_is_not_scored_is_black_and_what_is_missing_is_worst():
    disparity, truth = plane([1.0, NAN, 1.0, 1.0]), plane([1.0, 9.0, NAN, 1.0])
    picture = error_picture(disparity, truth, np.array([[True, True, True, False]]))
    assert [tuple(pixel) for pixel in picture[0].tolist()] == [BEST, WORST, (0, 0, 0), (0, 0, 0)]


def test_points_of_sparse_truth_grow_over_unscored_pixels_only():
    valid = np.zeros((5, 5), dtype=bool)
    valid[2, 2] = valid[0, 4] = True
    truth = np.full((5, 5), 32.0, dtype=np.float32)
    disparity = np.where(valid, truth, 0).astype(np.float32)
    disparity[2, 2] += 100
    painted = error_picture(disparity, truth, valid).any(axis=-1)
    assert painted[1:4, 1:4].all()
    assert painted.sum() == 9 + 3  # the corner point has four pixels, one of them shared
    assert tuple(error_picture(disparity, truth, valid)[0, 4].tolist()) == BEST
    assert tuple(error_picture(disparity, truth, valid)[1, 3].tolist()) == WORST
    assert error_picture(disparity, truth, valid, grow=0).any(axis=-1).sum() == 2


def test_a_right_pixel_beside_a_wrong_one_keeps_its_colour():
    valid, truth = np.array([[True, True, False, False, False]]), np.full((1, 5), 32.0, np.float32)
    disparity = truth + plane([0.0, 100.0, 0.0, 0.0, 0.0])
    assert [tuple(pixel) for pixel in error_picture(disparity, truth, valid)[0].tolist()] == [
        BEST,
        WORST,
        WORST,
        (0, 0, 0),
        (0, 0, 0),
    ]


def test_dense_truth_does_not_grow():
    valid = np.array([[True, True, False]])
    assert error_picture(plane([1.0, 1.0, 1.0]), plane([1.0, 1.0, 1.0]), valid)[0, 2].tolist() == [0, 0, 0]


def test_tensors_and_arrays_give_the_same_picture():
    disparity, truth = torch.rand(1, 1, 6, 8) * 50, torch.rand(1, 1, 6, 8) * 50
    valid = torch.rand(1, 1, 6, 8) > 0.2
    arrays = [each[0, 0].numpy() for each in (disparity, truth, valid)]
    assert np.array_equal(error_picture(disparity, truth, valid), error_picture(*arrays))
    assert np.array_equal(disparity_picture(disparity, 50.0), disparity_picture(arrays[0], 50.0))
    whole = torch.arange(48.0).view(6, 8)
    assert np.array_equal(disparity_picture(whole.bfloat16()), disparity_picture(whole.requires_grad_()))


def test_maps_of_different_size_are_refused():
    with pytest.raises(ValueError, match="differ in size"):
        error_picture(np.ones((2, 3), np.float32), np.ones((2, 4), np.float32), np.ones((2, 3), bool))


def test_several_maps_are_no_picture():
    with pytest.raises(ValueError, match="one map"):
        disparity_picture(torch.ones(2, 1, 4, 4))


def test_a_colour_bar_shows_every_class_equally():
    bar = colour_bar("error", height=2, width=50)
    assert bar.shape == (2, 50, 3)
    assert [tuple(pixel) for pixel in bar[1, ::5].tolist()] == list(ERROR_COLOURS)
    assert np.array_equal(bar[:, 0], bar[:, 4])


def test_pictures_stand_side_by_side_with_white_between():
    black = np.zeros((2, 3, 3), np.uint8)
    row = side_by_side(black, black, gap=4)
    assert row.shape == (2, 10, 3)
    assert (row[:, 3:7] == 255).all()
    assert not row[:, :3].any()
    assert not row[:, 7:].any()


def test_pictures_of_different_height_do_not_stand_side_by_side():
    with pytest.raises(ValueError, match="one height"):
        side_by_side(np.zeros((2, 3, 3), np.uint8), np.zeros((3, 3, 3), np.uint8))


def test_a_picture_is_written_as_it_is(tmp_path):
    picture = np.random.default_rng(0).integers(0, 256, (5, 7, 3), dtype=np.uint8)
    write_png(tmp_path / "new" / "picture.png", picture)
    assert np.array_equal(read_image(tmp_path / "new" / "picture.png"), picture)


def test_a_picture_that_cannot_be_written_is_an_error_with_the_next_step(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match="choose another place"):
        write_png(tmp_path / "file" / "picture.png", np.zeros((2, 2, 3), np.uint8))
