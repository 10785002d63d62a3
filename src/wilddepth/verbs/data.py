"""`wilddepth data`: which data sets are understood, where they are got, and what of one is on disk."""

from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from wilddepth.data.known.catalog import DATASETS, dataset_named
from wilddepth.data.known.check import FoundPart, Inventory, take_stock
from wilddepth.data.known.dataset import Dataset


def datasets(name: str | None = None, *, folder: Path | str | None = None) -> Mapping[str, Any]:
    """What is known about data sets. Nothing is downloaded, and of a folder only names are looked at.

    Args:
        name: of one; None = all of them, or with `folder` whichever it is.
        folder: where one should be on disk.

    Returns:
        With a folder, what is there: `layout`, `parts`, `scenes`, `usable_for`, `missing` and `fetch` (both None where
        nothing is missing). Else `datasets`, one entry for each.

    Raises:
        ConfigError: for an unknown name.
        SampleError: for a folder that is missing, empty, or of no known layout.
    """
    if folder is not None:
        return inventory(take_stock(folder, name), folder)
    wanted = DATASETS.values() if name is None else [dataset_named(name)]
    return {"datasets": [known(dataset) for dataset in wanted]}


def known(dataset: Dataset) -> dict[str, Any]:
    """A data set as plain values."""
    return {**asdict(dataset), "own": dataset.own}


def inventory(found: Inventory, folder: Path | str) -> dict[str, Any]:
    """What is on disk as plain values."""
    return {
        "folder": str(folder),
        "layout": found.dataset.name,
        "title": found.dataset.title,
        "views": found.dataset.views,
        "notes": list(found.dataset.notes),
        "parts": [part_row(part) for part in found.parts],
        "scenes": None if found.scenes is None else asdict(found.scenes),
        "usable_for": found.usable_for(),
        "missing": found.missing,
        "fetch": found.fetch,
    }


def part_row(found: FoundPart) -> dict[str, Any]:
    """A part as plain values."""
    return {
        "part": found.part.name,
        "use": found.part.use,
        "files": found.files,
        "first": None if found.first is None else str(found.first),
    }
