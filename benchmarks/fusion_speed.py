"""How fast the best of twelve published matcher settings is found at each pixel, against doing them one by one.

    python benchmarks/fusion_speed.py [--evidence] [--size HxW] [--rounds N]

The reference matches with each of the twelve settings, rebuilds the view with each map and keeps the best, as one would
write it down with the loss that training uses. "one by one" does the same with the error measure of ours; its output
must be ours to the bit. One thread, CPU time of the process, in turns. --evidence writes
docs/evidence/fusion_speed.json.
"""

import argparse
import statistics
import time
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import torch

from wilddepth.engine.environment import environment
from wilddepth.formats.atomic import write_text
from wilddepth.geometry.warp import warp_by_disparity
from wilddepth.losses.photometric import photometric_map
from wilddepth.plain import dump_json
from wilddepth.proxies.attach import pictures
from wilddepth.proxies.fill import fill_holes
from wilddepth.proxies.hints import PUBLISHED, best, distinct, match, matched_once
from wilddepth.worlds.catalog import render

EVIDENCE = Path(__file__).resolve().parents[1] / "docs" / "evidence" / "fusion_speed.json"
REFERENCE, PLAIN, OURS = "reference: twelve, torch", "twelve one by one", "fusion"


def arguments() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5, help="timed rounds of each variant")
    parser.add_argument("--size", default="384x1280", metavar="HxW")
    parser.add_argument("--evidence", action="store_true", help=f"write {EVIDENCE.name}")
    return parser.parse_args()


def taken(maps: list[np.ndarray], number: np.ndarray) -> np.ndarray:
    """At each pixel the map of that number."""
    return np.take_along_axis(np.stack(maps), number[None], axis=0)[0]


def reference(left: np.ndarray, right: np.ndarray) -> np.ndarray:
    """As one would write it down."""
    target, source = (torch.from_numpy(view.transpose(2, 0, 1).copy())[None].float() / 255 for view in (left, right))
    maps, errors = [], []
    for matcher in PUBLISHED:
        maps.append(match(left, right, matcher))
        rebuilt, _ = warp_by_disparity(source, torch.from_numpy(fill_holes(maps[-1]))[None, None])
        error = photometric_map(rebuilt, target)[0, 0].numpy()
        errors.append(np.where(np.isfinite(maps[-1]), error, np.inf))
    return taken(maps, np.argmin(errors, axis=0))


def one_by_one(left: np.ndarray, right: np.ndarray) -> np.ndarray:
    """Every setting matched and judged, equal ones too."""
    maps = [match(left, right, matcher) for matcher in PUBLISHED]
    return taken(maps, best(left, right, maps))


def fusion(left: np.ndarray, right: np.ndarray) -> np.ndarray:
    """No map computed twice."""
    maps = matched_once(left, right, PUBLISHED)
    return taken(maps, best(left, right, maps))


def measured(left: np.ndarray, right: np.ndarray, rounds: int) -> dict[str, dict[str, float]]:
    """CPU seconds of each variant, in turns, the first round apart; and how much of the output is ours."""
    variants: dict[str, Callable[[np.ndarray, np.ndarray], np.ndarray]] = {
        REFERENCE: reference,
        PLAIN: one_by_one,
        OURS: fusion,
    }
    seconds: dict[str, list[float]] = {name: [] for name in variants}
    maps: dict[str, np.ndarray] = {}
    for _ in range(1 + rounds):
        for name, variant in variants.items():
            begin = time.process_time()
            maps[name] = variant(left, right)
            seconds[name].append(time.process_time() - begin)
    return {
        name: {
            "median_s": statistics.median(each[1:]),
            "least_s": min(each[1:]),
            "equal_pixels": float(np.mean((maps[name] == maps[OURS]) | np.isnan(maps[name]) & np.isnan(maps[OURS]))),
        }
        for name, each in seconds.items()
    }


def main() -> None:
    """Measure, print, and keep the numbers where that is asked for."""
    options = arguments()
    torch.set_num_threads(1)
    cv2.setNumThreads(1)
    height, width = map(int, options.size.split("x"))
    ((left, right, _),) = pictures(render("flat-all", 5, 0, height, width)[0])
    rows = measured(left, right, options.rounds)
    print(f"{height}x{width}, one thread, {len(PUBLISHED)} settings, {len(distinct(PUBLISHED)[0])} maps")
    for name, row in rows.items():
        row["ratio"] = row["median_s"] / rows[OURS]["median_s"]
        row["ratio_of_least"] = row["least_s"] / rows[OURS]["least_s"]
        print(
            f"{name:26}{row['median_s']:7.2f} s CPU{row['ratio']:7.2f} times ours ({row['ratio_of_least']:.2f} of the "
            f"least){100 * row['equal_pixels']:9.3f} % of the pixels equal"
        )
    if options.evidence:
        numbers = {"size": [height, width], "rounds": options.rounds, "variants": rows}
        write_text(EVIDENCE, dump_json({"environment": environment(), "numbers": numbers}) + "\n")
        print(f"written: {EVIDENCE}")


if __name__ == "__main__":
    main()
