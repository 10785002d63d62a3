"""What a table is: rows, columns, what is learned from and scored on, and what is claimed of it. Data, no code.

A row is a start, a method with its settings, and labels; a scale says with which data and how long. The same row runs
at every scale that has its start.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from wilddepth.errors import ConfigError
from wilddepth.plain import closest, plain

Setting = bool | int | float | str
ScaleName = Literal["mini", "full"]
SCALES: tuple[ScaleName, ...] = ("mini", "full")
NETWORK = "network"
"""The start of a row that names none."""


@dataclass(frozen=True)
class Column:
    """One number of every row.

    Attributes:
        scored_on: the set of a part that is scored, e.g. "target"; "" = the seconds that a pair takes.
        metric: its name in `wilddepth.metrics`; "seconds" for the time of a pair.
        title: for people; the kind of the metric adds the unit.
    """

    scored_on: str
    metric: str
    title: str

    @property
    def key(self) -> str:
        """Names the number in files: "target/bad3"."""
        return f"{self.scored_on}/{self.metric}" if self.scored_on else self.metric


@dataclass(frozen=True)
class Row:
    """One row.

    Attributes:
        name: its letter, or a short word.
        text: what the publication calls it.
        method: name of the method's table; None = the weights as they come.
        settings: of the method.
        proxies: the labels it learns from, by their names in `proxies.PROXIES`.
        truth: which pairs it learns the ground truth of, which makes it SUPERVISED: those "labelled" for it, or the
            very pairs to "learn" from; None = it never sees any.
        pairs: learn from so many pairs only; None = all.
        start: which of the scale's starts.
        published: column -> number, as published.
        scales: at which it is run.
    """

    name: str
    text: str
    method: str | None = None
    settings: Mapping[str, Setting] = field(default_factory=dict)
    proxies: tuple[str, ...] = ()
    truth: Literal["labelled", "learn"] | None = None
    pairs: int | None = None
    start: str = NETWORK
    published: Mapping[str, float] = field(default_factory=dict)
    scales: tuple[ScaleName, ...] = SCALES

    @property
    def supervised(self) -> bool:
        """Whether it learns from ground truth."""
        return self.truth is not None

    @property
    def seeded(self) -> bool:
        """Whether another seed gives another number."""
        return self.method is not None


@dataclass(frozen=True)
class Pick:
    """Some scenes of a source.

    Attributes:
        source: the words that name it; `{data}` stands for the folder of --data.
        split: part of a folder.
        limit: first scenes only.
        keys: only scenes whose key holds one of these; () = all.
    """

    source: str
    split: str | None = None
    limit: int | None = None
    keys: tuple[str, ...] = ()

    @property
    def needs_data(self) -> bool:
        """Whether it lies in the folder of --data."""
        return "{data}" in self.source


Picks = tuple[Pick, ...]


@dataclass(frozen=True)
class Part:
    """One adaptation: what is learned from, and what is scored afterwards.

    Attributes:
        name: of files and messages.
        group: parts of one group are averaged, every image alike; each group is a table of the card.
        learn: the pairs that a network adapts to.
        scored: name of a set -> its scenes.
        labelled: pairs whose truth a row "b" may learn; () = there are none, and such rows are left out here.
        optional: left out without a word of complaint where its data is absent.
        submission: pairs to predict for a benchmark.
    """

    name: str
    group: str
    learn: Picks
    scored: Mapping[str, Picks]
    labelled: Picks = ()
    optional: bool = False
    submission: Picks = ()

    def picks(self) -> Picks:
        """All that it needs."""
        return (*self.learn, *self.labelled, *(pick for picks in self.scored.values() for pick in picks))


@dataclass(frozen=True)
class Plan:
    """How long and how fast each row learns.

    Attributes:
        steps: of the optimiser (Adam).
        batch: crops a step.
        height: rows of a crop.
        width: columns of a crop.
        learning_rate: at the start; falls to a tenth along half a cosine.
        average: decay of the averaged weights, which are what is scored.
        checkpoint_every: steps.
        precision: of the forward while learning; scores are always taken in float32.
    """

    steps: int
    batch: int
    height: int
    width: int
    learning_rate: float
    average: float = 0.99
    checkpoint_every: int = 50
    precision: Literal["fp32", "bf16"] = "fp32"


@dataclass(frozen=True)
class Start:
    """Weights that rows start from.

    Attributes:
        weights: a packaged name.
        recipe: the packaged recipe that makes them where they are not packaged.
    """

    weights: str
    recipe: str


@dataclass(frozen=True)
class Scale:
    """With what a table is run.

    Attributes:
        parts: one after the other.
        plan: of every row.
        starts: name -> weights.
        differences: from the publication, in words.
    """

    parts: tuple[Part, ...]
    plan: Plan
    starts: Mapping[str, Start]
    differences: tuple[str, ...] = ()


@dataclass(frozen=True)
class Claim:
    """An order that a publication states or shows.

    Attributes:
        text: in words.
        better: rows each of which ...
        worse: ... beats each of these ...
        column: ... in this column.
    """

    text: str
    better: tuple[str, ...]
    worse: tuple[str, ...]
    column: str


@dataclass(frozen=True)
class PairsChart:
    """A column over the number of pairs that were learned from.

    Attributes:
        title: what is shown.
        column: whose numbers.
        rows: one curve through these.
        label: of that curve.
        levels: rows that are drawn as a line across, for comparison.
    """

    title: str
    column: str
    rows: tuple[str, ...]
    label: str
    levels: tuple[str, ...]


@dataclass(frozen=True)
class Table:
    """A published table.

    Attributes:
        name: as the command names it.
        title: for people.
        source: where the figures were published.
        columns: what is measured.
        rows: in the published order.
        scales: how it can be run.
        claims: orders to check.
        protocol: how it is scored.
        chart: drawn over the number of pairs; None = there is none.
    """

    name: str
    title: str
    source: str
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    scales: Mapping[ScaleName, Scale]
    claims: tuple[Claim, ...] = ()
    protocol: str = "default"
    chart: PairsChart | None = None

    def row(self, name: str) -> Row:
        """A row by its name, or `ConfigError` with the nearest one."""
        for row in self.rows:
            if row.name == name:
                return row
        raise ConfigError(f"table {self.name} has no row {name!r}; {closest(name, [row.name for row in self.rows])}")

    def column(self, key: str) -> Column:
        """A column by its key, or `ConfigError` with the nearest one."""
        for column in self.columns:
            if column.key == key:
                return column
        raise ConfigError(f"table {self.name} has no column {key!r}; {closest(key, [c.key for c in self.columns])}")

    def chosen(self, scale: ScaleName, names: Sequence[str] | None = None) -> tuple[Row, ...]:
        """The rows of a scale, or those named, in the table's order.

        Raises:
            ConfigError: for an unknown row, one that this scale does not have, or a scale that is not there.
        """
        if scale not in self.scales:
            raise ConfigError(f"table {self.name} has no scale {scale!r}; give one of {', '.join(self.scales)}")
        for name in names or ():
            if scale not in self.row(name).scales:
                raise ConfigError(f"row {name} of {self.name} is not run at scale {scale}; leave it out")
        return tuple(row for row in self.rows if scale in row.scales and (not names or row.name in names))


def digest(*values: object) -> str:
    """SHA-256 of plain values and dataclasses, in hexadecimal: results made with other ones are told apart."""
    return hashlib.sha256(json.dumps([plain(value) for value in values], sort_keys=True).encode()).hexdigest()
