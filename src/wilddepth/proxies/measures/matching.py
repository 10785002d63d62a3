"""What a matcher leaves behind, and what confidence is measured on.

Arrays are one image without a batch. A cost curve is the costs of one left pixel over the disparities searched; index i
of a curve is the disparity `lowest + i`. Costs are numbers of the matcher's own, smaller is better; `unit` makes them
comparable: cost * unit is 0 for a perfect match and about 1 for the worst.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import TypeAlias

import numpy as np
from jaxtyping import Bool, Float32, Int32, UInt8, UInt16

from wilddepth.proxies.measures.curves import Curves, least_of_right, read_curves
from wilddepth.proxies.measures.self_matching import against_itself

Volume: TypeAlias = UInt8[np.ndarray, "h w d"] | UInt16[np.ndarray, "h w d"] | Float32[np.ndarray, "h w d"]


class MissingPartError(ValueError):
    """A measure asked for a part of the matching that was not given."""


@dataclass(frozen=True)
class Matching:
    """Disparities of a pair with the costs and the images they come from; only `disparity` is always there.

    Attributes:
        disparity: of the left view, px; nan where there is none.
        right_disparity: of the right view, px, left minus right column as well; nan where there is none.
        volume: costs (h w d) of every disparity searched, smaller is better; uint8, uint16 or float32.
        left: 8-bit grey image.
        right: the same of the right view.
        lowest: disparity of index 0 of the volume, px.
        unit: what a cost is multiplied with (see the top of this module).
    """

    disparity: Float32[np.ndarray, "h w"]
    right_disparity: Float32[np.ndarray, "h w"] | None = None
    volume: Volume | None = None
    left: UInt8[np.ndarray, "h w"] | None = None
    right: UInt8[np.ndarray, "h w"] | None = None
    lowest: int = 0
    unit: float = 1.0

    def __post_init__(self) -> None:
        size = self.disparity.shape
        for name in ("right_disparity", "volume", "left", "right"):
            part = getattr(self, name)
            if part is not None and part.shape[:2] != size:
                raise ValueError(f"{name} is {part.shape[:2]} but the disparity is {size}; give maps of one size")
        if self.volume is not None and self.volume.shape[2] < 3:
            raise ValueError(f"a cost volume of {self.volume.shape[2]} disparities has no curve; search at least 3")
        if not self.unit > 0:
            raise ValueError(f"the unit of costs must be positive, not {self.unit}")

    def require(self, *names: str) -> None:
        """Raise `MissingPartError` unless all these parts were given."""
        missing = [name for name in names if getattr(self, name) is None]
        if missing:
            raise MissingPartError(f"this measure needs the {' and the '.join(missing)} of the matching; give them")

    @cached_property
    def costs(self) -> np.ndarray:
        """The volume (h w d) in one piece of memory; costs that are not finite are the largest finite one.

        Raises:
            MissingPartError: where there is no volume.
        """
        self.require("volume")
        volume = np.ascontiguousarray(self.volume)
        if volume.dtype.kind == "u" or np.isfinite(volume).all():
            return volume
        known = volume[np.isfinite(volume)]
        largest = known.max() if known.size else np.float32(0)
        return np.where(np.isfinite(volume), volume, largest)

    @property
    def depth(self) -> int:
        """How many disparities were searched."""
        return int(self.costs.shape[2])

    @property
    def known(self) -> Bool[np.ndarray, "h w"]:
        """Where the left view has a disparity."""
        seen: np.ndarray = np.isfinite(self.disparity)
        return seen

    @cached_property
    def curves(self) -> Curves:
        """Least, second and rival costs of every curve."""
        return read_curves(self.costs)

    @cached_property
    def right_least(self) -> Float32[np.ndarray, "h w"]:
        """Least cost of each right pixel over all left pixels it may match; inf where there is none."""
        return least_of_right(self.costs, self.lowest)

    @cached_property
    def matched_column(self) -> Int32[np.ndarray, "h w"]:
        """Column of the right view that each left pixel matches, rounded; -1 outside that view or where unknown."""
        height, width = self.disparity.shape
        column = np.arange(width) - np.where(self.known, np.rint(self.disparity), np.float32(2 * width))
        inside = (column >= 0) & (column < width)
        return np.where(inside, column, -1).astype(np.int32).reshape(height, width)

    @cached_property
    def self_left(self) -> UInt16[np.ndarray, "h w n"]:
        """Census costs of the left view against itself, shifts -reach..reach px, in `SELF_UNIT`s."""
        self.require("left")
        return against_itself(np.asarray(self.left), self.reach)

    @cached_property
    def self_right(self) -> UInt16[np.ndarray, "h w n"]:
        """The same of the right view."""
        self.require("right")
        return against_itself(np.asarray(self.right), self.reach)

    @property
    def reach(self) -> int:
        """How far a view is compared with itself, px: half the range searched."""
        return max(1, (self.depth - 1) // 2)

    def at_match(self, values: Float32[np.ndarray, "h w"], outside: float) -> Float32[np.ndarray, "h w"]:
        """Values of the right view at the matched column; `outside` where that is not in view."""
        taken = np.take_along_axis(values, np.maximum(self.matched_column, 0), axis=1)
        return np.where(self.matched_column >= 0, taken, np.float32(outside))
