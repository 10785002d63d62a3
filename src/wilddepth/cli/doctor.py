"""Is this input fit for use? Rows, sides, brightness, frozen frames, calibration.

One finding a line: what it is, how many pairs show it, and what mends it. Status 0 when the pairs are fit for use, 2
when there is something to mend first.

  wilddepth doctor ./pairs
  wilddepth doctor ./pairs --out ./doctor --json findings.json
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

from wilddepth.cli.common import ScreenOptions, SourceOptions, planned
from wilddepth.cli.screen import finish, progress, say
from wilddepth.errors import SampleError
from wilddepth.plain import Range, dump_yaml


@dataclass(frozen=True, kw_only=True)
class Options(SourceOptions, ScreenOptions):
    """What is looked at, and what is written.

    Attributes:
        measure: so many pairs, evenly spread, are looked at wholly; black, frozen and repeated frames are looked for in
            all.
        out: folder for a picture of each finding, the numbers, and the list of pairs that are fit; a non-empty one is
            refused without --overwrite.
        overwrite: replace the results of an earlier run in --out; files of other origin are left alone.
    """

    measure: Annotated[int, "N", Range(1)] = 24
    out: Annotated[Path | None, "DIR"] = None
    overwrite: bool = False


def run(options: Options) -> None:
    """Look, and print the findings.

    Raises:
        SampleError: when there is a fault; the findings have been printed and written by then.
    """
    if options.dry_run:
        say(dump_yaml(planned("doctor", options)))
        return
    from wilddepth.verbs.doctor import doctor

    result = doctor(
        options.source,
        out=options.out,
        layout=options.layout,
        split=options.split,
        limit=options.limit,
        measure=options.measure,
        overwrite=options.overwrite,
        say=progress(options),
    )
    written = () if options.out is None else (f"pictures and fit.txt are in {options.out}",)
    finish(options, result, "\n".join((report(result), *written)))
    faults = [finding for finding in result["findings"] if finding["level"] == "fault"]
    if faults:
        codes = ", ".join(finding["code"] for finding in faults)
        raise SampleError(f"{options.source} is not fit for use ({codes}); mend this first: {faults[0]['command']}")


def report(result: Mapping[str, Any]) -> str:
    """One finding a line, and the verdict."""
    lines = [line for finding in result["findings"] for line in _lines(finding)]
    looked = f"{_pairs(result['frames_looked_at'])} looked at, {result['pairs_measured']} of them wholly"
    verdict = "fit for use" if result["fit"] else "not fit for use"
    return "\n".join((*lines, f"{verdict} ({looked}, {result['seconds']:.1f} s)"))


def _lines(finding: Mapping[str, Any]) -> list[str]:
    count, of = len(finding["keys"]), finding["looked_at"]
    shown = f"{finding['level']:<8}{finding['code']}: {finding['text']}; {count} of {_pairs(of)}"
    return [shown] if finding["command"] is None else [shown, f"{'':8}-> {finding['command']}"]


def _pairs(count: int) -> str:
    return "1 pair" if count == 1 else f"{count} pairs"
