"""Matching written down as its definitions read, pixel by pixel and slow: what the fast versions must equal."""

import numpy as np

DIRECTIONS = ((0, 1), (0, -1), (1, 0), (-1, 0), (1, 1), (-1, -1), (1, -1), (-1, 1))
"""(rows, columns) from a pixel to the next one of a path; the first four are those of four directions."""


def census(grey, height, width):
    """Bits (h w n): whether the centre is at least as bright as each neighbour; edge pixels are repeated."""
    up, aside = height // 2, width // 2
    padded = np.pad(grey, ((up, up), (aside, aside)), mode="edge")
    rows, columns = grey.shape
    return np.stack(
        [
            grey >= padded[dy : dy + rows, dx : dx + columns]
            for dy in range(height)
            for dx in range(width)
            if (dy, dx) != (up, aside)
        ],
        axis=-1,
    )


def right_columns(width, lowest, number):
    """The right column (w d) that each left column meets, held inside the view."""
    return np.clip(np.arange(width)[:, None] - lowest - np.arange(number), 0, width - 1)


def hamming(left, right, lowest, number):
    """Differing bits (h w d) of two census images (h w n)."""
    return (left[:, :, None] != right[:, right_columns(left.shape[1], lowest, number)]).sum(axis=-1)


def path_costs(costs, grey, step, p1, p2, adapt):
    """Semi-global matching's recursion along one direction, whole numbers."""
    rows, columns, number = costs.shape
    found = np.zeros_like(costs)
    order_y = range(rows) if step[0] >= 0 else range(rows - 1, -1, -1)
    order_x = range(columns) if step[1] >= 0 else range(columns - 1, -1, -1)
    for y in order_y:
        for x in order_x:
            before_y, before_x = y - step[0], x - step[1]
            if not (0 <= before_y < rows and 0 <= before_x < columns):
                found[y, x] = costs[y, x]
                continue
            change = abs(int(grey[y, x]) - int(grey[before_y, before_x]))
            jump = max(p1, p2 // max(change, 1)) if adapt else p2
            before = found[before_y, before_x]
            for d in range(number):
                ways = [before[d], before.min() + jump]
                ways += [before[e] + p1 for e in (d - 1, d + 1) if 0 <= e < number]
                found[y, x, d] = costs[y, x, d] + min(ways) - before.min()
    return found


def gathered(costs, grey, p1, p2, directions, adapt):
    """The sum over all directions."""
    costs = costs.astype(int)
    return sum(path_costs(costs, grey, step, p1, p2, adapt) for step in DIRECTIONS[:directions])


def of_right(volume, lowest):
    """The costs of right pixels, inf where the left column is out of view."""
    _, columns, number = volume.shape
    found = np.full(volume.shape, np.inf)
    for x in range(columns):
        for k in range(number):
            if 0 <= x + lowest + k < columns:
                found[:, x, k] = volume[:, x + lowest + k, k]
    return found


def chosen(volume, lowest, subpixel="none", uniqueness=0):
    """The disparity of the smallest cost of each pixel, nan where there is none."""
    rows, columns, number = volume.shape
    found = np.full((rows, columns), np.nan)
    for y in range(rows):
        for x in range(columns):
            costs = volume[y, x].astype(float)
            best = int(np.argmin(costs))
            others = np.abs(np.arange(number) - best) > 1
            if not np.isfinite(costs[best]):
                continue
            if uniqueness and np.any((100 - uniqueness) * costs[others] <= 100 * costs[best]):
                continue
            found[y, x] = lowest + best + offset(costs, best, subpixel)
    return found


def offset(costs, best, subpixel):
    """Where between whole disparities the curve through three costs is lowest."""
    if subpixel == "none" or best in (0, len(costs) - 1) or not np.isfinite(costs[best - 1 : best + 2]).all():
        return 0.0
    below, least, above = costs[best - 1 : best + 2]
    bend = below + above - 2 * least if subpixel == "parabola" else max(below, above) - least
    return (below - above) / (2 * bend) if bend > 0 else 0.0
