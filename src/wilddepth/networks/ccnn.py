"""CCNN: how sure a disparity is, from the disparity map of one view alone.

A patch of 9x9 disparities around a pixel tells noise, speckle and broken edges from surfaces. The network knows the
habits of one matcher: weights belong to the algorithm whose maps they were trained on.

Source:
    Poggi and Mattoccia, "Learning from scratch a confidence measure", BMVC 2016.
"""

from itertools import pairwise
from typing import Literal, cast

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn import functional

RADIUS = 4
"""Of the patch, px: four 3x3 layers without padding."""
SCALE = 255.0
"""Disparities are divided by this: the published inputs have 8 bits."""
KNOTS = 16
"""Points of the calibration curve."""
STEP_FILTERS, STEP_GAIN = 48, 20.0
"""Of the 64 first filters, how many `see_steps` changes, and how much stronger they become."""


class CCNN(nn.Module):
    """Confidence of the centre pixel of 9x9 patches; fully convolutional, 128,125 parameters.

    Attributes:
        layers: four 3x3 layers of 64 channels, two of 100 with one tap, one output; ReLU between them.
        knots: logits, rising, that calibration maps to `calibrated_knots`; straight lines between and beyond them.
        calibrated_knots: logits of the share of right disparities, rising. Fresh weights map every logit to itself.
    """

    knots: Tensor
    calibrated_knots: Tensor

    def __init__(self, *, generator: torch.Generator | None = None) -> None:
        """Fresh weights: uniform after Glorot (Xavier), biases 0."""
        super().__init__()
        channels = (1, 64, 64, 64, 64)
        patch = [nn.Conv2d(before, after, 3) for before, after in pairwise(channels)]
        layers = [*patch, nn.Conv2d(64, 100, 1), nn.Conv2d(100, 100, 1), nn.Conv2d(100, 1, 1)]
        for layer in layers:
            nn.init.xavier_uniform_(layer.weight, generator=generator)
            nn.init.zeros_(cast(Tensor, layer.bias))
        self.layers = nn.ModuleList(layers)
        self.register_buffer("knots", torch.linspace(-6, 6, KNOTS))
        self.register_buffer("calibrated_knots", torch.linspace(-6, 6, KNOTS))

    def see_steps(self) -> None:
        """Let fresh weights answer to steps between neighbours, in place.

        A step of 1 px is 1/255 of the input's range, and fresh filters hardly see it beside the disparity itself: that
        costs thousands of steps of training. Three quarters of the first filters lose their mean, so that they see
        differences alone, and are made stronger.
        """
        with torch.no_grad():
            weight = cast(Tensor, self.layers[0].weight)[:STEP_FILTERS]
            weight.sub_(weight.mean((2, 3), keepdim=True)).mul_(STEP_GAIN)

    def forward(self, disparity: Float[Tensor, "b 1 h w"]) -> Float[Tensor, "b 1 y x"]:
        """Logits of the (h - 8) x (w - 8) pixels whose whole patch lies in the map.

        Args:
            disparity: px from where the search began, so not negative; nan counts as 0, as missing ones are stored.

        Raises:
            ValueError: for a map smaller than a patch.
        """
        if min(disparity.shape[-2:]) <= 2 * RADIUS:
            raise ValueError(f"a map of {tuple(disparity.shape[-2:])} holds no 9x9 patch; give a larger one")
        values = torch.nan_to_num(disparity, nan=0.0) / SCALE
        for layer in self.layers[:-1]:
            values = functional.relu(layer(values), inplace=True)
        logits: Tensor = self.layers[-1](values)
        return logits

    def confidence(
        self, disparity: Float[Tensor, "b 1 h w"], *, border: Literal["repeat", "zero"] = "repeat"
    ) -> Float[Tensor, "b 1 h w"]:
        """Calibrated confidence, 0..1; 0 where there is no disparity.

        Args:
            disparity: px from where the search began; nan where there is none.
            border: of 4 px, where patches leave the map: the map is continued by its edge ("repeat"), or the confidence
                is 0 there, as published ("zero").
        """
        sides = (RADIUS,) * 4
        if border == "repeat":
            found = self.calibrated(self(functional.pad(disparity, sides, mode="replicate")))
        else:
            found = functional.pad(self.calibrated(self(disparity)), sides)
        return torch.where(torch.isfinite(disparity), found, torch.zeros_like(found))

    def calibrated(self, logits: Float[Tensor, "b 1 h w"]) -> Float[Tensor, "b 1 h w"]:
        """Probability that a disparity is right, from its logit: the calibration curve, then a sigmoid.

        The curve rises everywhere, so that calibration changes no order.
        """
        after = torch.searchsorted(self.knots, logits.contiguous()).clamp(1, len(self.knots) - 1)
        low, high = self.knots[after - 1], self.knots[after]
        part = (logits - low) / (high - low)
        return torch.sigmoid(torch.lerp(self.calibrated_knots[after - 1], self.calibrated_knots[after], part))
