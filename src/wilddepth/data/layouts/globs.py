"""Pairs of any naming, given as two patterns: `DIR/cam_l/**/*.png,DIR/cam_r/**/*.png`.

`*` and `?` stand for characters within a name, `[...]` for one of some, `**` for anything, folders included. Two
pictures are a pair when the wildcards stand for the same text in both; that text is the key. So
`left_*.png,right_*.png` pairs left_7.png and right_7.png, and nothing is ever paired by its place in a list.
"""

import os
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from wilddepth.data.layouts.layout import SceneFiles, StoredFile
from wilddepth.data.layouts.listing import file_or_none, natural
from wilddepth.data.layouts.tracks import counted
from wilddepth.errors import SampleError
from wilddepth.formats.calibration.detect import read_calibration
from wilddepth.formats.image import IMAGE_SUFFIXES

_WILDCARD = re.compile(r"\*\*/|\*+|\?|\[!?\]?[^\]/]*\]")
_SHOWN = 3


def is_pattern(text: str) -> bool:
    """Whether the words hold a wildcard."""
    return _WILDCARD.search(text) is not None


def pattern_pairs(left: str, right: str) -> Sequence[SceneFiles]:
    """The pairs that two patterns name, in natural order of their keys.

    One `calib.txt` serves all pairs where it is in the folder that both patterns begin in.

    Raises:
        SampleError: when a pattern fits no picture, or pictures of one view have no partner.
    """
    views = [_matched(pattern) for pattern in (left, right)]
    _check_partners(views, (left, right))
    shared = Path(os.path.commonpath([_start(left).absolute(), _start(right).absolute()]))
    path = file_or_none(shared / "calib.txt")
    calibration = StoredFile(path, read_calibration) if path else None
    ours, theirs = views
    scenes = [
        SceneFiles(key=key, left=ours[key], right=theirs[key], calibration=calibration)
        for key in sorted(ours, key=natural)
    ]
    return counted(scenes)


def _matched(pattern: str) -> Mapping[str, Path]:
    """Key -> picture."""
    fitting = re.compile(_expression(pattern), re.DOTALL)
    found: dict[str, Path] = {}
    for path in _pictures(_start(pattern)):
        match = fitting.fullmatch(path.as_posix())
        if match is None:
            continue
        key = _key(match.groups())
        if key in found:
            raise SampleError(
                f"{found[key]} and {path} both fit {pattern} with the same text {key!r}; narrow the pattern"
            )
        found[key] = path
    if not found:
        raise SampleError(f"{pattern} fits no picture ({' '.join(IMAGE_SUFFIXES)}); check the pattern, and quote it")
    return found


def _key(texts: tuple[str | None, ...]) -> str:
    """What the wildcards stand for, as a name that can be a file's."""
    parts = [part.strip("/") for part in texts if part and part.strip("/")]
    return "/".join(parts) or "pair"


def _expression(pattern: str) -> str:
    """The pattern as a regular expression with a group for each wildcard."""
    plain = Path(pattern).as_posix()
    expression, done = "", 0
    for found in _WILDCARD.finditer(plain):
        expression += re.escape(plain[done : found.start()]) + _group(found[0])
        done = found.end()
    return expression + re.escape(plain[done:])


def _group(wildcard: str) -> str:
    if wildcard == "**/":
        return "(?:(.*)/)?"
    if wildcard.startswith("**"):
        return "(.*)"
    if wildcard in "*?":
        return "([^/]*)" if wildcard == "*" else "([^/])"
    inner = wildcard[1:-1]
    negated, inner = ("^/", inner[1:]) if inner.startswith("!") else ("", inner)
    return f"([{negated}{re.escape(inner).replace(chr(92) + '-', '-')}])"


def _start(pattern: str) -> Path:
    """The folder above the first wildcard."""
    return Path(_WILDCARD.split(Path(pattern).as_posix(), maxsplit=1)[0] + "x").parent


def _pictures(folder: Path) -> Iterator[Path]:
    """All pictures in a folder and below, hidden ones left out.

    Raises:
        SampleError: when the folder is not there.
    """
    if not folder.is_dir():
        raise SampleError(f"{folder} does not exist or is no folder; check the pattern")
    for place, folders, files in os.walk(folder):
        folders[:] = [name for name in folders if not name.startswith(".")]
        for name in files:
            if not name.startswith(".") and Path(name).suffix.lower() in IMAGE_SUFFIXES:
                yield Path(place, name)


def _check_partners(views: Sequence[Mapping[str, Path]], patterns: tuple[str, str]) -> None:
    """Refuse pictures without a partner."""
    for ours, theirs, side in ((views[0], views[1], "right"), (views[1], views[0], "left")):
        alone = [key for key in ours if key not in theirs]
        if alone:
            shown = ", ".join(repr(key) for key in sorted(alone, key=natural)[:_SHOWN])
            raise SampleError(
                f"{ours[alone[0]]} has no {side} picture: {len(views[0])} fit {patterns[0]} and {len(views[1])} fit "
                f"{patterns[1]}, and the wildcards stand for {shown} ({len(alone)} such in all) on one side only; "
                f"rename the pictures, or narrow the patterns, until they stand for the same text in both"
            )
