"""The words that name a source.

FOLDER                          scenes in a folder of a known layout
LEFT,RIGHT                      two pictures (one pair), or two videos
'LEFT*/**.png,RIGHT*/**.png'    pairs of any naming: two patterns (see `data.layouts.globs`), quoted for the shell
VIDEO                           a video with one view
worlds:NAME?seed=1&frames=200   rendered pairs; more words: see `WorldSpec`
sbs:VIDEO, sbs:FOLDER           a video, or pictures, with the views side by side
camera:N                        a camera of this machine
rtsp://...                      a network camera
"""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal
from urllib.parse import parse_qsl

from wilddepth.data.layouts.globs import is_pattern
from wilddepth.data.layouts.listing import VIDEO_SUFFIXES
from wilddepth.errors import ConfigError
from wilddepth.formats.image import IMAGE_SUFFIXES

Kind = Literal["path", "image-pair", "pattern-pair", "video-pair", "side-by-side", "camera", "stream", "world"]

_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+-]+):(.*)", re.DOTALL)
_WHOLE = ("seed", "frames", "height", "width", "clip", "samples")
_WORDS = ("rig", "sensor")
_KNOWN = (*_WHOLE, *_WORDS, "rate", "weather")
_LARGEST_SAMPLES = 8


@dataclass(frozen=True)
class WorldSpec:
    """Rendered pairs number 0 to `frames` - 1 of a world.

    Attributes:
        name: see `wilddepth.worlds.table`.
        seed: another seed is another list of scenes.
        frames: how many pairs.
        height: rows; None = the renderer's own.
        width: columns; None = the renderer's own.
        rig: the cameras, see `wilddepth.worlds.cast.rigs`; None = one of the world's.
        sensor: what they make of it, see `wilddepth.worlds.sensor`; None = one of the world's.
        rate: frames a second in a clip.
        clip: consecutive frames of one scene along a way; 1 = every frame is another scene.
        samples: rays a pixel along each axis, 1 to 8.
        weather: words, see `wilddepth.worlds.weather`: each has an equal part of the frames, one after the other; none
            = those of the world.
    """

    name: str
    seed: int = 0
    frames: int = 100
    height: int | None = None
    width: int | None = None
    rig: str | None = None
    sensor: str | None = None
    rate: float = 10.0
    clip: int = 1
    samples: int = 1
    weather: tuple[str, ...] = ()


@dataclass(frozen=True)
class SourceSpec:
    """A source as it was named.

    Attributes:
        text: the words themselves.
        kind: what they name.
        paths: the folder or file, or left and right (for a pair of patterns: the patterns).
        address: the number of a camera, or the address of a stream.
        world: what is rendered.
    """

    text: str
    kind: Kind
    paths: tuple[Path, ...] = ()
    address: str = ""
    world: WorldSpec | None = None


def parse(text: str) -> SourceSpec:
    """What the words name. Whether it is there is not looked at, but for names that also read as another kind.

    Raises:
        ConfigError: for words outside the grammar.
    """
    if not text.strip():
        raise ConfigError(f"the source is empty; expected {_expected()}")
    if _is_there(text):
        return SourceSpec(text=text, kind="path", paths=(Path(text),))
    scheme = _SCHEME.fullmatch(text)
    if scheme:
        return _with_scheme(text, scheme[1].lower(), scheme[2])
    if "," in text:
        return _two_files(text)
    if is_pattern(text):
        raise ConfigError(f"{text!r} is one pattern; give two, LEFT,RIGHT, in quotes, or name the folder")
    return SourceSpec(text=text, kind="path", paths=(Path(text),))


def _is_there(text: str) -> bool:
    """Whether the words are a path; False for words that no path can be."""
    try:
        return Path(text).exists()
    except OSError:  # e.g. a name that is too long
        return False


def _with_scheme(text: str, scheme: str, rest: str) -> SourceSpec:
    """`scheme:rest`."""
    match scheme:
        case "worlds":
            return SourceSpec(text=text, kind="world", world=_world(text, rest))
        case "sbs" if rest:
            return SourceSpec(text=text, kind="side-by-side", paths=(Path(rest),))
        case "camera" if rest.isdecimal():
            return SourceSpec(text=text, kind="camera", address=rest)
        case "rtsp" | "rtsps" if rest.startswith("//"):
            return SourceSpec(text=text, kind="stream", address=text)
    raise ConfigError(f"{text!r} is neither a path that is there nor a source that is understood: {_expected()}")


def _two_files(text: str) -> SourceSpec:
    """`LEFT,RIGHT`."""
    parts = [Path(part) for part in text.split(",")]
    if len(parts) == 2 and any(is_pattern(str(part)) and not part.exists() for part in parts):
        return _two_patterns(text, parts)
    suffixes = {part.suffix.lower() for part in parts}
    if len(parts) == 2 and suffixes <= set(IMAGE_SUFFIXES):
        return SourceSpec(text=text, kind="image-pair", paths=tuple(parts))
    if len(parts) == 2 and suffixes <= set(VIDEO_SUFFIXES):
        return SourceSpec(text=text, kind="video-pair", paths=tuple(parts))
    raise ConfigError(
        f"{text!r} is not LEFT,RIGHT with two pictures ({' '.join(IMAGE_SUFFIXES)}) or two videos "
        f"({' '.join(VIDEO_SUFFIXES)}); a folder with a comma in its name must exist"
    )


def _two_patterns(text: str, parts: list[Path]) -> SourceSpec:
    """Two names with wildcards."""
    alone = [part for part in parts if not is_pattern(str(part))]
    if alone:
        raise ConfigError(f"{text!r}: {alone[0]} holds no wildcard and the other view does; write both as patterns")
    return SourceSpec(text=text, kind="pattern-pair", paths=tuple(parts))


def _world(text: str, rest: str) -> WorldSpec:
    """`NAME?seed=1&frames=200`."""
    name, _, query = rest.partition("?")
    if not name:
        raise ConfigError(f"{text!r} names no world; write worlds:NAME?seed=1&frames=200")
    given = parse_qsl(query, keep_blank_values=True)
    values = {key: _world_value(text, key, value) for key, value in given}
    if len(values) < len(given):
        raise ConfigError(f"{text!r} gives one number twice; give each once")
    return WorldSpec(name=name, **values)


def _world_value(text: str, key: str, value: str) -> Any:
    """What a word after the `?` says; names are looked up when the world is opened."""
    if key not in _KNOWN:
        raise ConfigError(f"{text!r}: unknown {key!r}; known: {', '.join(_KNOWN)}")
    if key == "weather":
        words = tuple(value.split(","))
        if not all(words):
            raise ConfigError(f"{text!r}: weather={value} must be names with commas between, like weather=day,night")
        return words
    if key in _WORDS:
        if not value:
            raise ConfigError(f"{text!r}: {key}= names nothing; write {key}=NAME, or leave it out")
        return value
    return _rate(text, value) if key == "rate" else _number(text, key, value)


def _rate(text: str, value: str) -> float:
    """Frames a second: above 0, at most 10,000."""
    if not (re.fullmatch(r"[0-9]{1,5}(\.[0-9]{1,6})?", value) and 0 < float(value) <= 10_000):
        raise ConfigError(f"{text!r}: rate={value} must be a number above 0 and at most 10000, like rate=12.5")
    return float(value)


def _number(text: str, key: str, value: str) -> int:
    """A whole number: 0 or more for a seed, 1 or more for the others."""
    least = 0 if key == "seed" else 1
    if not (value.isascii() and value.isdecimal() and int(value) >= least):
        raise ConfigError(f"{text!r}: {key}={value} must be a whole number of at least {least}")
    if key == "samples" and int(value) > _LARGEST_SAMPLES:
        raise ConfigError(f"{text!r}: samples={value} must be at most {_LARGEST_SAMPLES} along each axis")
    return int(value)


def _expected() -> str:
    return "FOLDER, LEFT,RIGHT, worlds:NAME?seed=1&frames=200, VIDEO, sbs:VIDEO, camera:N, rtsp://..."
