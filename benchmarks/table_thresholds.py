"""Above which confidence should a proxy teach? The thresholds of the rows of the mini tables, tried on training worlds.

    python benchmarks/table_thresholds.py [--threads N] [--evidence]

Rows (i) and (k) of `pami-stereo` - all losses, one proxy - learn with each threshold from each world below, shorter
than in the table, and are scored with the renderer's exact disparity. The threshold of a proxy that leaves the least
bad 3, as a geometric mean over the worlds, is the one that the table uses. Both worlds are of those that training may
see; the table is measured on others. Results are kept in runs/thresholds, and what is there is not run again;
--evidence writes docs/evidence/table_thresholds.json. About a minute a case on a core.
"""

import argparse
import math
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import torch

from wilddepth.engine.environment import environment
from wilddepth.formats.atomic import write_text
from wilddepth.plain import dump_json
from wilddepth.tables.material import Material
from wilddepth.tables.pami_stereo import MINI, PAMI_STEREO
from wilddepth.tables.runner import LABELS, Bench
from wilddepth.tables.table import Part, Pick, Row, Scale, Table

ROOT = Path(__file__).resolve().parents[1]
KEPT = ROOT / "runs" / "thresholds"
EVIDENCE = ROOT / "docs" / "evidence" / "table_thresholds.json"
WORLDS = ("street", "indoor")
THRESHOLDS = (0.5, 0.65, 0.8, 0.9)
ROWS = {"ad": "i", "sgm": "k"}
"""Proxy -> the row of the published table that learns from it with all losses."""
STEPS, PAIRS = 120, 6
COLUMN = "target/bad3"


def part(world: str) -> Part:
    """Adapt to a world, and score on the same pairs."""
    picks = (Pick(f"worlds:{world}?seed=11&frames={PAIRS}&height=256&width=512"),)
    return Part(world, world, picks, {"target": picks})


def row(proxy: str, threshold: float) -> Row:
    """The row of that proxy with another threshold."""
    base = PAMI_STEREO.row(ROWS[proxy])
    return replace(base, name=f"{proxy}-{threshold:g}", settings={**base.settings, "threshold": threshold})


def bench() -> Bench:
    """A table of these rows, which the runner of all tables runs."""
    columns = tuple(column for column in PAMI_STEREO.columns if column.scored_on == "target")
    rows = (PAMI_STEREO.row("a"), *(row(proxy, threshold) for proxy in ROWS for threshold in THRESHOLDS))
    scale = Scale(tuple(map(part, WORLDS)), replace(MINI.plan, steps=STEPS), MINI.starts)
    table = Table("thresholds", "Thresholds of confidence", "ours", columns, rows, {"mini": scale})
    return Bench(table, scale, scale.parts, Material(None, KEPT / LABELS), KEPT, torch.device("cpu"))


def choice(numbers: Mapping[str, Mapping[str, float]]) -> dict[str, float]:
    """The threshold of each proxy, from bad 3 by row and world."""

    def left(proxy: str, threshold: float) -> float:
        found = numbers[row(proxy, threshold).name]
        return math.prod(found[world] for world in WORLDS) ** (1 / len(WORLDS))

    return {proxy: min(THRESHOLDS, key=lambda threshold: left(proxy, threshold)) for proxy in ROWS}


def main() -> None:
    """Run what has not been run, print the table and the choice."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--threads", type=int, help="all cores if not given")
    parser.add_argument("--evidence", action="store_true", help=f"write {EVIDENCE.name}")
    options = parser.parse_args()
    torch.set_num_threads(options.threads or torch.get_num_threads())
    todo, numbers, scores = bench(), {}, {}
    print(f"{'row':10}" + "".join(f"{world + ' bad 3, %':>20}{'MAE, px':>10}" for world in WORLDS))
    for each in todo.table.rows:
        found = todo.done(each, 0) or todo.run(each, 0, lambda progress: None)
        scores[each.name] = {name: dict(part.numbers) for name, part in found.parts.items()}
        numbers[each.name] = {name: told[COLUMN] for name, told in scores[each.name].items()}
        of_worlds = (scores[each.name][world] for world in WORLDS)
        words = "".join(f"{told[COLUMN]:20.2f}{told['target/epe']:10.2f}" for told in of_worlds)
        print(f"{each.name:10}{words}", flush=True)
    print(f"chosen: {choice(numbers)}")
    if options.evidence:
        told = {"steps": STEPS, "pairs": PAIRS, "rows": scores, "chosen": choice(numbers)}
        write_text(EVIDENCE, dump_json({"environment": environment(), "numbers": told}) + "\n")
        print(f"written: {EVIDENCE}")


if __name__ == "__main__":
    main()
