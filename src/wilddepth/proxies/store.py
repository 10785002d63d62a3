"""Labels in a folder: maps that other tools read, with the pair and the settings that each was made from.

manifest.json disparity/KEY.png confidence/KEY.png right/disparity/KEY.png right/confidence/KEY.png records/KEY.json

The manifest says once for all how labels were made, the record of a pair what it was made from. A record is written
last and removed first: where it is, the maps are whole. Any number of processes may write to one folder, each pair
under a claim that dies with its process.
"""

import hashlib
import json
from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import UInt8

from wilddepth.errors import ConfigError, OutputError, SampleError
from wilddepth.formats.atomic import write_text
from wilddepth.formats.confidence_png import read_confidence, write_confidence
from wilddepth.formats.content import text
from wilddepth.formats.disparity_png import LARGEST_KITTI_DISPARITY, read_kitti_disparity, write_kitti_disparity
from wilddepth.formats.lock import claimed, in_use
from wilddepth.formats.pfm import read_disparity, write_pfm
from wilddepth.plain import build, differences, dump_json
from wilddepth.proxies.algorithm import VERSION, Algorithm, Labels
from wilddepth.proxies.fusion import Fused

MANIFEST = "manifest.json"
RECORDS, CLAIMS = "records", ".claims"
VIEWS = ("", "right/")
CONTENTS = ("disparity", "confidence", "right", RECORDS, CLAIMS, MANIFEST)
"""What a store writes; the manifest last: until all else is gone the folder can be seen to hold labels."""
FORMAT = 1
MEANING = {
    "disparity/KEY.png": "left view, 16 bits, px = v / 256, 0 = none; as .pfm (px, infinite = none) where that cannot "
    "hold a map: negative values, or more than 255.99 px",
    "confidence/KEY.png": "left view, 16 bits, confidence = v / 65535, 0 where there is no label",
    "right/...": "the same of the right view; its column x matches the left column x + d",
    "records/KEY.json": "what the labels of a pair were made from; written last",
}


@dataclass(frozen=True)
class Record:
    """What the labels of one pair were made from.

    Attributes:
        key: of the pair.
        digest: of its pixels and of where the search began (see `pair_digest`).
        files: name in the folder -> bytes.
        stamp: the files of the pair with size and time of change, as a quick sign that they are the same; may be empty.
        known: what else is known: rows, columns, doffs (px), focal length (px), baseline (m), share of pixels labelled.
    """

    key: str
    digest: str
    files: Mapping[str, int]
    stamp: Mapping[str, str] = field(default_factory=dict)
    known: Mapping[str, float | None] = field(default_factory=dict)


def pair_digest(left: UInt8[np.ndarray, "h w 3"], right: UInt8[np.ndarray, "h w 3"], lowest: int = 0) -> str:
    """SHA-256 of all that labels depend on but the settings, in hexadecimal: both views, and where the search begins.

    Focal length and baseline do not enter: disparity does not depend on them.
    """
    digest = hashlib.sha256(f"{left.shape} {right.shape} {lowest};".encode())
    for view in (left, right):
        digest.update(np.ascontiguousarray(view).data)
    return digest.hexdigest()


class LabelStore:
    """A folder of labels.

    Attributes:
        path: the folder.
        made_by: name, settings and version of the algorithm, as the manifest holds them.
    """

    def __init__(self, path: Path, made_by: Mapping[str, Any]) -> None:
        self.path, self.made_by = path, made_by

    @classmethod
    def create(cls, path: Path | str, maker: Algorithm) -> "LabelStore":
        """The store in a folder, begun there if there is none yet.

        Raises:
            ConfigError: when the folder holds labels made with other settings.
            SampleError: when its manifest is damaged.
            OutputError: when it cannot be written.
        """
        folder = Path(path)
        if (folder / MANIFEST).is_file():
            return cls.open(folder, maker)
        told = {"format": FORMAT, **maker.plain(), "digest": maker.digest(), "files": MEANING}
        write_text(folder / MANIFEST, dump_json(told) + "\n")
        return cls(folder, maker.plain())

    @classmethod
    def open(cls, path: Path | str, expected: Algorithm | str | None = None) -> "LabelStore":
        """The store in a folder.

        Args:
            path: the folder.
            expected: what the labels should have been made with: an algorithm with all its settings, or the name of
                one; None = whatever they were made with.

        Raises:
            SampleError: when the folder holds no labels, or its manifest is damaged.
            ConfigError: when they were made with other settings or another version.
        """
        folder = Path(path)
        if not (folder / MANIFEST).is_file():
            raise SampleError(
                f"{folder} holds no labels (no {MANIFEST}); make some: wilddepth proxies SOURCE --out DIR"
            )
        tree = _json(folder / MANIFEST)
        made_by = {key: tree.get(key) for key in ("algorithm", "settings", "version")}
        if tree.get("format") != FORMAT or not isinstance(made_by["algorithm"], str):
            raise SampleError(f"{folder / MANIFEST} is damaged or of another version; make the labels again")
        wanted = _wanted(expected)
        differing = differences({key: made_by[key] for key in wanted}, wanted)
        if differing:
            raise ConfigError(
                f"{folder} holds labels made with other settings ({_told(differing, made_by, wanted)}); "
                "ask for the same, or choose another folder"
            )
        return cls(folder, made_by)

    def claim(self, key: str) -> AbstractContextManager[bool]:
        """Hold a pair while the block runs; False where another process is at it. See `formats.lock.claimed`."""
        return claimed(self.path / CLAIMS / f"{key}.lock")

    def find(self, key: str) -> Record | None:
        """The record of a pair, if its labels are there whole."""
        try:
            record = build(Record, _json(self.path / RECORDS / f"{key}.json"))
        except (SampleError, ConfigError):
            return None
        return record if all(_bytes(self.path / name) == size for name, size in record.files.items()) else None

    def read(self, key: str, digest: str) -> Labels:
        """The labels of both views of a pair.

        Raises:
            SampleError: when there are none, they are damaged, or they were made from other images.
        """
        record = self.find(key)
        again = "make them (again): wilddepth proxies SOURCE --resume --out DIR"
        if record is None:
            raise SampleError(f"{self.path} has no whole labels for {key}; {again}")
        if record.digest != digest:
            raise SampleError(
                f"the labels of {key} in {self.path} belong to other images (digest {record.digest[:12]}, not "
                f"{digest[:12]}); name the folder that was made from these, or {again}"
            )
        left, right = (self._read_view(view, key) for view in VIEWS)
        return left, right

    def write(
        self,
        key: str,
        labels: Labels,
        digest: str,
        *,
        stamp: Mapping[str, str] | None = None,
        known: Mapping[str, float | None] | None = None,
    ) -> Record:
        """Keep the labels of both views of a pair, in the place of earlier ones.

        Args:
            key: of the pair.
            labels: of both views.
            digest: of the pair; see `pair_digest`.
            stamp: see `Record`.
            known: see `Record`.

        Raises:
            OutputError: when they cannot be written.
        """
        self.drop(key)
        names = [name for view, label in zip(VIEWS, labels, strict=True) for name in self._write_view(view, key, label)]
        record = Record(key, digest, {name: _bytes(self.path / name) for name in names}, stamp or {}, known or {})
        self.write_record(record)
        return record

    def write_record(self, record: Record) -> None:
        """Say that the labels of a pair are whole.

        Raises:
            OutputError: when it cannot be written.
        """
        write_text(self.path / RECORDS / f"{record.key}.json", dump_json(record) + "\n")

    def drop(self, key: str) -> bool:
        """Forget the labels of a pair, the record first; whether there was one.

        Raises:
            OutputError: when a file cannot be removed.
        """
        record = self.path / RECORDS / f"{key}.json"
        there = record.is_file()
        maps = [self.path / f"{view}disparity/{key}{end}" for view in VIEWS for end in (".png", ".pfm")]
        for path in (record, *maps):
            try:
                path.unlink(missing_ok=True)
            except OSError as error:
                raise OutputError(f"cannot replace {path}: {error.strerror}; choose another --out") from error
        return there

    def in_use(self) -> bool:
        """Whether some process is labelling a pair of this folder now."""
        return any(in_use(path) for path in (self.path / CLAIMS).rglob("*.lock"))

    def _write_view(self, view: str, key: str, label: Fused) -> list[str]:
        png = fits(label)
        names = [f"{view}disparity/{key}{'.png' if png else '.pfm'}", f"{view}confidence/{key}.png"]
        if png:
            write_kitti_disparity(self.path / names[0], label.disparity)
        else:
            write_pfm(self.path / names[0], label.disparity)
        write_confidence(self.path / names[1], label.confidence)
        return names

    def _read_view(self, view: str, key: str) -> Fused:
        png = self.path / f"{view}disparity/{key}.png"
        disparity = read_kitti_disparity(png) if png.is_file() else read_disparity(png.with_name(f"{png.stem}.pfm"))
        confidence = read_confidence(self.path / f"{view}confidence/{key}.png")
        if confidence.shape != disparity.shape:
            raise SampleError(f"{png}: disparity and confidence differ in size; make the labels again")
        return Fused(disparity, confidence)


def fits(label: Fused) -> bool:
    """Whether 16 bits can hold a map."""
    known = label.disparity[np.isfinite(label.disparity)]
    return bool(known.size == 0 or (known.min() >= 0 and known.max() <= LARGEST_KITTI_DISPARITY))


def _wanted(expected: Algorithm | str | None) -> dict[str, Any]:
    """What a manifest must say."""
    if isinstance(expected, Algorithm):
        return expected.plain()
    return {"version": VERSION} if expected is None else {"algorithm": expected, "version": VERSION}


def _told(differing: list[str], made_by: Mapping[str, Any], wanted: Mapping[str, Any]) -> str:
    """`settings.block 7, not 5`, for a few."""

    def at(tree: Any, path: str) -> Any:
        for key in path.split("."):
            tree = tree.get(key) if isinstance(tree, Mapping) else None
        return tree

    shown = differing[:1] if "algorithm" in differing else differing
    return ", ".join(f"{path} {at(made_by, path)!r}, not {at(wanted, path)!r}" for path in shown[:4])


def _json(path: Path) -> dict[str, Any]:
    """The object in a JSON file; `SampleError` where there is none."""
    try:
        tree = json.loads(text(path))
    except (ValueError, RecursionError) as error:
        raise SampleError(f"{path} is damaged ({error}); make the labels again") from error
    if not isinstance(tree, dict):
        raise SampleError(f"{path} is damaged (no object); make the labels again")
    return tree


def _bytes(path: Path) -> int:
    """The size of a file; -1 where there is none."""
    try:
        return path.stat().st_size
    except OSError:
        return -1
