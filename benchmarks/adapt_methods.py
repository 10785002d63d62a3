"""Which label-free method adapts best on rendered worlds, whose disparity is known: what `adapt` does by default.

    python benchmarks/adapt_methods.py [--only NAME ...] [--threads N] [--evidence]

A case is a start, a world and a method; its result is kept in runs/methods, and what is there is not run again. The
rule by which the default is chosen stands in docs/adapt.md: it looks at the cases on worlds that training may see, and
the others are reported. --evidence writes docs/evidence/adapt_methods.json from what has been run, and says what has
not. Half a minute to four minutes a case on a core.
"""

import argparse
import json
import math
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import torch

from wilddepth.engine.adapt import AdaptPlan, adapt
from wilddepth.engine.environment import environment
from wilddepth.engine.evaluate import evaluate
from wilddepth.engine.infer import Predictor
from wilddepth.engine.labels import KeptLabels, Proxies, together
from wilddepth.engine.weights import load_network
from wilddepth.formats.atomic import write_text
from wilddepth.methods import catalog
from wilddepth.methods.domain_adaptation import DomainAdaptation
from wilddepth.methods.label_free import LabelFree
from wilddepth.methods.stereo import StereoMethod
from wilddepth.plain import dump_json
from wilddepth.proxies.algorithm import algorithm
from wilddepth.sources.open import open_source

ROOT = Path(__file__).resolve().parents[1]
KEPT = ROOT / "runs" / "methods"
EVIDENCE = ROOT / "docs" / "evidence" / "adapt_methods.json"
PROTOCOL = "kitti2015-noc"
FRAMES, HEIGHT, WIDTH = 4, 192, 512
PLAN = AdaptPlan(height=128, width=384, coarse_steps=40, steps=80, judge_every=40, precision="fp32")
"""Small, so that all cases take an hour of one core."""

CHOOSING = (("madnet-flying", "street"), ("madnet-worlds", "indoor"))
"""Weights, and a world that training may see (these weights have not): the default is chosen on them."""
HELD_OUT = (("madnet-worlds", "flat-dusk"), ("madnet-worlds", "street-night-rain"), ("madnet-worlds", "nature"))
"""Weights, and a held-out world: reported, and nothing is chosen on them."""
STANDING = "label-free"
BETTER, FAR = 0.97, 1.1
"""Of what the standing method leaves: another that leaves no more than that takes its place. Of what the best leaves at
the first choosing case: a method that leaves more is not run on the second."""


@dataclass(frozen=True)
class Choice:
    """A method with its settings, and what makes its labels."""

    method: str
    settings: Mapping[str, bool | int | float | str] = field(default_factory=dict)
    algorithms: tuple[str, ...] = ("trio",)


METHODS = {
    STANDING: Choice("label-free", {"threshold": 0.8}),
    "confidence-guided": Choice("confidence-guided"),
    "domain-adaptation": Choice("domain-adaptation"),
    "domain-adaptation, learned": Choice("domain-adaptation", {"learned": True, "threshold": 0.5}),
    "domain-adaptation, mask": Choice("domain-adaptation", {"weighting": "mask", "reconstruction": 0.0}),
    "domain-adaptation, two": Choice("domain-adaptation", {"second": "ad-census"}, ("trio", "ad-census")),
    "left-right": Choice("left-right", algorithms=()),
    "active-stereo": Choice("active-stereo", algorithms=()),
}


@dataclass(frozen=True)
class Case:
    """One adaptation."""

    weights: str
    world: str
    name: str

    @property
    def file(self) -> Path:
        """Where its result is kept."""
        return KEPT / f"{self.weights} {self.world} {self.name}.json"


def proxies(choice: Choice, folder: Path) -> Proxies | None:
    """What gives the labels of a choice."""
    names = ("sgm", *choice.algorithms[1:])
    makers = {name: KeptLabels(folder, algorithm(maker)) for name, maker in zip(names, choice.algorithms, strict=False)}
    return together(makers) if makers else None


def run(case: Case) -> dict[str, Any]:
    """Adapt, score before and after."""
    torch.manual_seed(0)
    text = f"worlds:{case.world}?seed=11&frames={FRAMES}&height={HEIGHT}&width={WIDTH}"
    shown, blind = open_source(text, with_truth=True), open_source(text, with_truth=False)
    network, _ = load_network(case.weights)
    network.keep_statistics()
    choice = METHODS[case.name]
    method = catalog.build(choice.method, network, choice.settings)
    assert isinstance(method, StereoMethod)
    total = PLAN.coarse_steps + PLAN.steps
    plan = PLAN if method.coarse_first else replace(PLAN, coarse_steps=0, steps=total)

    def scored() -> dict[str, float]:
        predictor = Predictor(LabelFree(network), device="cpu", precision="fp32")
        found = evaluate(lambda sample: predictor(sample, confidence=False), shown, PROTOCOL).mean
        return {name: float(found[name]) for name in ("d1_all", "epe")}

    before, begin = scored(), time.process_time()
    with tempfile.TemporaryDirectory() as folder:
        labels = proxies(choice, Path(folder) / "labels")
        done = adapt(method, blind, plan, Path(folder), proxies=labels)
    seconds, last = time.process_time() - begin, done.judgements[done.best]
    with torch.no_grad():
        learned = list(method.thresholds()) if isinstance(method, DomainAdaptation) else []
    return {
        "weights": case.weights,
        "world": case.world,
        "method": case.name,
        "before": before,
        "after": scored(),
        "score_without_labels": last.score,
        "steps": done.fit.steps,
        "kept": last.step,
        "cpu_seconds": seconds,
        "thresholds": [float(value) for value in learned],
    }


def cases(pairs: tuple[tuple[str, str], ...]) -> list[Case]:
    """All methods on some starts and worlds."""
    return [Case(weights, world, name) for weights, world in pairs for name in METHODS]


def ratio(row: Mapping[str, Any]) -> float:
    """What is left of the errors: the geometric mean of the ratios of D1-all and EPE."""
    found = [row["after"][name] / row["before"][name] for name in ("d1_all", "epe")]
    return math.sqrt(found[0] * found[1])


def standings(rows: list[dict[str, Any]]) -> dict[str, float]:
    """Of each method that has been run on all choosing cases: the geometric mean of what is left of the errors."""
    found: dict[str, float] = {}
    for name in METHODS:
        of_all = [ratio(row) for row in rows if row["method"] == name and (row["weights"], row["world"]) in CHOOSING]
        if len(of_all) == len(CHOOSING):
            found[name] = math.prod(of_all) ** (1 / len(of_all))
    return dict(sorted(found.items(), key=lambda entry: entry[1]))


def left_at(rows: list[dict[str, Any]], place: tuple[str, str]) -> dict[str, float]:
    """What each method left of the errors in one case."""
    return {row["method"]: ratio(row) for row in rows if (row["weights"], row["world"]) == place}


def far_behind(case: Case, rows: list[dict[str, Any]]) -> bool:
    """Whether its method left so much at the first choosing case that it is out."""
    first = left_at(rows, CHOOSING[0])
    place = (case.weights, case.world)
    return place != CHOOSING[0] and first.get(case.name, 0.0) > FAR * min(first.values(), default=math.inf)


def known(everything: list[Case]) -> list[dict[str, Any]]:
    """The results there are."""
    return [json.loads(case.file.read_text()) for case in everything if case.file.is_file()]


def wanted(rows: list[dict[str, Any]]) -> list[str]:
    """The choosing cases that the rule still needs."""
    first, *others = (left_at(rows, place) for place in CHOOSING)
    missing = [f"{' '.join(CHOOSING[0])} {name}" for name in METHODS if name not in first]
    near = [name for name, left in first.items() if left <= FAR * min(first.values())]
    for place, found in zip(CHOOSING[1:], others, strict=True):
        missing += [f"{' '.join(place)} {name}" for name in near if name not in found]
    return missing


def decision(rows: list[dict[str, Any]]) -> str | None:
    """The default by the rule; None while cases are missing."""
    if wanted(rows):
        return None
    best, left = next(iter(standings(rows).items()))
    return best if left <= BETTER * standings(rows)[STANDING] else STANDING


def main() -> None:
    """Run what has not been run, print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", action="append", metavar="NAME", help="run this method only; may be repeated")
    parser.add_argument("--held-out", action="store_true", help="run the held-out worlds too")
    parser.add_argument("--table", action="store_true", help="run nothing, only tell what has been run")
    parser.add_argument("--threads", type=int, help="all cores if not given")
    parser.add_argument("--evidence", action="store_true", help=f"write {EVIDENCE.name}")
    options = parser.parse_args()
    torch.set_num_threads(options.threads or torch.get_num_threads())
    everything = cases(CHOOSING + HELD_OUT)
    for case in [] if options.table else everything if options.held_out else cases(CHOOSING):
        asked = not options.only or case.name in options.only
        if asked and not case.file.is_file() and not far_behind(case, known(everything)):
            write_text(case.file, dump_json(run(case)) + "\n")
    rows = known(everything)
    print(f"{'weights':15}{'world':19}{'method':28}{'D1-all, %':>16}{'EPE, px':>16}{'left':>7}{'kept':>6}{'CPU s':>7}")
    for row in rows:
        d1, epe = ((row["before"][name], row["after"][name]) for name in ("d1_all", "epe"))
        print(
            f"{row['weights']:15}{row['world']:19}{row['method']:28}{d1[0]:8.1f}{d1[1]:8.1f}{epe[0]:8.2f}{epe[1]:8.2f}"
            f"{ratio(row):7.3f}{row['kept']:6}{row['cpu_seconds']:7.0f}"
        )
    for name, left in standings(rows).items():
        print(f"on the choosing cases {name:28}{left:7.3f}")
    print(
        f"the default by the rule: {decision(rows) or 'open, as long as these are missing: ' + ', '.join(wanted(rows))}"
    )
    if options.evidence:
        missing = [f"{case.weights} {case.world} {case.name}" for case in everything if not case.file.is_file()]
        told = {
            "cases": rows,
            "left_of_the_errors_on_choosing_cases": standings(rows),
            "default_by_the_rule": decision(rows),
            "the_rule_needs": wanted(rows),
            "not_run": missing,
        }
        write_text(EVIDENCE, dump_json({"environment": environment(), "numbers": told}) + "\n")
        print(f"written: {EVIDENCE}")


if __name__ == "__main__":
    main()
