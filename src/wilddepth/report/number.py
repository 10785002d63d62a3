"""Numbers as people read them: the kind of a number decides its places and its unit."""

import math
from typing import Literal

Kind = Literal["text", "percent", "px", "m", "seconds", "count", "number"]
Number = int | float
Cell = str | Number | None

UNITS = {"percent": "%", "px": "px", "m": "m", "seconds": "s"}
MISSING = "–"

# A number and its unit, a thousand and its hundreds, stay on one line.
_NO_BREAK = "\N{NO-BREAK SPACE}"
_PLACES = {"percent": 2, "px": 2, "m": 3, "seconds": 1, "count": 0}

# Metrics by the names that `wilddepth.metrics` gives them, and how a reader knows them.
_METRIC_NAMES = {"d1_all": "D1-all", "d1_bg": "D1-bg", "d1_fg": "D1-fg", "epe": "EPE", "rmse": "RMSE"}
_PERCENT = ("d1_", "bad", "density")
_PIXELS = ("epe", "rmse", "a50", "a90", "a95", "a99")


def formatted(value: Cell, kind: Kind = "number") -> str:
    """A value without its unit: nan and None are a dash, text stays as it is.

    A `number` has three significant places, or all the digits of its whole part.
    """
    if isinstance(value, str):
        return value
    if value is None or math.isnan(value):
        return MISSING
    if math.isinf(value):
        return "∞" if value > 0 else "−∞"
    places = _PLACES.get(kind, _places(value))
    return f"{value:,.{places}f}".replace(",", _NO_BREAK).replace("-", "−")


def with_unit(value: Cell, kind: Kind = "number") -> str:
    """A value with its unit, a time in minutes or hours where it is long."""
    if kind == "seconds" and isinstance(value, int | float) and 60 <= value < math.inf:
        return duration(value)
    text = formatted(value, kind)
    return text if kind not in UNITS or isinstance(value, str) or text == MISSING else f"{text}{_NO_BREAK}{UNITS[kind]}"


def titled(title: str, kind: Kind) -> str:
    """A title with the unit of what stands below it: "EPE, px"."""
    return f"{title}, {UNITS[kind]}" if kind in UNITS else title


def duration(seconds: Number) -> str:
    """A time span: "48 s", "4 min 10 s", "2 h 5 min"."""
    whole = round(seconds)
    if whole < 60:
        return f"{whole}{_NO_BREAK}s"
    large, small, names = (whole // 60, whole % 60, ("min", "s")) if whole < 3600 else (*_hours(whole), ("h", "min"))
    return f"{large}{_NO_BREAK}{names[0]}" + (f" {small}{_NO_BREAK}{names[1]}" if small else "")


def metric_kind(name: str) -> Kind:
    """The kind of a metric of `wilddepth.metrics` by its name; `number` for a name it does not have."""
    if name.startswith(_PERCENT):
        return "percent"
    return "count" if name.endswith("_pixels") else "px" if name in _PIXELS else "number"


def metric_title(name: str) -> str:
    """How a reader knows a metric: "d1_all" is "D1-all", "bad3" is "bad 3"."""
    if name.startswith("bad"):
        return f"bad {name[3:]}"
    return _METRIC_NAMES.get(name, name.replace("_", " "))


def _hours(seconds: int) -> tuple[int, int]:
    minutes = round(seconds / 60)
    return minutes // 60, minutes % 60


def _places(value: Number) -> int:
    """Decimal places that leave three significant ones, at most six."""
    if value == 0 or float(value).is_integer():
        return 0
    return min(6, max(0, 2 - math.floor(math.log10(abs(value)))))
