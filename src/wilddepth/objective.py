"""What is minimised, by name."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from jaxtyping import Float
from torch import Tensor


@dataclass(frozen=True)
class Objective:
    """A scalar to minimise with the terms it is made of.

    Attributes:
        total: what is differentiated.
        terms: name -> detached scalar, unweighted, to watch.
        maps: name -> detached per-pixel map (b 1 h w), to look at.
    """

    total: Float[Tensor, ""]
    terms: Mapping[str, Float[Tensor, ""]] = field(default_factory=dict)
    maps: Mapping[str, Float[Tensor, "b 1 h w"]] = field(default_factory=dict)
