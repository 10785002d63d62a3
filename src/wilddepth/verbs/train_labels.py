"""Batches of a folder's pairs with labels: stored ones, or its ground truth where the recipe allows that."""

from wilddepth.data.augment import Jitter as LabelledJitter
from wilddepth.errors import ConfigError, SampleError
from wilddepth.proxies.store import LabelStore
from wilddepth.recipe import Recipe
from wilddepth.sources import stored
from wilddepth.sources.folder import FolderSource
from wilddepth.sources.labelled import LabelledFeed
from wilddepth.sources.open import open_source
from wilddepth.sources.source import Source
from wilddepth.sources.supervised import LABEL, SupervisedSource
from wilddepth.verbs.common import look_at_all


def labelled_feed(recipe: Recipe, crop: tuple[int, int]) -> LabelledFeed:
    """Batches of a folder's pairs with labels that are stored, or with their ground truth where the recipe allows."""
    data = recipe.data
    if data.labels is None and not recipe.supervise_with_truth:
        raise ConfigError(
            f"{data.source} has no labels of its own: make some with `wilddepth proxies` and name them as data.labels, "
            "set supervise_with_truth: true to learn from its ground truth (the run is then called SUPERVISED), or use "
            "`wilddepth adapt`"
        )
    source = open_source(data.source, with_truth=recipe.supervise_with_truth)
    look_at_all(source)
    with_labels: Source
    if data.labels is not None:
        with_labels, name = stored.StoredSource(source, LabelStore.open(data.labels, data.algorithm)), stored.LABEL
    else:
        with_labels, name = supervised(source), LABEL
    amount = data.jitter
    jitter = LabelledJitter(
        brightness=amount.brightness,
        contrast=(1 - amount.contrast, 1 + amount.contrast),
        gamma=(1.0, 1.0),
        colour=(1.0, 1.0),
        asymmetric=amount.asymmetric * amount.brightness,
    )
    return LabelledFeed(with_labels, name, crop, seed=recipe.seed, jitter=jitter)


def supervised(source: Source) -> SupervisedSource:
    """The source with its truth as labels; `SampleError` where a pair has none."""
    without = [files.key for files in source.files if not files.has_truth] if isinstance(source, FolderSource) else []
    if without:
        raise SampleError(f"{source.text}: {without[0]} has no ground truth to learn from ({len(without)} such in all)")
    return SupervisedSource(source)
