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


def arms(image, lengths, colours):
    """The four arms (4 h w) of each pixel: up, down, left, right."""
    rows, columns = image.shape[:2]
    levels = image.astype(int)
    found = np.zeros((4, rows, columns), int)
    for which, (dy, dx) in enumerate(((-1, 0), (1, 0), (0, -1), (0, 1))):
        for y in range(rows):
            for x in range(columns):
                for length in range(1, lengths[0]):
                    there, before = (y + length * dy, x + length * dx), (y + (length - 1) * dy, x + (length - 1) * dx)
                    if not (0 <= there[0] < rows and 0 <= there[1] < columns):
                        break
                    limit = colours[0] if length <= lengths[1] else colours[1]
                    if np.abs(levels[there] - levels[y, x]).max() >= limit:
                        break
                    if np.abs(levels[there] - levels[before]).max() >= colours[0]:
                        break
                    found[which, y, x] = length
    return found


def support(arms, y, x, *, rows_first):
    """The pixels of a support: with rows first, the rows of the pixels on the vertical arms; else the reverse."""
    up, down, left, right = arms
    if rows_first:
        spine = [(row, x) for row in range(y - up[y, x], y + down[y, x] + 1)]
        return [(r, column) for r, _ in spine for column in range(x - left[r, x], x + right[r, x] + 1)]
    spine = [(y, column) for column in range(x - left[y, x], x + right[y, x] + 1)]
    return [(row, c) for _, c in spine for row in range(y - up[y, c], y + down[y, c] + 1)]


def averaged(costs, arms, rounds):
    """Means over the supports, so many times, rows first in odd rounds."""
    for round_ in range(rounds):
        after = np.empty_like(costs)
        for y in range(costs.shape[0]):
            for x in range(costs.shape[1]):
                inside = support(arms, y, x, rows_first=round_ % 2 == 0)
                after[y, x] = np.mean([costs[pixel] for pixel in inside], axis=0)
        costs = after
    return costs


def optimised(costs, left, right, penalties, edge, lowest):
    """The sum of four directions of scanline optimisation."""
    left, right = left.astype(int), right.astype(int)
    return sum(optimised_along(costs, left, right, step, penalties, edge, lowest) for step in DIRECTIONS[:4])


def optimised_along(costs, left, right, step, penalties, edge, lowest):
    """One direction: penalties fall to a quarter at an edge of one view, to a tenth at one of both."""
    rows, columns, number = costs.shape
    found = np.array(costs, float)
    for y in range(rows)[:: step[0] or 1]:
        for x in range(columns)[:: step[1] or 1]:
            before_y, before_x = y - step[0], x - step[1]
            if not (0 <= before_y < rows and 0 <= before_x < columns):
                continue
            before = found[before_y, before_x]
            for d in range(number):
                met = min(max(x - lowest - d, 0), columns - 1)
                met_before = met - step[1]
                edges = int(np.abs(left[y, x] - left[before_y, before_x]).max() >= edge)
                if 0 <= met_before < columns:
                    edges += int(np.abs(right[y, met] - right[before_y, met_before]).max() >= edge)
                small, large = (penalty * (1, 1 / 4, 1 / 10)[edges] for penalty in penalties)
                ways = [before[d], before.min() + large]
                ways += [before[e] + small for e in (d - 1, d + 1) if 0 <= e < number]
                found[y, x, d] = costs[y, x, d] + min(ways) - before.min()
    return found


def ad_census_costs(left, right, scales, window, lowest, number):
    """The first costs of AD-Census, 1 where the match lies outside."""
    grey = [view.astype(float) @ [0.299, 0.587, 0.114] for view in (left, right)]
    grey = [np.floor(values + 0.5).astype(np.uint8) for values in grey]
    columns = left.shape[1]
    bits = hamming(census(grey[0], *window), census(grey[1], *window), lowest, number)
    met = right_columns(columns, lowest, number)
    apart = np.abs(left[:, :, None].astype(float) - right[:, met]).mean(axis=-1)
    found = (1 - np.exp(-apart / scales[0])) + (1 - np.exp(-bits / scales[1]))
    column = np.arange(columns)[:, None] - lowest - np.arange(number)
    return np.where((column >= 0) & (column < columns), found, 1.0)
