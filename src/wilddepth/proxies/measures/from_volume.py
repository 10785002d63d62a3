"""Measures that read the cost volume. Larger = surer. c1 = least cost at index d1, c2 = second least, r = rival.

The rival is the least cost of the other local minima. Costs are in units of the whole (`Matching.unit`); constants are
those of the published code, as arguments. Where a curve is flat everywhere the margins are 0 and the ratios 1.

Source:
    Hu and Mordohai, TPAMI 2012; Poggi, Tosi and Mattoccia, ICCV 2017, for the names.
"""

import numpy as np
from jaxtyping import Float32, Int32

from wilddepth.proxies.measures import windows
from wilddepth.proxies.measures.curves import Curves, exponential_sums
from wilddepth.proxies.measures.matching import Matching
from wilddepth.proxies.measures.one_to_one import keeps_its_match, nearest_keeps_it
from wilddepth.proxies.measures.self_matching import aligned_correlation, least_but_itself

Map = Float32[np.ndarray, "h w"]


def matching_score(m: Matching) -> Map:
    """MSM: -c1."""
    return -m.curves.least * m.unit


def local_curve(m: Matching, *, gamma: float = 480.0) -> Map:
    """LC: (max(c(d1 - 1), c(d1 + 1)) - c1) / gamma; the neighbour beyond the end of the range is the one before it."""
    found: np.ndarray = (np.maximum(m.curves.before, m.curves.after) - m.curves.least) * (m.unit / gamma)
    return found


def curvature(m: Matching) -> Map:
    """CUR: c(d1 - 1) + c(d1 + 1) - 2 c1."""
    found: np.ndarray = (m.curves.before + m.curves.after - 2 * m.curves.least) * m.unit
    return found


def peak_ratio(m: Matching, *, add: float = 0.1) -> Map:
    """PKR: (r + add) / (c1 + add)."""
    return ratio(m.curves.rival, m, add)


def peak_ratio_naive(m: Matching, *, add: float = 0.1) -> Map:
    """PKRN: (c2 + add) / (c1 + add)."""
    return ratio(m.curves.second, m, add)


def ratio(other: Map, m: Matching, add: float) -> Map:
    """(other + add) / (c1 + add)."""
    return (other * m.unit + add) / (m.curves.least * m.unit + add)


def average_peak_ratio(m: Matching, *, add: float = 0.01, radius: int = 12) -> Map:
    """APKR: PKR averaged over a window, the indices of both minima fixed at those of the centre pixel.

    Source:
        Kim et al., ICIP 2014. The published code multiplies where it should divide: its values are sums.
    """
    return window_ratio(m, m.curves.rival_at, add, radius)


def average_peak_ratio_naive(m: Matching, *, add: float = 0.01, radius: int = 12) -> Map:
    """APKRN: the same of PKRN."""
    return window_ratio(m, m.curves.second_at, add, radius)


def window_ratio(m: Matching, index: Int32[np.ndarray, "h w"], add: float, radius: int) -> Map:
    """Mean over the window of (c_q(index) + add) / (c_q(d1) + add)."""
    return windows.mean_ratio(m.costs, index, m.curves.at, add / m.unit, radius)


def maximum_margin(m: Matching) -> Map:
    """MM: r - c1."""
    found: np.ndarray = (m.curves.rival - m.curves.least) * m.unit
    return found


def maximum_margin_naive(m: Matching) -> Map:
    """MMN: c2 - c1."""
    found: np.ndarray = (m.curves.second - m.curves.least) * m.unit
    return found


def nonlinear_margin(m: Matching, *, sigma: float = 2.0) -> Map:
    """NMM: exp((r - c1) / (2 sigma^2)). The published code divides the exponential instead; the order is the same."""
    return np.exp(maximum_margin(m) / np.float32(2 * sigma**2))


def nonlinear_margin_naive(m: Matching, *, sigma: float = 2.0) -> Map:
    """NMMN: exp((c2 - c1) / (2 sigma^2))."""
    return np.exp(maximum_margin_naive(m) / np.float32(2 * sigma**2))


def winner_margin(m: Matching) -> Map:
    """WMN: (r - c1) / sum of the curve, 0 of a curve of zeros. The published code divides by r instead."""
    return share_of_total(m.curves.rival, m.curves)


def winner_margin_naive(m: Matching) -> Map:
    """WMNN: (c2 - c1) / sum of the curve, 0 of a curve of zeros. The published code divides by c2 instead."""
    return share_of_total(m.curves.second, m.curves)


def share_of_total(other: Map, curves: Curves) -> Map:
    """(other - c1) / sum; 0 where the sum is 0."""
    found: np.ndarray = np.divide(other - curves.least, curves.total, out=np.zeros_like(other), where=curves.total > 0)
    return found


def maximum_likelihood(m: Matching, *, sigma: float = 2.0) -> Map:
    """MLM: exp(-c1 / 2 sigma^2) / sum over d of exp(-c_d / 2 sigma^2).

    The published code has the variance of the numerator upside down, which makes it a monotone function of other order.
    """
    total, _ = exponential_sums(m.costs, m.curves.least, unit=m.unit, scale=2 * sigma**2, power=1)
    return 1 / total


def attainable_likelihood(m: Matching, *, sigma: float = 2.0) -> Map:
    """AML: 1 / sum over d of exp(-(c_d - c1)^2 / 2 sigma^2)."""
    total, _ = exponential_sums(m.costs, m.curves.least, unit=m.unit, scale=2 * sigma**2, power=2)
    return 1 / total


def negative_entropy(m: Matching) -> Map:
    """NEM: sum over d of p log2 p, p proportional to exp(-c_d); from -log2(number of disparities) to 0."""
    # log2 p = -t / ln 2 - log2 Z with t = c - c1 and Z = sum of exp(-t).
    total, weighted = exponential_sums(m.costs, m.curves.least, unit=m.unit, scale=1.0, power=1)
    found: np.ndarray = -weighted / total / np.float32(np.log(2)) - np.log2(total)
    return found


def few_minima(m: Matching) -> Map:
    """NOI: minus the number of local minima; a curve without any, which is flat, counts as all minima."""
    minima = m.curves.minima
    return -np.where(minima == 0, m.depth, minima).astype(np.float32)


def perturbation(m: Matching, *, scale: float = 0.25) -> Map:
    """PER: minus the sum over d != d1 of exp(-(c1 - c_d)^2 / scale^2).

    Args:
        m: the matching.
        scale: the published 120 is for costs up to 480 or so, a quarter of them. The published code has it outside the
            exponential, that is 1 inside.
    """
    total, _ = exponential_sums(m.costs, m.curves.least, unit=m.unit, scale=scale**2, power=2)
    return 1 - total


def distance_of_minima(m: Matching) -> Map:
    """DAM: -|d1 - d2|, px."""
    found: np.ndarray = -np.abs(m.curves.at - m.curves.second_at).astype(np.float32)
    return found


def left_right_difference(m: Matching, *, add: float = 0.1) -> Map:
    """LRD: (c2 - c1 + add) / (|c1 - least cost of the matched right pixel| + add); 0 outside the right view."""
    other = m.at_match(m.right_least, outside=np.inf)
    apart = np.abs(m.curves.least - other) * m.unit
    found: np.ndarray = (maximum_margin_naive(m) + add) / (apart + add)
    return found


def uniqueness(m: Matching) -> Map:
    """UC: 1 for the left pixel of least cost among those that match one right pixel, 0 for the rest and outside it.

    Source:
        Di Stefano et al., 2004. Of equal costs the leftmost one keeps its match.
    """
    return keeps_its_match(m.matched_column, m.curves.least)


def asymmetric_consistency(m: Matching) -> Map:
    """ACC: as UC, but a pixel that others compete with keeps 1 only if it is both the nearest and of the least cost.

    Source:
        Min and Sohn, 2008.
    """
    return nearest_keeps_it(m.matched_column, m.curves.least)


def distinctiveness(m: Matching) -> Map:
    """DTS: least cost of the left pixel against any other pixel of its row within half the range searched."""
    return least_but_itself(m.self_left)


def distinctive_similarity(m: Matching, *, add: float = 0.001) -> Map:
    """DSM: (D_L D_R + add) / (c1^2 + add), D the distinctiveness of both matched pixels; 0 outside the right view.

    Source:
        Yoon and Kweon, 2008.
    """
    right = m.at_match(least_but_itself(m.self_right), outside=np.nan)
    value = (distinctiveness(m) * right + add) / ((m.curves.least * m.unit) ** 2 + add)
    found: np.ndarray = np.nan_to_num(value, nan=0.0)
    return found


def self_aware(m: Matching) -> Map:
    """SAMM: correlation, -1..1, of the cost curve with the left pixel's curve against its own view, minima aligned.

    Source:
        Mordohai, 2009.
    """
    return aligned_correlation(m.costs, m.curves.at, m.self_left)


def minima_in_neighbourhood(m: Matching, *, radius: int = 2) -> Map:
    """LMN: number of pixels in a 5x5 window whose curve has a local minimum at d1.

    Source:
        Kim et al., 2014.
    """
    return windows.minima_around(m.costs, m.curves.at, radius).astype(np.float32)
