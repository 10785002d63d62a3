"""The card of a table: what was published and what we measured side by side, in Markdown and as a page."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from wilddepth import __version__
from wilddepth.report import table as tables
from wilddepth.report.content import Flag, Report, Step
from wilddepth.report.curve import Chart, Curve
from wilddepth.report.number import MISSING, Kind, duration, formatted, metric_kind, titled
from wilddepth.tables.claims import Judged, judge
from wilddepth.tables.result import Result, Spread, diverged, spread
from wilddepth.tables.table import Column, Row, Scale, Table

ORDERS = "Orders"
BEATS = '"Beats" means: the mean over seeds is lower by more than the standard deviation of both rows together.'


@dataclass(frozen=True)
class Card:
    """Everything that a card says.

    Attributes:
        table: what it is about.
        scale_name: "mini" or "full".
        scale: with what it was run.
        groups: of parts, in order.
        rows: in the published order.
        results: row -> its seeds.
        absent: row -> why it was not run.
        left_out: part -> why no row was run there.
        sets: of scenes, in words, by part.
        seeds: that were asked for.
        command: what was typed.
    """

    table: Table
    scale_name: str
    scale: Scale
    groups: tuple[str, ...]
    rows: tuple[Row, ...]
    results: Mapping[str, Sequence[Result]]
    absent: Mapping[str, str]
    left_out: Mapping[str, str]
    sets: Mapping[str, Mapping[str, str]]
    seeds: int
    command: str

    def numbers(self, group: str) -> tables.Table:
        """Published and ours of every row."""
        titles = [title for column in self.table.columns for title in self.titles(column)]
        return tables.Table(
            caption=f"{self.table.title}: {group}",
            headers=("row", "what it is", *titles, "seeds", "training"),
            rows=tuple(self.line(row, group) for row in self.rows),
        )

    def titles(self, column: Column) -> tuple[str, ...]:
        """Of a column: published, where anything was, and ours."""
        title = titled(column.title, kind_of(column))
        shown = any(column.key in row.published for row in self.rows)
        return (f"{title}: published", f"{title}: ours") if shown else (title,)

    def line(self, row: Row, group: str) -> tuple[str, ...]:
        """One row as text."""
        cells: list[str] = []
        for column in self.table.columns:
            if len(self.titles(column)) > 1:
                cells.append(formatted(row.published.get(column.key), kind_of(column)))
            cells.append(spread_text(self.spread(row, group, column), column))
        results = self.results.get(row.name, ())
        seconds = [sum(p.seconds for p in result.parts.values() if p.group == group) for result in results]
        text = f"{row.text} (SUPERVISED)" if row.supervised else row.text
        time = duration(sum(seconds) / len(seconds)) if seconds and row.seeded else MISSING
        ended = sum(not diverged(result, group) for result in results)
        counted = str(ended) if ended == len(results) else f"{ended} of {len(results)}"
        seeds = counted if row.seeded else "any"
        return (row.name, text, *cells, seeds if results else MISSING, time)

    def spread(self, row: Row, group: str, column: Column) -> Spread:
        """A column of a row over its seeds."""
        return spread(self.results.get(row.name, ()), group, column)

    def judged(self, group: str) -> tuple[Judged, ...]:
        """The orders that are claimed, against what was measured."""
        rows = {row.name: row for row in self.table.rows}
        return tuple(
            judge(
                claim, {row.name: self.spread(row, group, self.table.column(claim.column)) for row in self.rows}, rows
            )
            for claim in self.table.claims
        )

    def orders(self, group: str) -> tables.Table:
        """The claims as a table."""
        return tables.Table(
            caption=f"{ORDERS}: {group}",
            headers=("claim", "measured by", "published figures", "here", "why"),
            rows=tuple(
                (
                    each.claim.text,
                    self.table.column(each.claim.column).title,
                    {None: MISSING, True: "in this order", False: "not in this order"}[each.published],
                    each.verdict,
                    shortened(each.words),
                )
                for each in self.judged(group)
            ),
        )

    def lead(self) -> str:
        """How it came out, in a sentence or two."""
        found = [each.verdict for group in self.groups for each in self.judged(group)]
        done = sum(bool(self.results.get(row.name)) for row in self.rows)
        counts = ", ".join(
            f"{found.count(verdict)} {words}"
            for verdict, words in (
                ("holds", "hold"),
                ("does not hold", "do not hold"),
                ("not decided", "cannot be decided by one seed"),
                ("not measured", "were not measured"),
            )
            if verdict in found
        )
        return (
            f"{done} of {len(self.rows)} rows were run at scale {self.scale_name}. Orders claimed: {counts or 'none'}."
        )

    def notes(self) -> tuple[str, ...]:
        """What differs from the publication, and what is not there."""
        failed = [
            f"Row {row.name}, seed {result.seed}, {name}: {part.failed}"
            for row in self.rows
            for result in self.results.get(row.name, ())
            for name, part in result.parts.items()
            if part.failed
        ]
        left = {
            f"Row {row.name} was left out on {name}: {why}."
            for row in self.rows
            for result in self.results.get(row.name, ())
            for name, why in result.left_out.items()
        }
        missing = [f"Row {name} was not run: {why}." for name, why in self.absent.items()]
        parts = [f"{name} was left out: {why}." for name, why in self.left_out.items()]
        return (*self.scale.differences, *parts, *sorted(left), *missing, *failed)

    def facts(self) -> tuple[tuple[str, str], ...]:
        """Published where, with what data, seeds, hardware and time."""
        all_results = [result for results in self.results.values() for result in results]
        made = sorted({hardware(result) for result in all_results})
        plan = self.scale.plan
        return (
            ("Published", self.table.source),
            *(
                (f"Data, {part}", "; ".join(f"{name}: {text}" for name, text in sets.items()))
                for part, sets in self.sets.items()
            ),
            (
                "Learning",
                f"{plan.steps} steps of {plan.batch} crops of {plan.height}x{plan.width}, rate {plan.learning_rate:g}",
            ),
            *((f"Start, {name}", start.weights) for name, start in self.scale.starts.items()),
            ("Protocol", self.table.protocol),
            ("Seeds", f"{self.seeds} asked for"),
            ("Hardware", "; ".join(made) or MISSING),
            ("Training time", duration(sum(result.seconds for result in all_results))),
        )

    def markdown(self) -> str:
        """The card as Markdown."""
        flag = [f"{SUPERVISED_TEXT}\n"] if any(row.supervised for row in self.rows) else []
        facts = [f"- **{name}**: {text}" for name, text in self.facts()]
        parts = [f"# {self.table.title}\n", f"{self.lead()}\n", *flag, *facts]
        for group in self.groups:
            parts += [f"\n## {group}\n", tables.markdown(self.numbers(group))]
            if self.table.claims:
                parts += [f"\n### {ORDERS}\n", f"{BEATS}\n", tables.markdown(self.orders(group))]
        parts += ["\n## Known differences\n", *(f"- {note}" for note in self.notes())]
        return "\n".join((*parts, "\n## Command\n", f"    {self.command}", ""))

    def report(self) -> Report:
        """The card as a page."""
        flag = (Flag("SUPERVISED", SUPERVISED_TEXT),) if any(row.supervised for row in self.rows) else ()
        shown = [each for group in self.groups for each in (self.numbers(group), self.orders(group)) if each.rows]
        differing = tables.Table("What differs", ("known differences",), tuple((note,) for note in self.notes()))
        return Report(
            title=f"{self.table.title} ({self.scale_name})",
            lead=self.lead(),
            warnings=flag,
            measured=f"Measured under protocol {self.table.protocol}. {BEATS}",
            facts=self.facts(),
            tables=(*shown, differing),
            curves=tuple(chart for group in self.groups for chart in self.charts(group)),
            next_steps=(Step("Run what is missing, or further seeds:", again(self.command)),),
            details={"Command": self.command},
            made_by=f"wilddepth {__version__}",
        )

    def charts(self, group: str) -> tuple[Chart, ...]:
        """The table's chart, where it has one and two of its rows were run."""
        wanted = self.table.chart
        if wanted is None:
            return ()
        column = self.table.column(wanted.column)
        points = sorted(
            (pairs_of(self.results.get(name, ()), group), self.spread(self.table.row(name), group, column).mean)
            for name in wanted.rows
        )
        known = [(float(pairs), mean) for pairs, mean in points if math.isfinite(mean)]
        if len(known) < 2:
            return ()
        ends = (known[0][0], known[-1][0])
        levels = [
            Curve(row.text, ends, (mean, mean))
            for row in map(self.table.row, wanted.levels)
            if math.isfinite(mean := self.spread(row, group, column).mean)
        ]
        places, means = zip(*known, strict=True)
        curve = Curve(wanted.label, places, means)
        y_label = titled(column.title, kind_of(column))
        return (Chart(f"{wanted.title}: {group}", "labelled pairs", y_label, (curve, *levels), from_zero=True),)


SUPERVISED_TEXT = "Rows marked SUPERVISED learned from ground truth; all others saw images alone."


def again(command: str) -> str:
    """The command that goes on with a run: one that replaced an earlier one must not do so again."""
    return " ".join([*(word for word in command.split(" ") if word not in ("--overwrite", "--resume")), "--resume"])


def kind_of(column: Column) -> Kind:
    """How a column's numbers are written; times as short as these are no matter of minutes."""
    return "number" if column.metric == "seconds" else metric_kind(column.metric)


def spread_text(found: Spread, column: Column) -> str:
    """Mean ± standard deviation; a single seed has none."""
    if math.isnan(found.deviation):
        return formatted(found.mean, kind_of(column))
    return f"{formatted(found.mean, kind_of(column))} ± {formatted(found.deviation, kind_of(column))}"


def shortened(words: str, *, most: int = 3) -> str:
    """The first few reasons; `metrics.json` holds all."""
    reasons = words.split("; ")
    return "; ".join(reasons[:most]) + (f"; and {len(reasons) - most} more" if len(reasons) > most else "")


def pairs_of(results: Sequence[Result], group: str) -> int:
    """How many pairs a row learned from; 0 where it learned nothing."""
    return max((part.pairs for result in results for part in result.parts.values() if part.group == group), default=0)


def hardware(result: Result) -> str:
    """Where a result was made, in a line."""
    made = result.environment
    return f"{made.get('cpu')}, {made.get('cores')} cores, {made.get('device')}, torch {made.get('torch')}"
