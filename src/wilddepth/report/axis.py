"""From values to places on a drawing, with round numbers along the way."""

import math
from collections.abc import Iterable
from dataclasses import dataclass

from wilddepth.report.number import Number


@dataclass(frozen=True)
class Axis:
    """A stretch of values on a stretch of the drawing.

    Attributes:
        low: value at `start`.
        high: value at `end`.
        start: place of `low`, in units of the drawing; may lie after `end` (a vertical axis does).
        end: place of `high`.
        log: equal ratios take equal lengths; `low` is then positive.
    """

    low: Number
    high: Number
    start: Number
    end: Number
    log: bool = False

    def at(self, value: Number) -> float:
        """The place of a value."""
        if self.log:
            share = math.log(value / self.low) / math.log(self.high / self.low)
        else:
            share = (value - self.low) / (self.high - self.low)
        return self.start + (self.end - self.start) * share

    def ticks(self, count: int = 5) -> list[Number]:
        """About `count` round values between the ends (powers of ten and their halves and fifths where `log`)."""
        found = _log_ticks(self.low, self.high, count) if self.log else round_steps(self.low, self.high, count)
        return [value for value in found if self.low <= value <= self.high]


def spanning(
    values: Iterable[Number], start: Number, end: Number, *, from_zero: bool = False, log: bool = False
) -> Axis:
    """An axis that shows all of `values`, with a margin that ends at a round number.

    Args:
        values: finite ones count (with `log` positive ones); without any the axis goes from 0 (or 1) on.
        start: place of its low end.
        end: place of its high end.
        from_zero: begin at 0 where no value is negative, so that lengths can be compared.
        log: equal ratios take equal lengths.
    """
    kept = [value for value in values if math.isfinite(value) and (value > 0 or not log)]
    low, high = _apart(min(kept), max(kept)) if kept else (1.0, 10.0) if log else (0.0, 1.0)
    if log:
        margin = (high / low) ** 0.04
        return Axis(low / margin, high * margin, start, end, log=True)
    if from_zero and low >= 0:
        low = 0.0
    step = _round_step((high - low) / 4)
    return Axis(step * math.floor(low / step + 1e-9), step * math.ceil(high / step - 1e-9), start, end)


def tick_text(value: Number) -> str:
    """A round value in the fewest signs: 20000 is "20k", 0.00005 is "5e-5"."""
    size = abs(value)
    if size >= 10_000 and math.isclose(value / 1000, round(value / 1000), rel_tol=1e-9):
        return f"{round(value / 1000):g}k".replace("-", "−")
    if 0 < size < 1e-3:
        mantissa, exponent = f"{value:.1e}".split("e")
        return f"{mantissa.removesuffix('.0')}e{int(exponent)}".replace("-", "−")
    return f"{value:.6g}".replace("-", "−")


def round_steps(low: Number, high: Number, count: int) -> list[Number]:
    """Multiples of 1, 2 or 5 times a power of ten in [low, high], about `count` of them."""
    if not low < high:
        return [low]
    step = _round_step((high - low) / count)
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    return [float(f"{index * step:.12g}") for index in range(first, last + 1)]


def _apart(low: Number, high: Number) -> tuple[Number, Number]:
    """The same ends, or some way around them where they are too close together for a drawing."""
    size = max(abs(low), abs(high))
    if high - low > 1e-6 * size:
        return low, high
    return (low - size / 2, high + size / 2) if size else (0.0, 1.0)


def _round_step(step: Number) -> float:
    power = 10.0 ** math.floor(math.log10(step))
    return next(factor * power for factor in (1, 2, 5, 10) if factor * power >= step * (1 - 1e-9))


def _log_ticks(low: Number, high: Number, count: int) -> list[Number]:
    """Powers of ten, thinned where they are many, with values between them where they are few."""
    powers = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    every = max(1, math.ceil(len(powers) / (2 * count)))
    for factors in ((1,), (1, 3), (1, 2, 5)):
        values = (factor * 10.0**power for power in powers[::every] for factor in factors)
        found = [value for value in values if low <= value <= high]
        if len(found) >= count - 1:
            return list(found)
    return list(found) if len(found) > 1 else round_steps(low, high, count)
