"""How a number was measured: frozen, printed and saved beside the number, compared before two numbers share a table."""

import re
from dataclasses import asdict, dataclass
from typing import Literal

from wilddepth.errors import ConfigError

CROP = re.compile(r"centre (\d+)x(\d+)")


@dataclass(frozen=True)
class Protocol:
    """An evaluation protocol for disparity.

    Attributes:
        name: what a table calls it.
        crop: "none", or "centre HxW" (as "centre 320x1216"): the central window that is scored; an image smaller than
            the window is scored whole along that side.
        min_disparity: truth below or equal to it is not scored, px (KITTI marks missing truth with 0).
        max_disparity: truth at or above it is not scored, px; None = no limit.
        mask: "all" (occluded pixels too) or "visible" (noc), where the truth tells them apart.
        outlier_px: an error is an outlier for `d1_all` against this, px, ...
        outlier_relative: ... and against this fraction of the truth; 0 switches the second test off.
        outlier_px_test: ">" (KITTI) or ">=" (monodepth's script).
        outlier_relative_test: ">" (KITTI) or ">=" (the scripts of monodepth and of Stereo_Continual_Adaptation).
        outlier_quotient: width in which error / truth is divided before it is compared with the double 0.05. "float32"
            is what the KITTI kit does: an exact tie such as 4 px on 80 px rounds up and counts. In "float64" ties are
            exact.
        missing: what a missing prediction counts as: "outlier" (density alone cannot win), "skip" (only estimated
            pixels are scored, as ETH3D does), or "background" (KITTI: holes are filled from their row before scoring).
        clip_disparity: predictions are first clipped to 0..this, px of the truth's resolution (Middlebury clips to the
            scene's search range); None = not clipped.
        round_disparity: predictions are first rounded, halves away from zero (Middlebury's option for whole-pixel
            methods).
        enlarge: "refuse" a prediction of another size than the truth, or take one of half or a quarter of it as
            Middlebury does: "nearest" pixel, values multiplied by the factor.
        average: "image" (mean over images of each image's number) or "pixel" (every pixel of the set weighs the same).
    """

    name: str
    crop: str = "none"
    min_disparity: float | None = None
    max_disparity: float | None = None
    mask: Literal["all", "visible"] = "all"
    outlier_px: float = 3.0
    outlier_relative: float = 0.05
    outlier_px_test: Literal[">", ">="] = ">"
    outlier_relative_test: Literal[">", ">="] = ">"
    outlier_quotient: Literal["float32", "float64"] = "float32"
    missing: Literal["outlier", "skip", "background"] = "outlier"
    clip_disparity: float | None = None
    round_disparity: bool = False
    enlarge: Literal["refuse", "nearest"] = "refuse"
    average: Literal["image", "pixel"] = "image"

    def __post_init__(self) -> None:
        self.crop_size()

    def crop_size(self) -> tuple[int, int] | None:
        """Rows and columns of the scored window, None for the whole image; `ConfigError` if `crop` is neither."""
        if self.crop == "none":
            return None
        size = CROP.fullmatch(self.crop)
        if size is None or "0" in size.groups():
            raise ConfigError(f"protocol {self.name!r}: crop is {self.crop!r}; write 'none' or 'centre HxW'")
        return int(size[1]), int(size[2])

    def describe(self) -> dict[str, object]:
        """The protocol as plain values for JSON."""
        return asdict(self)


def require_same(first: Protocol, second: Protocol) -> None:
    """Raise `ConfigError` unless two numbers measured so may stand in one table."""
    mine, other = first.describe(), second.describe()
    differing = sorted(key for key in mine if mine[key] != other[key] and key != "name")
    if differing:
        details = "; ".join(f"{key}: {mine[key]} against {other[key]}" for key in differing)
        raise ConfigError(
            f"numbers under {first.name!r} and {second.name!r} cannot share a table ({details}); score both again "
            "under one protocol with --protocol"
        )
