"""Many small pairs on disk, and what a folder of labels must hold of them."""

from pathlib import Path

import cv2
import numpy as np

from wilddepth.formats.image import write_image
from wilddepth.proxies.store import LabelStore
from wilddepth.sources.open import open_source

SIDE = (32, 64)


def write_small_pairs(folder: Path, count: int) -> Path:
    """Pairs of noise, each shifted by 1..12 px."""
    height, width = SIDE
    rng = np.random.default_rng(0)
    for index in range(count):
        wide = cv2.resize(rng.integers(0, 256, (height // 2, width // 2 + 8, 3), dtype=np.uint8), (width + 16, height))
        shift = 1 + index % 12
        for name, start in (("left", 0), ("right", shift)):
            write_image(folder / name / f"{index:05d}.png", np.ascontiguousarray(wide[:, start : start + width]))
    return folder


def check_labels(pairs: Path, labels: Path) -> int:
    """Every pair has whole labels of its own pixels, and nothing half-written lies about; how many there are."""
    source, store = open_source(str(pairs)), LabelStore.open(labels)
    for index, key in enumerate(source.keys):
        record = store.find(key)
        assert record is not None, key
        assert record.stamp == source.stamp(index)
        left, right = store.read(key, record.digest)
        shift = 1 + index % 12
        for view in (left, right):
            known = np.isfinite(view.disparity)
            assert known.mean() > 0.3, key
            assert abs(float(np.median(view.disparity[known])) - shift) < 0.5, key
    assert not store.in_use()
    return len(source)


def left_over(labels: Path) -> list[Path]:
    """Files of writers that did not come to an end."""
    return [path for path in labels.rglob(".*partial*") if path.is_file()]
