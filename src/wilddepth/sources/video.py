"""Moving pictures, which are not read: the command that turns them into folders that are."""

import shlex
from pathlib import Path

from wilddepth.errors import ConfigError
from wilddepth.sources.grammar import VIDEO_SUFFIXES, SourceSpec

_LEFT_HALF, _RIGHT_HALF = "crop=iw/2:ih:0:0", "crop=iw/2:ih:iw/2:0"
_FRAMES_OF_A_STREAM = 200


def refusal(spec: SourceSpec) -> ConfigError:
    """The error for a video, camera or stream, with the ffmpeg command that makes a folder of it."""
    return ConfigError(
        f"{spec.text} is a {_NAMES[spec.kind]}; this version reads folders of frames. Extract them first: "
        f"{command(spec)} and then give ./frames as the source"
    )


def is_video(path: Path) -> bool:
    """Whether the ending is that of a video."""
    return path.suffix.lower() in VIDEO_SUFFIXES


def command(spec: SourceSpec) -> str:
    """The shell command that writes `frames/left/` and `frames/right/`."""
    make_folders = "mkdir -p frames/left frames/right && "
    if spec.kind == "video-pair":
        left, right = (shlex.quote(str(path)) for path in spec.paths)
        return f"{make_folders}ffmpeg -i {left} frames/left/%06d.png && ffmpeg -i {right} frames/right/%06d.png"
    return f"{make_folders}ffmpeg {_input(spec)} {_both_halves(spec)}"


_NAMES = {
    "path": "video (taken to hold the views side by side)",
    "video-pair": "pair of videos",
    "side-by-side": "video",
    "camera": "camera (taken to deliver the views side by side)",
    "stream": "stream (taken to hold the views side by side)",
}


def _input(spec: SourceSpec) -> str:
    """What ffmpeg reads."""
    match spec.kind:
        case "camera":
            return f"-f v4l2 -i /dev/video{spec.address}"
        case "stream":
            return f"-rtsp_transport tcp -i {shlex.quote(spec.address)}"
    return f"-i {shlex.quote(str(spec.paths[0]))}"


def _both_halves(spec: SourceSpec) -> str:
    """Two outputs; from what does not end by itself, a number of frames."""
    limit = f"-frames:v {_FRAMES_OF_A_STREAM} " if spec.kind in ("camera", "stream") else ""
    return f"{limit}-vf {_LEFT_HALF} frames/left/%06d.png {limit}-vf {_RIGHT_HALF} frames/right/%06d.png"
