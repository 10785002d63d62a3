"""Pictures in a page are what they were, at most 900 px wide."""

import base64

import cv2
import numpy as np
import pytest

from wilddepth.report import embed
from wilddepth.report.legend import confidence_legend, disparity_legend, error_legend
from wilddepth.report.picture import ERROR_COLOURS, disparity_picture


def decoded(uri):
    data = base64.b64decode(uri.partition(",")[2])
    return cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)[:, :, ::-1]


def classes(height, width):
    chosen = np.random.default_rng(1).integers(0, 10, (height, width))
    return np.array(ERROR_COLOURS, np.uint8)[chosen]


def ramp(height, width):
    row = np.linspace(0, 100, width, dtype=np.float32)
    return disparity_picture(np.repeat(row[None], height, axis=0), 100.0)


def test_classes_are_embedded_without_any_change():
    picture = classes(20, 30)
    uri = embed.data_uri(picture)
    assert uri.startswith("data:image/png;base64,")
    assert np.array_equal(decoded(uri), picture)


def test_other_pictures_are_embedded_with_a_change_too_small_to_see():
    picture = ramp(64, 256)
    uri = embed.data_uri(picture)
    assert uri.startswith("data:image/jpeg;base64,")
    assert np.abs(decoded(uri).astype(float) - picture).mean() < 3


def test_a_wide_picture_is_reduced_and_a_narrow_one_is_not():
    assert embed.reduced(ramp(375, 1242)).shape == (272, 900, 3)
    narrow = ramp(10, 900)
    assert embed.reduced(narrow) is narrow
    assert embed.reduced(np.zeros((1, 5000, 3), np.uint8)).shape == (1, 900, 3)


def test_reducing_makes_no_new_classes_and_means_of_other_pictures():
    small = embed.reduced(classes(10, 2000))
    assert {tuple(pixel) for pixel in small.reshape(-1, 3).tolist()} <= set(ERROR_COLOURS)
    grey = np.repeat(np.arange(200, dtype=np.uint8), 9)[None, :, None].repeat(3, axis=2).repeat(2, axis=0)
    means = (grey[0, ::2, 0].astype(float) + grey[0, 1::2, 0]) / 2
    assert embed.reduced(grey)[0, :, 0] == pytest.approx(means, abs=0.5)


def test_an_image_element_has_its_size_and_its_words():
    text = embed.image(classes(4, 6), 'a "key": Error')
    assert 'alt="a &quot;key&quot;: Error"' in text
    assert 'width="6" height="4"' in text


def test_the_disparity_legend_has_its_values_where_their_colours_are():
    legend = disparity_legend(40)
    assert legend.labels == ((0.0, "0"), (0.25, "10"), (0.5, "20"), (0.75, "30"), (1.0, "40"))
    colour = disparity_picture(np.array([[10.0]], np.float32), 40)[0, 0]
    column = legend.bar[0, int(0.25 * legend.bar.shape[1])]
    assert np.abs(colour.astype(int) - column).max() <= 4


def test_the_error_legend_has_its_edges_between_the_classes():
    legend = error_legend()
    place = {text: where for where, text in legend.labels}["3"]
    edge = round(place * legend.bar.shape[1])
    assert tuple(legend.bar[0, edge - 1].tolist()) == ERROR_COLOURS[4]
    assert tuple(legend.bar[0, edge].tolist()) == ERROR_COLOURS[5]


def test_a_legend_is_said_in_words():
    assert 'alt="colour scale, from left to right: 0, 0.5, 1"' in confidence_legend().figure()
