"""Census semi-global matching in torch: whole batches at once, on any device, to the bit what `census_sgm` gives.

Eight directions are two kinds of steps: from column to column, with the two horizontal directions of all rows at once,
and from row to row, with the six others of all columns at once. On a GPU each step is a handful of small kernels; on a
CPU `census_sgm` is many times faster.

Numbers are whole, of 16 bits, so that the order of sums does not matter.
"""

from dataclasses import dataclass

import torch
from jaxtyping import Float, Int, UInt8
from torch import Tensor

from wilddepth.proxies.matched import Matched, View, Volume, without_islands
from wilddepth.proxies.matchers.census_sgm import CensusSGMSettings
from wilddepth.proxies.matchers.select import Subpixel
from wilddepth.proxies.matchers.sweep import penalties

WORD = 31
"""Bits of a code kept together; the sign stays free."""
NONE = 2**15 - 1
"""The cost of what cannot be matched; sums of path costs stay below."""


@dataclass(frozen=True)
class BatchMatched:
    """A batch of matched pairs; px, nan and inf as in `matched.View`.

    Attributes:
        left: disparities of the left views.
        right: those of the right ones.
        left_difference: distance of the left disparities to those of the other view.
        right_difference: likewise.
        cost: differing bits.
        aggregated: sums of path costs.
        settings: what was asked for.
    """

    left: Float[Tensor, "b h w"]
    right: Float[Tensor, "b h w"]
    left_difference: Float[Tensor, "b h w"]
    right_difference: Float[Tensor, "b h w"]
    cost: UInt8[Tensor, "b h w d"]
    aggregated: Int[Tensor, "b h w d"]
    settings: CensusSGMSettings

    def pairs(self, *, volumes: bool = False) -> list[Matched]:
        """One by one, on the CPU, as `census_sgm.match_census_sgm` gives them, small islands removed."""
        return [self._pair(number, volumes) for number in range(len(self.left))]

    def _pair(self, number: int, volumes: bool) -> Matched:
        settings = self.settings
        speckles = settings.lr_threshold, settings.speckle_window, settings.speckle_range
        maps = ((self.left, self.left_difference), (self.right, self.right_difference))
        views = [without_islands(View(*(m[number].cpu().numpy() for m in both)), *speckles) for both in maps]
        if not volumes:
            return Matched(*views)
        cost = Volume(self.cost[number].cpu().numpy(), settings.min_disparity, settings.cost_unit)
        sums = self.aggregated[number].cpu().numpy().astype("uint16")
        return Matched(*views, cost=cost, aggregated=Volume(sums, settings.min_disparity, settings.sum_unit))


@torch.no_grad()
def match_batch(
    left: UInt8[Tensor, "b h w"], right: UInt8[Tensor, "b h2 w2"], settings: CensusSGMSettings
) -> BatchMatched:
    """Both views of each rectified pair of a batch, on the device of the images.

    Args:
        left: 8-bit grey levels (`sgm.grey_levels` of each picture, so that both versions see the same).
        right: the same, of the same size.
        settings: see `CensusSGMSettings`.

    Raises:
        ValueError: for views of different size, or without a pixel.
    """
    if left.shape != right.shape or left.numel() == 0:
        raise ValueError(f"views differ in size or are empty: left {tuple(left.shape)}, right {tuple(right.shape)}")
    codes = [census_codes(view, settings.window_height, settings.window_width) for view in (left, right)]
    cost = hamming_costs(codes[0], codes[1], settings.min_disparity, settings.num_disparities)
    sums = gathered(cost, left, settings)
    of_right = right_costs(sums, settings.min_disparity)
    maps = [
        disparities(costs, settings.min_disparity, settings.subpixel, settings.uniqueness) for costs in (sums, of_right)
    ]
    return BatchMatched(
        maps[0],
        maps[1],
        left_right_difference(maps[0], maps[1]),
        left_right_difference(maps[1].flip(2), maps[0].flip(2)).flip(2),
        cost,
        sums,
        settings,
    )


def census_codes(grey: UInt8[Tensor, "b h w"], height: int, width: int) -> Int[Tensor, "n b h w"]:
    """Census codes in words of 31 bits; a bit is 1 where the centre is at least as bright."""
    padded = torch.nn.functional.pad(
        grey[:, None].float(), (width // 2, width // 2, height // 2, height // 2), mode="replicate"
    )[:, 0].to(torch.uint8)
    rows, columns = grey.shape[1:]
    places = [place for place in range(height * width) if place != height * width // 2]
    words = torch.zeros((-(-len(places) // WORD), *grey.shape), dtype=torch.int32, device=grey.device)
    for bit, place in enumerate(places):
        down, right = divmod(place, width)
        darker = grey >= padded[:, down : down + rows, right : right + columns]
        words[bit // WORD] |= darker.to(torch.int32) << (bit % WORD)
    return words


def hamming_costs(
    left: Int[Tensor, "n b h w"], right: Int[Tensor, "n b h w"], lowest: int, number: int
) -> UInt8[Tensor, "b h w d"]:
    """How many bits of the codes differ; beyond its sides the right view goes on with its edge columns."""
    column = torch.arange(left.shape[3], device=left.device)
    costs = torch.empty((*left.shape[1:], number), dtype=torch.uint8, device=left.device)
    for k in range(number):
        met = (column - lowest - k).clamp(0, left.shape[3] - 1)
        costs[..., k] = bits_set(left ^ right[..., met]).sum(dim=0).to(torch.uint8)
    return costs


def bits_set(words: Int[Tensor, "*n"]) -> Int[Tensor, "*n"]:
    """How many bits of each 31-bit number are set."""
    pairs = words - ((words >> 1) & 0x55555555)
    fours = (pairs & 0x33333333) + ((pairs >> 2) & 0x33333333)
    return ((((fours + (fours >> 4)) & 0x0F0F0F0F) * 0x01010101) >> 24) & 0xFF


def gathered(
    cost: UInt8[Tensor, "b h w d"], grey: UInt8[Tensor, "b h w"], settings: CensusSGMSettings
) -> Int[Tensor, "b h w d"]:
    """The sum of the path costs of all directions."""
    costs, levels = cost.to(torch.int16), grey.to(torch.int16)
    total = torch.zeros_like(costs)
    add_paths(costs, levels, total, settings, (0,) if settings.directions == 4 else (-1, 0, 1))
    # Columns as rows: what is vertical there is horizontal here.
    add_paths(costs.transpose(1, 2), levels.transpose(1, 2), total.transpose(1, 2), settings, (0,))
    return total


def add_paths(
    costs: Int[Tensor, "b h w d"],
    levels: Int[Tensor, "b h w"],
    total: Int[Tensor, "b h w d"],
    settings: CensusSGMSettings,
    shifts: tuple[int, ...],
) -> None:
    """Add the paths that come from the row above, at these columns beside, and from the row below, to `total`."""
    height, number = costs.shape[1], len(shifts)
    table = larger_penalties(settings, costs.device)
    paths = torch.zeros((2 * number, costs.shape[0], *costs.shape[2:]), dtype=torch.int16, device=costs.device)
    for down in range(height):
        up = height - 1 - down
        here = torch.stack([levels[:, down]] * number + [levels[:, up]] * number)
        there = torch.stack([levels[:, max(down - 1, 0)]] * number + [levels[:, min(up + 1, height - 1)]] * number)
        far = table[(here - moved(there, shifts + shifts)).abs().long()]
        cost = torch.stack([costs[:, down]] * number + [costs[:, up]] * number)
        paths = extended(moved(paths, shifts + shifts), cost, settings.p1, far[..., None])
        total[:, down] += paths[:number].sum(dim=0, dtype=torch.int16)
        total[:, up] += paths[number:].sum(dim=0, dtype=torch.int16)


def larger_penalties(settings: CensusSGMSettings, device: torch.device) -> Int[Tensor, " 256"]:
    """The larger penalty by the step in brightness."""
    table = penalties(settings.p1, settings.p2, adapt=settings.adapt_p2)
    return torch.from_numpy(table.astype("int16")).to(device)


def moved(rows: Int[Tensor, "r b w *d"], shifts: tuple[int, ...]) -> Int[Tensor, "r b w *d"]:
    """Each row (first axis) seen from `shift` columns further right; 0 where that comes from outside."""
    found = torch.zeros_like(rows)
    for number, shift in enumerate(shifts):
        inside = slice(max(shift, 0), rows.shape[2] + min(shift, 0))
        found[number, :, inside] = rows[number, :, max(-shift, 0) : rows.shape[2] - max(shift, 0)]
    return found


def extended(
    before: Int[Tensor, "r b w d"], cost: Int[Tensor, "r b w d"], p1: int, p2: Int[Tensor, "r b w 1"]
) -> Int[Tensor, "r b w d"]:
    """Paths led on by one pixel."""
    least = before.amin(dim=-1, keepdim=True)
    best = torch.minimum(before, least + p2)
    best[..., 1:] = torch.minimum(best[..., 1:], before[..., :-1] + p1)
    best[..., :-1] = torch.minimum(best[..., :-1], before[..., 1:] + p1)
    return cost + best - least


def right_costs(sums: Int[Tensor, "b h w d"], lowest: int) -> Int[Tensor, "b h w d"]:
    """The costs of the right pixels; `NONE` where the left column is out of view."""
    width, number = sums.shape[2:]
    found = torch.full_like(sums, NONE)
    for k in range(number):
        first, last = max(0, -lowest - k), min(width, width - lowest - k)
        if first < last:
            found[:, :, first:last, k] = sums[:, :, first + lowest + k : last + lowest + k, k]
    return found


def disparities(
    costs: Int[Tensor, "b h w d"], lowest: int, subpixel: Subpixel, uniqueness: int
) -> Float[Tensor, "b h w"]:
    """The disparity of the smallest cost of each pixel, as `select.disparities`."""
    best = costs.argmin(dim=-1, keepdim=True)  # of equal costs the first
    least = costs.gather(-1, best)
    valid = (least < NONE)[..., 0]
    if uniqueness:
        apart = (torch.arange(costs.shape[-1], device=costs.device) - best).abs() > 1
        rivals = apart & (costs < NONE) & ((100 - uniqueness) * costs.to(torch.int32) <= 100 * least.to(torch.int32))
        valid &= ~rivals.any(dim=-1)
    found = lowest + best[..., 0].double() + between(costs, best, least, subpixel)
    return torch.where(valid, found, torch.nan).float()


def between(
    costs: Int[Tensor, "b h w d"], best: Int[Tensor, "b h w 1"], least: Int[Tensor, "b h w 1"], subpixel: Subpixel
) -> Float[Tensor, "b h w"]:
    """Where the curve through the smallest cost and its neighbours is lowest."""
    last = costs.shape[-1] - 1
    below, above = (costs.gather(-1, (best + step).clamp(0, last))[..., 0] for step in (-1, 1))
    inner = ((best > 0) & (best < last))[..., 0] & (below < NONE) & (above < NONE)
    below, above, least = below.double(), above.double(), least[..., 0].double()
    bend = torch.maximum(below, above) - least if subpixel == "equiangular" else below + above - 2 * least
    bent = inner & (bend > 0) & (subpixel != "none")
    return torch.where(bent, (below - above) / (2 * torch.where(bent, bend, 1.0)), 0.0)


def left_right_difference(left: Float[Tensor, "b h w"], right: Float[Tensor, "b h w"]) -> Float[Tensor, "b h w"]:
    """How far the right disparity is from the left one at the column it matches, as `matched.left_right_difference`."""
    width = left.shape[2]
    target = torch.arange(width, dtype=left.dtype, device=left.device) - left
    inside = (target >= 0) & (target <= width - 1)
    target = torch.where(inside, target, 0.0)
    before = target.floor()
    first, second = right.gather(2, before.long()), right.gather(2, target.ceil().long())
    between_ = (first + (target - before) * (second - first) - left).abs()
    nearer = torch.fmin((first - left).abs(), (second - left).abs())
    difference = torch.where((first - second).abs() <= 1, between_, nearer)
    return torch.where(inside & difference.isfinite(), difference, torch.inf)
