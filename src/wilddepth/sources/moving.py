"""Videos as sources: one view, two videos, or one with the views side by side (also as pictures in a folder)."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import torch
from jaxtyping import Float
from torch import Tensor

from wilddepth.data.layouts.layout import StoredFile
from wilddepth.data.layouts.listing import file_or_none
from wilddepth.data.layouts.loading import check_same_size, with_calibration
from wilddepth.errors import SampleError
from wilddepth.formats.calibration.detect import read_calibration
from wilddepth.formats.calibration.stereo import StereoCalibration
from wilddepth.sample import Sample
from wilddepth.sources.clip import Clip, PictureClip, VideoClip
from wilddepth.sources.source import Scene, Source, file_stamp

Picture = Float[Tensor, "1 3 h w"]
CALIBRATION_NAMES = ("calib.txt",)

# Two recorders of one rate differ by less.
_RATE_TOLERANCE = 0.01


class ClipSource(Source):
    """Frames of one or two clips, decoded when they are asked for.

    Attributes:
        clips: one, or left and right.
        halves: whether the pictures of the one clip hold both views, the left one in the left half.
        calibration: of the pair, as each view is.
        neighbours: frame offsets that samples bring along where they are there.
    """

    def __init__(
        self,
        text: str,
        clips: Sequence[Clip],
        *,
        halves: bool = False,
        limit: int | None = None,
        neighbours: Sequence[int] = (),
    ) -> None:
        """Nothing but the headers is read.

        Raises:
            SampleError: for two videos of different length (unless both are longer than `limit`) or rate.
        """
        self.text, self.clips, self.halves, self.neighbours = text, tuple(clips), halves, tuple(neighbours)
        self.one_view = len(self.clips) == 1 and not halves
        self.layout = "side-by-side" if halves else "video" if self.one_view else "video-pair"
        shortest = min(len(clip) for clip in self.clips)
        self.count = min(shortest, limit or shortest)
        if len(self.clips) == 2:
            _check_in_step(*self.clips, limit)
        self.calibration = None if self.one_view else _calibration(self.clips[0].path)

    def __len__(self) -> int:
        """How many frames."""
        return self.count

    def key(self, index: int) -> str:
        """The number of the frame, or the name of the picture."""
        return self.clips[0].key(index)

    def load(self, index: int) -> Scene:
        """The frame, with its time where the video states a rate. There is no truth."""
        views = self._views(index)
        rate, key = self.clips[0].rate, self.key(index)
        sample = Sample(
            image=views[0],
            neighbours=self._neighbours(index),
            timestamps=None if rate is None else torch.tensor([index / rate], dtype=torch.float64),
            keys=(key,),
        )
        if not self.one_view:
            check_same_size(*views, *(f"{clip.path} frame {index}" for clip in (self.clips[0], self.clips[-1])))
            sample = with_calibration(replace(sample, right=views[1]), self.calibration)
        return Scene(sample=sample, truth=None, key=key)

    def stamp(self, index: int) -> Mapping[str, str]:
        """The videos or pictures, the number of the frame, and the calibration."""
        files = [clip.file(index) for clip in self.clips]
        calibration = None if self.calibration is None else self.calibration.path
        return {"frame": str(index), **file_stamp(*files, calibration)}

    def describe(self) -> str:
        """How many frames of which kind, and what is known about them."""
        count, rate = len(self), self.clips[0].rate
        kind = "picture" if self.one_view else "pair"
        return ", ".join(
            (
                f"{self.text}: {count} {kind}{'s' * (count != 1)}",
                f"layout {self.layout}",
                *(["one view"] if self.one_view else []),
                f"{rate:g} frames a second" if rate else "rate unknown",
                "with calibration" if self.calibration else "no calibration",
                "no truth",
            )
        )

    def _views(self, index: int) -> tuple[Picture, ...]:
        """The only view, or left and right."""
        if not self.halves:
            return tuple(_tensor(clip, index) for clip in self.clips)
        whole = _tensor(self.clips[0], index)
        width = whole.shape[-1]
        if width % 2:
            raise SampleError(
                f"{self.clips[0].path} frame {self.key(index)} is {width} columns wide, which two views side by side "
                "cannot be; is it one view?"
            )
        return whole[..., : width // 2].contiguous(), whole[..., width // 2 :].contiguous()

    def _neighbours(self, index: int) -> dict[int, Picture]:
        """Offset -> left view, for the frames that are there."""
        there = [offset for offset in self.neighbours if 0 <= index + offset < len(self.clips[0])]
        return {offset: self._views(index + offset)[0] for offset in there}


def video_source(text: str, path: Path, *, limit: int | None, neighbours: Sequence[int]) -> ClipSource:
    """A video with one view; `SampleError` where it cannot be decoded."""
    return ClipSource(text, [VideoClip(path)], limit=limit, neighbours=neighbours)


def video_pair_source(
    text: str, left: Path, right: Path, *, limit: int | None, neighbours: Sequence[int]
) -> ClipSource:
    """Two videos; `SampleError` where one cannot be decoded or they are not in step."""
    return ClipSource(text, [VideoClip(left), VideoClip(right)], limit=limit, neighbours=neighbours)


def side_by_side_source(text: str, path: Path, *, limit: int | None, neighbours: Sequence[int]) -> ClipSource:
    """A video or a folder of pictures with both views; `SampleError` where it cannot be read."""
    clip = PictureClip(path) if path.is_dir() else VideoClip(path)
    return ClipSource(text, [clip], halves=True, limit=limit, neighbours=neighbours)


def _tensor(clip: Clip, index: int) -> Picture:
    return torch.from_numpy(clip.read(index)).permute(2, 0, 1)[None].float() / 255


def _calibration(path: Path) -> StoredFile[StereoCalibration] | None:
    """The file beside a video, or in the folder of pictures."""
    folder = path if path.is_dir() else path.parent
    found = file_or_none(*(folder / name for name in CALIBRATION_NAMES))
    return StoredFile(found, read_calibration) if found else None


def _check_in_step(left: Clip, right: Clip, limit: int | None) -> None:
    """Two recordings of one moment have one length and one rate."""
    if left.rate and right.rate and abs(left.rate - right.rate) > _RATE_TOLERANCE:
        raise SampleError(
            f"{left.path} has {left.rate:g} frames a second and {right.path} {right.rate:g}, so frames of one number "
            "are not of one moment; convert both to one rate"
        )
    if len(left) != len(right) and not (limit and limit <= min(len(left), len(right))):
        raise SampleError(
            f"{left.path} has {len(left)} frames and {right.path} {len(right)}; if they begin at one moment, take the "
            f"first ones with --limit {min(len(left), len(right))}, else cut them to match"
        )
