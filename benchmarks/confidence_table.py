"""Every confidence measure and CCNN in one table: how well each sorts right disparities from wrong ones.

    python benchmarks/confidence_table.py [--data DIR] [--worlds NAME ...] [--pairs N] [--evidence]

AUC is the area under the rate of errors above 3 px against density, percent (see `metrics.trust`); nothing can be below
"best possible". AUSE is of the mean error, px. Both are means over the pairs of a source. Prints a Markdown table for
each matcher; --evidence writes docs/evidence/confidence_table.json. From real samples only numbers are kept.
"""

import argparse
from collections.abc import Iterable, Mapping
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
from wilddepth.proxies.matchings import matched, network_confidence
from wilddepth.proxies.measures.catalog import all_confidences
from wilddepth.proxies.measures.matching import Matching
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
OURS = "**CCNN**"
BEST = "best possible"
WORLD_DISPARITIES = 128
Rows = dict[str, list[dict[str, float]]]


def arguments() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, help="folder of real samples with truth")
    parser.add_argument("--worlds", nargs="*", default=["flat-dusk"], metavar="NAME")
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


def table(matcher: str, found: Mapping[str, Mapping[str, Mapping[str, float]]]) -> str:
    """Markdown: a row for each confidence, the best on the first source first; two columns for each source."""
    names = list(found)
    order = sorted(found[names[0]], key=lambda name: found[names[0]][name]["auc"])
    lines = [
        f"| {matcher} | " + " | ".join(f"{name}: AUC, % | AUSE, px" for name in names) + " |",
        "|---|" + 2 * len(names) * "--:|",
    ]
    for name in order:
        cells = [f"{found[source][name]['auc']:.2f} | {found[source][name]['ause']:.3f}" for source in names]
        lines.append(f"| {name} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def means(rows: Rows) -> dict[str, dict[str, float]]:
    """The mean over pairs of each number of each confidence."""
    return {
        name: {key: float(np.nanmean([row[key] for row in each])) for key in each[0]} for name, each in rows.items()
    }


def verdict(found: Mapping[str, Mapping[str, Mapping[str, float]]]) -> dict[str, dict[str, object]]:
    """On each source: CCNN's distance to the best possible area, and that of the best single measure."""
    told = {}
    for source, rows in found.items():
        single = {name: row["auc"] for name, row in rows.items() if name not in (OURS, BEST)}
        name = min(single, key=single.__getitem__)
        above = {
            "best_measure": name,
            "best_measure_above": single[name] - rows[BEST]["auc"],
            "bad3": rows[BEST]["bad3"],
        }
        told[source] = {**above, "ccnn_above": rows[OURS]["auc"] - rows[BEST]["auc"] if OURS in rows else None}
    return told


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
                print(f"{matcher}, {source}: {verdict({source: found[source]})[source]}", flush=True)
        print(table(matcher, found), "\n", flush=True)
        numbers[matcher] = {"sources": found, "verdict": verdict(found)}
    if options.evidence:
        told = {"pairs": options.pairs, "size": options.size, "matchers": numbers}
        write_text(EVIDENCE, dump_json({"environment": environment(), "numbers": told}) + "\n")
        print(f"written: {EVIDENCE}")


if __name__ == "__main__":
    main()
