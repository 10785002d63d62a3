"""Depth or disparity with confidence for rectified pairs.

For each pair DIR gets the disparity, a picture of it in colour, the confidence from left-right consistency, and the
depth in metres where the calibration is known. Images may have any size.

  wilddepth predict ./pairs --out ./depth
  wilddepth predict ./pairs --out ./depth --weights ./adapted --format pfm
"""

from dataclasses import dataclass
from typing import Annotated, Literal

from wilddepth.cli.common import DEFAULT_WEIGHTS, FolderOptions, MachineOptions, ScreenOptions, SourceOptions, planned
from wilddepth.cli.screen import finish, progress, say
from wilddepth.plain import Range, dump_yaml


@dataclass(frozen=True, kw_only=True)
class Options(SourceOptions, FolderOptions, MachineOptions, ScreenOptions):
    """What is predicted.

    Attributes:
        weights: a packaged name, a safetensors file or the folder of a run.
        enlarge: enlarge pictures so many times before the network sees them (1 to 4): finer disparities for up to the
            square of the time; as the weights say if not given.
        format: of the disparity: png is 16-bit with 256 steps a pixel (0 = none), pfm is 32-bit float.
    """

    weights: Annotated[str, "NAME|FILE|DIR"] = DEFAULT_WEIGHTS
    enlarge: Annotated[float | None, "X", Range(1, 4)] = None
    format: Literal["png", "pfm"] = "png"


def run(options: Options) -> None:
    """Predict, and say where the results are."""
    if options.dry_run:
        say(dump_yaml(planned("predict", options)))
        return
    from wilddepth.verbs.predict import predict

    result = predict(
        options.source,
        layout=options.layout,
        split=options.split,
        limit=options.limit,
        weights=options.weights,
        enlarge=options.enlarge,
        out=options.out,
        overwrite=options.overwrite,
        resume=options.resume,
        file_format=options.format,
        device=options.device,
        precision=options.precision,
        compile_network=options.compile,
        seed=options.seed,
        threads=options.threads,
        say=progress(options),
    )
    skipped = f", {result['skipped']} were there" if result["skipped"] else ""
    finish(options, result, f"{result['pairs']} pairs predicted{skipped}; the results are in {options.out}")
