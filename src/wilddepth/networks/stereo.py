"""What methods, engine and verbs may ask of any stereo network.

Levels are whole numbers k: a map of level k has 1/2^k of the padded resolution. Whatever unit a network predicts in, it
tells V_k = -d / 20, d the disparity in px of the full resolution: one unit for all networks and levels.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, Literal

import torch
from jaxtyping import Float
from torch import Tensor, nn

from wilddepth.geometry.pad import Border, Padding
from wilddepth.networks.block import Norm

SCALE = 20.0
"""V = -d / SCALE: regressed values stay near one."""

Heads = Literal["all", "final", "none"]
Start = Literal["xavier", "pass-through"]
"""How fresh weights begin: as published, or so that finer levels hand the coarser disparity on."""
TargetPixel = Literal["nearest", "centre", "corners"]
"""Which pixel of the full resolution a value of level k is enlarged around (see `losses.pyramid`)."""


@dataclass(frozen=True)
class StereoHeads:
    """What one forward pass predicts.

    Attributes:
        levels: level k -> V_k (normalised, -d / 20) at 1/2^k of the padded resolution, coarse to fine.
        disparities: px, full resolution. With heads="all" one for each level, clipped at 0 before it is enlarged, and
            after them the output; with "final" the last of them alone; with "none" empty.
        padding: what was added around the images.
        refined: MADNet's V_2 with the context network's correction; None elsewhere.
        features: level k -> features of the padded images whose likeness is what the network matches by, left views
            first, right views after them along the batch.
    """

    levels: Mapping[int, Float[Tensor, "b 1 _ _"]]
    disparities: tuple[Float[Tensor, "b 1 h w"], ...]
    padding: Padding
    refined: Float[Tensor, "b 1 _ _"] | None = None
    features: Mapping[int, Float[Tensor, "b2 _ _ _"]] = field(default_factory=dict)


class StereoNetwork(nn.Module, ABC):
    """A network that maps a rectified pair of any size to disparities, coarse to fine.

    Attributes:
        name: in recipes and beside stored weights.
        options: a frozen dataclass of plain values that, with the weights, makes the network what it is.
        enlargement: how many times pictures are enlarged before they come here: by who adapts (`Pairs`) and who
            predicts (`Predictor`), not by `forward`. Stored with the weights.
    """

    name: ClassVar[str]
    options: Any
    enlargement: float = 1.0

    @property
    @abstractmethod
    def level_numbers(self) -> tuple[int, ...]:
        """The levels that have a head, coarse to fine."""

    @property
    @abstractmethod
    def multiple(self) -> int:
        """Images are padded to multiples of it."""

    @property
    @abstractmethod
    def border(self) -> Border:
        """How they are padded."""

    @property
    @abstractmethod
    def target_pixel(self) -> TargetPixel:
        """Where the values of a level lie in the full resolution."""

    @property
    @abstractmethod
    def stages(self) -> Mapping[str, str]:
        """In the order of the work: a stage -> the module or the method whose end is the end of the stage."""

    @abstractmethod
    def forward(
        self,
        left: Float[Tensor, "b 3 h w"],
        right: Float[Tensor, "b 3 h w"],
        *,
        isolate_parts: bool = False,
        finest: int | None = None,
        heads: Heads = "all",
    ) -> StereoHeads:
        """The disparity of the left image.

        Args:
            left: RGB, 0..1.
            right: RGB, 0..1, rectified to `left`.
            isolate_parts: stop gradients between the parts, so that a level's loss reaches no coarser one (MAD).
            finest: the last level to run; None = all. Finer ones cost nothing.
            heads: which predictions to enlarge to full resolution.

        Raises:
            ValueError: for a level that does not exist.
        """

    @abstractmethod
    def full_resolution(
        self, values: Float[Tensor, "b 1 y x"], level: int, padding: Padding, *, relu_first: bool = False
    ) -> Float[Tensor, "b 1 h w"]:
        """Values of a level as disparity in px at full resolution, cropped to the image.

        Args:
            values: V_k.
            level: k.
            padding: as in the heads they came from.
            relu_first: as a head of that level; False: as the network's output.
        """

    @abstractmethod
    def parts(self) -> Mapping[str, tuple[str, ...]]:
        """The parameters that can be trained together, by name, coarse to fine: every parameter in exactly one part.

        Part M_k is trained by the head of level k.
        """

    @abstractmethod
    def initialise(self, start: Start = "xavier", *, generator: torch.Generator | None = None) -> None:
        """Fill the weights for a training from nothing, in place."""

    def level_within(self, finest: int) -> int:
        """The last of the network's levels that is not finer than `finest`; its coarsest where all are."""
        within = [k for k in self.level_numbers if k >= finest]
        return within[-1] if within else self.level_numbers[0]

    def check_level(self, finest: int | None) -> int:
        """`finest`, or the network's own where it is None.

        Raises:
            ValueError: for a level without a head.
        """
        chosen = self.level_numbers[-1] if finest is None else finest
        if chosen not in self.level_numbers:
            raise ValueError(
                f"{type(self).__name__} has no decoder at level {finest!r}; choose one of {self.level_numbers}"
            )
        return chosen

    def heads_of(self, levels: Mapping[int, Tensor], padding: Padding, heads: Heads) -> tuple[Tensor, ...]:
        """The full-resolution heads that were asked for (see `StereoHeads.disparities`)."""
        finest = min(levels)
        if heads == "none":
            return ()
        whole = finest == self.level_numbers[-1]
        final = (self.full_resolution(levels[finest], finest, padding),) if whole else ()
        if heads == "final" and whole:
            return final
        wanted = levels if heads == "all" else [finest]
        return (*(self.full_resolution(levels[k], k, padding, relu_first=True) for k in wanted), *final)

    def keep_statistics(self, keep: bool = True) -> None:
        """While training, normalise by the statistics that came with the weights instead of those of each batch.

        For adaptation: a few crops say little, and a network must not predict something else than it is trained on.
        """
        for module in self.modules():
            if isinstance(module, Norm):
                module.kept = keep


def channels_last(network: nn.Module) -> None:
    """Lay out weights in place as convolutions on CPUs like them best; those of 3-D convolutions stay as they are."""
    for parameter in network.parameters():
        if parameter.dim() == 4:
            parameter.data = parameter.data.contiguous(memory_format=torch.channels_last)


def xavier(layers: nn.Module, generator: torch.Generator | None) -> None:
    """Xavier-uniform weights and zero biases for every convolution, scale 1 and offset 0 for every normalisation."""
    for layer in layers.modules():
        if isinstance(layer, nn.Conv2d | nn.ConvTranspose2d | nn.Conv3d):
            nn.init.xavier_uniform_(layer.weight, generator=generator)
            if layer.bias is not None:
                nn.init.zeros_(layer.bias)
        elif isinstance(layer, Norm):
            layer.reset()
