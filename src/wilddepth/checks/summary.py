"""Findings of single pairs as findings about their source."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import get_args

from wilddepth.checks.finding import LEVELS, Code, Finding, Level

RIG: frozenset[Code] = frozenset({"rows", "swapped", "exposure", "colour", "intrinsics"})
"""Kinds that belong to the rig: they are on every pair, or a single one deceives."""


@dataclass(frozen=True)
class SourceFinding:
    """One kind of finding over all pairs.

    Attributes:
        code: names the kind.
        level: how bad it is for the source: a fault of the rig that less than half of the pairs show is a warning.
        value: of the pair that stands for it.
        unit: of the number.
        text: of the pair that stands for it: the middle one for the rig, else the worst.
        key: that pair.
        keys: all pairs that show it.
        looked_at: pairs that were asked.
    """

    code: Code
    level: Level
    value: float
    unit: str
    text: str
    key: str
    keys: tuple[str, ...]
    looked_at: int


def summarised(
    found: Mapping[str, Sequence[Finding]], *, asked: Mapping[Code, int] | None = None
) -> tuple[SourceFinding, ...]:
    """One finding for each kind, the worst levels first.

    Args:
        found: key of a pair -> its findings.
        asked: how many pairs were asked about a kind, where that is not all of them.
    """
    kinds: dict[Code, list[tuple[str, Finding]]] = {}
    for key, findings in found.items():
        for finding in findings:
            kinds.setdefault(finding.code, []).append((key, finding))
    counts = asked or {}
    gathered = [_of_kind(code, entries, counts.get(code, len(found))) for code, entries in kinds.items()]
    order = list(get_args(Code))
    return tuple(sorted(gathered, key=lambda each: (LEVELS.index(each.level), order.index(each.code))))


def _of_kind(code: Code, entries: Sequence[tuple[str, Finding]], looked_at: int) -> SourceFinding:
    ranked = sorted(entries, key=lambda entry: (-LEVELS.index(entry[1].level), abs(entry[1].value)))
    key, chosen = ranked[len(ranked) // 2] if code in RIG else ranked[-1]
    if code in RIG and chosen.level == "fault" and 2 * len(entries) < looked_at:
        chosen = replace(chosen, level="warning")
    return SourceFinding(
        code=code,
        level=chosen.level,
        value=chosen.value,
        unit=chosen.unit,
        text=chosen.text,
        key=key,
        keys=tuple(key for key, _ in entries),
        looked_at=looked_at,
    )
