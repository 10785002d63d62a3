"""The mean row of a data set from the rows of its images."""

from collections.abc import Mapping, Sequence

import numpy as np

from wilddepth.metrics.disparity import QUANTILES
from wilddepth.metrics.trust import TRUST
from wilddepth.protocol import Protocol

COUNTS = ("valid_pixels", "scored_pixels", "scored_bg", "scored_fg")
"""Entries of a row that count pixels; they are no metrics and have no mean."""

Row = Mapping[str, float]


def mean_row(rows: Sequence[Row], protocol: Protocol) -> dict[str, float]:
    """The mean of every metric over the images that have it: nan does not count, nan where no image has it.

    By image each image weighs the same. By pixel each pixel does: the result is what one large image would give (a
    root mean square is squared in between), except the quantiles and what is said of a confidence, which rows alone
    cannot give: nan.
    """
    names = list(dict.fromkeys(name for row in rows for name in row if name not in COUNTS))
    if protocol.average == "image":
        return {name: _plain(np.array([row[name] for row in rows if name in row])) for name in names}
    return {name: _pooled(name, [row for row in rows if name in row], protocol) for name in names}


def _plain(values: np.ndarray) -> float:
    values = values[~np.isnan(values)]
    return float(values.mean()) if values.size else float("nan")


def _pooled(name: str, rows: Sequence[Row], protocol: Protocol) -> float:
    if name in QUANTILES or name in TRUST:
        return float("nan")
    weights = np.array([_pixels_behind(name, row, protocol) for row in rows])
    values = np.array([row[name] for row in rows])
    if not weights.any():
        return float("inf") if np.isinf(values).any() else float("nan")
    weights, values = weights[weights > 0], values[weights > 0]
    power = 2.0 if name == "rmse" else 1.0
    return float(np.average(values**power, weights=weights) ** (1.0 / power))


def _pixels_behind(name: str, row: Row, protocol: Protocol) -> float:
    """How many pixels the number of one image was taken over."""
    if name in ("d1_bg", "d1_fg"):
        return row[f"scored_{name[-2:]}"]
    if name == "density":
        return row["valid_pixels"]
    if name in ("epe", "rmse") and protocol.missing != "background":
        return 0.0 if row["valid_pixels"] == 0 else float(round(row["density"] * row["valid_pixels"] / 100))
    return row["scored_pixels"]
