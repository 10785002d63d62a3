"""How fast one pair is predicted, against the same network as one would write it down: eager, float32, as it comes.

    python benchmarks/predict_speed.py [--evidence [NAME]] [--no-compile] [--threads N] [--rounds N]
                                       [--weights NAME|FILE|DIR]

All variants run in one process and in turns, so that whatever else the machine does falls on all of them alike. Give
the machine nothing else to do nevertheless. --evidence writes docs/evidence/predict_speed.json, or NAME.json there.
"""

import argparse
import copy
import statistics
import time
from collections.abc import Callable
from pathlib import Path

import torch
from torch import Tensor

from wilddepth.engine.device import fast_products
from wilddepth.engine.environment import environment
from wilddepth.engine.infer import Predictor
from wilddepth.engine.precision import choose_precision
from wilddepth.engine.weights import chosen_network, packaged_names
from wilddepth.formats.atomic import write_text
from wilddepth.methods.supervised import Supervised
from wilddepth.networks.madnet import MADNet
from wilddepth.plain import dump_json
from wilddepth.sample import Sample
from wilddepth.worlds.catalog import render

EVIDENCE = Path(__file__).resolve().parents[1] / "docs" / "evidence"
REFERENCE = "reference"
DEFAULT_WEIGHTS = "madnet-worlds"


def arguments() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=9, help="timed predictions of each variant")
    parser.add_argument("--size", default="384x1280", metavar="HxW")
    parser.add_argument("--threads", type=int, help="all cores if not given")
    parser.add_argument("--weights", help=f"{DEFAULT_WEIGHTS} if packaged, else random ones")
    parser.add_argument("--no-compile", action="store_true", help="leave the compiled variants out")
    parser.add_argument(
        "--evidence", nargs="?", const="predict_speed", metavar="NAME", help="write docs/evidence/NAME.json"
    )
    return parser.parse_args()


def network_of(weights: str | None) -> tuple[MADNet, str]:
    """The network and what its weights are called."""
    if weights is None and DEFAULT_WEIGHTS not in packaged_names():
        return MADNet(generator=torch.Generator().manual_seed(0)).eval(), "random"
    return chosen_network(weights or DEFAULT_WEIGHTS, 1.0), weights or DEFAULT_WEIGHTS


def reference(network: MADNet) -> Callable[[Sample], Tensor]:
    """The network as one would write it down."""

    def predict(sample: Sample) -> Tensor:
        pair = sample.stereo()
        with torch.no_grad():
            return network(pair.left, pair.right).disparities[-1]

    return predict


def ours(network: MADNet, **options: object) -> Callable[[Sample], Tensor]:
    """What `wilddepth predict` does, without the second view."""
    predictor = Predictor(Supervised(copy.deepcopy(network)), device="cpu", **options)
    return lambda sample: predictor(sample, confidence=False).values


def variants(network: MADNet, *, compiled: bool) -> dict[str, Callable[[Sample], Tensor]]:
    """Name -> prediction, the reference first."""
    found = {
        REFERENCE: reference(copy.deepcopy(network)),
        "fp32, torch's convolutions": ours(network, precision="fp32", convolutions="direct"),
        "fp32": ours(network, precision="fp32"),
        "bf16": ours(network, precision="bf16"),
    }
    if compiled:
        found["fp32 --compile"] = ours(network, precision="fp32", compile=True)
        found["bf16 --compile"] = ours(network, precision="bf16", compile=True)
    return found


def measured(
    predictions: dict[str, Callable[[Sample], Tensor]], sample: Sample, rounds: int
) -> dict[str, dict[str, float]]:
    """Numbers of each variant: the first call apart, then `rounds` calls in turns."""
    seconds: dict[str, list[float]] = {name: [] for name in predictions}
    values: dict[str, Tensor] = {}
    for _ in range(2 + rounds):
        for name, predict in predictions.items():
            begin = time.perf_counter()
            values[name] = predict(sample)
            seconds[name].append(time.perf_counter() - begin)
    truth = values[REFERENCE]
    rows = {}
    for name, (first, _, *later) in seconds.items():
        difference = (values[name] - truth).abs()
        rows[name] = {
            "first_s": first,
            "median_s": statistics.median(later),
            "least_s": min(later),
            "mean_difference_px": float(difference.mean()),
            "largest_difference_px": float(difference.max()),
        }
    for row in rows.values():
        row["ratio"] = rows[REFERENCE]["median_s"] / row["median_s"]
        row["ratio_of_least"] = rows[REFERENCE]["least_s"] / row["least_s"]
    return rows


def main() -> None:
    """Measure, print, and keep the numbers where that is asked for."""
    options = arguments()
    torch.set_num_threads(options.threads or torch.get_num_threads())
    height, width = map(int, options.size.split("x"))
    network, weights = network_of(options.weights)
    sample = render("flat-all", 5, 0, height, width)[0]
    auto = choose_precision("auto", Supervised(copy.deepcopy(network)).eval(), torch.device("cpu"))
    rows = measured(variants(network, compiled=not options.no_compile), sample, options.rounds)
    told = {
        "size": [height, width],
        "batch": 1,
        "weights": weights,
        "threads": torch.get_num_threads(),
        "cpu_flags": list(fast_products()),
        "auto_precision": auto,
        "rounds": options.rounds,
        "variants": rows,
    }
    print(f"{height}x{width}, {told['threads']} threads, weights {weights}, flags {' '.join(fast_products())}")
    print(f"{'':28}{'first':>8}{'median':>9}{'least':>9}{'ratio':>8}{'of least':>10}{'mean diff':>12}{'largest':>10}")
    for name, row in rows.items():
        print(
            f"{name:28}{row['first_s']:6.1f} s{row['median_s']:7.3f} s{row['least_s']:7.3f} s{row['ratio']:8.2f}"
            f"{row['ratio_of_least']:10.2f}{row['mean_difference_px']:9.5f} px{row['largest_difference_px']:7.3f} px"
        )
    for name in (auto, f"{auto} --compile"):
        if name in rows:
            print(f"what --precision auto gives: {name} is {rows[name]['ratio']:.2f} times as fast as the reference")
    if options.evidence:
        file = EVIDENCE / f"{options.evidence}.json"
        write_text(file, dump_json({"environment": environment(), "numbers": told}) + "\n")
        print(f"written: {file}")


if __name__ == "__main__":
    main()
