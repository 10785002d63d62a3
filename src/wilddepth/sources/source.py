"""Scenes one after another, loaded when they are asked for."""

import hashlib
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from torch import Tensor

from wilddepth.errors import MissingView, SampleError
from wilddepth.geometry.camera import Camera
from wilddepth.sample import Sample
from wilddepth.truth import Truth


@dataclass(frozen=True)
class Scene:
    """One pair with what is known to be right about it.

    Attributes:
        sample: a batch of one; what a method may look at.
        truth: for scoring only; None where there is none.
        key: names the scene within its source, `/` between levels.
        record: how a rendered scene was made, in plain values: cameras, place, weather and sensor with their strengths.
    """

    sample: Sample
    truth: Truth | None
    key: str
    record: Mapping[str, Any] | None = None

    def digest(self) -> str:
        """SHA-256 over the images and the calibration, in hexadecimal.

        Equal inputs have equal digests wherever they are stored and whatever they are called; truth and labels do not
        enter, so what is computed from the images alone can be kept under it.
        """
        digest = hashlib.sha256()
        sample = self.sample
        for part in (sample.image, sample.right, sample.camera, sample.right_camera, sample.baseline):
            digest.update(_plain_bytes(part))
        return digest.hexdigest()


class Source(ABC):
    """Scenes by number. Usable as a data set of torch's loader: it can be sent to workers."""

    text: str
    """The words that named it."""
    layout: str
    """How it was read: a layout's name, `files` or `patterns` for named pairs, `video`, or `world`."""
    one_view: bool = False
    """Whether its scenes have one view only."""
    rectified: bool | None = None
    """Whether rows of both views match and lenses do not distort; None where nothing says."""

    @abstractmethod
    def __len__(self) -> int:
        """How many scenes."""

    @abstractmethod
    def load(self, index: int) -> Scene:
        """Scene number `index`, which is at least 0 and below the length.

        Raises:
            SampleError: when one of its files is missing, damaged, or does not fit the others.
        """

    @abstractmethod
    def key(self, index: int) -> str:
        """The name of a scene, without loading it."""

    def stamp(self, index: int) -> Mapping[str, str]:
        """A quick sign of what a scene is made from, without loading it; empty where there is none.

        Equal stamps mean equal images; those of other stamps may be equal all the same.
        """
        return {}

    @abstractmethod
    def describe(self) -> str:
        """What it is, in one line for people."""

    def check_pairs(self, *, rectified: bool = True) -> None:
        """Refuse a source that stereo cannot use, before anything is done with it.

        Args:
            rectified: also refuse pairs that are known not to be rectified.

        Raises:
            MissingView: where scenes have one view only.
            SampleError: where it is known that the pairs are not rectified.
        """
        if self.one_view:
            hint = f"if it holds both views side by side, write sbs:{self.text}" if self.layout == "video" else ""
            raise MissingView(
                f"{self.text} (layout {self.layout}) has one view a scene, and stereo needs a right one; "
                f"{hint or 'name a source of rectified pairs'}"
            )
        if rectified and self.rectified is False:
            raise SampleError(
                f"{self.text} (layout {self.layout}) is not rectified: rows of the two views do not match, so matching "
                "would be wrong; rectify it first: wilddepth rectify SOURCE --calib FILE --out DIR"
            )

    def __getitem__(self, index: int) -> Scene:
        """Scene number `index`, negative ones counted from the end; `IndexError` beyond it."""
        if not -len(self) <= index < len(self):
            raise IndexError(f"{self.text} has {len(self)} scenes; there is no number {index}")
        return self.load(index % len(self))

    def __iter__(self) -> Iterator[Scene]:
        """All scenes in order, each loaded when it is reached."""
        return (self[index] for index in range(len(self)))

    @property
    def keys(self) -> tuple[str, ...]:
        """The names of all scenes, in order."""
        return tuple(self.key(index) for index in range(len(self)))


def file_stamp(*paths: Path | None) -> dict[str, str]:
    """Path -> size and time of change, of the files that are there."""
    found = {}
    for path in paths:
        with suppress(OSError):
            if path is not None:
                status = path.stat()
                found[str(path.resolve())] = f"{status.st_size} bytes, changed {status.st_mtime_ns}"
    return found


def _plain_bytes(part: Tensor | Camera | None) -> bytes:
    """Shape and numbers; the device does not matter."""
    if part is None:
        return b"none;"
    if isinstance(part, Camera):
        numbers = (part.focal_x, part.focal_y, part.centre_x, part.centre_y)
        return b"".join(_plain_bytes(number) for number in numbers)
    values = part.detach().cpu().contiguous()
    return f"{values.dtype}{tuple(values.shape)};".encode() + values.numpy().tobytes()
