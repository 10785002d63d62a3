"""What one row measured with one seed: a JSON file, and what several of them say together."""

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from wilddepth.errors import ConfigError, SampleError
from wilddepth.formats.atomic import write_text
from wilddepth.formats.content import text
from wilddepth.plain import build, dump_json
from wilddepth.tables.table import Column

FILE = "result.json"


@dataclass(frozen=True)
class Measured:
    """One part of a row.

    Attributes:
        group: of the part.
        steps: of training.
        pairs: learned from.
        seconds: of training, all runs of it together.
        seconds_a_pair: median, of a prediction.
        images: set -> how many of its images were scored.
        numbers: "set/metric" -> mean over the images of a set.
        terms: of the objective at the last step; learned settings are among them.
        failed: why training ended early; "" = it did not.
    """

    group: str
    steps: int
    pairs: int
    seconds: float
    seconds_a_pair: float
    images: Mapping[str, int]
    numbers: Mapping[str, float]
    terms: Mapping[str, float] = field(default_factory=dict)
    failed: str = ""


@dataclass(frozen=True)
class Result:
    """One row with one seed.

    Attributes:
        row: its name.
        seed: of everything random.
        digest: of what it was made with; another one is another result.
        supervised: whether ground truth was learned from.
        parts: name -> what was measured.
        left_out: name of a part -> why the row was not run there.
        environment: where it was made.
    """

    row: str
    seed: int
    digest: str
    supervised: bool
    parts: Mapping[str, Measured]
    left_out: Mapping[str, str] = field(default_factory=dict)
    environment: Mapping[str, str | int | None] = field(default_factory=dict)

    @property
    def seconds(self) -> float:
        """Of training, all parts."""
        return sum(part.seconds for part in self.parts.values())


def write_result(folder: Path, result: Result) -> None:
    """Write the file, wholly or not at all.

    Raises:
        OutputError: when it cannot be written.
    """
    write_text(folder / FILE, dump_json(result) + "\n", durable=True)


def remove_result(folder: Path) -> None:
    """Remove the file, where there is one."""
    (folder / FILE).unlink(missing_ok=True)


def read_result(folder: Path, digest: str) -> Result | None:
    """The result in a folder; None where there is none yet.

    Raises:
        SampleError: for a damaged file.
        ConfigError: for a result that was made with other settings.
    """
    path = folder / FILE
    if not path.is_file():
        return None
    try:
        found = build(Result, _with_nan(json.loads(text(path))), str(path))
    except (ValueError, AttributeError, ConfigError) as error:
        raise SampleError(f"{path} is damaged ({error}); remove it, and that row is run again") from error
    if found.digest != digest:
        raise ConfigError(f"{path} was made with other settings; choose another --out, or --overwrite")
    return found


def _with_nan(tree: Any) -> Any:
    """JSON's null in measured numbers as nan."""
    for part in tree.get("parts", {}).values() if isinstance(tree, dict) else ():
        part["seconds_a_pair"] = math.nan if part.get("seconds_a_pair") is None else part["seconds_a_pair"]
        for name in ("numbers", "terms"):
            part[name] = {key: math.nan if value is None else value for key, value in part.get(name, {}).items()}
    return tree


def number(result: Result, group: str, column: Column) -> float:
    """One number of a row over the parts of a group, every image alike; nan where it was not measured."""
    parts = [part for part in result.parts.values() if part.group == group]
    if not column.scored_on:
        pairs = [part.seconds_a_pair for part in parts]
        return sum(pairs) / len(pairs) if pairs else math.nan
    images = [part.images.get(column.scored_on, 0) for part in parts]
    values = [part.numbers.get(column.key, math.nan) for part in parts]
    if not sum(images):
        return math.nan
    return sum(count * value for count, value in zip(images, values, strict=True)) / sum(images)


@dataclass(frozen=True)
class Spread:
    """One number over seeds.

    Attributes:
        values: one a seed that came to its end.
        failed: seeds that diverged.
    """

    values: tuple[float, ...]
    failed: int = 0

    @property
    def mean(self) -> float:
        """nan where nothing was measured."""
        return sum(self.values) / len(self.values) if self.values else math.nan

    @property
    def deviation(self) -> float:
        """Standard deviation of the seeds (n - 1); nan for fewer than two."""
        if len(self.values) < 2:
            return math.nan
        return math.sqrt(sum((value - self.mean) ** 2 for value in self.values) / (len(self.values) - 1))


def pooled(first: Spread, second: Spread) -> float:
    """The standard deviation that two rows have together; nan where neither has two seeds."""
    freedom = [max(len(each.values) - 1, 0) for each in (first, second)]
    if not sum(freedom):
        return math.nan
    squares = [count * each.deviation**2 for count, each in zip(freedom, (first, second), strict=True) if count]
    return math.sqrt(sum(squares) / sum(freedom))


def spread(results: Sequence[Result], group: str, column: Column) -> Spread:
    """A column over the seeds of one row; seeds that diverged do not count in any column, nor those that lack it."""
    failed = [result for result in results if diverged(result, group)]
    found = (number(result, group, column) for result in results if result not in failed)
    return Spread(tuple(value for value in found if math.isfinite(value)), len(failed))


def diverged(result: Result, group: str) -> bool:
    """Whether training ended early on any part of a group."""
    return any(part.failed for part in result.parts.values() if part.group == group)
