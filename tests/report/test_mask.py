"""Masks as pictures: colours and shares by hand."""

import math

import numpy as np
import pytest

from wilddepth.report.mask import COLOURS, REASONS, mask_legend, mask_picture, shares


def classes(*rows: list[int]) -> np.ndarray:
    return np.array(rows, dtype=np.uint8)


def test_each_class_has_its_colour():
    assert mask_picture(classes([0, 1, 2, 3]))[0].tolist() == [list(colour) for colour in COLOURS]


def test_a_picture_shades_the_colours_and_leaves_them_in_the_dark():
    white, black = np.ones((3, 1, 4), np.float32), np.zeros((3, 1, 4), np.float32)
    found = classes([0, 1, 2, 3])
    assert np.array_equal(mask_picture(found, white), mask_picture(found))
    dark = mask_picture(found, black).astype(float)
    assert np.abs(dark - 0.45 * mask_picture(found)).max() <= 0.5


def test_a_class_that_does_not_exist_and_an_image_of_another_size_are_refused():
    with pytest.raises(ValueError, match="classes are 0 to 3, not 4"):
        mask_picture(classes([0, 4]))
    with pytest.raises(ValueError, match="differ in size"):
        mask_picture(classes([0, 1]), np.ones((3, 2, 2), np.float32))


def test_shares_are_counted_and_sum_to_one():
    found = shares(classes([0, 0, 1, 2], [0, 0, 2, 2]))
    assert found == {"taught": 0.5, "left out": 0.125, "no label": 0.375, "kept for judging": 0.0}


def test_no_pixels_have_no_shares():
    assert all(math.isnan(share) for share in shares(np.zeros((0, 0), np.uint8)).values())


def test_the_legend_has_each_class_under_its_colour():
    legend = mask_legend()
    width = legend.bar.shape[1]
    for (place, text), reason, colour in zip(legend.labels, REASONS, COLOURS, strict=True):
        assert text in reason
        assert tuple(legend.bar[0, int(place * width)]) == colour
