"""How long a table takes: rough estimates by method, corrected by how long the rows behind took."""

import time
from collections.abc import Sequence
from typing import Any

from wilddepth.engine.fit import Progress
from wilddepth.tables.runner import Bench
from wilddepth.tables.table import Row, Scale
from wilddepth.verbs.common import Say

SECONDS_A_CROP = {"supervised": 0.28, "left-right": 0.58, "active-stereo": 1.55}
OTHER_SECONDS = 0.28
"""Of one core for a training crop of 192x384 with MADNet, by method: measured 2026-11-21 on an x86-64 machine with
AVX-512. They only estimate."""
CROP_PIXELS = 192 * 384
SIZE_OF_NETWORK = {"dispnetc-worlds": 7.0, "dispnetc-quarter-worlds": 0.35, "stereonet-worlds": 3.5}
"""How many times as long a step takes as with MADNet, by the recipe of the start."""


class Clock:
    """How long it will take: estimates of the rows that are not done, scaled by how long those behind us took."""

    def __init__(self, bench: Bench, todo: Sequence[Row]) -> None:
        self.scale, self.parts = bench.scale, [part.name for part in bench.parts]
        self.ahead = sum(map(self.estimate, todo))
        self.behind, self.took, self.began = 0.0, 0.0, time.monotonic()

    def estimate(self, row: Row) -> float:
        """Seconds of a row by the table of methods."""
        return estimated_seconds(row, self.scale, len(self.parts))

    def finished(self, row: Row) -> None:
        """A row that was done now."""
        now = time.monotonic()
        self.ahead, self.behind = self.ahead - self.estimate(row), self.behind + self.estimate(row)
        self.took, self.began = self.took + now - self.began, now

    def left(self) -> float:
        """Seconds left, of the rows that are not done."""
        return self.ahead * (self.took / self.behind if self.behind else 1.0)

    def teller(self, what: str, row: Row, say: Say) -> Any:
        """Tells of each step of a row, by its part where there are several, with the time that is left in all."""

        def tell(part: str, progress: Progress) -> None:
            # the other parts and rows take as many times their estimate as this one
            pace = self.took / self.behind if self.behind else self.pace(progress, row)
            begun = (self.parts.index(part) + 1) / len(self.parts)
            left = progress.seconds_left + pace * (self.ahead - begun * self.estimate(row))
            say(f"{what}, {part}" if len(self.parts) > 1 else what, progress.step, progress.steps, left)

        return tell

    def pace(self, progress: Progress, row: Row) -> float:
        """How many times as long as estimated a row takes, by its steps so far."""
        wanted = self.estimate(row) / len(self.parts)
        return (progress.seconds + progress.seconds_left) / wanted if wanted else 1.0


def estimated_seconds(row: Row, scale: Scale, parts: int) -> float:
    """Of training a row on one core, roughly."""
    if row.method is None:
        return 0.0
    plan = scale.plan
    crop = SECONDS_A_CROP.get(row.method, OTHER_SECONDS) * plan.height * plan.width / CROP_PIXELS
    return parts * plan.steps * plan.batch * crop * SIZE_OF_NETWORK.get(scale.starts[row.start].recipe, 1.0)
