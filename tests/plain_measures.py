"""Confidence measures written out pixel by pixel, as slow as they are plain: what the fast ones are held against."""

import numpy as np


def curves(m):
    """(y, x, costs of the pixel 0..1 scale, as floats) of every pixel."""
    for y, x in np.ndindex(m.disparity.shape):
        yield y, x, m.volume[y, x].astype(np.float64) * m.unit


def each_curve(m, function):
    """A function of one cost curve at every pixel."""
    found = np.empty(m.disparity.shape)
    for y, x, curve in curves(m):
        found[y, x] = function(curve)
    return found


def second(curve):
    """Second smallest cost and its index."""
    others = np.delete(np.arange(len(curve)), curve.argmin())
    at = others[curve[others].argmin()]
    return curve[at], at


def minima(curve):
    """Indices that lie strictly below both neighbours; costs beyond the ends are infinite."""
    framed = np.concatenate([[np.inf], curve, [np.inf]])
    return [d for d in range(len(curve)) if framed[d + 1] < framed[d] and framed[d + 1] < framed[d + 2]]


def rival(curve):
    """Smallest other local minimum and its index; the second smallest cost where there is none."""
    others = [d for d in minima(curve) if d != curve.argmin()]
    if not others:
        return second(curve)
    at = min(others, key=lambda d: curve[d])
    return curve[at], at


def beside(curve):
    """The costs on both sides of the least one, mirrored at the ends."""
    at, last = curve.argmin(), len(curve) - 1
    return curve[at - 1 if at else 1], curve[at + 1 if at < last else last - 1]


def entropy(curve):
    share = np.exp(-curve) / np.exp(-curve).sum()
    return (share * np.log2(share)).sum()


CURVE_MEASURES = {
    "msm": lambda c: -c.min(),
    "lc": lambda c: (max(beside(c)) - c.min()) / 480,
    "cur": lambda c: sum(beside(c)) - 2 * c.min(),
    "pkr": lambda c: (rival(c)[0] + 0.1) / (c.min() + 0.1),
    "pkrn": lambda c: (second(c)[0] + 0.1) / (c.min() + 0.1),
    "mm": lambda c: rival(c)[0] - c.min(),
    "mmn": lambda c: second(c)[0] - c.min(),
    "nmm": lambda c: np.exp((rival(c)[0] - c.min()) / 8),
    "nmmn": lambda c: np.exp((second(c)[0] - c.min()) / 8),
    "wmn": lambda c: (rival(c)[0] - c.min()) / c.sum() if c.sum() else 0.0,
    "wmnn": lambda c: (second(c)[0] - c.min()) / c.sum() if c.sum() else 0.0,
    "mlm": lambda c: np.exp(-c.min() / 8) / np.exp(-c / 8).sum(),
    "aml": lambda c: 1 / np.exp(-((c - c.min()) ** 2) / 8).sum(),
    "nem": entropy,
    "noi": lambda c: -(len(minima(c)) or len(c)),
    "per": lambda c: 1 - np.exp(-((c - c.min()) ** 2) / 0.25**2).sum(),
    "dam": lambda c: -abs(int(c.argmin()) - int(second(c)[1])),
}


def window(values, y, x, radius):
    """The part of a map in the window around a pixel."""
    return values[max(y - radius, 0) : y + radius + 1, max(x - radius, 0) : x + radius + 1]


def at_each_pixel(m, function):
    found = np.empty(m.disparity.shape)
    for y, x in np.ndindex(found.shape):
        found[y, x] = function(y, x)
    return found


def average_ratio(m, index_of):
    costs = m.volume.astype(np.float64) * m.unit

    def at(y, x):
        near, curve = window(costs, y, x, 12), costs[y, x]
        return ((near[..., index_of(curve)] + 0.01) / (near[..., curve.argmin()] + 0.01)).mean()

    return at_each_pixel(m, at)


def matches(m, y):
    """Column of the right view for each pixel of a row; -1 outside."""
    columns = [x - round(float(d)) if np.isfinite(d) else -1 for x, d in enumerate(m.disparity[y])]
    return [column if 0 <= column < len(columns) else -1 for column in columns]


def least_of_right(m, y, column):
    """Least cost of a right pixel over all left pixels that may match it."""
    width, depth = m.disparity.shape[1], m.volume.shape[2]
    places = [(column + m.lowest + d, d) for d in range(depth) if 0 <= column + m.lowest + d < width]
    return min(float(m.volume[y, x, d]) for x, d in places) * m.unit


def left_right_difference(m):
    def at(y, x):
        column, curve = matches(m, y)[x], m.volume[y, x].astype(np.float64) * m.unit
        if column < 0:
            return 0.0
        return (second(curve)[0] - curve.min() + 0.1) / (abs(curve.min() - least_of_right(m, y, column)) + 0.1)

    return at_each_pixel(m, at)


def competitors(m, y, x):
    """Other pixels of the row that match the same right pixel."""
    columns = matches(m, y)
    return [other for other in range(len(columns)) if other != x and columns[other] == columns[x]]


def uniqueness(m):
    least = m.volume.min(-1)

    def at(y, x):
        rivals = competitors(m, y, x)
        beaten = any((least[y, other], other) < (least[y, x], x) for other in rivals)
        return float(matches(m, y)[x] >= 0 and not beaten)

    return at_each_pixel(m, at)


def asymmetric_consistency(m):
    least = m.volume.min(-1)

    def at(y, x):
        rivals = competitors(m, y, x)
        wins = all(m.disparity[y, x] > m.disparity[y, o] and least[y, x] < least[y, o] for o in rivals)
        return float(matches(m, y)[x] >= 0 and wins)

    return at_each_pixel(m, at)


def minima_nearby(m):
    costs = m.volume.astype(np.float64)

    def at(y, x):
        near = window(costs, y, x, 2).reshape(-1, costs.shape[2])
        return sum(costs[y, x].argmin() in minima(curve) for curve in near)

    return at_each_pixel(m, at)


def agreement(m):
    def at(y, x):
        near = window(m.disparity, y, x, 5)
        return (np.abs(near - m.disparity[y, x]) < 1).sum() / near.size

    return at_each_pixel(m, at)


def scattering(m):
    def at(y, x):
        near = window(m.disparity, y, x, 5)
        return -np.log(max(len(set(np.rint(near[np.isfinite(near)]))), 1) / near.size)

    return at_each_pixel(m, at)


def near_median(m):
    framed = np.pad(m.disparity, 5, mode="edge")

    def at(y, x):
        near = framed[y : y + 11, x : x + 11]
        return float(abs(m.disparity[y, x] - np.median(near)) <= 3)

    return at_each_pixel(m, at)


def zero_mean_difference(m):
    left, right = (np.pad(view.astype(np.float64), 2, mode="edge") for view in (m.left, m.right))

    def at(y, x):
        column = matches(m, y)[x]
        if column < 0:
            return np.nan
        ours, theirs = left[y : y + 5, x : x + 5], right[y : y + 5, column : column + 5]
        return -np.abs((ours - ours.mean()) - (theirs - theirs.mean())).sum()

    return at_each_pixel(m, at)


def self_costs(view, reach):
    """Census costs of a view against itself, 0..1: 24 comparisons, 5x5 box cut off at the border but divided whole."""
    height, width = view.shape
    bits = np.zeros((height, width, 24), bool)
    for y in range(2, height - 2):
        for x in range(2, width - 2):
            bits[y, x] = np.delete((view[y, x] >= view[y - 2 : y + 3, x - 2 : x + 3]).ravel(), 12)
    costs = np.empty((height, width, 2 * reach + 1))
    for index, shift in enumerate(range(-reach, reach + 1)):
        other = bits[:, np.clip(np.arange(width) - shift, 0, width - 1)]
        apart = (bits != other).sum(-1)
        for y, x in np.ndindex(height, width):
            costs[y, x, index] = window(apart, y, x, 2).sum() / 600
    return costs


def distinctiveness(view, reach):
    return np.delete(self_costs(view, reach), reach, axis=-1).min(-1)


def distinctive_similarity(m):
    ours, theirs = (distinctiveness(view, m.reach) for view in (m.left, m.right))
    least = m.volume.min(-1) * m.unit

    def at(y, x):
        column = matches(m, y)[x]
        return 0.0 if column < 0 else (ours[y, x] * theirs[y, column] + 1e-3) / (least[y, x] ** 2 + 1e-3)

    return at_each_pixel(m, at)


def self_aware(m):
    own, depth = self_costs(m.left, m.reach), m.volume.shape[2]

    def at(y, x):
        best = int(m.volume[y, x].argmin())
        shifts = [k for k in range(-m.reach, m.reach + 1) if 0 <= best + k < depth]
        pair = [[m.volume[y, x, best + k] * m.unit for k in shifts], [own[y, x, m.reach + k] for k in shifts]]
        return 0.0 if min(np.ptp(values) for values in pair) == 0 else np.corrcoef(pair)[0, 1]

    return at_each_pixel(m, at)


OTHER_MEASURES = {
    "apkr": lambda m: average_ratio(m, lambda c: rival(c)[1]),
    "apkrn": lambda m: average_ratio(m, lambda c: second(c)[1]),
    "lrd": left_right_difference,
    "uc": uniqueness,
    "acc": asymmetric_consistency,
    "lmn": minima_nearby,
    "da": agreement,
    "ds": scattering,
    "med": near_median,
    "zsad": zero_mean_difference,
    "dts": lambda m: distinctiveness(m.left, m.reach),
    "dsm": distinctive_similarity,
    "samm": self_aware,
}
