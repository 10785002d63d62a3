"""A table of a few rows on three pairs, of four steps each, for the tests of `wilddepth reproduce`."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import wilddepth
from wilddepth.engine.checkpoint import load_tensors
from wilddepth.tables.catalog import TABLES
from wilddepth.tables.table import Claim, Part, Pick, Plan, Row, Table

STEPS = 4
PLAN = Plan(steps=STEPS, batch=2, height=64, width=64, learning_rate=4e-4, average=0.5, checkpoint_every=2)
LEARN = (Pick("{data}/kitti", keys=("000000_10", "000001_10")),)
OTHER = (Pick("{data}/kitti", keys=("000002_10",)),)
PART = Part("planes", "tiny planes", LEARN, {"target": LEARN, "similar": OTHER}, OTHER, submission=OTHER)
ROWS = (
    Row("a", "No adaptation", published={"target/epe": 1.5}),
    Row("g", "With proxies", "confidence-guided", {"label": "sgm"}, ("sgm",), published={"target/epe": 0.5}),
    Row("b", "Tuned", "supervised", {}, (), "labelled"),
    Row("one", "One labelled pair", "supervised", {}, (), "learn", 1),
    Row("k", "Of other weights", "confidence-guided", {"label": "sgm"}, ("sgm",), start="other"),
)
CLAIMS = (
    Claim("proxies beat no adaptation", ("g",), ("a",), "target/epe"),
    Claim("no adaptation beats proxies", ("a",), ("g",), "target/epe"),
)


def with_scale(monkeypatch: pytest.MonkeyPatch, table: Table, **changes: Any) -> None:
    """The table with another scale."""
    scale = replace(table.scales["mini"], **changes)
    monkeypatch.setitem(TABLES, "tiny", replace(table, scales={"mini": scale}))  # type: ignore[arg-type]


def run(out: Path, data: Path, **more: Any) -> Mapping[str, Any]:
    return wilddepth.reproduce(
        "tiny", out=out, data=data, **{"rows": ("a", "g"), "device": "cpu", "threads": 1, **more}
    )


def weights_of(folder: Path, row: str = "g", seed: int = 0) -> dict[str, Any]:
    return load_tensors(folder / f"rows/{row}/seed-{seed}/planes/weights.safetensors")[0]


def numbers(result: Mapping[str, Any], row: str, seed: int = 0) -> Mapping[str, float]:
    return result["rows"][row][seed]["parts"]["planes"]["numbers"]
