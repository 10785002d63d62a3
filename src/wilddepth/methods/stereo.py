"""What every method on a stereo network shares: one forward, the prediction, the parts of the network."""

from collections.abc import Mapping
from typing import cast

from wilddepth.method import Method, Outputs, Part
from wilddepth.networks.madnet import Heads, MADNet, MADNetHeads, parts
from wilddepth.prediction import Prediction, Quantity
from wilddepth.sample import Sample


def heads_of(outputs: Outputs) -> MADNetHeads:
    """The network's own heads, for losses at their resolution."""
    return cast(MADNetHeads, outputs.native)


class StereoMethod(Method):
    """A method whose network maps a rectified pair to disparity heads, coarse to fine."""

    def __init__(self, network: MADNet) -> None:
        super().__init__()
        self.network = network

    def run(self, sample: Sample, *, isolate_parts: bool, finest: int = 2, heads: Heads = "all") -> Outputs:
        """The network's one forward."""
        pair = sample.stereo()
        found = self.network(pair.left, pair.right, isolate_parts=isolate_parts, finest=finest, heads=heads)
        return Outputs(disparities=found.disparities, native=found)

    def forward(self, sample: Sample, *, isolate_parts: bool = False) -> Outputs:
        """All heads at full resolution."""
        return self.run(sample, isolate_parts=isolate_parts)

    def prediction(self, outputs: Outputs, sample: Sample) -> Prediction:
        """The last head as disparity, px."""
        return Prediction(values=outputs.disparities[-1], quantity=Quantity.DISPARITY_PX)

    def parts(self) -> Mapping[str, Part]:
        """MAD's modules M6..M2, each with its own head (M2: the refined one)."""
        return {
            name: Part(name=name, parameters=tuple(f"network.{p}" for p in names), head=index)
            for index, (name, names) in enumerate(parts(self.network).items())
        }
