"""Which label-free signal adapts best on rendered worlds, whose disparity is known: what `adapt --signal auto` takes.

    python benchmarks/adapt_signals.py [--evidence] [--part I/N] [--threads N]

A case is a start, a world and a signal; its result is kept in runs/signals, and what is there is not run again. Several
processes may share the cases (--part). --evidence writes docs/evidence/adapt_signals.json once all of them are done.
Some two minutes a case on a core.
"""

import argparse
import json
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import torch

from wilddepth.engine.adapt import AdaptPlan, adapt
from wilddepth.engine.environment import environment
from wilddepth.engine.evaluate import evaluate
from wilddepth.engine.infer import Predictor
from wilddepth.engine.labels import KeptLabels
from wilddepth.engine.weights import load_network
from wilddepth.formats.atomic import write_text
from wilddepth.methods.label_free import LabelFree
from wilddepth.plain import dump_json
from wilddepth.proxies.algorithm import algorithm
from wilddepth.sources.open import open_source
from wilddepth.verbs.lesson import CONFIGS

ROOT = Path(__file__).resolve().parents[1]
KEPT = ROOT / "runs" / "signals"
EVIDENCE = ROOT / "docs" / "evidence" / "adapt_signals.json"
PROTOCOL = "kitti2015-noc"
FRAMES, HEIGHT, WIDTH = 6, 192, 512
PLAN = AdaptPlan(height=HEIGHT, width=WIDTH, coarse_steps=80, steps=160, judge_every=40, precision="fp32")

STARTS = (
    ("madnet-worlds", "flat-dusk"),
    ("madnet-flying", "flat-dusk"),
    ("madnet-flying", "flat-street"),
    ("madnet-flying", "flat-indoor"),
)
"""Weights, and a world that those weights were not trained on."""
SIGNALS = {
    "photometric": CONFIGS["photometric"],
    "proxy, threshold 0.5": replace(CONFIGS["proxy"], threshold=0.5),
    "both, threshold 0.5": replace(CONFIGS["both"], threshold=0.5),
    "both, threshold 0.8": replace(CONFIGS["both"], threshold=0.8),
}


@dataclass(frozen=True)
class Case:
    """One adaptation."""

    weights: str
    world: str
    signal: str

    @property
    def file(self) -> Path:
        """Where its result is kept."""
        return KEPT / f"{self.weights} {self.world} {self.signal}.json"


def run(case: Case) -> dict[str, Any]:
    """Adapt, score before and after."""
    torch.manual_seed(0)
    text = f"worlds:{case.world}?seed=11&frames={FRAMES}&height={HEIGHT}&width={WIDTH}"
    shown, blind = open_source(text, with_truth=True), open_source(text, with_truth=False)
    network, _ = load_network(case.weights)
    method = LabelFree(network, SIGNALS[case.signal])
    coarse = method.config.proxy > 0
    total = PLAN.coarse_steps + PLAN.steps
    plan = PLAN if coarse else replace(PLAN, coarse_steps=0, steps=total)

    def scored() -> dict[str, float]:
        predictor = Predictor(LabelFree(network), device="cpu", precision="fp32")
        found = evaluate(lambda sample: predictor(sample, confidence=False), shown, PROTOCOL).mean
        return {name: float(found[name]) for name in ("d1_all", "epe")}

    before = scored()
    with tempfile.TemporaryDirectory() as folder:
        kept = KeptLabels(Path(folder) / "labels", algorithm())
        done = adapt(method, blind, plan, Path(folder), proxies=kept if coarse else None)
    first, best = done.judgements[0], done.judgements[done.best]
    return {
        "weights": case.weights,
        "world": case.world,
        "signal": case.signal,
        "before": before,
        "after": scored(),
        "photometric": [first.photometric, best.photometric],
        "steps": done.fit.steps,
        "kept": best.step,
        "stopped": done.fit.stopped,
        "seconds": done.fit.seconds + done.proxy_seconds,
    }


def main() -> None:
    """Run what has not been run, print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--part", default="1/1", metavar="I/N", help="every N-th case, from the I-th")
    parser.add_argument("--threads", type=int, help="all cores if not given")
    parser.add_argument("--evidence", action="store_true", help=f"write {EVIDENCE.name}")
    options = parser.parse_args()
    torch.set_num_threads(options.threads or torch.get_num_threads())
    first, parts = map(int, options.part.split("/"))
    cases = [Case(weights, world, signal) for weights, world in STARTS for signal in SIGNALS]
    for case in cases[first - 1 :: parts]:
        if not case.file.is_file():
            write_text(case.file, dump_json(run(case)) + "\n")
    rows = [json.loads(case.file.read_text()) for case in cases if case.file.is_file()]
    print(f"{'weights':15}{'world':13}{'signal':21}{'D1-all, %':>16}{'EPE, px':>16}{'photometric':>18}{'seconds':>9}")
    for row in rows:
        d1, epe = ((row["before"][name], row["after"][name]) for name in ("d1_all", "epe"))
        light = row["photometric"]
        print(
            f"{row['weights']:15}{row['world']:13}{row['signal']:21}{d1[0]:8.1f}{d1[1]:8.1f}{epe[0]:8.2f}{epe[1]:8.2f}"
            f"{light[0]:9.4f}{light[1]:9.4f}{row['seconds']:9.0f}"
        )
    if options.evidence:
        missing = [case for case in cases if not case.file.is_file()]
        if missing:
            raise SystemExit(f"{len(missing)} of {len(cases)} cases have not been run")
        write_text(EVIDENCE, dump_json({"environment": environment(), "numbers": rows}) + "\n")
        print(f"written: {EVIDENCE}")


if __name__ == "__main__":
    main()
