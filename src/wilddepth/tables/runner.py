"""Runs one row with one seed: its parts one after the other, each resumable, the result written at the end."""

import hashlib
import shutil
import statistics
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import torch

from wilddepth.engine.environment import environment
from wilddepth.engine.evaluate import Evaluation
from wilddepth.engine.evaluate import evaluate as evaluate_scenes
from wilddepth.engine.fit import DivergedError, Fit, FitPlan, Progress, Stage
from wilddepth.engine.infer import Predictor
from wilddepth.engine.pairs import CropFeed
from wilddepth.engine.prefetch import Feed
from wilddepth.engine.weights import RUN_FILE, chosen_network, packaged_names, save_weights
from wilddepth.method import Method
from wilddepth.methods.catalog import build
from wilddepth.methods.label_free import LabelFree
from wilddepth.networks.stereo import StereoNetwork
from wilddepth.prediction import Prediction
from wilddepth.sample import Sample
from wilddepth.sources.labelled import LabelledFeed
from wilddepth.sources.supervised import LABEL, SupervisedSource
from wilddepth.tables.material import Material
from wilddepth.tables.result import Measured, Result, read_result, remove_result, write_result
from wilddepth.tables.submission import write_submission
from wilddepth.tables.table import Column, Part, Picks, Plan, Row, Scale, Start, Table, digest

Tell = Callable[[str, Progress], None]
"""Told of each step: the part, how far."""
ROWS, LABELS, SUBMISSIONS = "rows", "labels", "submissions"
KNOWN = ("wilddepth", "commit", "torch", "cpu", "cores", "threads", "device", "date")
"""What a result says of where it was made."""


@dataclass(frozen=True)
class Bench:
    """Everything that rows of one run share.

    Attributes:
        table: whose rows they are.
        scale: with which they are run, its plan as asked for.
        parts: those that can be run.
        material: scenes and labels.
        folder: of the run.
        device: where it is computed.
    """

    table: Table
    scale: Scale
    parts: tuple[Part, ...]
    material: Material
    folder: Path
    device: torch.device

    def place(self, row: Row, seed: int) -> Path:
        """The folder of one row with one seed."""
        return self.folder / ROWS / row.name / f"seed-{seed}"

    def digest(self, row: Row, seed: int) -> str:
        """Of all that the numbers of a row hang on, words and published figures left out."""
        made_of = replace(row, text="", published={}, scales=())
        parts = [replace(part, labelled=needed(row, part), submission=()) for part in self.parts]
        return digest(made_of, seed, self.scale.plan, parts, content(self.scale.starts[row.start]), self.table.protocol)

    def done(self, row: Row, seed: int) -> Result | None:
        """The result that stands; errors as `read_result`."""
        return read_result(self.place(row, seed), self.digest(row, seed))

    def run(self, row: Row, seed: int, tell: Tell) -> Result:
        """Run what is not done yet of a row, and write its result.

        Raises:
            WildDepthError: for weights, scenes or a folder that cannot be used.
        """
        where = {key: value for key, value in environment(str(self.device)).items() if key in KNOWN}
        so_far = Result(row.name, seed, self.digest(row, seed), row.supervised, {}, {}, where)
        for part in self.parts:
            if row.truth == "labelled" and not part.labelled:
                why = "it has no labelled pairs apart from those that are scored"
                so_far = replace(so_far, left_out={**so_far.left_out, part.name: why})
            else:
                measured = self.measured_once(so_far, row, part, tell)
                so_far = replace(so_far, parts={**so_far.parts, part.name: measured})
        place = self.place(row, seed)
        write_result(place, so_far)
        for name in so_far.parts:
            shutil.rmtree(place / name / "checkpoints", ignore_errors=True)
            remove_result(place / name)
        return so_far

    def measured_once(self, so_far: Result, row: Row, part: Part, tell: Tell) -> Measured:
        """A part, found again where the row was cut off after it."""
        place = self.place(row, so_far.seed) / part.name
        found = read_result(place, so_far.digest)
        if found is not None and part.name in found.parts:
            return found.parts[part.name]
        self.material.make_room(part)
        measured = self.measure(row, so_far.seed, part, tell)
        write_result(place, replace(so_far, parts={part.name: measured}, left_out={}))
        return measured

    def measure(self, row: Row, seed: int, part: Part, tell: Tell) -> Measured:
        """Train on a part, and score."""
        network = started(self.scale.starts[row.start]).to(self.device)
        folder, steps, pairs, seconds, failed = self.place(row, seed) / part.name, 0, 0, 0.0, ""
        terms: Mapping[str, float] = {}
        if row.method is not None:
            method = build(row.method, network, settings_of(row)).to(self.device)
            feed, pairs = self.feed(row, seed, part)
            fit = Fit(method, feed, fit_plan(self.scale.plan, seed), folder / "checkpoints")
            fit.resume()
            terms, failed = train(fit, lambda progress: tell(part.name, progress))
            steps, seconds = fit.done, float(fit.state.get("seconds", 0.0))
            network = handed_over(fit, folder, row)
        scores, a_pair = self.scores(network, part)
        if part.submission:
            scenes = self.material.scenes(part.submission, with_truth=False)
            write_submission(
                self.folder / SUBMISSIONS / f"{row.name}-{part.name}-seed-{seed}", predictor(network), scenes
            )
        return Measured(
            group=part.group,
            steps=steps,
            pairs=pairs,
            seconds=seconds,
            seconds_a_pair=a_pair,
            images={name: scored(found) for name, found in scores.items()},
            numbers={column.key: scores[column.scored_on].mean[column.metric] for column in self.columns(scores)},
            terms=terms,
            failed=failed,
        )

    def columns(self, scores: Mapping[str, Evaluation]) -> list[Column]:
        """The columns that these sets fill."""
        return [column for column in self.table.columns if column.scored_on in scores]

    def feed(self, row: Row, seed: int, part: Part) -> tuple[Feed, int]:
        """Where the batches of a row come from, and from how many pairs."""
        plan, picks = self.scale.plan, picks_of(row, part)
        if row.supervised:
            scenes = self.material.scenes(picks, with_truth=True).first(row.pairs)
            return LabelledFeed(SupervisedSource(scenes), LABEL, (plan.height, plan.width), seed=seed), len(scenes)
        pairs = self.material.pairs(picks, row.proxies, row.pairs)
        return CropFeed(pairs, (plan.height, plan.width), seed, hold_out=False), len(pairs)

    def scores(self, network: StereoNetwork, part: Part) -> tuple[dict[str, Evaluation], float]:
        """Each set scored, and the median seconds of a prediction."""
        predict, seconds = predictor(network), []

        def timed(sample: Sample) -> Prediction:
            begin = time.perf_counter()
            found = predict(sample)
            seconds.append(time.perf_counter() - begin)
            return found

        scores = {}
        for name, picks in part.scored.items():
            scenes = self.material.scenes(picks, with_truth=True)
            scores[name] = evaluate_scenes(timed, scenes, self.table.protocol)
        return scores, statistics.median(seconds)


def missing_start(start: Start | None) -> str | None:
    """Why a start cannot be used; None = it can."""
    if start is None:
        return "this scale has no such start"
    if given(start) or start.weights in packaged_names():
        return None
    return (
        f"weights {start.weights} are not packaged; make them with `wilddepth train {start.recipe} --out "
        f"./{start.weights}` and give --weights {start.weights}=./{start.weights}"
    )


def given(start: Start) -> bool:
    """Whether a start is a file that --weights named, not a packaged name."""
    return "/" in start.weights


def content(start: Start) -> Start:
    """A start by what its file holds: another file under the same name is another start."""
    if not given(start):
        return start
    return replace(start, weights=f"sha256:{hashlib.sha256(Path(start.weights).read_bytes()).hexdigest()}")


def started(start: Start) -> StereoNetwork:
    """The network of a start; statistics of batches stay as they came, and pictures are as large as they come."""
    network = chosen_network(start.weights, 1.0)
    network.keep_statistics()
    return network


def settings_of(row: Row) -> dict[str, Any]:
    """The settings of a row's method; one that learns truth looks at the label of that name."""
    return {**({"label": LABEL} if row.supervised else {}), **row.settings}


def needed(row: Row, part: Part) -> Picks:
    """The labelled pairs that a row asks of a part."""
    return part.labelled if row.truth == "labelled" else ()


def picks_of(row: Row, part: Part) -> Picks:
    """What a row learns from."""
    return part.labelled if row.truth == "labelled" else part.learn


def fit_plan(plan: Plan, seed: int) -> FitPlan:
    """One stage."""
    stage = Stage(plan.steps, plan.batch, plan.learning_rate, 0.1 * plan.learning_rate)
    return FitPlan(
        stages=(stage,),
        average=plan.average,
        precision=plan.precision,
        seed=seed,
        checkpoint_every=plan.checkpoint_every,
    )


def train(fit: Fit, tell: Callable[[Progress], None]) -> tuple[Mapping[str, float], str]:
    """Train to the end; the last step's terms, and why it ended early."""
    before = float(fit.state.get("seconds", 0.0))
    terms: Mapping[str, float] = dict(fit.state.get("terms", {}))

    def step(progress: Progress) -> None:
        nonlocal terms
        terms = dict(progress.terms)
        fit.state = {"seconds": before + progress.seconds, "terms": terms}
        tell(progress)

    try:
        fit.run(on_step=step)
    except DivergedError as error:  # a result too, and the other rows go on
        return terms, str(error)
    return terms, ""


def handed_over(fit: Fit, folder: Path, row: Row) -> StereoNetwork:
    """The averaged weights, also as a file."""
    with fit.averaged() as method:
        network = network_of(method)
        tensors = {name: value.detach().clone() for name, value in network.state_dict().items()}
    network.load_state_dict(tensors)
    if all(bool(value.isfinite().all()) for value in tensors.values()):
        told = {"row": row.name, "supervised": str(row.supervised).lower()}
        save_weights(folder / RUN_FILE, network, told)
    return network.eval()


def network_of(method: Method) -> StereoNetwork:
    """The network inside a stereo method."""
    network = method.network
    assert isinstance(network, StereoNetwork)  # rows name methods of stereo networks only
    return network


def predictor(network: StereoNetwork) -> Callable[[Sample], Prediction]:
    """A network as a call, left view only, in float32."""
    found = Predictor(LabelFree(network), device=next(network.parameters()).device, precision="fp32")
    return lambda sample: found(sample, confidence=False)


def scored(found: Evaluation) -> int:
    """Images with any scored pixel."""
    return sum(row["scored_pixels"] > 0 for _, row in found.rows)
