"""How long confidence takes on one pair of 384x1280 with 128 disparities, beside OpenCV's semi-global matching of it.

    python benchmarks/confidence_speed.py [--evidence] [--threads N] [--rounds N] [--size HxW]

One process, in turns. Seconds of processor time, for other programs may run beside: with one thread that is the wall
time of an idle machine. Every round looks at a matching as if for the first time, so nothing is computed ahead.
--evidence writes docs/evidence/confidence_speed.json.
"""

import argparse
import resource
import statistics
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import cv2
import torch

from wilddepth.engine.environment import environment
from wilddepth.formats.atomic import write_text
from wilddepth.networks.ccnn import CCNN
from wilddepth.plain import dump_json
from wilddepth.proxies.matchings import matched
from wilddepth.proxies.measures.catalog import MEASURES, all_confidences
from wilddepth.proxies.measures.matching import Matching
from wilddepth.proxies.wild import WildSettings, wild_labels
from wilddepth.worlds.catalog import render

EVIDENCE = Path(__file__).resolve().parents[1] / "docs" / "evidence" / "confidence_speed.json"
REFERENCE = "OpenCV MODE_HH"
NUMBER = 128
GOALS = {"WILD labels": 1.0, "all measures": 15.0}
"""Seconds."""


def arguments() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--size", default="384x1280", metavar="HxW")
    parser.add_argument("--threads", type=int, default=1, help="of torch; the measures run on one")
    parser.add_argument("--evidence", action="store_true", help=f"write {EVIDENCE.name}")
    return parser.parse_args()


def variants(matching: Matching) -> dict[str, Callable[[Matching], object]]:
    """Name -> what is done with a matching; the reference first."""
    matcher = cv2.StereoSGBM.create(0, NUMBER, 3, 8 * 9, 32 * 9, mode=cv2.STEREO_SGBM_MODE_HH)
    network = CCNN(generator=torch.Generator().manual_seed(0)).eval()

    def confidence(m: Matching) -> object:
        with torch.no_grad():
            return network.confidence(torch.from_numpy(m.disparity)[None, None])

    return {
        REFERENCE: lambda m: matcher.compute(m.left, m.right),
        "WILD labels": lambda m: wild_labels(m, WildSettings()),
        "CCNN": confidence,
        "all measures": all_confidences,
        **{name: each.confidence for name, each in MEASURES.items()},
    }


def main() -> None:
    """Measure, print, and keep the numbers where that is asked for."""
    options = arguments()
    torch.set_num_threads(options.threads)
    cv2.setNumThreads(options.threads)
    height, width = map(int, options.size.split("x"))
    matching = matched(render("flat-all", 5, 0, height, width)[0], "census-sgm", NUMBER)[0]
    peak_before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    seconds: dict[str, list[float]] = {name: [] for name in variants(matching)}
    for _ in range(1 + options.rounds):
        for name, run in variants(matching).items():
            fresh = replace(matching)  # without what an earlier measure has read from its curves
            begin = time.process_time()
            run(fresh)
            seconds[name].append(time.process_time() - begin)
    rows = {name: {"median_s": statistics.median(each[1:]), "least_s": min(each[1:])} for name, each in seconds.items()}
    for row in rows.values():
        row["of_reference"] = row["median_s"] / rows[REFERENCE]["median_s"]
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    for name, row in rows.items():
        goal = f"   goal {GOALS[name]:g} s" if name in GOALS else ""
        print(f"{name:16}{row['median_s']:8.3f} s   {row['of_reference']:6.2f} of the reference{goal}")
    print(f"most memory of the whole process: {peak:.2f} GiB ({peak_before / 2**20:.2f} before measuring); goal 3 GiB")
    if options.evidence:
        told = {
            "size": [height, width, NUMBER],
            "threads": options.threads,
            "rounds": options.rounds,
            "processor_seconds": rows,
            "peak_gib": peak,
        }
        write_text(EVIDENCE, dump_json({"environment": environment(), "numbers": told}) + "\n")
        print(f"written: {EVIDENCE}")


if __name__ == "__main__":
    main()
