"""Pairs with the labels that `wilddepth proxies` made of them."""

import shlex
from collections.abc import Mapping
from dataclasses import replace

from wilddepth.errors import SampleError
from wilddepth.proxies.attach import NAME, stored_labels
from wilddepth.proxies.store import LabelStore
from wilddepth.sources.source import Scene, Source

LABEL = NAME
"""Name of the labels; those of the right view are `right/NAME`."""


class StoredSource(Source):
    """Another source with labels from a folder; truth and labels of its own are left out.

    Raises:
        SampleError: when a pair has no labels.
    """

    def __init__(self, source: Source, store: LabelStore) -> None:
        check_labels(source, store)
        self.source, self.store, self.text, self.layout = source, store, source.text, source.layout
        self.one_view, self.rectified = source.one_view, source.rectified

    def __len__(self) -> int:
        """How many pairs."""
        return len(self.source)

    def load(self, index: int) -> Scene:
        """The pair with its labels; `SampleError` where they belong to other images."""
        scene = self.source.load(index)
        labels = stored_labels(self.store, scene.key, scene.sample)
        return replace(scene, sample=replace(scene.sample, labels=labels), truth=None)

    def key(self, index: int) -> str:
        """The name of a pair."""
        return self.source.key(index)

    def stamp(self, index: int) -> Mapping[str, str]:
        """What the pair is made from."""
        return self.source.stamp(index)

    def describe(self) -> str:
        """What it is, in one line for people."""
        return f"{self.source.describe()}, labels of {self.store.made_by['algorithm']} from {self.store.path}"


def check_labels(source: Source, store: LabelStore) -> None:
    """Find out at once that labels are missing, or belong to other pairs; the first pair is loaded.

    Raises:
        MissingView: for pairs without a right view.
        SampleError: when a pair has no labels, or those of the first belong to other images.
    """
    sample = source[0].sample
    sample.stereo()
    missing = [key for key in source.keys if store.find(key) is None]
    if missing:
        raise SampleError(
            f"{store.path} has no whole labels for {missing[0]} ({len(missing)} such of {len(source)} pairs); make "
            f"them: wilddepth proxies {shlex.quote(source.text)} --resume --out {store.path}"
        )
    stored_labels(store, source.key(0), sample)
