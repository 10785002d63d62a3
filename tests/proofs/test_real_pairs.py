"""The main job on real pairs, measured: images only for adapting, truth only for scoring. Minutes each; `make soak`.

Every proof writes docs/evidence/NAME.json. A run that was cut off goes on where it stopped: the folders of `proof_runs`
stay.
"""

import json
from pathlib import Path

import pytest

from evidence import write_evidence
from wilddepth.engine.evaluate import evaluate as evaluate_scenes
from wilddepth.proxies.baseline import OPENCV_DEFAULTS, TUNED_ON_WORLDS, baseline_disparity
from wilddepth.sources.open import open_source
from wilddepth.verbs.adapt import adapt
from wilddepth.verbs.evaluate import evaluate

PROTOCOL = "kitti2015-noc"
pytestmark = [pytest.mark.slow, pytest.mark.realdata]


@pytest.fixture(scope="session")
def proof_runs() -> Path:
    """Where the runs of proofs are kept between calls."""
    return Path(__file__).resolve().parents[2] / "runs" / "proofs"


def d1(result: dict) -> float:
    return float(result["mean"]["d1_all"])


def adapted(source: str, weights: str, out: Path) -> dict:
    """An adaptation with scores, taken up where it stands; a finished one is taken as it is."""
    finished = out / "metrics.json"
    if finished.is_file():
        return dict(json.loads(finished.read_text()))
    return dict(adapt(source, weights=weights, out=out, score=True, protocol=PROTOCOL, resume=out.exists()))


def numbers(result: dict) -> dict:
    """What is kept of an adaptation."""
    kept = ("signal", "improved", "steps", "stopped", "seconds", "proxy_seconds", "kept")
    return {
        **{name: result[name] for name in kept},
        "photometric": [result["photometric_before"], result["photometric_after"]],
        "before": result["before"]["mean"],
        "after": result["after"]["mean"],
    }


def test_pairs_of_kitti_2015(realdata: Path, proof_runs: Path):
    """Zero-shot, adapted from both packaged weights, and block matching beside them."""
    source = str(realdata / "kitti2015")
    scenes = open_source(source)
    found = {
        "zero_shot": evaluate(source, weights="madnet-worlds", protocol=PROTOCOL)["mean"],
        "adapted_from_worlds": numbers(adapted(source, "madnet-worlds", proof_runs / "kitti-worlds")),
        "adapted_from_flying": numbers(adapted(source, "madnet-flying", proof_runs / "kitti-flying")),
    }
    for name, settings in (("opencv_defaults", OPENCV_DEFAULTS), ("opencv_tuned_on_worlds", TUNED_ON_WORLDS)):
        scored = evaluate_scenes(lambda sample, chosen=settings: baseline_disparity(sample, chosen), scenes, PROTOCOL)
        found[name] = dict(scored.mean)
    write_evidence("kitti2015_pairs", found)
    flying = found["adapted_from_flying"]
    assert found["zero_shot"]["d1_all"] <= 13.5
    assert found["adapted_from_worlds"]["after"]["d1_all"] <= 9.0
    assert flying["after"]["d1_all"] <= 0.5 * flying["before"]["d1_all"]


def test_photometric_error_falls_on_karlsruhe(realdata: Path, proof_runs: Path):
    """No truth there: what can be said is that the views explain each other better."""
    out = proof_runs / "karlsruhe"
    result = dict(adapt(str(realdata / "karlsruhe"), out=out, limit=24, steps=450, resume=out.exists()))
    write_evidence("karlsruhe_photometric", {name: result[name] for name in result if name != "judgements"})
    assert result["photometric_after"] < result["photometric_before"]
