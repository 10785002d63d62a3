"""Where a learned threshold ends, and what it costs beside the best fixed one.

From below all labels (0.1), from their midst and from above most of them (0.9) it ends at one place.
"""

import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import torch

from evidence import write_evidence
from wilddepth.engine.evaluate import evaluate
from wilddepth.engine.fit import Fit
from wilddepth.engine.infer import Predictor
from wilddepth.engine.labels import KeptLabels, together
from wilddepth.engine.pairs import CropFeed, Pairs
from wilddepth.engine.schedule import FitPlan, Stage
from wilddepth.engine.weights import load_network
from wilddepth.methods.domain_adaptation import DomainAdaptation, DomainAdaptationConfig
from wilddepth.proxies.algorithm import algorithm
from wilddepth.sources.open import open_source

WORLD = "worlds:flat-street?seed=5&frames=4&height=128&width=256"
STARTS, FIXED = (0.1, 0.5, 0.9), (0.1, 0.5, 0.65, 0.8, 0.9)
STEPS = 200
PACE = 500.0
"""Five times the default: an adaptation has nearly four times as many steps."""
SANE = (0.5, 0.95)
"""Lower, and labels that are more likely wrong than right teach; higher, and most of the right ones do not."""
TOGETHER = 0.1
"""How far apart the ends may be."""
WITHIN = 0.15
"""Of the best fixed threshold's EPE."""


@pytest.fixture(scope="module")
def pairs(tmp_path_factory: pytest.TempPathFactory) -> Pairs:
    """Labels of every confidence: those that the default leaves out as unsure are kept, for there to be a choice."""
    maker = algorithm("trio", {"keep": 0.0})
    labels = KeptLabels(tmp_path_factory.mktemp("labels"), maker)
    return Pairs(open_source(WORLD, with_truth=False), together({"sgm": labels}))


def adapted(pairs: Pairs, folder: Path, start: float, *, learned: bool) -> Mapping[str, Any]:
    """The coarse levels of MADNet adapted, and scored with the exact disparity."""
    torch.manual_seed(0)
    network, _ = load_network("madnet-flying")
    network.keep_statistics()
    config = DomainAdaptationConfig(threshold=start, learned=learned, finest=3, pace=PACE)
    method = DomainAdaptation(network, config)
    plan = FitPlan(stages=(Stage(STEPS, 1, 2e-4, 2e-5),), average=0.99, checkpoint_every=STEPS)
    fit, begin = Fit(method, CropFeed(pairs, (128, 256), 0), plan, folder), time.process_time()
    fit.run()
    with fit.averaged(), torch.no_grad():
        predictor = Predictor(method, device="cpu", precision="fp32")
        scenes = open_source(WORLD, with_truth=True)
        found = evaluate(lambda sample: predictor(sample, confidence=False), scenes, "kitti2015-noc").mean
        end = float(torch.as_tensor(method.thresholds())[0])
    scores = {name: float(found[name]) for name in ("epe", "d1_all")}
    return {"start": start, "learned": learned, "end": end, **scores, "cpu_seconds": time.process_time() - begin}


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_a_learned_threshold_ends_at_one_place_and_costs_little(pairs: Pairs, tmp_path: Path):
    learned = [adapted(pairs, tmp_path / f"learned-{start}", start, learned=True) for start in STARTS]
    fixed = [adapted(pairs, tmp_path / f"fixed-{start}", start, learned=False) for start in FIXED]
    best = min(row["epe"] for row in fixed)
    numbers = {
        "world": WORLD,
        "weights": "madnet-flying",
        "steps": STEPS,
        "pace": PACE,
        "learned": learned,
        "fixed": fixed,
        "worst_beside_best_fixed": max(row["epe"] for row in learned) / best,
    }
    write_evidence("learned_threshold", numbers)
    check(learned, best)


def check(learned: list[Mapping[str, Any]], best: float) -> None:
    """What holds."""
    ends = [row["end"] for row in learned]
    assert all(SANE[0] < end < SANE[1] for end in ends), ends
    assert max(ends) - min(ends) < TOGETHER, ends
    for row in learned:
        assert row["epe"] < (1 + WITHIN) * best, (row, best)
