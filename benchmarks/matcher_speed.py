"""How fast our matchers are, against OpenCV's semi-global matching in eight directions (MODE_HH), in one run.

    python benchmarks/matcher_speed.py [--evidence] [--rounds N] [--size HxW] [--disparities N] [--threads 1,2]

All variants run in one process and in turns, so that whatever else the machine does falls on all of them alike. Beside
the wall time stands the time of the processor: more than the wall time is the work of several threads. Ours give both
views and, where "with costs", the cost volumes too; OpenCV's gives the left view. On a GPU that CUDA can use the torch
version runs too. --evidence writes docs/evidence/matcher_speed.json.
"""

import argparse
import statistics
import time
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import torch

from wilddepth.engine.device import fast_products
from wilddepth.engine.environment import environment
from wilddepth.formats.atomic import write_text
from wilddepth.plain import dump_json
from wilddepth.proxies.attach import eight_bit
from wilddepth.proxies.matchers.ad_census import ADCensusSettings, match_ad_census
from wilddepth.proxies.matchers.census_box import CensusBoxSettings, match_census_box
from wilddepth.proxies.matchers.census_sgm import CensusSGMSettings, match_census_sgm
from wilddepth.proxies.matchers.census_sgm_torch import match_batch
from wilddepth.proxies.sgm import MatcherSettings, grey_levels, match_left
from wilddepth.worlds.catalog import render

EVIDENCE = Path(__file__).resolve().parents[1] / "docs" / "evidence" / "matcher_speed.json"
REFERENCE = "OpenCV MODE_HH, left view"
Run = Callable[[], object]


def arguments() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=7, help="timed runs of each variant")
    parser.add_argument("--size", default="384x1280", metavar="HxW")
    parser.add_argument("--disparities", type=int, default=128)
    parser.add_argument("--threads", default="1,2", help="numbers of threads, each measured by itself")
    parser.add_argument("--evidence", action="store_true", help=f"write {EVIDENCE.name}")
    return parser.parse_args()


def rendered(height: int, width: int) -> tuple[np.ndarray, np.ndarray]:
    """A pair as colours (h w 3)."""
    pair = render("flat-all", 5, 0, height, width)[0].stereo()
    return eight_bit(pair.left)[0], eight_bit(pair.right)[0]


def variants(left: np.ndarray, right: np.ndarray, number: int, threads: int) -> dict[str, Run]:
    """Name -> one run, the reference first."""
    grey = grey_levels(left), grey_levels(right)
    opencv = MatcherSettings(mode="hh", block=3, p2=32, num_disparities=number, images="grey", extend_border=False)
    census, mei = CensusSGMSettings(num_disparities=number), ADCensusSettings(num_disparities=number)
    box = CensusBoxSettings(num_disparities=number)
    found: dict[str, Run] = {
        REFERENCE: lambda: match_left(*grey, opencv),
        "census-sgm with costs": lambda: match_census_sgm(left, right, census, volumes=True, threads=threads),
        "ad-census (Mei)": lambda: match_ad_census(left, right, mei, threads=threads),
        "census-box with costs": lambda: match_census_box(left, right, box, volumes=True, threads=threads),
    }
    if torch.cuda.is_available():
        on_gpu = [torch.from_numpy(view)[None].cuda() for view in grey]
        found["census-sgm in torch, GPU"] = lambda: (match_batch(*on_gpu, census), torch.cuda.synchronize())
    return found


def measured(runs: dict[str, Run], rounds: int) -> dict[str, dict[str, float]]:
    """Seconds of each variant after one run to translate and warm up, in turns; ratios are to the reference's."""
    wall: dict[str, list[float]] = {name: [] for name in runs}
    processor: dict[str, list[float]] = {name: [] for name in runs}
    for turn in range(1 + rounds):
        for name, run in runs.items():
            begin, begin_processor = time.perf_counter(), time.process_time()
            run()
            if turn:
                wall[name].append(time.perf_counter() - begin)
                processor[name].append(time.process_time() - begin_processor)
    rows = {
        name: {
            "median_s": statistics.median(wall[name]),
            "least_s": min(wall[name]),
            "median_processor_s": statistics.median(processor[name]),
            "least_processor_s": min(processor[name]),
        }
        for name in runs
    }
    for row in rows.values():
        for key in ("median_s", "least_s", "median_processor_s", "least_processor_s"):
            row[f"times_{key[:-2]}"] = row[key] / rows[REFERENCE][key]
    return rows


def main() -> None:
    """Measure, print, and keep the numbers where that is asked for."""
    options = arguments()
    height, width = map(int, options.size.split("x"))
    left, right = rendered(height, width)
    told: dict[str, object] = {
        "size": [height, width, options.disparities],
        "rounds": options.rounds,
        "cpu_flags": list(fast_products()),
    }
    print(f"{height}x{width}x{options.disparities}; flags {' '.join(fast_products())}; times: of the reference's")
    for threads in map(int, options.threads.split(",")):
        cv2.setNumThreads(threads)
        torch.set_num_threads(threads)
        rows = measured(variants(left, right, options.disparities, threads), options.rounds)
        told[f"threads_{threads}"] = rows
        print(
            f"\n{threads} threads{'':19}{'median':>9}{'least':>9}{'times':>7}{'processor':>11}{'least':>9}{'times':>7}"
        )
        for name, row in rows.items():
            print(
                f"{name:28}{row['median_s']:7.3f} s{row['least_s']:7.3f} s{row['times_least']:7.2f}"
                f"{row['median_processor_s']:9.3f} s{row['least_processor_s']:7.3f} s"
                f"{row['times_least_processor']:7.2f}"
            )
    if options.evidence:
        write_text(EVIDENCE, dump_json({"environment": environment(), "numbers": told}) + "\n")
        print(f"written: {EVIDENCE}")


if __name__ == "__main__":
    main()
