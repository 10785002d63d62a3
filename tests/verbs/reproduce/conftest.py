"""The tiny table, its data and a finished run of it."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from tiny import quick_labels, write_pairs
from tiny_table import CLAIMS, PART, PLAN, ROWS, run
from wilddepth.proxies.algorithm import ALGORITHMS, Algorithm, Maker
from wilddepth.proxies.fusion import ProxySettings
from wilddepth.tables.catalog import TABLES
from wilddepth.tables.proxies import PROXIES
from wilddepth.tables.table import Column, PairsChart, Scale, Start, Table


@pytest.fixture(scope="session")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with one data set: planes of 6, 6 and 9 px."""
    folder = tmp_path_factory.mktemp("data")
    write_pairs(folder / "kitti", (6, 6, 9), truth=True, width=96)
    return folder


@pytest.fixture(autouse=True)
def tiny_table(monkeypatch: pytest.MonkeyPatch, weights: Path) -> Table:
    """The table `tiny`, whose labels take no time."""
    monkeypatch.setitem(ALGORITHMS, "trio", Maker(ProxySettings, quick_labels, "quick"))
    monkeypatch.setitem(PROXIES, "sgm", Algorithm("trio", ProxySettings()))  # type: ignore[arg-type]
    starts = {"network": Start(str(weights), "madnet-flying"), "other": Start("nowhere-to-be-found", "madnet-flying")}
    table = Table(
        "tiny",
        "A tiny table",
        "nobody, nowhere",
        (Column("target", "epe", "target MAE"), Column("similar", "epe", "similar MAE")),
        ROWS,
        {"mini": Scale((PART,), PLAN, starts, ("All of it is tiny.",))},
        CLAIMS,
        chart=PairsChart("By pairs", "target/epe", ("a", "one", "b"), "tuned", ("g",)),
    )
    monkeypatch.setitem(TABLES, "tiny", table)  # type: ignore[arg-type]
    return table


@pytest.fixture(scope="session")
def whole(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    return {"folder": tmp_path_factory.mktemp("runs") / "whole"}


@pytest.fixture
def finished(whole: dict[str, Any], data: Path) -> tuple[Path, Mapping[str, Any]]:
    """A run with two seeds, made once."""
    if "result" not in whole:
        whole["result"] = run(whole["folder"], data, seeds=2)
    return whole["folder"], whole["result"]
