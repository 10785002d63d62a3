"""Speeds that others published, to stand beside those measured here. Nothing here was measured by this package."""

from dataclasses import dataclass

KITTI = (384, 1280)
"""What MADNet computes on for a KITTI pair of 375x1242: sides are padded to multiples of 64."""


@dataclass(frozen=True)
class PublishedSpeed:
    """One figure.

    Attributes:
        network: whose.
        size: rows and columns of the pairs.
        frames_a_second: as published, or one over the published seconds.
        machine: as published.
        source: where it stands, and what else is known about how it was measured.
    """

    network: str
    size: tuple[int, int]
    frames_a_second: float
    machine: str
    source: str


_TALK = "A. Tonioni, talk Depth estimation in the wild, Zurich 2019, on Tonioni et al., CVPR 2019"
_STREAM = f"{_TALK}: KITTI raw without adapting, at the published scripts' usual crop, reading and scoring included"
_BOARD = f"{_TALK}: the KITTI 2015 table's seconds, given to two places"

PUBLISHED_SPEEDS = (
    PublishedSpeed("MADNet", (400, 1200), 40.0, "GTX 1080 Ti", _TALK),
    PublishedSpeed("MADNet", (400, 1200), 4.0, "Jetson TX2", _TALK),
    PublishedSpeed("MADNet", KITTI, 1 / 0.02, "GPU, not named", _BOARD),
    PublishedSpeed("StereoNet", KITTI, 1 / 0.02, "GPU, not named", _BOARD),
    PublishedSpeed("DispNetC", KITTI, 1 / 0.06, "GPU, not named", _BOARD),
    PublishedSpeed("MADNet", (320, 1216), 39.48, "GTX 1080 Ti", _STREAM),
    PublishedSpeed("DispNetC", (320, 1216), 15.85, "GTX 1080 Ti", _STREAM),
)

COMPARED_SIZES = tuple(dict.fromkeys(speed.size for speed in PUBLISHED_SPEEDS))
"""Sizes for which there are figures."""


def published_speeds(height: int, width: int) -> tuple[PublishedSpeed, ...]:
    """The figures for a size; none for most sizes."""
    return tuple(speed for speed in PUBLISHED_SPEEDS if speed.size == (height, width))
