"""How large should a network see its pictures? What is known without truth, and the scores, by factor.

    python benchmarks/enlarge.py SOURCE [SOURCE ...] [--weights NAME|FILE|DIR] [--factors X ...] [--pairs FROM:TO]
                                 [--protocol NAME] [--threads N] [--evidence NAME]

For each source and factor: the photometric error on visible pixels, by which an adaptation is judged without truth;
D1-all and EPE, for which the source must have truth; and seconds a pair. All of them at the size of the pictures, so
that factors compare. --pairs takes pairs FROM to TO - 1 alone. --evidence writes docs/evidence/NAME.json.
"""

import argparse
import time
from pathlib import Path
from typing import Any

import numpy as np
import torch

from wilddepth.engine.environment import environment
from wilddepth.engine.evaluate import evaluate
from wilddepth.engine.infer import Predictor
from wilddepth.engine.judge import visible_error
from wilddepth.engine.weights import checked_enlargement, chosen_network
from wilddepth.formats.atomic import write_text
from wilddepth.methods.label_free import LabelFree
from wilddepth.plain import dump_json
from wilddepth.prediction import Prediction
from wilddepth.sample import Sample
from wilddepth.sources.open import open_source
from wilddepth.sources.source import Source
from wilddepth.tables.material import Gathered, Picked
from wilddepth.verbs.common import protocol_for

EVIDENCE = Path(__file__).resolve().parents[1] / "docs" / "evidence"


def arguments() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("sources", nargs="+", metavar="SOURCE")
    parser.add_argument("--weights", default="madnet-worlds")
    parser.add_argument("--factors", nargs="+", type=float, default=[1.0, 1.25, 1.5, 2.0], metavar="X")
    parser.add_argument("--pairs", metavar="FROM:TO")
    parser.add_argument("--protocol", help="the layout's own if not given")
    parser.add_argument("--threads", type=int, help="all cores if not given")
    parser.add_argument("--evidence", metavar="NAME")
    return parser.parse_args()


def chosen_pairs(text: str, pairs: str | None) -> Source:
    """A source with its truth, or some of its pairs."""
    source = open_source(text)
    if pairs is None:
        return source
    begin, _, end = pairs.partition(":")
    return Gathered(text, [Picked(source, tuple(range(len(source))[int(begin or 0) : int(end or len(source))]))])


def looked_at(source: Source, weights: str, factor: float, protocol: str) -> dict[str, float]:
    """One line: what a network says of pictures that are so many times as large."""
    predictor = Predictor(LabelFree(chosen_network(weights, factor)), device="cpu", precision="fp32")
    errors, seconds = [], []

    def predict(sample: Sample) -> Prediction:
        begin = time.perf_counter()
        found = predictor(sample, confidence=False)
        seconds.append(time.perf_counter() - begin)
        errors.append(visible_error(found.disparity(), sample))
        return found

    mean = evaluate(predict, source, protocol).score.mean
    line = {"photometric": float(np.mean(errors)), "d1_all": mean["d1_all"], "epe": mean["epe"]}
    return {**line, "seconds_a_pair": float(np.median(seconds))}


def main() -> None:
    """Print every source and factor."""
    options = arguments()
    torch.set_num_threads(options.threads or torch.get_num_threads())
    told: dict[str, Any] = {"weights": options.weights, "pairs": options.pairs, "sources": {}}
    names = [Path(text).name for text in options.sources]
    if len(set(names)) < len(names):
        raise SystemExit(f"two of {', '.join(names)} have one name; look at them in two runs")
    for factor in options.factors:
        checked_enlargement(factor)
    for text in options.sources:
        source = chosen_pairs(text, options.pairs)
        rule = protocol_for(source.layout, options.protocol)
        lines = {f"{factor:g}": looked_at(source, options.weights, factor, rule) for factor in options.factors}
        told["sources"][Path(text).name] = {"protocol": rule, "pairs": len(source), "factors": lines}
        for factor, line in lines.items():
            scores = f"D1-all {line['d1_all']:6.2f} %  EPE {line['epe']:5.2f} px  {line['seconds_a_pair']:.2f} s"
            print(f"{Path(text).name:30}{factor:>6}  photometric {line['photometric']:.4f}  {scores}", flush=True)
    if options.evidence:
        file = EVIDENCE / f"{options.evidence}.json"
        write_text(file, dump_json({"environment": environment(), "numbers": told}) + "\n")
        print(f"written: {file}")


if __name__ == "__main__":
    main()
