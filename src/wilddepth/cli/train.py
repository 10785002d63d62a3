"""Train a network by a recipe.

RECIPE is a packaged name or a YAML file; KEY=VALUE replaces one of its values. A run that was cut off goes on with
--resume, to the same weights as if it had not been.

  wilddepth train madnet-flying --out ./run
  wilddepth train madnet-flying optimiser.clip=1.0 stages.0.steps=500 --out ./run
  wilddepth train madnet-flying --out ./run --resume
"""

from dataclasses import dataclass
from typing import Annotated, Literal

from wilddepth import recipe as recipes
from wilddepth.cli.common import Device, FolderOptions, ScreenOptions, planned
from wilddepth.cli.screen import finish, progress, say
from wilddepth.cli.words import positional
from wilddepth.plain import Range, dump_yaml, plain


@dataclass(frozen=True, kw_only=True)
class Options(FolderOptions, ScreenOptions):
    """What is trained.

    Attributes:
        recipe: a packaged recipe or a YAML file.
        overrides: values of the recipe to replace, e.g. batch=4 or stages.0.steps=500.
        weights: short for network.weights=..., where to start.
        precision: short for precision=..., of the network.
        seed: short for seed=..., of everything random.
        device: where to compute; auto takes CUDA where there is a GPU.
        threads: CPU threads; all cores if not given.
        compile: compile the network first: a minute at the start, faster afterwards.
        force: learn from the pairs of a folder although the quick look finds that their rows do not match.
    """

    recipe: Annotated[str, "RECIPE"] = positional()
    overrides: Annotated[tuple[str, ...], "KEY=VALUE"] = positional(default=())
    weights: Annotated[str | None, "NAME|FILE|DIR"] = None
    precision: Literal["fp32", "bf16"] | None = None
    seed: Annotated[int | None, "N", Range(0)] = None
    device: Device = "auto"
    threads: Annotated[int | None, "N", Range(1)] = None
    compile: bool = False
    force: bool = False


def run(options: Options) -> None:
    """Train, and say where the weights are."""
    chosen = (
        recipes.read(options.recipe)
        .with_overrides(options.overrides)
        .with_values({"network.weights": options.weights, "precision": options.precision, "seed": options.seed})
    )
    if options.dry_run:
        say(dump_yaml(planned("train", options, recipe=plain(chosen), digest=chosen.digest())))
        return
    from wilddepth.verbs.train import train

    result = train(
        chosen,
        out=options.out,
        overwrite=options.overwrite,
        resume=options.resume,
        force=options.force,
        device=options.device,
        threads=options.threads,
        compile_network=options.compile,
        say=progress(options),
    )
    finish(options, result, f"the weights are in {options.out}")
