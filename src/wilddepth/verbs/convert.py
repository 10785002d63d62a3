"""`wilddepth convert`: a public checkpoint, checked and renamed, as a safetensors file."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from wilddepth import __version__
from wilddepth.engine.checkpoint import save_tensors
from wilddepth.engine.convert import converted
from wilddepth.engine.public import read_public
from wilddepth.engine.published import NOTES, Kind
from wilddepth.errors import ConfigError, OutputError


def convert(
    file: Path | str,
    *,
    kind: Kind,
    out: Path | str,
    licence: str,
    source: str = "",
    overwrite: bool = False,
    dry_run: bool = False,
) -> Mapping[str, Any]:
    """Check a public checkpoint against the network it claims to be, and write it as safetensors under stable names.

    Args:
        file: a state dict of torch (`.pth`, `.pt`), a safetensors file, or for "npz" named arrays of MADNet or
            DispNetC. Nothing in it is run.
        kind: where it comes from: "madnet2", "stereonet", "torchvision-resnet", "monodepth2" (one of its four files)
            or "npz".
        out: the `.safetensors` file to make; its metadata hold network, kind, name and SHA-256 of the file, licence and
            source.
        licence: the terms of the weights, as the page they come from states them; "unknown" where it states none.
        source: that page.
        overwrite: replace `out` where it is there.
        dry_run: check everything and write nothing.

    Returns:
        Network, number of tensors and parameters, names left out, SHA-256, what is known about licences.

    Raises:
        ConfigError: for an `out` of another ending or an empty licence.
        OutputError: when `out` is there or cannot be written.
        SampleError, WeightsError: for a file that cannot be used; names and shapes that differ are listed in one error.
    """
    target = Path(out)
    if target.suffix != ".safetensors":
        raise ConfigError(f"{target} must end in .safetensors; choose another --out")
    if not licence.strip():
        raise ConfigError('the licence is empty; give what the page of the weights states, or "unknown"')
    if target.exists() and not overwrite:
        raise OutputError(f"{target} is there; give --overwrite or another --out")
    state = read_public(Path(file))
    found = converted(state, kind, Path(file))
    told = {
        **found.metadata(),
        "converted_from": kind,
        "file": Path(file).name,
        "sha256": state.digest,
        "licence": licence,
        "source": source,
        "wilddepth": __version__,
    }
    if not dry_run:
        save_tensors(target, found.tensors, told)
    return {
        "network": found.network,
        "tensors": len(found.tensors),
        "parameters": sum(value.numel() for name, value in found.tensors.items() if ".running_" not in name),
        "unused": list(found.unused),
        "sha256": state.digest,
        "licence": licence,
        "licence_note": NOTES[kind],
        "out": str(target),
    }
