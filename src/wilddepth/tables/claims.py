"""Whether the orders that a publication claims hold in what was measured: better means lower.

"Beats" is: the mean over seeds is lower by more than the standard deviation that both rows have together.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from wilddepth.tables.result import Spread, pooled
from wilddepth.tables.table import Claim, Row

Verdict = Literal["holds", "does not hold", "not decided", "not measured"]


@dataclass(frozen=True)
class Judged:
    """A claim with what became of it.

    Attributes:
        claim: the claim.
        verdict: over all its pairs of rows: one that does not hold is enough.
        published: whether the published figures keep the order themselves; None = there are none.
        words: which pairs of rows stand in its way.
    """

    claim: Claim
    verdict: Verdict
    published: bool | None
    words: str


def judge(claim: Claim, spreads: Mapping[str, Spread], rows: Mapping[str, Row]) -> Judged:
    """A claim against what was measured.

    Args:
        claim: about one column.
        spreads: row -> that column over its seeds; rows that were not run are absent.
        rows: with the published figures.
    """
    found: dict[Verdict, list[str]] = {}
    for better in claim.better:
        for worse in claim.worse:
            verdict, words = compare(better, worse, spreads)
            found.setdefault(verdict, []).append(words)
    order: tuple[Verdict, ...] = ("does not hold", "not measured", "not decided", "holds")
    verdict = next(each for each in order if each in found)
    told = "; ".join(words for each in order[:-1] for words in found.get(each, ()))
    return Judged(claim, verdict, published_order(claim, rows), told)


def compare(better: str, worse: str, spreads: Mapping[str, Spread]) -> tuple[Verdict, str]:
    """Whether one row beats another, and in words how far they are apart."""
    missing = [name for name in (better, worse) if name not in spreads or not spreads[name].values]
    if better in spreads and spreads[better].failed and better in missing:
        return "does not hold", f"every seed of {better} diverged"
    if missing:
        return "not measured", f"{' and '.join(missing)} not measured"
    first, second = spreads[better], spreads[worse]
    gap, noise = second.mean - first.mean, pooled(first, second)
    apart = f"{better} {first.mean:.2f}, {worse} {second.mean:.2f}"
    if first.failed:  # what did not diverge is no fair sample of the row
        return "does not hold", f"{apart}: {first.failed} of the seeds of {better} diverged"
    if math.isnan(noise):
        return "not decided", f"{apart}: {'lower' if gap > 0 else 'not lower'} in the one seed there is"
    if gap <= 0:
        return "does not hold", f"{apart}: not lower"
    if gap <= noise:
        return "does not hold", f"{apart}: lower by less than the seeds differ ({noise:.2f})"
    return "holds", f"{apart}: lower by more than the seeds differ ({noise:.2f})"


def published_order(claim: Claim, rows: Mapping[str, Row]) -> bool | None:
    """Whether every published figure of the better rows is below those of the worse ones."""
    sides = [[rows[name].published.get(claim.column) for name in names] for names in (claim.better, claim.worse)]
    known = [[value for value in side if value is not None] for side in sides]
    if [len(side) for side in known] != [len(side) for side in sides]:
        return None
    return max(known[0]) < min(known[1])
