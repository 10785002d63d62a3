"""What a matcher leaves behind as confidence measures and CCNN look at it, from either side."""

from dataclasses import replace

import numpy as np
import torch
from jaxtyping import Float32, UInt8

from wilddepth.networks.ccnn import CCNN
from wilddepth.proxies.matched import Matched, View, Volume, mirror
from wilddepth.proxies.measures.matching import Matching
from wilddepth.proxies.sgm import grey_levels

Picture = UInt8[np.ndarray, "h w c"]


def matching_of(
    view: View, other: View, costs: Volume | None, picture: Picture, its_pair: Picture, lowest: int
) -> Matching:
    """The parts of a matching put together; costs may be missing."""
    return Matching(
        disparity=view.disparity,
        right_disparity=other.disparity,
        volume=None if costs is None else costs.costs,
        left=grey_levels(picture),
        right=grey_levels(its_pair),
        lowest=lowest,
        unit=1.0 if costs is None else costs.unit,
    )


def both_sides(found: Matched, left: Picture, right: Picture, lowest: int) -> tuple[Matching, Matching]:
    """What a matcher says of the left view, and of the right one *in a mirror*, where it is the left one of a pair.

    Args:
        found: with or without costs.
        left: 8-bit RGB, or one grey channel.
        right: the same, of the same size.
        lowest: first disparity searched, px.
    """
    costs = found.aggregated
    view, other = (View(mirror(each.disparity), mirror(each.difference)) for each in (found.right, found.left))
    picture, its_pair = (mirror(each) for each in (right, left))
    return (
        matching_of(found.left, found.right, costs, left, right, lowest),
        matching_of(view, other, None if costs is None else mirrored_costs(costs), picture, its_pair, lowest),
    )


def mirrored_costs(volume: Volume) -> Volume:
    """The same costs as the mirrored right view sees them; where it looks past the left view they are the highest."""
    costs = volume.costs
    width, number = costs.shape[1:]
    column = np.arange(width)[::-1, None] + volume.lowest + np.arange(number)
    seen = costs[:, column.clip(0, width - 1), np.arange(number)]
    seen[:, (column < 0) | (column >= width)] = costs.max()
    return replace(volume, costs=seen)


def network_input(matching: Matching) -> Float32[np.ndarray, "h w"]:
    """Disparities as CCNN counts them, px: from where the search began, so that none is negative."""
    return matching.disparity - np.float32(matching.lowest)


@torch.no_grad()
def network_confidence(network: CCNN, matching: Matching) -> Float32[np.ndarray, "h w"]:
    """What CCNN says of a matching: 0..1, 1 = sure; 0 where there is no disparity."""
    given = torch.from_numpy(network_input(matching))[None, None]
    device = next(network.parameters()).device
    found: np.ndarray = network.confidence(given.to(device))[0, 0].cpu().numpy()
    return found
