"""What the report says taught, by hand."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from tiny import Planes, labelled, network, plane, silent
from wilddepth.engine.labels import held_out_blocks
from wilddepth.label import Label
from wilddepth.methods import catalog
from wilddepth.methods.stereo import Taught
from wilddepth.proxies.algorithm import algorithm
from wilddepth.report.mask import REASONS
from wilddepth.sample import Sample
from wilddepth.verbs.taught import (
    TaughtBy,
    caption,
    mean_shares,
    of_label,
    percent,
    taught_in_short,
    taught_legends,
    taught_of,
    taught_pictures,
)
from wilddepth.verbs.teacher import Teacher

TEACHER = Teacher(makers={"sgm": algorithm("trio"), "ad-census": algorithm("ad-census")})
NAN = float("nan")


def label() -> Label:
    """64x64 of 7 px: none in the first quarter of the columns, a confidence of 0.3 in the last."""
    disparity, confidence = torch.full((1, 1, 64, 64), 7.0), torch.ones(1, 1, 64, 64)
    disparity[..., :16], confidence[..., :16] = NAN, 0.0
    confidence[..., 48:] = 0.3
    return Label("test", disparity=disparity, confidence=confidence)


def with_labels(key: str, sample: Sample) -> dict[str, Label]:
    return {"sgm": label(), "right/sgm": label()}


def test_a_pixel_of_a_proxy_is_in_one_class():
    found = of_label("trio", label(), Taught(label().confidence > 0.5, "less"), held_out_blocks(64, 64, 0)[0, 0])
    held = held_out_blocks(64, 64, 0)[0, 0].numpy()
    assert held.any()
    assert not held.all()
    expected = np.zeros((64, 64), np.uint8)
    expected[:, 48:] = REASONS.index("left out")
    expected[held] = REASONS.index("kept for judging")
    expected[:, :16] = REASONS.index("no label")
    assert np.array_equal(found.classes, expected)


@pytest.mark.parametrize("name", ["label-free", "confidence-guided", "domain-adaptation"])
def test_a_method_of_proxies_shows_the_pixels_above_its_threshold(name: str):
    method = catalog.build(name, silent(7.0), {"threshold": 0.5})
    (pair,) = taught_of(method, TEACHER, with_labels, (0,), (Planes((7,))[0],))
    assert pair[0].name == "the proxy trio"
    taught = (pair[0].classes == 0) | (pair[0].classes == REASONS.index("kept for judging"))
    assert taught[:, 16:48].all()
    assert (pair[0].classes[:, 48:] != 0).all()
    assert "confidence of 0.50 or less" in caption(pair[0])


def test_what_taught_enlarged_pictures_is_shown_at_their_own_size():
    net = silent(14.0)
    net.enlargement = 2.0
    method = catalog.build("label-free", net, {"threshold": 0.5})
    (pair,) = taught_of(method, TEACHER, with_labels, (0,), (Planes((7,))[0],))
    proxy = pair[0].classes
    assert proxy.shape == (64, 64)
    held = held_out_blocks(64, 64, 0)[0, 0].numpy()
    assert np.array_equal(proxy == REASONS.index("kept for judging"), held & (np.arange(64) >= 16))
    photometric = pair[1].classes
    assert photometric.shape == (64, 64)
    assert np.flatnonzero(photometric[40]).tolist() == list(range(7))  # outside the right view


def test_a_learned_threshold_is_shown_as_it_is_now():
    method = catalog.build("domain-adaptation", silent(7.0), {"threshold": 0.2, "learned": True})
    (pair,) = taught_of(method, TEACHER, with_labels, (0,), (Planes((7,))[0],))
    assert "left out" not in caption(pair[0])
    with torch.no_grad():
        method.logits += 0.02  # a hundred times that: sigmoid(-1.39 + 2) = 0.65
    (pair,) = taught_of(method, TEACHER, with_labels, (0,), (Planes((7,))[0],))
    assert "left out (confidence of 0.65 or less)" in caption(pair[0])


def test_two_proxies_are_shown_by_who_made_them():
    def both(key: str, sample: Sample) -> dict[str, Label]:
        return {**with_labels(key, sample), "ad-census": label(), "right/ad-census": label()}

    method = catalog.build("domain-adaptation", silent(7.0), {"second": "ad-census"})
    (pair,) = taught_of(method, TEACHER, both, (0,), (Planes((7,))[0],))
    assert [term.name for term in pair] == ["the proxy trio", "the proxy ad-census"]


def test_the_photometric_term_leaves_out_what_the_prediction_hides():
    scene = Planes((7,))[0]
    photometric = {"proxy": 0.0}
    (pair,) = taught_of(catalog.build("label-free", silent(7.0), photometric), Teacher(), None, (0,), (scene,))
    assert [term.name for term in pair] == ["the photometric term"]
    # a plane at 7 px: the first seven columns lie outside the right view
    assert np.flatnonzero(pair[0].classes[32]).tolist() == list(range(7))
    assert "left out (hidden from the right view)" in caption(pair[0])


def test_active_stereo_leaves_out_where_the_views_disagree():
    (pair,) = taught_of(catalog.build("active-stereo", silent(7.0), {}), Teacher(), None, (0,), (Planes((7,))[0],))
    assert [term.name for term in pair] == ["the contrast term"]
    assert (pair[0].classes[:, 8:] == 0).all()
    assert (pair[0].classes[:, :6] == REASONS.index("left out")).all()


def test_what_looks_at_every_pixel_has_no_mask():
    scene = Planes((7,))[0]
    assert taught_of(catalog.build("left-right", network(), {}), Teacher(), None, (0,), (scene,)) == ((),)
    assert taught_legends(((),)) == ()
    assert mean_shares(((),)) == {}


def test_a_proxy_is_shown_with_its_confidence_and_its_mask():
    term = of_label("trio", label(), None, held_out_blocks(64, 64, 0)[0, 0])
    pictures = taught_pictures((term,), plane(7).image[0].numpy(), 10.0)
    assert [text.partition(":")[0] for text, _ in pictures] == [
        "the proxy trio, disparity",
        "the proxy trio, confidence",
        "the proxy trio",
    ]
    grey = [64, 64, 64]
    assert pictures[0][1][0, 0].tolist() == pictures[1][1][0, 0].tolist() == grey
    without = replace(term, label=replace(labelled(plane(7), 7, "sgm").labels["sgm"], confidence=None))
    assert len(taught_pictures((without,), plane(7).image[0].numpy(), 10.0)) == 2


def test_shares_are_told_in_percent():
    classes = np.zeros((10, 100), np.uint8)
    classes[0, 0], classes[5:, :] = 2, 1
    term = TaughtBy("the proxy trio", classes, "confidence of 0.80 or less")
    text = caption(term).replace("\N{NO-BREAK SPACE}", " ")
    assert text == "the proxy trio: 50 % taught, 50 % left out (confidence of 0.80 or less), <1 % no label"
    assert percent(0.0) == "0\N{NO-BREAK SPACE}%"
    means = mean_shares(((term,), (replace(term, classes=np.zeros((2, 2), np.uint8)),)))
    assert means["the proxy trio"]["taught"] == pytest.approx((0.499 + 1) / 2)
    assert taught_in_short(means) == "the proxy trio by 75\N{NO-BREAK SPACE}% of the pixels"
