"""Labels in a folder: what other tools read, and what is refused."""

import json
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest

from wilddepth.errors import ConfigError, OutputError, SampleError
from wilddepth.formats.confidence_png import read_confidence, write_confidence
from wilddepth.proxies.algorithm import Algorithm, Labels, algorithm
from wilddepth.proxies.fusion import Fused
from wilddepth.proxies.store import CONTENTS, LabelStore, pair_digest

DIGEST, OTHER = "a" * 64, "b" * 64


def labels(lowest: float = 2.0, highest: float = 200.0) -> Labels:
    disparity = np.linspace(lowest, highest, 48, dtype=np.float32).reshape(6, 8)
    disparity[0, 0] = np.nan
    confidence = np.linspace(0, 1, 48, dtype=np.float32).reshape(6, 8)
    left = Fused(disparity, np.where(np.isfinite(disparity), confidence, np.float32(0)))
    return left, Fused(disparity[:, ::-1].copy(), confidence)


@pytest.fixture
def store(tmp_path: Path) -> LabelStore:
    store = LabelStore.create(tmp_path / "labels", algorithm("opencv-sgm", {"block": 5}))
    store.write("street/a.b", labels(), DIGEST)
    return store


def files(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}


def test_tools_read_the_maps_as_kittis(store: LabelStore):
    assert files(store.path) == {
        "manifest.json",
        "records/street/a.b.json",
        *(f"{view}{kind}/street/a.b.png" for view in ("", "right/") for kind in ("disparity", "confidence")),
    }
    assert {name.split("/")[0] for name in files(store.path)} <= set(CONTENTS)
    left, _ = labels()
    stored = cv2.imread(str(store.path / "disparity/street/a.b.png"), cv2.IMREAD_UNCHANGED)
    assert stored.dtype == np.uint16
    np.testing.assert_array_equal(stored, np.rint(np.nan_to_num(left.disparity) * 256))
    sure = cv2.imread(str(store.path / "confidence/street/a.b.png"), cv2.IMREAD_UNCHANGED)
    np.testing.assert_array_equal(sure, np.rint(left.confidence * 65535))


def test_labels_come_back_to_half_a_step(store: LabelStore):
    for found, given in zip(store.read("street/a.b", DIGEST), labels(), strict=True):
        np.testing.assert_allclose(found.disparity, given.disparity, atol=0.5 / 256 + 1e-6)
        np.testing.assert_allclose(found.confidence, given.confidence, atol=0.5 / 65535 + 1e-7)


@pytest.mark.parametrize("lowest, highest", [(-3.0, 20.0), (1.0, 300.0)])
def test_maps_that_16_bits_cannot_hold_are_kept_as_pfm(store: LabelStore, lowest: float, highest: float):
    store.write("street/a.b", labels(lowest, highest), DIGEST)
    assert (store.path / "disparity/street/a.b.pfm").is_file()
    assert not (store.path / "disparity/street/a.b.png").exists()
    for found, given in zip(store.read("street/a.b", DIGEST), labels(lowest, highest), strict=True):
        np.testing.assert_array_equal(found.disparity, given.disparity)
    store.write("street/a.b", labels(), DIGEST)
    assert not (store.path / "disparity/street/a.b.pfm").exists()


def test_a_view_without_any_label_is_kept_too(store: LabelStore):
    nothing = Fused(np.full((6, 8), np.nan, np.float32), np.zeros((6, 8), np.float32))
    store.write("dark", (nothing, nothing), DIGEST)
    assert np.isnan(store.read("dark", DIGEST)[0].disparity).all()


def test_the_manifest_says_how_they_were_made(store: LabelStore):
    told = json.loads((store.path / "manifest.json").read_text())
    assert (told["algorithm"], told["settings"]["block"], told["version"]) == ("opencv-sgm", 5, 1)
    assert told["digest"] == algorithm("opencv-sgm", {"block": 5}).digest()
    assert LabelStore.open(store.path).made_by == algorithm("opencv-sgm", {"block": 5}).plain()


def test_the_same_settings_find_them_again(store: LabelStore):
    LabelStore.open(store.path, algorithm("opencv-sgm", {"block": 5}))
    again = LabelStore.create(store.path, algorithm("opencv-sgm", {"block": 5}))
    assert again.find("street/a.b") is not None
    assert again.find("street/b") is None


@pytest.mark.parametrize("call", [LabelStore.open, LabelStore.create])
@pytest.mark.parametrize(
    "maker, message",
    [
        (
            algorithm("opencv-sgm", {"block": 7}),
            r"labels holds labels made with other settings \(settings.block 5, not 7\)",
        ),
        (
            algorithm("trio"),
            r"made with other settings \(algorithm 'opencv-sgm', not 'trio'\); ask for the same, or choose",
        ),
    ],
)
def test_labels_of_other_settings_are_refused(
    store: LabelStore, maker: Algorithm, message: str, call: Callable[[Path, Algorithm], LabelStore]
):
    with pytest.raises(ConfigError, match=message):
        call(store.path, maker)


def test_labels_of_another_version_are_refused(store: LabelStore, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("wilddepth.proxies.store.VERSION", 2)
    with pytest.raises(ConfigError, match=r"other settings \(version 1, not 2\)"):
        LabelStore.open(store.path)


def test_labels_of_other_images_are_refused(store: LabelStore):
    message = r"the labels of street/a.b in .* belong to other images \(digest aaaaaaaaaaaa, not bbbbbbbbbbbb\)"
    with pytest.raises(SampleError, match=message):
        store.read("street/a.b", OTHER)


def test_a_pair_without_labels_is_named(store: LabelStore):
    with pytest.raises(SampleError, match=r"has no whole labels for street/c; make them \(again\): wilddepth proxies"):
        store.read("street/c", DIGEST)


def test_a_folder_without_labels_is_refused(tmp_path: Path):
    with pytest.raises(SampleError, match=r"holds no labels \(no manifest.json\); make some: wilddepth proxies SOURCE"):
        LabelStore.open(tmp_path)


@pytest.mark.parametrize(
    "content", ["", "{", "[]", "{}", '{"format": 1}', '{"format": 2, "algorithm": "opencv-sgm"}', "null"]
)
def test_a_damaged_manifest_is_refused(store: LabelStore, content: str):
    (store.path / "manifest.json").write_text(content)
    with pytest.raises(SampleError, match=r"manifest.json is (damaged|empty)"):
        LabelStore.open(store.path)


def test_a_label_that_lost_a_file_or_bytes_is_no_label(store: LabelStore):
    path = store.path / "right/confidence/street/a.b.png"
    path.write_bytes(path.read_bytes()[:-1])
    assert store.find("street/a.b") is None
    path.unlink()
    with pytest.raises(SampleError, match="no whole labels"):
        store.read("street/a.b", DIGEST)


@pytest.mark.parametrize("content", ["", "{", "[1]", '{"key": 3}', '{"key": "a", "digest": "b"}', '{"extra": 1}'])
def test_a_damaged_record_is_no_record(store: LabelStore, content: str):
    (store.path / "records/street/a.b.json").write_text(content)
    assert store.find("street/a.b") is None


def test_maps_of_two_sizes_are_refused(store: LabelStore):
    write_confidence(store.path / "confidence/street/a.b.png", np.zeros((2, 2), np.float32))
    told = json.loads((store.path / "records/street/a.b.json").read_text())
    told["files"]["confidence/street/a.b.png"] = (store.path / "confidence/street/a.b.png").stat().st_size
    (store.path / "records/street/a.b.json").write_text(json.dumps(told))
    with pytest.raises(SampleError, match="disparity and confidence differ in size; make the labels again"):
        store.read("street/a.b", DIGEST)


def test_a_pair_is_forgotten_before_it_is_written_anew(store: LabelStore, monkeypatch: pytest.MonkeyPatch):
    """A kill between two files must not leave the old record beside new maps."""

    def killed(*given: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("wilddepth.proxies.store.write_confidence", killed)
    with pytest.raises(KeyboardInterrupt):
        store.write("street/a.b", labels(3.0), OTHER)
    assert store.find("street/a.b") is None


def test_a_file_that_cannot_be_removed_is_named(store: LabelStore):
    path = store.path / "disparity/street/a.b.png"
    path.unlink()
    path.mkdir()
    with pytest.raises(OutputError, match=r"cannot replace .*disparity/street/a\.b\.png"):
        store.drop("street/a.b")


def test_claims_are_by_pair(store: LabelStore):
    assert not store.in_use()
    with store.claim("street/a.b") as first, store.claim("street/a.b") as again, store.claim("street/b") as other:
        assert (first, again, other) == (True, False, True)
        assert store.in_use()
    assert not store.in_use()


def test_a_digest_is_of_pixels_and_search_alone():
    rng = np.random.default_rng(0)
    left, right = rng.integers(0, 256, (2, 6, 8, 3), dtype=np.uint8)
    digest = pair_digest(left, right)
    assert digest == pair_digest(left.copy(), np.asfortranarray(right))
    touched = left.copy()
    touched[3, 4, 1] ^= 1
    others = [
        pair_digest(touched, right),
        pair_digest(right, left),
        pair_digest(left, right, -1),
        pair_digest(left.reshape(8, 6, 3), right.reshape(8, 6, 3)),
    ]
    assert len({digest, *others}) == 5


def test_confidence_outside_its_range_is_refused(tmp_path: Path):
    for value in (-0.1, 1.1, np.nan):
        with pytest.raises(OutputError, match=r"confidence must lie in 0\.\.1"):
            write_confidence(tmp_path / "c.png", np.full((2, 2), value, np.float32))
    write_confidence(tmp_path / "c.png", np.full((2, 2), 1e-9, np.float32))
    assert (read_confidence(tmp_path / "c.png") > 0).all()
    cv2.imwrite(str(tmp_path / "c.png"), np.zeros((2, 2), np.uint8))
    with pytest.raises(SampleError, match="no 16-bit map of one channel"):
        read_confidence(tmp_path / "c.png")
