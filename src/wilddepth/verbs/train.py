"""`wilddepth train`: a recipe becomes weights."""

import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch

from wilddepth.engine.device import choose_device
from wilddepth.engine.evaluate import evaluate as evaluate_scenes
from wilddepth.engine.fit import Fit, Progress
from wilddepth.engine.infer import Predictor
from wilddepth.engine.run import RunFolder
from wilddepth.engine.schedule import FitPlan, Stage
from wilddepth.engine.weights import RUN_FILE, chosen_network, load_network, save_weights
from wilddepth.errors import ConfigError
from wilddepth.method import Method
from wilddepth.methods.catalog import build
from wilddepth.networks import catalog as networks
from wilddepth.networks.madnet import MADNet
from wilddepth.networks.madnet2 import MADNet2
from wilddepth.networks.stereo import StereoNetwork, channels_last
from wilddepth.plain import build as build_plain
from wilddepth.plain import plain
from wilddepth.recipe import Recipe
from wilddepth.sources import stored
from wilddepth.sources.grammar import parse
from wilddepth.sources.labelled import LabelledFeed
from wilddepth.sources.open import open_source
from wilddepth.sources.rendered import Jitter, LiveFeed, RenderedFeed
from wilddepth.sources.source import Source
from wilddepth.sources.supervised import LABEL
from wilddepth.sources.world import take_of
from wilddepth.verbs.common import Say, look_at_all, protocol_for, quiet
from wilddepth.verbs.quick_check import check_quickly
from wilddepth.verbs.train_confidence import train_confidence
from wilddepth.verbs.train_labels import labelled_feed
from wilddepth.worlds.cache import BurstSpec

FREE = ("data.workers", "data.cache", "log_every", "checkpoint_every")
"""Keys that do not change the weights: they may differ when a run is resumed."""
WATCHED = ("watch.source", "watch.every")
"""So do these, unless the recipe lets them select."""


def train(
    recipe: Recipe,
    *,
    out: Path | str,
    overwrite: bool = False,
    resume: bool = False,
    force: bool = False,
    device: str = "auto",
    threads: int | None = None,
    compile_network: bool = False,
    say: Say = quiet,
) -> Mapping[str, Any]:
    """Train a network by a recipe.

    Args:
        recipe: see `wilddepth.recipe`; `recipe.read(NAME)` gives a packaged one.
        out: run folder: weights, checkpoints, log, numbers.
        overwrite: replace an earlier run in `out`.
        resume: go on with a run that was cut off; the weights become the same as if it had not been (on a CPU, with the
            same number of threads).
        force: learn from the pairs of a folder although their rows do not match.
        device: "auto", "cpu" or "cuda".
        threads: CPU threads; None = all.
        compile_network: compile the network first.
        say: told of progress.

    Returns:
        Steps, seconds, the last objective and where the weights are.

    Raises:
        WildDepthError: for a recipe, weights or folder that cannot be used.
    """
    RunFolder.check(out, overwrite=overwrite, resume=resume)
    if threads is not None:
        torch.set_num_threads(threads)
    if recipe.network.name == "ccnn":
        return train_confidence(recipe, out=out, overwrite=overwrite, resume=resume, device=device, say=say)
    place = choose_device(device)
    method = make_method(recipe).to(place)
    feed = make_feed(recipe, place)
    if isinstance(feed, LabelledFeed):
        check_quickly(open_source(recipe.data.source, with_truth=False), recipe.data.source, force=force)
    watched = None if recipe.watch.source is None else open_source(recipe.watch.source)
    if watched is not None:
        look_at_all(watched, truth=True)
    # The input is good: only now a folder is made.
    run = RunFolder.create(
        out,
        overwrite=overwrite,
        resume=resume,
        device=str(place),
        recipe=recipe.to_yaml(),
        may_differ=FREE if recipe.select_by == "truth" else FREE + WATCHED,
    )
    if compile_network:
        method.compile()
    fit = Fit(method, feed, fit_plan(recipe), run.path / "checkpoints", workers=recipe.data.workers)
    if run.resumed:
        fit.resume()
        run.rewind(fit.done)
    if isinstance(feed, RenderedFeed):
        render_missing(feed, fit.done, say, workers=recipe.data.workers)
    watcher = None if watched is None else Watcher(recipe, watched, run, fit)
    last: list[Progress] = []
    result = fit.run(
        on_step=lambda progress: told(say, progress, last),
        watch=watcher,
        watch_every=recipe.watch.every if watcher else 0,
        log=run.path / "log.jsonl",
    )
    hand_over(recipe, fit, run, watcher)
    told_result: dict[str, Any] = {
        "steps": result.steps,
        "seconds": result.seconds,
        "objective": last[-1].total if last else None,
        "supervised": recipe.supervise_with_truth,
        "selected_by": "ORACLE: truth" if recipe.select_by == "truth" else recipe.select_by,
        "weights": str(run.path / RUN_FILE),
    }
    run.write_metrics(told_result)
    return told_result


def told(say: Say, progress: Progress, last: list[Progress]) -> None:
    """A step as a line of progress; the newest one is kept."""
    last[:] = [progress]
    say("train", progress.step, progress.steps, progress.seconds_left)


def render_missing(feed: RenderedFeed, step: int, say: Say, *, workers: int = 0) -> None:
    """Render what is in use at a step and not on disk; what later steps add is rendered when they ask for it."""
    missing, begin = feed.prepare(step), time.monotonic()

    def tell(done: int) -> None:
        say("render", done, len(missing), (time.monotonic() - begin) / done * (len(missing) - done))

    feed.cache.render_all(missing, workers=workers, done=tell)


def make_method(recipe: Recipe) -> Method:
    """The method of a recipe around its network, fresh or from weights.

    Raises:
        ConfigError: for an unknown name or setting, those of the stages included.
        WeightsError: for weights that do not fit.
    """
    if recipe.method.name == "label-free":
        raise ConfigError("label-free learning from your own pairs is `wilddepth adapt SOURCE`; train takes labels")
    settings = dict(recipe.method.settings)
    if recipe.supervise_with_truth or recipe.data.labels is not None:
        settings.setdefault("label", LABEL if recipe.supervise_with_truth else stored.LABEL)
    method = build(recipe.method.name, make_network(recipe), settings)
    check_stages(recipe, method)
    return method


def make_network(recipe: Recipe) -> StereoNetwork:
    """The network of a recipe, in training mode."""
    section = recipe.network
    if section.weights is not None:
        if section.settings or section.borrow:
            raise ConfigError("network.weights bring their own network.settings and layers; leave one of them out")
        network = chosen_network(section.weights, 1.0)  # recipes say how large the pictures are that it learns from
        if network.name != section.name:
            raise ConfigError(
                f"network.weights are of {network.name}, not of network.name {section.name}; change one of them"
            )
    else:
        network = networks.build(section.name, section.settings)
        network.initialise(section.start, generator=torch.Generator().manual_seed(recipe.seed))
        if section.borrow is not None:
            borrow(network, section.borrow)
    channels_last(network)
    return network.train()


def borrow(network: StereoNetwork, weights: str) -> None:
    """Fill what a network has in common with another from the other's weights."""
    other, _ = load_network(weights)
    if not isinstance(network, MADNet2) or not isinstance(other, MADNet):
        raise ConfigError(
            f"network.borrow: madnet2 can begin with layers of a madnet, not {network.name} with those of "
            f"{other.name}; leave network.borrow out or change network.name"
        )
    network.borrow(other)


def check_stages(recipe: Recipe, method: Method) -> None:
    """Raise `ConfigError` for a stage that sets what the method does not have, before anything is trained."""
    config: Any = getattr(method, "config", None)
    for number, stage in enumerate(recipe.stages):
        where = f"stages.{number}.settings"
        if config is not None:
            build_plain(type(config), {**plain(config), **stage.settings}, where)
        elif stage.settings:
            raise ConfigError(f"{where}: {recipe.method.name} has no settings; leave them out")


def make_feed(recipe: Recipe, place: torch.device) -> RenderedFeed | LabelledFeed:
    """Where the batches of a recipe come from; `place` is where the network is.

    Raises:
        ConfigError: for settings that do not go with the source.
        SampleError: for a source that cannot be read.
    """
    data, crop = recipe.data, (recipe.data.height, recipe.data.width)
    world = parse(data.source).world
    if world is None:
        return labelled_feed(recipe, crop)
    if recipe.supervise_with_truth or data.labels is not None:
        own = "supervise_with_truth" if recipe.supervise_with_truth else "data.labels"
        raise ConfigError(f"{data.source} brings its renderer's labels; leave {own} out")
    if "frames=" in data.source:
        raise ConfigError(f"{data.source}: data.pairs says how many pairs are rendered; leave frames out")
    size = {name: value for name, value in (("height", world.height), ("width", world.width)) if value is not None}
    if world.clip > 1:
        raise ConfigError(f"{data.source}: batches are drawn from single pairs; leave clip out")
    spec = BurstSpec(world.name, world.seed, take=take_of(world, stream=False), **size)
    jitter = Jitter(data.jitter.brightness, data.jitter.contrast, data.jitter.asymmetric)
    if data.render == "live" or (data.render == "auto" and place.type == "cuda"):
        return LiveFeed(
            spec,
            device=place,
            count=data.pairs,
            crop=crop,
            first=data.first,
            growth=data.growth,
            seed=recipe.seed,
            jitter=jitter,
        )
    return RenderedFeed(
        spec,
        count=data.pairs,
        crop=crop,
        first=data.first,
        growth=data.growth,
        seed=recipe.seed,
        jitter=jitter,
        root=None if data.cache is None else Path(data.cache),
    )


def fit_plan(recipe: Recipe) -> FitPlan:
    """The plan of a recipe. One cut short by `recipe.steps` does what the whole one does in its first steps."""
    stages = tuple(
        Stage(
            steps=stage.steps,
            batch=stage.batch or recipe.batch,
            learning_rate=stage.learning_rate or recipe.optimiser.learning_rate,
            final_learning_rate=stage.final_learning_rate,
            warm_up=stage.warm_up,
            settings=stage.settings,
        )
        for stage in recipe.stages
    )
    return FitPlan(
        stages=stages,
        cut=recipe.steps,
        optimiser=recipe.optimiser.name,
        weight_decay=recipe.optimiser.weight_decay,
        clip=recipe.optimiser.clip,
        average=recipe.ema.decay,
        precision=recipe.precision,
        seed=recipe.seed,
        checkpoint_every=recipe.checkpoint_every,
        log_every=recipe.log_every,
    )


class Watcher:
    """Scores a run on a watched source as it goes. The numbers are written down; they steer nothing unless the recipe
    says `select_by: truth`, which is then called ORACLE everywhere."""

    def __init__(self, recipe: Recipe, scenes: Source, run: RunFolder, fit: Fit) -> None:
        """Watch `fit` on `scenes`, which have truth; the best weights so far are remembered in the state of `fit`."""
        self.scenes, self.run, self.fit = scenes, run, fit
        self.protocol = protocol_for(scenes.layout, None)
        self.keep_best = recipe.select_by == "truth"
        self.best = run.path / "checkpoints" / "best.safetensors"

    def __call__(self, step: int, method: Method) -> None:
        """Score now, as `evaluate` does."""
        predictor = Predictor(method, device=next(method.parameters()).device, precision="fp32")
        found = evaluate_scenes(lambda sample: predictor(sample, confidence=False), self.scenes, self.protocol)
        self.run.log({"step": step, "watched": self.scenes.text, "protocol": self.protocol, **found.mean})
        d1 = float(found.mean["d1_all"])
        if self.keep_best and ("best_d1" not in self.fit.state or d1 < self.fit.state["best_d1"]):
            self.fit.state["best_d1"] = d1
            save_weights(self.best, network_of(method), {})


def network_of(method: Method) -> StereoNetwork:
    """The network inside a stereo method."""
    network = method.network
    if not isinstance(network, StereoNetwork):
        raise ConfigError(f"this version stores weights of stereo networks, not of {type(network).__name__}")
    return network


def hand_over(recipe: Recipe, fit: Fit, run: RunFolder, watcher: Watcher | None) -> None:
    """Write the weights that the recipe selects."""
    told = {"recipe": recipe.digest(), "steps": str(fit.done), "selected_by": recipe.select_by}
    path = run.path / RUN_FILE
    if recipe.select_by == "truth" and watcher is not None:
        network, _ = load_network(str(watcher.best))
        save_weights(path, network, {**told, "selected_by": "ORACLE: truth"})
    elif recipe.select_by == "ema":
        with fit.averaged() as method:
            save_weights(path, network_of(method), told)
    else:
        save_weights(path, network_of(fit.method), told)
