"""Does what a network learned from some pairs help on others? Each half of a source is adapted to for the other half.

    python benchmarks/left_out.py SOURCE --out DIR [--weights NAME] [--method NAME] [--algorithm NAME] [--set KEY=VALUE]
                                  [--also SOURCE EVERY] [--whole] [--augment] [--enlarge X]
                                  [--steps N] [--learning-rate X] [--precision NAME] [--protocol NAME] [--threads N]
                                  [--factors X ...] [--evidence NAME]

The first half of the pairs (frames of one place lie together, so they are not mixed) is adapted to as `wilddepth adapt`
does, and both halves are scored; then the other way round, from the same weights. Beside the network stand its start,
with pictures as large as it was used to,
and the labels that taught it, filled from the background, on the same pairs. The source needs truth: for scoring alone,
what adapts has opened it without. --also (as often as wanted) names a source whose every EVERY-th pair teaches beside
either half; it needs no truth. --weights DIR of an earlier run of this program goes on with the weights of each half.
A half that has been adapted to in the same way is found in DIR again, and one that was cut off is gone on with.
--factors also tells how large the start should see its pictures, as far as that is known without truth: by factor, the
photometric error and the distance to the labels of the blocks that never teach, on all the pairs that teach a half.
--evidence writes docs/evidence/NAME.json.
"""

import argparse
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np
import torch

from wilddepth.engine.adapt import AdaptPlan, adapt
from wilddepth.engine.environment import environment
from wilddepth.engine.evaluate import evaluate
from wilddepth.engine.infer import Predictor
from wilddepth.engine.judge import held_out_distance, visible_error
from wilddepth.engine.labels import Proxies
from wilddepth.engine.pairs import Pairs
from wilddepth.engine.weights import RUN_FILE, checked_enlargement, load_network, save_weights, told_when_enlarged
from wilddepth.formats.atomic import write_text
from wilddepth.methods.label_free import LabelFree
from wilddepth.methods.stereo import StereoMethod
from wilddepth.metrics import Score
from wilddepth.networks.stereo import StereoNetwork
from wilddepth.plain import dump_json, plain
from wilddepth.prediction import Prediction, Quantity
from wilddepth.proxies.attach import NAME
from wilddepth.proxies.fill import fill_holes
from wilddepth.sample import Sample
from wilddepth.sources.open import open_source
from wilddepth.tables.material import Gathered, Picked
from wilddepth.verbs.adapt import planned
from wilddepth.verbs.common import machine
from wilddepth.verbs.lesson import Lesson, chosen_lesson

RECIPE = "recipe.json"
EVIDENCE = Path(__file__).resolve().parents[1] / "docs" / "evidence"


@dataclass(frozen=True)
class Half:
    """Some pairs of a source: what is adapted to, as what adapts sees them alone, and with their truth.

    What is adapted to are these pairs and those that teach beside them.
    """

    name: str
    learned: Gathered
    blind: Gathered
    shown: Gathered


def teachers(also: Sequence[tuple[str, str]]) -> list[Picked]:
    """Every so many-th pair of each source that teaches beside the halves."""
    sources = [(open_source(text, with_truth=False), int(every)) for text, every in also]
    return [Picked(source, tuple(range(0, len(source), every))) for source, every in sources]


def halves(text: str, also: Sequence[tuple[str, str]]) -> tuple[Half, Half]:
    """The first and the second half of a source."""
    beside = teachers(also)
    blind, shown = (open_source(text, with_truth=truth) for truth in (False, True))
    numbers = tuple(range(len(shown)))
    cut = len(numbers) // 2

    def half(name: str, chosen: tuple[int, ...]) -> Half:
        own, seen = Picked(blind, chosen), Picked(shown, chosen)
        return Half(name, *(Gathered(f"{text}, {name} half", part) for part in ([own, *beside], [own], [seen])))

    return half("first", numbers[:cut]), half("second", numbers[cut:])


def plan_for(options: argparse.Namespace, method: StereoMethod, half: Half, *, labelled: bool) -> AdaptPlan:
    """That of `wilddepth adapt` for so many pairs, judged every hundred steps whatever their number."""
    told = options.precision
    place = machine(method.network, device="cpu", precision=told, compile_network=False, seed=0, threads=None)
    coarse = labelled and method.coarse_first is not None
    plan = planned(len(half.learned), options.steps, None, options.learning_rate, place, coarse=coarse)
    return replace(plan, judge_every=100, whole=options.whole, augment=options.augment)


def adapted(options: argparse.Namespace, lesson: Lesson, half: Half) -> StereoNetwork:
    """The network adapted to a half; read where that was done before."""
    folder = options.out / half.name
    done, checkpoints = folder / RUN_FILE, folder / "checkpoints"
    network = start_of(options, half)
    network.enlargement = network.enlargement if options.enlarge is None else options.enlarge
    network.keep_statistics()
    method, proxies = lesson.build(network), lesson.teacher.proxies(folder / "labels")
    assert isinstance(method, StereoMethod)
    plan = plan_for(options, method, half, labelled=proxies is not None)
    begun = {"weights": options.weights, **told_when_enlarged(network), **lesson.told(), "also": also_told(options)}
    told = dump_json({**begun, "plan": asdict(plan)})
    check_same(folder / RECIPE, f"{told}\n")
    if done.is_file():
        return load_network(str(done))[0]
    adapt(method, half.learned, plan, checkpoints, proxies=proxies, resume=checkpoints.exists())
    save_weights(done, network, {"adapted_from": options.weights, "method": lesson.method})
    return network


def start_of(options: argparse.Namespace, half: Half) -> StereoNetwork:
    """Where a half begins."""
    earlier = Path(options.weights) / half.name / RUN_FILE
    return load_network(str(earlier) if earlier.is_file() else options.weights)[0]


def also_told(options: argparse.Namespace) -> list[str]:
    """What teaches beside the halves."""
    return [f"every {every}th pair of {Path(text).name}" for text, every in options.also]


def check_same(path: Path, recipe: str) -> None:
    """Keep how a half is adapted to; end where it was done otherwise before."""
    if path.is_file() and path.read_text() != recipe:
        raise SystemExit(f"{path} says that this was begun otherwise; choose another --out")
    write_text(path, recipe)


def of_network(network: StereoNetwork, half: Half, protocol: str) -> Score:
    """Of a network."""
    predictor = Predictor(LabelFree(network), device="cpu", precision="fp32")
    return evaluate(lambda sample: predictor(sample, confidence=False), half.shown, protocol).score


def judged(start: StereoNetwork, factor: float, pairs: Pairs) -> dict[str, float]:
    """What is known without truth of a network that sees pictures so many times as large; px of the pictures."""
    start.enlargement = factor
    predictor = Predictor(LabelFree(start), device="cpu", precision="fp32")
    errors, distances = [], []
    for number in range(len(pairs)):
        sample = pairs.sample(number)
        views = Sample(image=sample.image, right=sample.right)
        disparity = predictor(views, confidence=False).disparity()
        errors.append(visible_error(disparity, views))
        if NAME in sample.labels:
            distance = held_out_distance(disparity, sample.labels[NAME], pairs.blocks(number))
            distances.extend([] if distance is None else [distance])
    return {"photometric": float(np.mean(errors)), "proxy": float(np.mean(distances)) if distances else float("nan")}


def without_truth(options: argparse.Namespace, lesson: Lesson) -> dict[str, dict[str, dict[str, float]]]:
    """Name of a half -> factor -> what is known of its start."""
    found: dict[str, dict[str, dict[str, float]]] = {}
    for half in halves(options.source, options.also):
        pairs = Pairs(half.learned, lesson.teacher.proxies(options.out / half.name / "labels"))
        for factor in options.factors:
            line = judged(start_of(options, half), factor, pairs)
            found.setdefault(half.name, {})[f"{factor:g}"] = line
            told = f"photometric {line['photometric']:.4f}, from held-out labels {line['proxy']:.3f} px"
            print(f"start, {half.name} half, enlarged {factor:g} times: {told}", flush=True)
    return found


def of_labels(proxies: Proxies, half: Half, protocol: str) -> Score:
    """Of the labels, their holes filled from the background."""
    filled = []
    for number in range(len(half.blind)):
        label = proxies(half.blind.key(number), half.blind[number].sample)[NAME]
        assert label.disparity is not None
        values = torch.from_numpy(fill_holes(label.disparity[0, 0].numpy()))[None, None]
        filled.append(Prediction(values=values, quantity=Quantity.DISPARITY_PX))
    turn = iter(filled)
    return evaluate(lambda sample: next(turn), half.shown, protocol).score


def run(options: argparse.Namespace, lesson: Lesson) -> dict[str, list[Score]]:
    """Words -> the scores of both halves, the first one first."""
    both, protocol = halves(options.source, options.also), options.protocol
    networks = [adapted(options, lesson, half) for half in both]
    lines = {
        "before": [of_network(start_of(options, half), half, protocol) for half in both],
        "adapted to": [of_network(network, half, protocol) for network, half in zip(networks, both, strict=True)],
        "left out": [of_network(network, half, protocol) for network, half in zip(networks[::-1], both, strict=True)],
    }
    makers = [lesson.teacher.proxies(options.out / half.name / "labels") for half in both]
    labels = [of_labels(maker, half, protocol) for maker, half in zip(makers, both, strict=True) if maker is not None]
    return {**lines, "labels, filled": labels} if labels else lines


def main() -> None:
    """Adapt to each half, print all and halves."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("source")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--weights", default="madnet-worlds")
    parser.add_argument("--method", default="auto")
    parser.add_argument("--algorithm")
    parser.add_argument("--set", action="append", default=[], metavar="KEY=VALUE")
    parser.add_argument("--also", nargs=2, action="append", default=[], metavar=("SOURCE", "EVERY"))
    parser.add_argument("--augment", action="store_true", help="as `wilddepth adapt --augment`")
    parser.add_argument("--whole", action="store_true", help="as `wilddepth adapt --whole`")
    parser.add_argument("--enlarge", type=float, metavar="X", help="as `wilddepth adapt --enlarge`")
    parser.add_argument("--factors", nargs="+", type=float, default=[], metavar="X")
    parser.add_argument("--steps", type=int)
    parser.add_argument("--learning-rate", type=float)
    parser.add_argument("--precision", default="fp32", choices=["fp32", "bf16"], help="of adapting; scores are fp32")
    parser.add_argument("--protocol", default="kitti2015-noc")
    parser.add_argument("--threads", type=int, help="all cores if not given")
    parser.add_argument("--evidence", metavar="NAME")
    options = parser.parse_args()
    torch.set_num_threads(options.threads or torch.get_num_threads())
    lesson = chosen_lesson(options.method, algorithms=options.algorithm, overrides=options.set)
    for factor in (*options.factors, *([] if options.enlarge is None else [options.enlarge])):
        checked_enlargement(factor)
    lines = run(options, lesson)
    by_factor = without_truth(options, lesson)
    for name, scores in lines.items():
        of_parts = {"all": Score.joined(scores), "first half": scores[0], "second half": scores[1]}
        words = (f"{part:>14} {s.mean['d1_all']:6.2f} %{s.mean['epe']:6.2f} px" for part, s in of_parts.items())
        print(f"{name:16}{''.join(words)}")
    if options.evidence:
        begun = json.loads((options.out / "first" / RECIPE).read_text())
        numbers = {
            "weights": options.weights,
            "enlarge": begun.get("enlarge", 1.0),
            **lesson.told(),
            "also": also_told(options),
            "without truth": by_factor,
            "plan": begun["plan"],
            "all": {name: Score.joined(scores).as_json() for name, scores in lines.items()},
            "halves": {name: [plain(score.mean) for score in scores] for name, scores in lines.items()},
        }
        file = EVIDENCE / f"{options.evidence}.json"
        write_text(file, dump_json({"environment": environment(), "numbers": numbers}) + "\n")
        print(f"written: {file}")


if __name__ == "__main__":
    main()
