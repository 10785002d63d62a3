"""Every confidence measure and CCNN in one table: how well each sorts right disparities from wrong ones.

    python benchmarks/confidence_table.py [--data DIR] [--worlds NAME ...] [--pairs N] [--evidence]

AUC is the area under the rate of errors above 3 px against density, percent (see `metrics.trust`); nothing can be below
"best possible". AUSE is of the mean error, px. Both are means over the pairs of a source. Prints Markdown tables and a
verdict for each matcher; --evidence writes docs/evidence/confidence_table.json. Of real samples only numbers stay.
"""

import argparse
import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import numpy as np
import torch

from wilddepth.engine.confidence import confidence_names, load_confidence
from wilddepth.engine.environment import environment
from wilddepth.errors import SampleError
from wilddepth.formats.atomic import write_text
from wilddepth.metrics.trust import trust_row
from wilddepth.networks.ccnn import CCNN
from wilddepth.plain import dump_json
from wilddepth.proxies.matchings import matched
from wilddepth.proxies.measures.catalog import all_confidences
from wilddepth.proxies.measures.matching import Matching
from wilddepth.proxies.sides import network_confidence
from wilddepth.sources.open import open_source
from wilddepth.sources.source import Scene

EVIDENCE = Path(__file__).resolve().parents[1] / "docs" / "evidence" / "confidence_table.json"
REAL = {
    "KITTI 2015": ("kitti2015", 128),
    "Middlebury cones": ("middlebury/2003", 64),
    "Middlebury 2014": ("middlebury/2014", 128),
    "ETH3D playground": ("eth3d_twoview", 64),
}
"""Source -> folder below --data, and disparities searched."""
HELD_OUT = ("street-night-rain", "nature", "repetitive", "flat-dusk")
OURS = "**CCNN**"
BEST = "best possible"
WORLD_DISPARITIES = 128
WORDS = {"auc": "AUC, %", "ause": "AUSE, px"}
Rows = dict[str, list[dict[str, float]]]
Found = Mapping[str, Mapping[str, Mapping[str, float]]]
"""Source -> confidence -> number."""


def arguments() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, help="folder of real samples with truth")
    parser.add_argument(
        "--worlds", nargs="*", default=["street-night-rain", "nature", "repetitive", "flat-dusk"], metavar="NAME"
    )
    parser.add_argument("--pairs", type=int, default=6, help="of each source, at most")
    parser.add_argument("--size", default="320x896", metavar="HxW", help="of rendered pairs")
    parser.add_argument("--matchers", nargs="*", default=["census-sgm", "census-box"])
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--evidence", action="store_true", help=f"write {EVIDENCE.name}")
    return parser.parse_args()


def sources(options: argparse.Namespace) -> dict[str, tuple[Iterable[Scene], int]]:
    """Name -> scenes with truth, and disparities searched."""
    height, width = options.size.split("x")
    found: dict[str, tuple[Iterable[Scene], int]] = {}
    for name in options.worlds:
        text = f"worlds:{name}?seed=7&frames={options.pairs}&height={height}&width={width}"
        found[name] = open_source(text), WORLD_DISPARITIES
    for name, (folder, number) in REAL.items() if options.data else ():
        try:
            found[name] = open_source(str(options.data / folder), limit=options.pairs), number
        except SampleError as error:
            print(f"left out: {name} ({error})")
    return found


def confidences(matching: Matching, judge: CCNN | None) -> dict[str, np.ndarray]:
    """All measures by name, and CCNN where it was trained for this matcher."""
    found = all_confidences(matching)
    if judge is not None:
        found[OURS] = network_confidence(judge, matching)
    return found


def scene_rows(scene: Scene, matcher: str, number: int, judge: CCNN | None) -> Mapping[str, dict[str, float]]:
    """What every confidence is worth on one pair, over the pixels with truth."""
    if scene.truth is None or scene.truth.disparity is None:
        return {}
    matching = matched(scene.sample, matcher, number)[0]
    truth, known = scene.truth.disparity[0, 0].numpy(), scene.truth.valid[0, 0].numpy()
    error = np.abs(matching.disparity - truth)[known]
    error[~np.isfinite(error)] = np.inf
    rows = {name: trust_row(error, found[known]) for name, found in confidences(matching, judge).items()}
    first = next(iter(rows.values()))
    return {**rows, BEST: {**first, "auc": first["auc_best"], "ause": 0.0, "bad3": 100 * float((error > 3).mean())}}


def table(matcher: str, found: Found, key: str, names: Sequence[str]) -> str:
    """Markdown of one number: a row for each confidence, a column for each source, their mean last and in order."""
    mean = {name: float(np.mean([rows[name][key] for rows in found.values()])) for name in names}
    lines = [f"| {matcher}: {WORDS[key]} | " + " | ".join([*found, "mean"]) + " |", "|---|" + (len(found) + 1) * "--:|"]
    for name in sorted(names, key=mean.__getitem__):
        cells = [f"{rows[name][key]:.2f}" for rows in found.values()]
        lines.append(f"| {name} | " + " | ".join([*cells, f"{mean[name]:.2f}"]) + " |")
    return "\n".join(lines)


def means(rows: Rows) -> dict[str, dict[str, float]]:
    """The mean over pairs of each number of each confidence."""
    return {
        name: {key: float(np.nanmean([row[key] for row in each])) for key in each[0]} for name, each in rows.items()
    }


def verdict(found: Found) -> dict[str, object]:
    """CCNN's distance to the best possible area beside that of single measures, percent.

    Two rivals: the measure that is best on average over all sources, and on each source the one that is best there,
    which nobody knows without truth.
    """
    single = [name for name in next(iter(found.values())) if name not in (OURS, BEST)]
    above = {
        name: {source: rows[name]["auc"] - rows[BEST]["auc"] for source, rows in found.items()}
        for name in [*single, *(OURS,) * all(OURS in rows for rows in found.values())]
    }
    mean = {name: float(np.mean(list(each.values()))) for name, each in above.items()}
    one = min(single, key=mean.__getitem__)
    told = {}
    for source, rows in found.items():
        best = min(single, key=lambda name: above[name][source])
        told[source] = {
            "bad3": rows[BEST]["bad3"],
            "ccnn_above": above.get(OURS, {}).get(source),
            "ccnn_ece": rows.get(OURS, {}).get("ece"),
            "one_measure_above": above[one][source],
            "best_measure": best,
            "best_measure_above": above[best][source],
        }
    best_above = float(np.mean([row["best_measure_above"] for row in told.values()]))
    overall = {"ccnn_above": mean.get(OURS), "one_measure": one, "one_measure_above": mean[one]}
    return {"sources": told, "mean": {**overall, "best_measure_above": best_above}}


def kept(options: argparse.Namespace) -> dict[str, object]:
    """What is written already of other matchers, on the same pairs."""
    if not EVIDENCE.is_file():
        return {}
    before = json.loads(EVIDENCE.read_text())["numbers"]
    same = (before["pairs"], before["size"]) == (options.pairs, options.size)
    return before["matchers"] if same else {}


def main() -> None:
    """Measure, print, and keep the numbers where that is asked for."""
    options = arguments()
    torch.set_num_threads(options.threads)
    numbers: dict[str, object] = {}
    for matcher in options.matchers:
        name = f"ccnn-{matcher}"
        judge = load_confidence(name)[0] if name in confidence_names() else None
        found = {}
        for source, (scenes, number) in sources(options).items():
            rows: Rows = {}
            for scene in scenes:
                for each, row in scene_rows(scene, matcher, number, judge).items():
                    rows.setdefault(each, []).append(row)
            if rows:
                found[source] = means(rows)
                print(f"{matcher}, {source}: {len(next(iter(rows.values())))} pairs", flush=True)
        judgement = verdict(found)
        of_all = list(next(iter(found.values())))
        print(table(matcher, found, "auc", of_all), "\n", flush=True)
        print(table(matcher, found, "ause", [name for name in of_all if name != BEST]), "\n", flush=True)
        print(dump_json(judgement), "\n", flush=True)
        numbers[matcher] = {"sources": found, "verdict": judgement}
    if options.evidence:
        told = {"pairs": options.pairs, "size": options.size, "matchers": {**kept(options), **numbers}}
        write_text(EVIDENCE, dump_json({"environment": environment(), "numbers": told}) + "\n")
        print(f"written: {EVIDENCE}")


if __name__ == "__main__":
    main()
