"""What settings of any matcher may be: refusals that several of them share, and the images they take."""

import numpy as np
from jaxtyping import UInt8

WIDEST_SEARCH = 4096
"""More disparities than any picture here is wide are a slip of the pen."""


def check_search(min_disparity: int, num_disparities: int) -> None:
    """Refuse a search that is empty or absurd."""
    if not 1 <= num_disparities <= WIDEST_SEARCH:
        raise ValueError(f"num_disparities must be 1..{WIDEST_SEARCH}, not {num_disparities}")
    if abs(min_disparity) > WIDEST_SEARCH:
        raise ValueError(f"min_disparity must be -{WIDEST_SEARCH}..{WIDEST_SEARCH}, not {min_disparity}")


def check_filters(uniqueness: int, lr_threshold: float, speckle_window: int, speckle_range: float) -> None:
    """Refuse filters that would drop everything or mean nothing."""
    if not 0 <= uniqueness < 100:
        raise ValueError(f"uniqueness is a percentage, 0..99, not {uniqueness}")
    if not lr_threshold > 0:
        raise ValueError(f"lr_threshold must be positive, not {lr_threshold}")
    if speckle_window < 0:
        raise ValueError(f"speckle_window is a number of pixels, not {speckle_window}")
    if not 0 < speckle_range <= 1000:
        raise ValueError(f"speckle_range must be in 0..1000 px, not {speckle_range}")


def check_pair(left: UInt8[np.ndarray, "h w c"], right: UInt8[np.ndarray, "h2 w2 c2"]) -> None:
    """Refuse views of different size, or without a pixel."""
    if left.shape != right.shape:
        raise ValueError(f"views differ in size: left {left.shape}, right {right.shape}")
    if left.size == 0:
        raise ValueError(f"views are empty: {left.shape}")
