"""Labels of the tables: a matcher with a network's confidence, both views."""

from pathlib import Path

import numpy as np
import pytest
import torch

from tiny import plane
from wilddepth.proxies.attach import eight_bit
from wilddepth.proxies.judge import load_confidence
from wilddepth.proxies.matchings import matched
from wilddepth.tables.proxies import PROXIES, NamedLabels


@pytest.mark.parametrize(
    ("name", "matcher", "network"),
    [("ad", "census-box", "ccnn-census-box"), ("sgm", "census-sgm", "ccnn-census-sgm")],
)
def test_both_views_of_a_plane_and_how_sure(name: str, matcher: str, network: str):
    sample = plane(6, height=64, width=320)
    (left,), (right,) = eight_bit(sample.image), eight_bit(sample.right)
    labels = PROXIES[name](left, right)
    for view in labels:
        inner = np.s_[8:-8, 200:-16]  # all disparities searched lie inside the other view, or beyond it on the right
        assert np.abs(view.disparity[inner] - 6).max() < 0.5
        assert ((view.confidence >= 0) & (view.confidence <= 1)).all()
    found = matched(sample, matcher, 192)[0].disparity
    with torch.no_grad():
        sure = load_confidence(network)[0].confidence(torch.from_numpy(found)[None, None])[0, 0].numpy()
    kept = np.isfinite(labels[0].disparity)
    assert kept[:, 16:].mean() > 0.95  # at the left border a disparity may point out of the other view
    np.testing.assert_array_equal(labels[0].disparity[kept], found[kept])
    np.testing.assert_allclose(labels[0].confidence[kept], sure[kept], atol=1e-6)
    assert (labels[0].confidence[~kept] == 0).all()


def test_the_right_view_is_what_the_left_one_is_in_a_mirror():
    sample = plane(6, height=64, width=320)
    (left,), (right,) = eight_bit(sample.image), eight_bit(sample.right)
    mirrored = [np.ascontiguousarray(view[:, ::-1]) for view in (right, left)]
    there, back = PROXIES["ad"](left, right)[1], PROXIES["ad"](*mirrored)[0]
    same = there.disparity == back.disparity[:, ::-1]
    assert same.mean() > 0.95  # equal costs are decided by their order, which a mirror turns round
    close = np.abs(there.confidence - back.confidence[:, ::-1]) < 1e-4
    assert close.mean() > 0.8


def test_two_kinds_of_labels_stand_side_by_side(tmp_path: Path):
    sample = plane(6, height=64, width=320)
    first = NamedLabels(tmp_path, ("sgm", "ad"))("one", sample)
    assert first.keys() == {"sgm", "right/sgm", "ad", "right/ad"}
    assert first["sgm"].origin == "census-sgm"
    assert first["ad"].origin == "census-box"
    stored = sorted(path.name.split("-")[0] for path in tmp_path.iterdir())
    assert stored == ["census", "census"]
    again = NamedLabels(tmp_path, ("sgm",))("one", sample)
    torch.testing.assert_close(again["sgm"].disparity, first["sgm"].disparity, equal_nan=True)
