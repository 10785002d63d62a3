"""Convert a public checkpoint to safetensors, checked against the network it claims to be.

FILE is a state dict saved by torch, a safetensors file, or for --from npz named arrays. Nothing in it is run. Names and
shapes must be those of the published network; FILE's SHA-256 and the licence you state are kept in the result.

  wilddepth convert madnet2.pth --from madnet2 --licence unknown --out madnet2.safetensors
  wilddepth convert encoder.pth --from monodepth2 --licence "non-commercial" --out encoder.safetensors
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

from wilddepth.cli.common import ScreenOptions
from wilddepth.cli.screen import finish
from wilddepth.cli.words import flagged, positional


@dataclass(frozen=True, kw_only=True)
class Options(ScreenOptions):
    """What is converted.

    Attributes:
        file: the checkpoint.
        kind: the KIND of network and program FILE comes from.
        out: the .safetensors file to make; one that is there is refused without --overwrite.
        licence: the terms of the weights as the page they come from states them; unknown where it states none.
        source: that page.
        overwrite: replace the file in --out.
    """

    file: Annotated[str, "FILE"] = positional()
    kind: Literal["madnet2", "stereonet", "torchvision-resnet", "monodepth2", "npz"] = flagged("--from")
    out: Annotated[Path, "FILE"]
    licence: Annotated[str, "TEXT"]
    source: Annotated[str, "URL"] = ""
    overwrite: bool = False


def run(options: Options) -> None:
    """Convert, and say what it is and what is known about its licence; with --dry-run everything but the writing."""
    from wilddepth.verbs.convert import convert

    result = convert(
        options.file,
        kind=options.kind,
        out=options.out,
        licence=options.licence,
        source=options.source,
        overwrite=options.overwrite,
        dry_run=options.dry_run,
    )
    done = "would be written to" if options.dry_run else "written to"
    ending = (
        f"{result['network']}: {result['tensors']} tensors, {result['parameters']} parameters, {done} {result['out']}\n"
        f"SHA-256 of {options.file}: {result['sha256']}\n"
        f"licences of public checkpoints differ; you stated {options.licence!r}. Known here: {result['licence_note']}"
    )
    finish(options, result, ending)
