"""`wilddepth train` for CCNN: a matcher's own disparities become a network that says how sure they are, without truth.

Pairs are matched, several measures vote on each pixel (`proxies.wild`), and the network learns from their vote. Where
the pairs are rendered, the renderer's truth of further pairs then says what the numbers mean (`engine.confidence`):
weights, and with them the order of pixels, never see it.
"""

import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, Any, Literal

import torch

from wilddepth.engine.confidence import calibrate, save_confidence
from wilddepth.engine.device import choose_device
from wilddepth.engine.fit import Fit, Progress
from wilddepth.engine.run import RunFolder
from wilddepth.engine.weights import RUN_FILE
from wilddepth.errors import ConfigError, SampleError
from wilddepth.methods.wild import NAME, Wild
from wilddepth.networks.ccnn import CCNN, RADIUS
from wilddepth.plain import Range, closest
from wilddepth.plain import build as build_plain
from wilddepth.proxies.matchers.catalog import MATCHERS, showing_costs
from wilddepth.proxies.matchings import disparities, matched
from wilddepth.proxies.reach import whole_sixteens
from wilddepth.proxies.sides import network_input
from wilddepth.proxies.wild import VOTES, second_opinion, wild_labels
from wilddepth.recipe import Recipe
from wilddepth.sources.grammar import parse
from wilddepth.sources.open import open_source
from wilddepth.sources.patches import Judged, PatchFeed
from wilddepth.sources.source import Source
from wilddepth.verbs.common import Say, look_at_all

SIDE = 2 * RADIUS + 1
CALIBRATION_PAIRS = 12
"""Rendered pairs, after those trained on, that say what the numbers mean."""


@dataclass(frozen=True)
class WildTraining:
    """`method.settings` of a recipe whose method is `wild`.

    Attributes:
        matcher: whose disparities are judged: a name of `proxies.matchers.catalog` that shows its costs.
        disparities: how many it searches.
        votes: the measures that vote, and how: a name of `proxies.wild.VOTES`.
        second: another matcher that must confirm every label, see `proxies.wild.second_opinion`; empty = none.
        fraction: of the surest and least sure pixels of a measure, see `proxies.wild.WildSettings`.
        balanced: as many right as wrong pixels in a batch.
        start: how fresh weights begin: with filters that see steps (`CCNN.see_steps`), or as published.
    """

    matcher: str = "census-sgm"
    disparities: Annotated[int, Range(3)] = 128
    votes: str = "published"
    second: str = ""
    fraction: Annotated[float, Range(0, 0.5, above=True)] = 0.4
    balanced: bool = True
    start: Literal["steps", "xavier"] = "steps"


def train_confidence(
    recipe: Recipe, *, out: Path | str, overwrite: bool, resume: bool, device: str, say: Say
) -> Mapping[str, Any]:
    """Train CCNN by a recipe whose network is `ccnn`; arguments, files and result are those of `train`.

    Raises:
        ConfigError: for a recipe that asks for what this network has not.
        SampleError: for a source without pairs, or pairs on which the measures agree nowhere.
    """
    settings = checked(recipe)
    place = choose_device(device)
    trained, further = sources(recipe)
    run = RunFolder.create(
        out,
        overwrite=overwrite,
        resume=resume,
        device=str(place),
        recipe=recipe.to_yaml(),
        may_differ=("data.workers", "log_every", "checkpoint_every"),
    )
    feed = make_feed(recipe, settings, trained, say)
    network = CCNN(generator=torch.Generator().manual_seed(recipe.seed))
    if settings.start == "steps":
        network.see_steps()
    from wilddepth.verbs.train import fit_plan  # which itself imports this module

    fit = Fit(Wild(network).to(place), feed, fit_plan(recipe), run.path / "checkpoints", workers=recipe.data.workers)
    if run.resumed:
        fit.resume()
        run.rewind(fit.done)
    last: list[Progress] = []

    def told(progress: Progress) -> None:
        last[:] = [progress]
        say("train", progress.step, progress.steps, progress.seconds_left)

    result = fit.run(on_step=told, log=run.path / "log.jsonl")
    if recipe.select_by == "ema":
        with fit.averaged():
            chosen = {name: value.detach().cpu().clone() for name, value in network.state_dict().items()}
        network.load_state_dict(chosen)
    network.cpu().eval()
    pixels = calibrated_pixels(network, further, recipe.data.pairs, settings)
    told_result = {
        "steps": result.steps,
        "seconds": result.seconds,
        "objective": last[-1].total if last else None,
        "accuracy": float(last[-1].terms["accuracy"]) if last else None,
        "matcher": settings.matcher,
        "supervised": False,
        "calibrated": f"{further.text}, {pixels} pixels" if further else "no: these pairs are not rendered",
        "weights": str(run.path / RUN_FILE),
    }
    metadata = {key: str(told_result[key]) for key in ("steps", "matcher", "calibrated")}
    save_confidence(run.path / RUN_FILE, network, {**metadata, "recipe": recipe.digest()})
    run.write_metrics(told_result)
    return told_result


def calibrated_pixels(network: CCNN, further: Source | None, first: int, settings: WildTraining) -> int:
    """Calibrate on the scenes from number `first` on; the number of pixels that took part."""
    if further is None:
        return 0
    scenes = (further[index] for index in range(first, len(further)))
    return calibrate(network, scenes, settings.matcher, settings.disparities)


def checked(recipe: Recipe) -> WildTraining:
    """The settings of the method, or `ConfigError` for anything in the recipe that CCNN does not have."""
    jitter, data = recipe.data.jitter, recipe.data
    wrong = {
        "method.name: CCNN is trained by the method wild": recipe.method.name != "wild",
        "network.settings and network.weights: CCNN has none to start from": bool(recipe.network.settings)
        or recipe.network.weights is not None,
        f"data.height and data.width: patches are {SIDE}x{SIDE}": (data.height, data.width) != (SIDE, SIDE),
        "data.jitter: images are matched as they are; set all to 0": any(
            (jitter.brightness, jitter.contrast, jitter.asymmetric)
        ),
        "supervise_with_truth: this is learning without it; leave it out": recipe.supervise_with_truth,
        "select_by: last or ema": recipe.select_by == "truth",
        "watch.source: nothing is watched here; leave it out": recipe.watch.source is not None,
        "stages: this method has no settings to replace": any(stage.settings for stage in recipe.stages),
    }
    for message, is_wrong in wrong.items():
        if is_wrong:
            raise ConfigError(message)
    settings = build_plain(WildTraining, dict(recipe.method.settings), "method.settings")
    words = (
        ("matcher", settings.matcher, showing_costs()),
        ("votes", settings.votes, list(VOTES)),
        ("second", settings.second or settings.matcher, list(MATCHERS)),
    )
    for key, word, known in words:
        if word not in known:
            raise ConfigError(f"method.settings.{key}: {word!r} will not do; {closest(word, known)}")
    return settings


def sources(recipe: Recipe) -> tuple[Source, Source | None]:
    """The pairs to learn from, and further rendered ones with truth; None where pairs are not rendered."""
    text = recipe.data.source
    if parse(text).world is None:
        found = open_source(text, limit=recipe.data.pairs, with_truth=False)
        look_at_all(found)
        return found, None
    if "frames=" in text:
        raise ConfigError(f"{text}: data.pairs says how many pairs are rendered; leave frames out")
    joint = "&" if "?" in text else "?"
    trained = open_source(f"{text}{joint}frames={recipe.data.pairs}")
    return trained, open_source(f"{text}{joint}frames={recipe.data.pairs + CALIBRATION_PAIRS}")


def make_feed(recipe: Recipe, settings: WildTraining, source: Source, say: Say) -> PatchFeed:
    """All pairs matched and voted on."""
    wild, maps, begin = replace(VOTES[settings.votes], fraction=settings.fraction), [], time.monotonic()
    for done, scene in enumerate(source, start=1):
        found = matched(scene.sample, settings.matcher, settings.disparities)[0]
        labels = wild_labels(found, wild)
        if settings.second:
            number = whole_sixteens(settings.disparities)
            labels = second_opinion(labels, found, disparities(scene.sample, settings.second, number)[0])
        maps.append(Judged(network_input(found), labels))
        say("match", done, len(source), (time.monotonic() - begin) / done * (len(source) - done))
    if not maps:
        raise SampleError(f"{source.text} holds no pairs to learn from; check its name")
    return PatchFeed(maps, radius=RADIUS, label=NAME, seed=recipe.seed, balanced=settings.balanced)
