"""The command that mends a finding."""

import shlex
from pathlib import Path

from wilddepth.checks.summary import SourceFinding
from wilddepth.sources.folder import FolderSource
from wilddepth.sources.source import Source

RECTIFIED, ADAPTED, REPORT = "./rectified", "./adapted", "./doctor"


def mend(finding: SourceFinding, scenes: Source, out: Path | str | None) -> str | None:
    """What to type next; None where there is nothing to mend."""
    source = shlex.quote(scenes.text.removesuffix(" (training)"))
    match finding.code:
        case "rows":
            return rectify_command(scenes.text)
        case "intrinsics":
            return f"give the calibration of these images, or {rectify_command(scenes.text)}"
        case "swapped":
            return swap_command(scenes)
        case "exposure" | "colour":
            return f"wilddepth adapt {source} --signal proxy --out {ADAPTED}"
        case "blank" | "frozen" | "duplicate" | "one-view-twice" | "blur":
            return _without_them(source, finding, out)
        case "unmatched":
            return None if out is not None else f"wilddepth doctor {source} --out {REPORT}"
        case "grey" if finding.level == "warning":
            return "take both views with cameras of one kind, or store both as grey"
    return None


def rectify_command(source: str) -> str:
    """Rows made to match."""
    return f"wilddepth rectify {shlex.quote(source)} --calib CALIBRATION --out {RECTIFIED}"


def swap_command(scenes: Source) -> str:
    """Left and right exchanged, by the way they are stored."""
    if not isinstance(scenes, FolderSource):
        return "exchange the views where they are made"
    first = scenes.files[0]
    left, right = (shlex.quote(str(path)) for path in (first.left, first.right))
    if scenes.layout == "files":
        return f"wilddepth doctor {right},{left}"
    places = [shlex.quote(str(path.parent)) for path in (first.left, first.right)]
    if places[0] == places[1]:
        return f"exchange the names of left and right pictures, as {left} and {right}"
    return f"mv {places[0]} {places[0]}.was && mv {places[1]} {places[0]} && mv {places[0]}.was {places[1]}"


def _without_them(source: str, finding: SourceFinding, out: Path | str | None) -> str:
    if finding.level != "fault":
        return f"leave them out: {', '.join(finding.keys[:4])}{' ...' if len(finding.keys) > 4 else ''}"
    if out is None:
        return f"wilddepth doctor {source} --out {REPORT}, which lists the pairs that are fit"
    return f"wilddepth adapt {source} --split {shlex.quote(str(Path(out) / 'fit.txt'))} --out {ADAPTED}"
