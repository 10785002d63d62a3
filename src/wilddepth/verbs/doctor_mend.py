"""The command that mends a finding."""

import shlex
from pathlib import Path

from wilddepth.checks.summary import SourceFinding
from wilddepth.sources.folder import FolderSource
from wilddepth.sources.source import Source

RECTIFIED, ADAPTED, REPORT = "./rectified", "./adapted", "./doctor"


def mend(
    finding: SourceFinding, scenes: Source, source: str, *, split: str | None = None, out: Path | str | None = None
) -> str | None:
    """What to type next; None where there is nothing to mend.

    Args:
        finding: what is wrong.
        scenes: the source, opened.
        source: the words that named it.
        split: the part of it that was looked at.
        out: where the results are written.
    """
    words = source_words(source, split)
    match finding.code:
        case "rows":
            return rectify_command(words)
        case "intrinsics":
            return f"give the calibration of these images, or {rectify_command(words)}"
        case "swapped":
            return swap_command(scenes)
        case "exposure" | "colour":
            return f"wilddepth adapt {words} --signal proxy --out {ADAPTED}"
        case "blank" | "frozen" | "duplicate" | "one-view-twice" | "blur":
            return _without_them(source, split, finding, out)
        case "unmatched":
            return None if out is not None else f"wilddepth doctor {words} --out {REPORT}"
        case "grey" if finding.level == "warning":
            return "take both views with cameras of one kind, or store both as grey"
    return None


def source_words(source: str, split: str | None = None) -> str:
    """A source as it is typed."""
    return shlex.quote(source) + ("" if split is None else f" --split {shlex.quote(split)}")


def rectify_command(words: str) -> str:
    """Rows made to match; `words` as from `source_words`."""
    return f"wilddepth rectify {words} --calib CALIBRATION --out {RECTIFIED}"


def swap_command(scenes: Source) -> str:
    """Left and right exchanged, by the way they are stored."""
    first = scenes.files[0] if isinstance(scenes, FolderSource) else None
    if first is None or first.right is None:
        return "exchange the views where they are made"
    left, right = (shlex.quote(str(path)) for path in (first.left, first.right))
    if scenes.layout == "files":
        return f"wilddepth doctor {right},{left}"
    places = [shlex.quote(str(path.parent)) for path in (first.left, first.right)]
    if places[0] == places[1]:
        return f"exchange the names of left and right pictures, as {left} and {right}"
    return f"mv {places[0]} {places[0]}.was && mv {places[1]} {places[0]} && mv {places[0]}.was {places[1]}"


def _without_them(source: str, split: str | None, finding: SourceFinding, out: Path | str | None) -> str:
    if finding.level != "fault":
        return f"leave them out: {', '.join(finding.keys[:4])}{' ...' if len(finding.keys) > 4 else ''}"
    if out is None:
        return f"wilddepth doctor {source_words(source, split)} --out {REPORT}, which lists the pairs that are fit"
    # a split that is a folder is where the listed keys begin
    place = str(Path(source) / split) if split and (Path(source) / split).is_dir() else source
    return f"wilddepth adapt {shlex.quote(place)} --split {shlex.quote(str(Path(out) / 'fit.txt'))} --out {ADAPTED}"
