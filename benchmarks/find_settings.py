"""Do settings that are found without truth come close to those that the truth would choose?

    python benchmarks/find_settings.py [--pairs N] [--data DIR] [--evidence] [SOURCE ...]

Every candidate labels some pairs of each source; the score without truth orders them, and so does the truth: the share
of known pixels that have no label or one that is wrong by more than 3 px and 5 %. Printed are the rank correlation of
both orders, and what the choice costs against the best candidate and against the one in the middle. The score's weight
was chosen on flat-street and flat-indoor; the other sources had no part in it. --evidence writes
docs/evidence/find_settings.json.
"""

import argparse
import statistics
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch

from wilddepth.engine.environment import environment
from wilddepth.formats.atomic import write_text
from wilddepth.plain import dump_json
from wilddepth.proxies.attach import pictures
from wilddepth.proxies.search import DISAGREEMENT, Measured, default_candidates, measured
from wilddepth.sources.open import open_source
from wilddepth.sources.source import Scene

EVIDENCE = Path(__file__).resolve().parents[1] / "docs" / "evidence" / "find_settings.json"
WORLDS = tuple(f"worlds:flat-{name}?seed=77&height=192&width=512" for name in ("street", "indoor", "flying", "dusk"))

REAL = ("kitti2015", "middlebury/2014", "middlebury/2003", "eth3d_twoview")
ALONE = ("_photometric_alone", "_consistency_alone")


def arguments() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("sources", nargs="*", help="pairs with truth; four worlds if not given")
    parser.add_argument("--data", type=Path, help="folder of real samples")
    parser.add_argument("--pairs", type=int, default=3, help="of each source")
    parser.add_argument("--evidence", action="store_true", help=f"write {EVIDENCE.name}")
    return parser.parse_args()


def not_right(scene: Scene, disparity: np.ndarray) -> float:
    """Share of the known pixels without a label that is right to 3 px or 5 %."""
    if scene.truth is None or scene.truth.disparity is None:
        raise SystemExit(f"{scene.key} has no true disparity")
    known, valid = scene.truth.disparity[0, 0].numpy(), scene.truth.valid[0, 0].numpy()
    error = np.abs(disparity - known)
    right = (error <= 3) | (error <= 0.05 * known)  # nan is not right
    return float(1 - right[valid].mean())


def ranks(values: Sequence[float]) -> np.ndarray:
    """Places in order, ties sharing their mean."""
    order = np.sort(values)
    return np.array([(np.searchsorted(order, v) + np.searchsorted(order, v, side="right") - 1) / 2 for v in values])


def compared(words: str, pairs: int) -> dict[str, Any]:
    """Both orders of the candidates on one source."""
    source, candidates = open_source(words), default_candidates()
    count = min(pairs, len(source))
    found = np.zeros((len(candidates), count, 3))
    begin = time.process_time()
    for place in range(count):
        scene = source[place * len(source) // count]
        ((left, right, lowest),) = pictures(scene.sample)
        for number, maker in enumerate(candidates):
            labels = maker(left, right, lowest)
            known = measured(left, right, labels, lowest)
            found[number, place] = known.photometric, known.consistent, not_right(scene, labels[0].disparity)
    photometric, consistent, wrong = found.mean(axis=1).T
    score = [Measured(p, c).score for p, c in zip(photometric, consistent, strict=True)]
    chosen = int(np.argmin(score))

    def correlation(values: Sequence[float], among: Sequence[int] = range(len(candidates))) -> float:
        return float(np.corrcoef(ranks([values[n] for n in among]), ranks([wrong[n] for n in among]))[0, 1])

    grid = [number for number, maker in enumerate(candidates) if maker.name == "opencv-sgm"]
    of_grid = min(grid, key=lambda number: score[number])
    return {
        "pairs": count,
        "candidates": len(candidates),
        "rank_correlation": correlation(score),
        "rank_correlation_photometric_alone": correlation(photometric),
        "rank_correlation_consistency_alone": correlation(1 - consistent),
        "rank_correlation_of_one_matcher": correlation(score, grid),
        "not_right_chosen_of_one_matcher": float(wrong[of_grid]),
        "not_right_best_of_one_matcher": float(wrong[grid].min()),
        "chosen": candidates[chosen].plain(),
        "not_right_chosen": float(wrong[chosen]),
        "not_right_best": float(wrong.min()),
        "not_right_middle": statistics.median(wrong.tolist()),
        "not_right_worst": float(wrong.max()),
        "not_right_photometric_alone": float(wrong[int(np.argmin(photometric))]),
        "place_of_chosen": int((wrong < wrong[chosen]).sum()) + 1,
        "cpu_seconds": time.process_time() - begin,
    }


def line(row: Mapping[str, Any]) -> str:
    """A row for people."""
    correlations = "".join(f"{row['rank_correlation' + of]:9.2f}" for of in ("", *ALONE, "_of_one_matcher"))
    shares = "".join(f"{100 * row['not_right_' + of]:9.1f}" for of in ("chosen", "best", "middle", "worst"))
    of_one = "".join(f"{100 * row[f'not_right_{of}_of_one_matcher']:9.1f}" for of in ("chosen", "best"))
    place = f"{row['chosen']['algorithm']}, place {row['place_of_chosen']} of {row['candidates']}"
    return f"{row['source'][-50:]:50}{correlations}{shares}{of_one}   {place}, {row['cpu_seconds']:.0f} s"


def main() -> None:
    """Measure, print, and keep the numbers where that is asked for."""
    options = arguments()
    torch.set_num_threads(1)
    cv2.setNumThreads(1)
    rows = []
    print("rank correlation of score, of both its parts alone, of the score among settings of one matcher;")
    print("not right, %: chosen, best, middle, worst; chosen and best of one matcher")
    real = {name: str(options.data / name) for name in REAL} if options.data else {}
    for name, words in {**{words: words for words in options.sources or WORLDS}, **real}.items():
        row = {"source": name, **compared(words, options.pairs)}
        rows.append(row)
        print(line(row), flush=True)
    if options.evidence:
        numbers = {"disagreement": DISAGREEMENT, "sources": rows}
        write_text(EVIDENCE, dump_json({"environment": environment(), "numbers": numbers}) + "\n")
        print(f"written: {EVIDENCE}")


if __name__ == "__main__":
    main()
