"""What both views do not agree on: why, and what stands there instead.

Source:
    Mei et al., ICCVW 2011, sec. 2.4; kinds of outliers as in Hirschmüller, PAMI 2008, sec. 2.6.
"""

import math
from typing import Any, Literal, no_type_check

import numpy as np
from jaxtyping import Float32, UInt8

from wilddepth.proxies.matchers.kernel import kernel, over_rows

Rule = Literal["occluder", "intersection"]

FINE, OCCLUDED, MISMATCHED = 0, 1, 2
LEFT, RIGHT = 1, -1
"""Which view: a left column x matches x - d, a right one x + d."""
RAYS = 16
"""Directions in which a hole looks for its surroundings, all round."""
HOLE = -(2**15)
"""Stands for nan among whole disparities."""


def kinds(
    ours: Float32[np.ndarray, "h w"],
    theirs: Float32[np.ndarray, "h w"],
    side: int,
    threshold: float,
    search: tuple[int, int],
    rule: Rule = "occluder",
) -> UInt8[np.ndarray, "h w"]:
    """`FINE` where the other view agrees to `threshold` px; else `MISMATCHED` or `OCCLUDED`.

    Args:
        ours: disparities of this view, whole px; nan = none, an outlier too.
        theirs: those of the other view.
        side: `LEFT` or `RIGHT`, this view.
        threshold: px.
        search: first disparity and number of disparities.
        rule: when an outlier is occluded. "occluder": the pixel that it meets belongs to something nearer, seen where
            that pixel leads back to; "intersection", of the paper: at no disparity searched would it meet a pixel of
            the other view that has just that disparity. On a slanted surface some disparity nearly always fits, so
            that few occlusions are found (Middlebury's cones: 8.0 % of the map beyond 3 px, against 6.3 %).
    """
    found = np.empty(ours.shape, np.uint8)
    _kinds(ours, theirs, side, threshold, *search, rule == "occluder", found)
    return found


def voted(
    disparity: Float32[np.ndarray, "h w"],
    kind: UInt8[np.ndarray, "h w"],
    arms: UInt8[np.ndarray, "4 h w"],
    votes: int,
    share: float,
    search: tuple[int, int],
    threads: int = 1,
) -> tuple[Float32[np.ndarray, "h w"], UInt8[np.ndarray, "h w"]]:
    """One round of votes: each outlier takes what most fine pixels of its support say, if enough say it.

    Args:
        disparity: whole px.
        kind: see `kinds`.
        arms: of the supports, see `cross.arms_of`.
        votes: more must be cast.
        share: of them, for the winner: it must have more.
        search: first disparity and number of disparities.
        threads: that share the rows.

    Returns:
        Disparities and kinds after it; who takes one is fine from then on.
    """
    lowest, number = search
    whole = np.where(kind == FINE, np.nan_to_num(disparity) - lowest, HOLE).astype(np.int32)
    after, kind_after = disparity.copy(), kind.copy()
    over_rows(_vote, disparity.shape[0], threads, whole, kind, arms, votes, share, lowest, number, after, kind_after)
    return after, kind_after


def interpolated(
    disparity: Float32[np.ndarray, "h w"],
    kind: UInt8[np.ndarray, "h w"],
    image: UInt8[np.ndarray, "h w c"],
    threads: int = 1,
) -> Float32[np.ndarray, "h w"]:
    """The map with outliers closed from the nearest fine pixels in sixteen directions.

    An occlusion takes the smallest of their disparities, a mismatch that of the pixel of most similar colour; nan where
    no direction meets a fine pixel.

    Args:
        disparity: px.
        kind: see `kinds`.
        image: of this view, 8 bits.
        threads: that share the rows.
    """
    angles = 2 * math.pi * np.arange(RAYS) / RAYS
    rays = np.stack([np.sin(angles), np.cos(angles)], axis=1)
    after = disparity.copy()
    over_rows(_interpolate, disparity.shape[0], threads, disparity, kind, image.astype(np.int32), rays, after)
    return after


@kernel
@no_type_check
def _kinds(
    ours: Any, theirs: Any, side: int, threshold: float, lowest: int, number: int, occluder: bool, found: Any
) -> None:
    height, width = ours.shape
    for y in range(height):
        for x in range(width):
            column = x - side * int(ours[y, x]) if np.isfinite(ours[y, x]) else -1
            if 0 <= column < width and abs(theirs[y, column] - ours[y, x]) <= threshold:
                found[y, x] = 0
            elif occluder:
                found[y, x] = 1 if _behind(ours[y], theirs[y], side, x, column) else 2
            else:
                found[y, x] = 2 if _intersects(theirs[y], side, x, lowest, number) else 1


@kernel
@no_type_check
def _behind(ours: Any, theirs: Any, side: int, x: int, column: int) -> bool:
    """Whether the pixel that is met leads back to a nearer one."""
    width = ours.shape[0]
    if not 0 <= column < width or not np.isfinite(theirs[column]):
        return False
    back = column + side * int(theirs[column])
    return 0 <= back < width and ours[back] > ours[x]


@kernel
@no_type_check
def _intersects(theirs: Any, side: int, x: int, lowest: int, number: int) -> bool:
    """Whether some pixel that can be met has just the disparity at which it is met."""
    for d in range(lowest, lowest + number):
        column = x - side * d
        if 0 <= column < theirs.shape[0] and theirs[column] == d:
            return True
    return False


@kernel
@no_type_check
def _vote(
    begin: int,
    end: int,
    whole: Any,
    kind: Any,
    arms: Any,
    votes: int,
    share: float,
    lowest: int,
    number: int,
    after: Any,
    kind_after: Any,
) -> None:
    """Rows begin..end-1."""
    width = whole.shape[1]
    said = np.zeros(number, np.int32)
    for y in range(begin, end):
        for x in range(width):
            if kind[y, x] != 0:
                said[:] = 0
                cast_ = _count_votes(whole, arms, y, x, said)
                winner = np.argmax(said)
                if cast_ > votes and said[winner] > share * cast_:
                    after[y, x], kind_after[y, x] = lowest + winner, 0


@kernel
@no_type_check
def _count_votes(whole: Any, arms: Any, y: int, x: int, said: Any) -> int:
    """What the fine pixels of a support say, and how many they are."""
    cast_ = 0
    for row in range(y - np.int64(arms[0, y, x]), y + np.int64(arms[1, y, x]) + 1):
        for column in range(x - np.int64(arms[2, row, x]), x + np.int64(arms[3, row, x]) + 1):
            if whole[row, column] >= 0:
                said[whole[row, column]] += 1
                cast_ += 1
    return cast_


@kernel
@no_type_check
def _interpolate(begin: int, end: int, disparity: Any, kind: Any, image: Any, rays: Any, after: Any) -> None:
    """Rows begin..end-1."""
    for y in range(begin, end):
        for x in range(disparity.shape[1]):
            if kind[y, x] != 0:
                after[y, x] = _surroundings(disparity, kind, image, rays, y, x)


@kernel
@no_type_check
def _surroundings(disparity: Any, kind: Any, image: Any, rays: Any, y: int, x: int) -> float:
    """What a hole takes from what it sees around."""
    best, value = np.inf, np.nan
    for ray in range(rays.shape[0]):
        row, column = _first_fine(kind, rays[ray, 0], rays[ray, 1], y, x)
        if row >= 0:
            there = disparity[row, column]
            apart = np.float64(there)
            if kind[y, x] == 2:
                apart = 0.0
                for c in range(image.shape[2]):
                    apart += abs(image[y, x, c] - image[row, column, c])
            if apart < best:
                best, value = apart, there
    return value


@kernel
@no_type_check
def _first_fine(kind: Any, down: float, right: float, y: int, x: int) -> tuple[int, int]:
    """The nearest fine pixel along a ray; (-1, -1) for none."""
    height, width = kind.shape
    length = 1
    while True:
        row, column = y + round(length * down), x + round(length * right)
        if not (0 <= row < height and 0 <= column < width):
            return -1, -1
        if kind[row, column] == 0:
            return row, column
        length += 1
