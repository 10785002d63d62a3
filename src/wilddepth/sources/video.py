"""Cameras and streams, which are not read: the command that turns them into folders that are."""

import shlex
from pathlib import Path

from wilddepth.data.layouts.listing import VIDEO_SUFFIXES
from wilddepth.errors import ConfigError
from wilddepth.sources.grammar import SourceSpec

_LEFT_HALF, _RIGHT_HALF = "crop=iw/2:ih:0:0", "crop=iw/2:ih:iw/2:0"
_FRAMES_OF_A_STREAM = 200


def refusal(spec: SourceSpec) -> ConfigError:
    """The error for a camera or stream, with the ffmpeg command that makes a folder of it."""
    return ConfigError(
        f"{spec.text} is a {spec.kind} (taken to hold the views side by side); this version reads files. Record some "
        f"frames first: {command(spec)} and then give ./frames as the source"
    )


def is_video(path: Path) -> bool:
    """Whether the ending is that of a video."""
    return path.suffix.lower() in VIDEO_SUFFIXES


def command(spec: SourceSpec) -> str:
    """The shell command that writes `frames/left/` and `frames/right/`."""
    if spec.kind == "camera":
        wanted = f"-f v4l2 -i /dev/video{spec.address}"
    else:
        wanted = f"-rtsp_transport tcp -i {shlex.quote(spec.address)}"
    # What does not end by itself is asked for a number of frames.
    limit = f"-frames:v {_FRAMES_OF_A_STREAM} -vf"
    return (
        f"mkdir -p frames/left frames/right && ffmpeg {wanted} {limit} {_LEFT_HALF} frames/left/%06d.png "
        f"{limit} {_RIGHT_HALF} frames/right/%06d.png"
    )
