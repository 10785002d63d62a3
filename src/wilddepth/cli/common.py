"""The flags that verbs share, as groups; a verb's `Options` inherits those it has."""

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

from wilddepth.cli.words import positional
from wilddepth.errors import ConfigError
from wilddepth.plain import Range

DEFAULT_WEIGHTS = "madnet-worlds"

Device = Literal["auto", "cpu", "cuda"]
Precision = Literal["auto", "fp32", "bf16"]


@dataclass(frozen=True, kw_only=True)
class SourceOptions:
    """What is looked at.

    Attributes:
        source: a folder of rectified pairs (left/ + right/, *_left.* + *_right.*, or a known data set), two patterns
            'A*/**.png,B*/**.png', sbs:VIDEO (or a folder) with the views side by side, LEFT.mp4,RIGHT.mp4, or
            worlds:NAME?seed=1&frames=20.
        layout: how the folder is laid out; found by looking at it if not given.
        split: the part of a data set that has named parts, e.g. training.
        limit: take only the first N pairs.
    """

    source: Annotated[str, "SOURCE"] = positional()
    layout: Annotated[str | None, "NAME"] = None
    split: Annotated[str | None, "NAME"] = None
    limit: Annotated[int | None, "N", Range(1)] = None


@dataclass(frozen=True, kw_only=True)
class FolderOptions:
    """Where results go.

    Attributes:
        out: folder for the results; a non-empty one is refused without --overwrite or --resume.
        overwrite: replace the results of an earlier run in --out; files of other origin are left alone.
        resume: go on with an interrupted run in --out.
    """

    out: Annotated[Path, "DIR"]
    overwrite: bool = False
    resume: bool = False

    def __post_init__(self) -> None:
        if self.overwrite and self.resume:
            raise ConfigError("--overwrite and --resume contradict each other; give one of them")


@dataclass(frozen=True, kw_only=True)
class MachineOptions:
    """How it is computed.

    Attributes:
        device: where to compute; auto takes CUDA where there is a GPU.
        precision: of the network; auto measures once on this machine and keeps the faster one.
        compile: compile the network first: 20 to 80 s at the start, then up to a quarter faster on CPUs.
        seed: of everything random; equal seeds on one machine give equal results.
        threads: CPU threads; all cores if not given.
    """

    device: Device = "auto"
    precision: Precision = "auto"
    compile: bool = False
    seed: Annotated[int, "N", Range(0)] = 0
    threads: Annotated[int | None, "N", Range(1)] = None


@dataclass(frozen=True, kw_only=True)
class ScreenOptions:
    """What is said.

    Attributes:
        json: also write the result to FILE, for programs.
        quiet: print nothing but errors.
        dry_run: print what would be done, and do and write nothing.
    """

    json: Annotated[Path | None, "FILE"] = None
    quiet: bool = False
    dry_run: bool = False


STEREO_VERBS = ("adapt", "evaluate", "predict", "proxies")
"""Verbs that need rectified pairs."""


def planned(verb: str, options: Any, **more: object) -> dict[str, object]:
    """What `--dry-run` prints: every option, with the source looked at, the folder asked for, and auto decided.

    Nothing is written. `more` is what only the verb knows.

    Raises:
        WildDepthError: for what the verb itself would refuse at once.
    """
    given = {key: str(value) if isinstance(value, Path) else value for key, value in asdict(options).items()}
    plan = {"verb": verb, **{key: value for key, value in given.items() if key != "dry_run"}, **more}
    if given.get("out") is not None:
        from wilddepth.engine.run import RunFolder

        RunFolder.check(given["out"], overwrite=options.overwrite, resume=getattr(options, "resume", False))
    if isinstance(options, SourceOptions):
        plan |= _looked_at(options, stereo=verb in STEREO_VERBS)
    if not hasattr(options, "device"):
        return plan
    from wilddepth.engine.device import choose_device

    return {**plan, "device": str(choose_device(options.device))}


def _looked_at(options: SourceOptions, *, stereo: bool) -> dict[str, object]:
    from wilddepth.sources.open import open_source

    scenes = open_source(
        options.source, layout=options.layout, split=options.split, limit=options.limit, with_truth=False
    )
    if stereo:
        scenes.check_pairs()
    return {"layout": scenes.layout, "found": scenes.describe(), "pairs": len(scenes)}
