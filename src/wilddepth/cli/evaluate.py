"""Score weights or stored predictions under a named protocol.

Prints one row for each image and the mean, with the protocol; --json writes the same for programs.

  wilddepth evaluate ./kitti2015 --weights madnet-worlds --json scores.json
  wilddepth evaluate ./kitti2015 --predictions ./depth --protocol kitti2015-noc
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from wilddepth.cli.common import DEFAULT_WEIGHTS, MachineOptions, Precision, ScreenOptions, SourceOptions, planned
from wilddepth.cli.screen import finish, progress, say
from wilddepth.errors import ConfigError
from wilddepth.plain import Range, dump_yaml


@dataclass(frozen=True, kw_only=True)
class Options(SourceOptions, MachineOptions, ScreenOptions):
    """What is scored.

    Attributes:
        weights: a packaged name, a safetensors file or the folder of a run; the packaged weights if neither this nor
            --predictions is given.
        predictions: folder of disparities, named like the left images, to be scored instead of weights.
        protocol: how to measure; the layout's own if not given.
        out: folder for the numbers and an error map of each image; a non-empty one is refused without --overwrite.
        overwrite: replace the results of an earlier run in --out; files of other origin are left alone.
        confidence: also score how sure the weights are of each pixel (AUC, AUSE, calibration); twice the time. Saved
            predictions are scored with the confidences beside them in any case.
        enlarge: enlarge pictures so many times before the network sees them (1 to 4): finer disparities for up to the
            square of the time; as the weights say if not given.
        precision: of the network; float32 unless asked for, so that weights score alike on every CPU.
    """

    weights: Annotated[str | None, "NAME|FILE|DIR"] = None
    predictions: Annotated[Path | None, "DIR"] = None
    protocol: Annotated[str | None, "NAME"] = None
    out: Annotated[Path | None, "DIR"] = None
    overwrite: bool = False
    confidence: bool = False
    enlarge: Annotated[float | None, "X", Range(1, 4)] = None
    precision: Precision = "fp32"

    def __post_init__(self) -> None:
        if self.weights is not None and self.predictions is not None:
            raise ConfigError("--weights and --predictions are two things to score; give one of them")


def run(options: Options) -> None:
    """Score, and print the table."""
    if options.dry_run:
        say(dump_yaml(planned("evaluate", options)))
        return
    from wilddepth.verbs.evaluate import evaluate

    result = evaluate(
        options.source,
        layout=options.layout,
        split=options.split,
        limit=options.limit,
        weights=None if options.predictions else options.weights or DEFAULT_WEIGHTS,
        predictions=options.predictions,
        protocol=options.protocol,
        out=options.out,
        overwrite=options.overwrite,
        confidence=options.confidence,
        enlarge=options.enlarge,
        device=options.device,
        precision=options.precision,
        compile_network=options.compile,
        seed=options.seed,
        threads=options.threads,
        say=progress(options),
    )
    finish(options, result)
