"""Adapt to an unknown domain on built-in data, and show before and after.

A few minutes on two cores; nothing is downloaded. DIR gets report.html with pictures and numbers. --quick only shows
within about a minute that everything runs.

  wilddepth demo
  wilddepth demo --quick --out ./quick
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from wilddepth.cli.adapt import summary
from wilddepth.cli.common import FolderOptions, MachineOptions, ScreenOptions, planned
from wilddepth.cli.screen import finish, progress, say
from wilddepth.plain import dump_yaml

QUICK = "this was the quick demo: smaller and fewer pictures and steps; the whole one is: wilddepth demo"


@dataclass(frozen=True, kw_only=True)
class Options(FolderOptions, MachineOptions, ScreenOptions):
    """What is shown.

    Attributes:
        out: folder for the results; a non-empty one is refused without --overwrite or --resume.
        quick: smaller and fewer pictures and steps; what it gains is not what the whole demo gains.
    """

    out: Annotated[Path, "DIR"] = Path("wilddepth-demo")
    quick: bool = False


def run(options: Options) -> None:
    """Run the demo, and say what to look at and what to type next."""
    if options.dry_run:
        say(dump_yaml(planned("demo", options)))
        return
    from wilddepth.verbs.demo import demo

    result = demo(
        out=options.out,
        quick=options.quick,
        overwrite=options.overwrite,
        resume=options.resume,
        device=options.device,
        precision=options.precision,
        compile_network=options.compile,
        seed=options.seed,
        threads=options.threads,
        say=progress(options),
    )
    look = f"look at {options.out / 'report.html'}"
    more = "next, with your own pairs: wilddepth adapt ./PAIRS --out ./adapted"
    finish(options, result, "\n".join((*([QUICK] if options.quick else []), summary(result), look, more)))
