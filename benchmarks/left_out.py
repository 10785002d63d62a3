"""Does what a network learned from some pairs help on others? Each half of a source is adapted to for the other half.

    python benchmarks/left_out.py SOURCE --out DIR [--weights NAME] [--method NAME] [--algorithm NAME] [--set KEY=VALUE]
                                  [--steps N] [--protocol NAME] [--threads N] [--evidence NAME]

The first half of the pairs (frames of one place lie together, so they are not mixed) is adapted to as `wilddepth adapt`
does, and both halves are scored; then the other way round, from the same weights. Beside the network stand its start
and the labels that taught it, filled from the background, on the same pairs. The source needs truth: for scoring alone,
what adapts has opened it without. A half that has been adapted to is found in DIR again, and one that was cut off is
gone on with. --evidence writes docs/evidence/NAME.json.
"""

import argparse
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import mean
from typing import Any

import torch

from wilddepth.engine.adapt import AdaptPlan, adapt
from wilddepth.engine.environment import environment
from wilddepth.engine.evaluate import Evaluation, evaluate
from wilddepth.engine.infer import Predictor
from wilddepth.engine.labels import Proxies
from wilddepth.engine.weights import RUN_FILE, load_network, save_weights
from wilddepth.formats.atomic import write_text
from wilddepth.methods.label_free import LabelFree
from wilddepth.methods.stereo import StereoMethod
from wilddepth.networks.stereo import StereoNetwork
from wilddepth.plain import dump_json
from wilddepth.prediction import Prediction, Quantity
from wilddepth.proxies.attach import NAME
from wilddepth.proxies.fill import fill_holes
from wilddepth.sources.open import open_source
from wilddepth.tables.material import Gathered, Picked
from wilddepth.verbs.lesson import Lesson, chosen_lesson

EVIDENCE = Path(__file__).resolve().parents[1] / "docs" / "evidence"
KEPT = ("d1_all", "bad3", "epe")


@dataclass(frozen=True)
class Half:
    """Some pairs of a source, as what adapts sees them, and with their truth."""

    name: str
    blind: Gathered
    shown: Gathered


def halves(text: str) -> tuple[Half, Half]:
    """The first and the second half of a source."""
    blind, shown = (open_source(text, with_truth=truth) for truth in (False, True))
    numbers = tuple(range(len(shown)))
    cut = len(numbers) // 2

    def half(name: str, chosen: tuple[int, ...]) -> Half:
        return Half(name, *(Gathered(f"{text}, {name} half", [Picked(each, chosen)]) for each in (blind, shown)))

    return half("first", numbers[:cut]), half("second", numbers[cut:])


def plan_for(steps: int | None, lesson: Lesson) -> AdaptPlan:
    """As `wilddepth adapt`: with `label-free` a third of the steps trains the coarse levels alone."""
    plan = AdaptPlan(precision="fp32")
    total = plan.coarse_steps + plan.steps if steps is None else steps
    first = total // 3 if lesson.method == "label-free" else 0
    return AdaptPlan(coarse_steps=first, steps=total - first, precision="fp32")


def adapted(weights: str, lesson: Lesson, half: Half, plan: AdaptPlan, folder: Path) -> StereoNetwork:
    """The network adapted to a half; read where that was done before."""
    done = folder / RUN_FILE
    if done.is_file():
        return load_network(str(done))[0]
    network, _ = load_network(weights)
    network.keep_statistics()
    method = lesson.build(network)
    assert isinstance(method, StereoMethod)
    checkpoints = folder / "checkpoints"
    proxies = lesson.teacher.proxies(folder / "labels")
    adapt(method, half.blind, plan, checkpoints, proxies=proxies, resume=checkpoints.exists())
    save_weights(done, network, {"adapted_from": weights, "method": lesson.method})
    return network


def scores(found: Evaluation) -> list[dict[str, float]]:
    """The metrics of each image."""
    return [{name: float(row[name]) for name in KEPT} for _, row in found.rows]


def of_network(network: StereoNetwork, half: Half, protocol: str) -> list[dict[str, float]]:
    """Of a network, image by image."""
    predictor = Predictor(LabelFree(network), device="cpu", precision="fp32")
    return scores(evaluate(lambda sample: predictor(sample, confidence=False), half.shown, protocol))


def of_labels(proxies: Proxies, half: Half, protocol: str) -> list[dict[str, float]]:
    """Of the labels, their holes filled from the background."""
    filled = []
    for number in range(len(half.blind)):
        scene = half.blind[number]
        label = proxies(half.blind.key(number), scene.sample)[NAME]
        assert label.disparity is not None
        values = torch.from_numpy(fill_holes(label.disparity[0, 0].numpy()))[None, None]
        filled.append(Prediction(values=values, quantity=Quantity.DISPARITY_PX))
    turn = iter(filled)
    return scores(evaluate(lambda sample: next(turn), half.shown, protocol))


def run(options: argparse.Namespace) -> dict[str, list[dict[str, float]]]:
    """Words -> metrics of every image, each scored once a line."""
    lesson = chosen_lesson(options.method, algorithms=options.algorithm, overrides=options.set)
    both, plan = halves(options.source), plan_for(options.steps, lesson)
    start, _ = load_network(options.weights)
    lines: dict[str, list[dict[str, float]]] = {"before": [], "adapted to": [], "left out": [], "labels, filled": []}
    for learned, other in zip(both, both[::-1], strict=True):
        folder = options.out / learned.name
        network = adapted(options.weights, lesson, learned, plan, folder)
        lines["before"] += of_network(start, learned, options.protocol)
        lines["adapted to"] += of_network(network, learned, options.protocol)
        lines["left out"] = of_network(network, other, options.protocol) + lines["left out"]
        proxies = lesson.teacher.proxies(folder / "labels")
        if proxies is not None:
            lines["labels, filled"] += of_labels(proxies, learned, options.protocol)
    write_text(options.out / "metrics.json", dump_json({"plan": asdict(plan), **lesson.told(), "images": lines}) + "\n")
    return {name: rows for name, rows in lines.items() if rows}


def means(rows: list[dict[str, float]]) -> Mapping[str, float]:
    """Over images that have truth."""
    return {name: mean(row[name] for row in rows if row[name] == row[name]) for name in KEPT}


def main() -> None:
    """Adapt to each half, print all and halves."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("source")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--weights", default="madnet-worlds")
    parser.add_argument("--method", default="auto")
    parser.add_argument("--algorithm")
    parser.add_argument("--set", action="append", default=[], metavar="KEY=VALUE")
    parser.add_argument("--steps", type=int)
    parser.add_argument("--protocol", default="kitti2015-noc")
    parser.add_argument("--threads", type=int, help="all cores if not given")
    parser.add_argument("--evidence", metavar="NAME")
    options = parser.parse_args()
    torch.set_num_threads(options.threads or torch.get_num_threads())
    lines = run(options)
    told: dict[str, Any] = {}
    for name, rows in lines.items():
        cut = len(rows) // 2
        told[name] = {"all": means(rows), "first half": means(rows[:cut]), "second half": means(rows[cut:])}
        words = "".join(
            f"{part:>14} {value['d1_all']:6.2f} %{value['epe']:6.2f} px" for part, value in told[name].items()
        )
        print(f"{name:16}{words}")
    if options.evidence:
        made = json.loads((options.out / "metrics.json").read_text())
        numbers = {"weights": options.weights, "protocol": options.protocol, **made, "means": told}
        write_text(EVIDENCE / f"{options.evidence}.json", dump_json({"environment": environment(), "numbers": numbers}))
        print(f"written: {options.evidence}.json")


if __name__ == "__main__":
    main()
