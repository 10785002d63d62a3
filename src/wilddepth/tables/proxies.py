"""The labels of the tables: a matcher and a network that says how sure each of its disparities is."""

from collections.abc import Mapping
from pathlib import Path

from wilddepth.engine.labels import KeptLabels, LabelPair
from wilddepth.proxies.algorithm import Algorithm, algorithm
from wilddepth.proxies.attach import NAME
from wilddepth.sample import Sample

EVERY = {"measured": False, "num_disparities": 192, "confidence": "ccnn", "keep": 0.0, "lr_threshold": 192}
"""Every disparity that the other view does not plainly contradict is a label: thresholds of confidence choose later."""
PROXIES: Mapping[str, Algorithm] = {
    "ad": algorithm("census-box", EVERY),
    "sgm": algorithm("census-sgm", EVERY),
}
"""Name of the label -> what makes it."""


class NamedLabels:
    """Labels of several makers on one pair, each under its own name, kept on disk and read ever after."""

    def __init__(self, folder: Path, names: tuple[str, ...]) -> None:
        self.kept = {name: KeptLabels(folder, PROXIES[name]) for name in names}

    def __call__(self, key: str, sample: Sample) -> LabelPair:
        """`NAME` and `right/NAME` for each name; errors as `KeptLabels`."""
        found: LabelPair = {}
        for name, labels in self.kept.items():
            pair = labels(key, sample)
            found |= {name: pair[NAME], f"right/{name}": pair[f"right/{NAME}"]}
        return found
