"""The one bridge from ground truth to supervision: truth as a label. Runs that use it are called SUPERVISED."""

from dataclasses import replace

from wilddepth.errors import SampleError
from wilddepth.sources.source import Scene, Source
from wilddepth.truth import label_from_truth

LABEL = "truth"


class SupervisedSource(Source):
    """Another source with its truth attached as the label `truth`; opened only where a recipe says so."""

    def __init__(self, source: Source) -> None:
        self.source, self.text, self.layout = source, source.text, source.layout
        self.one_view, self.rectified = source.one_view, source.rectified

    def __len__(self) -> int:
        """How many pairs."""
        return len(self.source)

    def load(self, index: int) -> Scene:
        """The scene with its label; `SampleError` where it has no truth."""
        scene = self.source.load(index)
        if scene.truth is None:
            raise SampleError(f"{scene.key} has no ground truth to supervise with; leave it out, or use `adapt`")
        labels = {**scene.sample.labels, LABEL: label_from_truth(scene.truth)}
        return replace(scene, sample=replace(scene.sample, labels=labels))

    def key(self, index: int) -> str:
        """The name of a scene."""
        return self.source.key(index)

    def describe(self) -> str:
        """What it is, in one line for people."""
        return f"{self.source.describe()}, SUPERVISED with its ground truth"
