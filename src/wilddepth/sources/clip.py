"""Pictures one after another: the frames of a video, or of a folder. Any of them can be had by its number."""

import os
from abc import ABC, abstractmethod
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from jaxtyping import UInt8

from wilddepth.data.layouts.listing import check_name, files_in
from wilddepth.errors import SampleError
from wilddepth.formats.image import read_image

# FFmpeg would write about each damaged frame beside the one error that is raised; OpenCV asks once, at the first video.
os.environ.setdefault("OPENCV_FFMPEG_LOGLEVEL", "-8")


class Clip(ABC):
    """Pictures by number, 8-bit RGB. It can be sent to loader workers."""

    path: Path
    """The video, or the folder."""
    rate: float | None = None
    """Frames a second; None where that is not known."""

    @abstractmethod
    def __len__(self) -> int:
        """How many pictures."""

    @abstractmethod
    def read(self, index: int) -> UInt8[np.ndarray, "h w 3"]:
        """Picture number `index`.

        Raises:
            SampleError: when it cannot be had.
        """

    @abstractmethod
    def key(self, index: int) -> str:
        """Its name."""

    def file(self, index: int) -> Path:
        """The file that it is in."""
        return self.path


class PictureClip(Clip):
    """The pictures of a folder, by name (numbers by value).

    Raises:
        SampleError: when there are none.
    """

    def __init__(self, folder: Path) -> None:
        self.path, self.files = folder, tuple(files_in(folder).values())
        if not self.files:
            raise SampleError(f"{folder} holds no pictures; check the path")
        for file in self.files:
            check_name(file.stem)

    def file(self, index: int) -> Path:
        """The picture itself."""
        return self.files[index]

    def __len__(self) -> int:
        """How many files."""
        return len(self.files)

    def read(self, index: int) -> UInt8[np.ndarray, "h w 3"]:
        """The file's pixels."""
        return read_image(self.files[index])

    def key(self, index: int) -> str:
        """The file's name without its ending."""
        return self.files[index].stem


class VideoClip(Clip):
    """The frames of a video file, as OpenCV's FFmpeg decodes them.

    The count is the one that the file states, or is counted where it states none. Frames in order are decoded in order;
    any other one is sought and, where the decoder does not land on it, reached from the beginning.

    Raises:
        SampleError: for a file that is missing, or that holds no frame that can be decoded.
    """

    def __init__(self, path: Path) -> None:
        if not path.is_file():
            raise SampleError(f"{path} does not exist or is no file; check the path")
        self.path, self._next = path, 0
        self._capture: Any = None
        capture = self._opened()
        stated = capture.get(cv2.CAP_PROP_FRAME_COUNT)
        rate = capture.get(cv2.CAP_PROP_FPS)
        self.rate = float(rate) if 0 < rate < 1e4 else None
        self.count = round(stated) if stated > 0 else self._skip(2**31)
        if self.count < 1 or self._from_start(0) is None:
            raise SampleError(f"{path} holds no frame that can be decoded; play it, or convert it to H.264 in MP4")
        self._capture = None

    def __len__(self) -> int:
        """How many frames."""
        return self.count

    def key(self, index: int) -> str:
        """The number with six digits."""
        return f"{index:06d}"

    def read(self, index: int) -> UInt8[np.ndarray, "h w 3"]:
        """The decoded frame."""
        pixels = self._sought(index)
        if pixels is None:
            pixels = self._from_start(index)
        if pixels is None:
            self._capture = None
            raise SampleError(
                f"{self.path} cannot be decoded at frame {index} of the {self.count} that it states; is it cut off? "
                + (f"Take the first {index} with --limit {index}, or convert it again" if index else "Convert it again")
            )
        self._next = index + 1
        return np.ascontiguousarray(pixels[:, :, ::-1])

    def _opened(self) -> Any:
        """The decoder, at frame `_next`."""
        if self._capture is None:
            capture = _quietly_opened(self.path)
            # As for pictures: turning one view of a pair would break its rows.
            capture.set(cv2.CAP_PROP_ORIENTATION_AUTO, 0)
            if not capture.isOpened():
                raise SampleError(f"{self.path} is no video that can be decoded; convert it to H.264 in MP4")
            self._capture, self._next = capture, 0
        return self._capture

    def _sought(self, index: int) -> np.ndarray | None:
        """The next frame, or one that the decoder lands on; blue first."""
        capture = self._opened()
        if index != self._next:
            capture.set(cv2.CAP_PROP_POS_FRAMES, index)
            if round(capture.get(cv2.CAP_PROP_POS_FRAMES)) != index:
                return None
        return _next_frame(capture)

    def _from_start(self, index: int) -> np.ndarray | None:
        """A frame by decoding all before it; blue first."""
        self._capture = None
        self._opened()
        return _next_frame(self._capture) if self._skip(index) == index else None

    def _skip(self, count: int) -> int:
        """Decode and drop frames; how many there were."""
        return next((done for done in range(count) if not self._capture.grab()), count)

    def __getstate__(self) -> dict[str, Any]:
        """Without the decoder, which every process opens for itself."""
        return {**self.__dict__, "_capture": None, "_next": 0}


def _next_frame(capture: Any) -> np.ndarray | None:
    whole, pixels = capture.read()
    return pixels if whole else None


def _quietly_opened(path: Path) -> Any:
    """A decoder; what is wrong with a file is said once, by our error, and not by two libraries as well."""
    os.environ.setdefault("OPENCV_FFMPEG_LOGLEVEL", "-8")
    level = cv2.utils.logging.setLogLevel(0)
    try:
        # Named, because others take a path for a pattern of picture names.
        return cv2.VideoCapture(str(path), cv2.CAP_FFMPEG)
    finally:
        cv2.utils.logging.setLogLevel(level)
