"""A stereo network that says something about both views, in one forward: a pair, and the pair seen in a mirror."""

import torch
from torch import Tensor

from wilddepth.method import Outputs
from wilddepth.methods.stereo import StereoMethod, heads_of
from wilddepth.networks.stereo import Heads, StereoHeads
from wilddepth.prediction import Prediction, Quantity
from wilddepth.sample import Sample


class TwoViewMethod(StereoMethod):
    """A method whose objective needs the disparity of the right view too.

    In a mirror the right view becomes the left one of a pair: its disparity is the mirrored disparity of that pair.
    """

    def run(self, sample: Sample, *, isolate_parts: bool, finest: int = 0, heads: Heads = "none") -> Outputs:
        """The network's one forward over twice the batch: pairs first, mirrored pairs after them."""
        pair, level = sample.stereo(), self.network.level_within(finest)
        left = torch.cat((pair.left, pair.right.flip(-1)))
        right = torch.cat((pair.right, pair.left.flip(-1)))
        return Outputs(
            disparities=(), native=self.network(left, right, isolate_parts=isolate_parts, finest=level, heads="none")
        )

    def both(self, heads: StereoHeads, level: int | None = None) -> tuple[Tensor, Tensor]:
        """Disparities of the left and of the right view (b 1 h w), px: of a level's own head, or the output."""
        left, mirrored = self.enlarged(heads, level).chunk(2)
        return left, mirrored.flip(-1)

    def prediction(self, outputs: Outputs, sample: Sample) -> Prediction:
        """Disparities of both views, px, never negative."""
        left, right = (values.clamp(min=0) for values in self.both(heads_of(outputs)))
        return Prediction(values=left, quantity=Quantity.DISPARITY_PX, right=right)
