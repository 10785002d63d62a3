"""Proxy labels on samples."""

import numpy as np
import pytest
import torch

from known_pairs import square_pair, texture
from wilddepth.errors import MissingView
from wilddepth.geometry.camera import Camera
from wilddepth.label import Label
from wilddepth.proxies.attach import attach_proxies, eight_bit, lowest_disparity
from wilddepth.proxies.fusion import ProxySettings, match_and_fuse
from wilddepth.sample import Sample

SMALL = ProxySettings(num_disparities=32)


def images(*pictures):
    return torch.from_numpy(np.stack(pictures)).permute(0, 3, 1, 2).float() / 255


def two_pairs():
    wide = texture(64, 136, seed=3, side=2)
    first, second = square_pair(), (wide[:, :128], wide[:, 8:])
    return Sample(image=images(first[0], second[0]), right=images(first[1], second[1]), keys=("a", "b"))


def with_doffs(sample, *doffs):
    height, width = sample.size
    centre = torch.full((len(doffs),), width / 2)
    focal = torch.full((len(doffs),), 100.0)
    left, right = (Camera(focal, focal, x, centre, height, width) for x in (centre, centre + torch.tensor(doffs)))
    return Sample(image=sample.image, right=sample.right, camera=left, right_camera=right)


def test_labels_of_both_views_are_added_to_those_there_are():
    sample = two_pairs()
    other = Label(origin="renderer", disparity=torch.zeros(2, 1, 64, 128))
    found = attach_proxies(Sample(image=sample.image, right=sample.right, labels={"renderer": other}), SMALL)
    assert set(found.labels) == {"renderer", "sgm", "right/sgm"}
    assert found.labels["renderer"] is other
    for name in ("sgm", "right/sgm"):
        label = found.labels[name]
        assert label.origin == "trio"
        assert label.disparity.shape == label.confidence.shape == (2, 1, 64, 128)
        assert label.disparity.dtype == label.confidence.dtype == torch.float32
        assert ((label.confidence == 0) == label.disparity.isnan()).all()
        assert label.confidence.min() >= 0
        assert label.confidence.max() <= 1
    assert not sample.labels


def test_labels_are_those_of_the_eight_bit_pictures():
    found = attach_proxies(two_pairs(), SMALL).labels
    left, right = match_and_fuse(*square_pair(), SMALL)
    np.testing.assert_array_equal(found["sgm"].disparity[0, 0], left.disparity)
    np.testing.assert_array_equal(found["right/sgm"].confidence[0, 0], right.confidence)


def test_batch_equals_its_images():
    sample = two_pairs()
    together = attach_proxies(sample).labels
    for index in range(2):
        alone = attach_proxies(Sample(image=sample.image[[index]], right=sample.right[[index]])).labels
        for name in ("sgm", "right/sgm"):
            for map_ in ("disparity", "confidence"):
                torch.testing.assert_close(
                    getattr(together[name], map_)[[index]], getattr(alone[name], map_), rtol=0, atol=0, equal_nan=True
                )


def test_both_views_agree_about_the_same_points():
    labels = attach_proxies(two_pairs(), SMALL).labels
    left, right = (labels[name].disparity[0, 0].numpy() for name in ("sgm", "right/sgm"))
    rows, columns = np.nonzero(np.isfinite(left))
    there = right[rows, np.rint(columns - left[rows, columns]).astype(int)]
    both = np.isfinite(there)
    assert both.mean() > 0.9
    assert np.mean(np.abs(there - left[rows, columns])[both] <= 1) > 0.95


def test_negative_raw_disparity_is_found_where_principal_points_differ():
    wide = texture(64, 140, side=2)
    pair = Sample(image=images(wide[:, 12:]), right=images(wide[:, :128]))  # disparity -12
    found = attach_proxies(with_doffs(pair, 20.5)).labels
    np.testing.assert_allclose(found["sgm"].disparity[0, 0, 8:-8, 8:-24], -12, atol=0.1)
    np.testing.assert_allclose(found["right/sgm"].disparity[0, 0, 8:-8, 24:-8], -12, atol=0.1)
    assert (found["sgm"].confidence[0, 0, 8:-8, 8:-24] > 0.9).all()


@pytest.mark.parametrize(
    ("chosen", "doffs", "expected"), [(0, 0.0, 0), (0, 20.5, -21), (0, -9.0, 0), (-30, 20.5, -30), (8, 0.0, 0)]
)
def test_search_begins_at_infinity_at_the_latest(chosen, doffs, expected):
    assert lowest_disparity(chosen, doffs) == expected


def test_colours_are_rounded_to_eight_bits():
    tones = torch.tensor([-0.1, 0.0, 0.4999 / 255, 0.5001 / 255, 1.0, 1.2]).view(1, 1, 1, 6).expand(1, 3, 1, 6)
    np.testing.assert_array_equal(eight_bit(tones)[0][0, :, 1], [0, 0, 0, 1, 255, 255])


def test_sample_without_right_view_is_refused():
    with pytest.raises(MissingView, match="no right image"):
        attach_proxies(Sample(image=torch.rand(1, 3, 16, 32)))


@pytest.mark.realdata
def test_confident_labels_of_a_street_are_right(realdata):
    """KITTI 2015 pair 1: the truth is only looked at here, to see that confidence means what it says."""
    import cv2

    folder = realdata / "kitti2015" / "training"
    left, right = (cv2.imread(str(folder / name / "000001_10.jpg"))[..., ::-1] for name in ("image_2", "image_3"))
    known = cv2.imread(str(folder / "disp_noc_0" / "000001_10.png"), cv2.IMREAD_UNCHANGED).astype(np.float32) / 256
    label = attach_proxies(Sample(image=images(left.copy()), right=images(right.copy()))).labels["sgm"]
    error = np.abs(label.disparity[0, 0].numpy() - known)
    wrong, confidence = (error > 3) & (error > 0.05 * known), label.confidence[0, 0].numpy()
    sure, labelled = (known > 0) & (confidence > 0.9), (known > 0) & (confidence > 0)
    assert sure.sum() > 0.75 * (known > 0).sum()
    assert wrong[sure].mean() < 0.03
    assert labelled.sum() > 0.92 * (known > 0).sum()
    assert wrong[labelled].mean() < 0.08
