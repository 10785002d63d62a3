"""Metrics over a set of scenes: what a method predicts, or predictions saved before, under one protocol."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol as Structure
from typing import runtime_checkable

import numpy as np
import torch
from jaxtyping import Float32

from wilddepth.errors import SampleError
from wilddepth.formats import array, disparity_png, pfm
from wilddepth.formats.share_png import read_share
from wilddepth.metrics import Score, protocols
from wilddepth.metrics.calibration import Reliability
from wilddepth.metrics.score import Compared, compared, image_reliability, image_row, plain, unscored_row
from wilddepth.metrics.trust import joined_reliability
from wilddepth.prediction import Prediction, Quantity
from wilddepth.protocol import Protocol
from wilddepth.sample import Sample
from wilddepth.truth import Truth

READERS = {
    ".npy": array.read_disparity,
    ".npz": array.read_disparity,
    ".pfm": pfm.read_disparity,
    ".png": disparity_png.read_kitti_disparity,
}
"""How a saved prediction is read, most exact first: px, nan where missing."""

Watch = Callable[[str, Mapping[str, float]], None]
Look = Callable[[str, Compared], None]


@runtime_checkable
class Scene(Structure):
    """A sample with what is known to be right about it."""

    @property
    def key(self) -> str:
        """A name for messages, rows and files."""

    @property
    def sample(self) -> Sample:
        """What the method sees."""

    @property
    def truth(self) -> Truth | None:
        """What it is scored against, where there is any."""


@dataclass(frozen=True)
class Evaluation:
    """One row per image and the mean.

    Attributes:
        keys: the images, in the order of `score.images`.
        score: rows and protocol; the row of an image without truth holds nan and zero pixels.
        without_truth: the images that have no truth.
    """

    keys: tuple[str, ...]
    score: Score
    without_truth: tuple[str, ...] = ()

    @property
    def protocol(self) -> Protocol:
        """How the numbers were measured."""
        return self.score.protocol

    @property
    def mean(self) -> Mapping[str, float]:
        """Each metric over the images that have truth, averaged as the protocol says."""
        return self.score.mean

    @property
    def rows(self) -> tuple[tuple[str, Mapping[str, float]], ...]:
        """Key and metrics of each image."""
        return tuple(zip(self.keys, self.score.images, strict=True))

    def as_json(self) -> dict[str, object]:
        """As `Score.as_json`, each image with its `key`, and `"without_truth": true` where that is so."""
        return self.score.as_json() | {"images": [self._image(key, row) for key, row in self.rows]}

    def _image(self, key: str, row: Mapping[str, float]) -> dict[str, object]:
        missing = {"without_truth": True} if key in self.without_truth else {}
        return {"key": key, **missing, **plain(row)}


def evaluate(
    predict: Callable[[Sample], Prediction],
    scenes: Iterable[Scene],
    protocol: Protocol | str,
    *,
    progress: Watch | None = None,
    look: Look | None = None,
) -> Evaluation:
    """Predict and score every scene that has truth.

    Args:
        predict: a sample to disparities in px; not called for scenes without truth.
        scenes: read once; each may hold a batch, whose rows are named by `sample.keys`.
        protocol: a protocol or the name of one.
        progress: called after each image with its key and row.
        look: called with the key and the maps of each image that has truth.

    Raises:
        ConfigError: unknown protocol.
        SampleError: there are no scenes, none has truth, or a prediction does not fit its truth.
    """
    return _evaluated(lambda scene: predict(scene.sample), scenes, protocol, progress, look, str)


def evaluate_files(
    predictions: Path | str,
    scenes: Iterable[Scene],
    protocol: Protocol | str,
    *,
    confidences: Path | str | None = None,
    progress: Watch | None = None,
    look: Look | None = None,
) -> Evaluation:
    """Score a folder of saved disparities against the truth of the scenes.

    Args:
        predictions: holds one file per image, named by its key: KITTI's 16-bit PNG (0 = missing), PFM, `.npy` or
            `.npz`; further files are not looked at. Where a key has several, the most exact counts (see `READERS`).
        scenes: see `evaluate`; their images are not looked at.
        protocol: see `evaluate`.
        confidences: folder of saved confidences, named by the same keys: PNG of 8 or 16 bits, the largest number is
            sure; None = there are none.
        progress: see `evaluate`.
        look: see `evaluate`.

    Raises:
        ConfigError: unknown protocol.
        SampleError: as `evaluate`, and for a missing or unreadable file, which is named.
    """
    folder = Path(predictions)
    if not folder.is_dir():
        raise SampleError(f"{folder} is not a folder; give the folder that holds one saved disparity map per image")
    return _evaluated(
        lambda scene: _saved(folder, confidences, scene),
        scenes,
        protocol,
        progress,
        look,
        lambda key: str(_file(folder, key)),
    )


def _evaluated(
    predict: Callable[[Scene], Prediction],
    scenes: Iterable[Scene],
    protocol: Protocol | str,
    progress: Watch | None,
    look: Look | None,
    name: Callable[[str], str],
) -> Evaluation:
    """The loop; `name` says what an error about the prediction of a key should name."""
    rule = protocols.protocol(protocol) if isinstance(protocol, str) else protocol
    keys: list[str] = []
    rows: list[Mapping[str, float]] = []
    curves: list[Reliability | None] = []
    without: list[str] = []
    for scene in scenes:
        new_keys = _keys(scene)
        images = None if scene.truth is None else _compared(predict, scene, scene.truth, rule, name)
        without += new_keys if images is None else []
        for key, image in zip(new_keys, images or [None] * len(new_keys), strict=True):
            keys.append(key)
            rows.append(unscored_row(rule) if image is None else image_row(rule, image))
            curves.append(None if image is None else image_reliability(image))
            if progress is not None:
                progress(key, rows[-1])
            if look is not None and image is not None:
                look(key, image)
    _check_truth(keys, without)
    return Evaluation(tuple(keys), Score(rule, tuple(rows), joined_reliability(curves)), tuple(without))


def _compared(
    predict: Callable[[Scene], Prediction], scene: Scene, truth: Truth, protocol: Protocol, name: Callable[[str], str]
) -> tuple[Compared, ...]:
    prediction = predict(scene)
    try:
        return compared(protocol, prediction, truth)
    except SampleError as error:
        raise type(error)(f"{', '.join(name(key) for key in _keys(scene))}: {error}") from error


def _keys(scene: Scene) -> list[str]:
    """One name for each image of the scene."""
    count = scene.sample.image.shape[0]
    if count == 1:
        return [scene.key]
    if len(scene.sample.keys) == count:
        return list(scene.sample.keys)
    return [f"{scene.key}/{index}" for index in range(count)]


def _check_truth(keys: list[str], without: list[str]) -> None:
    if not keys:
        raise SampleError("there are no images to evaluate; check the source and its --split and --limit")
    if len(without) == len(keys):
        raise SampleError(
            f"none of the {len(keys)} images ({keys[0]} ...) has ground truth, so there is nothing to score against; "
            "use `wilddepth predict` to look at them, or a source that comes with disparity maps"
        )


def _file(folder: Path, key: str) -> Path:
    """The saved prediction of an image, or `SampleError` with what was looked for."""
    for suffix in READERS:
        path = folder / f"{key}{suffix}"
        if path.is_file():
            return path
    raise SampleError(
        f"{folder / key}: no saved prediction with one of the endings {', '.join(READERS)}; predict this image "
        "as well, or leave it out of the source"
    )


def _saved(folder: Path, confidences: Path | str | None, scene: Scene) -> Prediction:
    maps = [READERS[path.suffix](path) for path in (_file(folder, key) for key in _keys(scene))]
    if len({each.shape for each in maps}) > 1:
        raise SampleError(f"{folder}: the saved predictions of {', '.join(_keys(scene))} differ in size")
    sure = None if confidences is None else torch.from_numpy(_saved_confidence(Path(confidences), scene))
    return Prediction(torch.from_numpy(np.stack(maps)[:, None]), Quantity.DISPARITY_PX, confidence=sure)


def _saved_confidence(folder: Path, scene: Scene) -> Float32[np.ndarray, "b 1 h w"]:
    paths = [folder / f"{key}.png" for key in _keys(scene)]
    for path in paths:
        if not path.is_file():
            raise SampleError(
                f"{path}: no confidence was saved for this image; predict it again, or move {folder} away"
            )
    maps = [read_share(path) for path in paths]
    if len({each.shape for each in maps}) > 1:
        raise SampleError(f"{folder}: the saved confidences of {', '.join(_keys(scene))} differ in size")
    return np.stack(maps)[:, None]
