"""A smooth line through points, by the length travelled along it."""

import numpy as np
from jaxtyping import Float

Vector = Float[np.ndarray, " 3"]
Parameter = float | Float[np.ndarray, "n 1"]

_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(12)


class Line:
    """A natural cubic spline through points, by the length travelled; beyond its ends it goes straight on.

    Both ends have no curvature, so that the straight parts fit on with continuous second derivatives.
    """

    def __init__(self, points: Float[np.ndarray, "n 3"]) -> None:
        """Two points or more, no two neighbours equal.

        Raises:
            ValueError: for fewer, or equal neighbours.
        """
        steps = np.linalg.norm(np.diff(points, axis=0), axis=1)
        if len(points) < 2 or steps.min() <= 0:
            raise ValueError("a line needs two points or more, no two of them equal one after the other")
        self.points = np.asarray(points, np.float64)
        self.knots = np.concatenate([[0.0], np.cumsum(steps)])
        self.bends = _second_derivatives(self.knots, self.points)
        parts = [self._arc(number, self.knots[number + 1]) for number in range(len(steps))]
        self.arcs = np.concatenate([[0.0], np.cumsum(parts)])

    @property
    def length(self) -> float:
        """m, from the first to the last point."""
        return float(self.arcs[-1])

    def at(self, travelled: float) -> Vector:
        """The place after so many metres from the first point; negative is before it."""
        if travelled <= 0:
            return self._straight(self.points[0], travelled, self._slope(0, 0.0))
        if travelled >= self.length:
            last = len(self.arcs) - 2
            return self._straight(self.points[-1], travelled - self.length, self._slope(last, self.knots[-1]))
        number = int(np.searchsorted(self.arcs, travelled, side="right")) - 1
        return self._place(number, self._parameter(number, travelled - self.arcs[number]))

    @staticmethod
    def _straight(start: Vector, metres: float, slope: Vector) -> Vector:
        place: Vector = start + metres * unit(slope)
        return place

    def _parameter(self, number: int, arc: float) -> float:
        """The parameter at which a piece has this length: Newton's method, a few steps to the last digit."""
        start, end = self.knots[number], self.knots[number + 1]
        u = start + (end - start) * arc / (self.arcs[number + 1] - self.arcs[number])
        for _ in range(20):
            change = (arc - self._arc(number, u)) / float(np.linalg.norm(self._slope(number, u)))
            u = min(max(u + change, start), end)
            if abs(change) < 1e-13 * max(1.0, end):
                break
        return float(u)

    def _arc(self, number: int, until: float) -> float:
        """Length of a piece from its knot to a parameter, by Gauss-Legendre."""
        half = (until - self.knots[number]) / 2
        at = self.knots[number] + half * (1 + _NODES)
        return float(half * (_WEIGHTS * np.linalg.norm(self._slope(number, at[:, None]), axis=1)).sum())

    def _weights(self, number: int, u: Parameter) -> tuple[float, Parameter, Parameter]:
        step = float(self.knots[number + 1] - self.knots[number])
        b = (u - self.knots[number]) / step
        return step, 1 - b, b

    def _place(self, number: int, u: float) -> Vector:
        step, a, b = self._weights(number, u)
        bend = ((a**3 - a) * self.bends[number] + (b**3 - b) * self.bends[number + 1]) * step**2 / 6
        place: Vector = a * self.points[number] + b * self.points[number + 1] + bend
        return place

    def _slope(self, number: int, u: Parameter) -> Float[np.ndarray, "*n 3"]:
        step, a, b = self._weights(number, u)
        chord = (self.points[number + 1] - self.points[number]) / step
        bend = ((3 * b**2 - 1) * self.bends[number + 1] - (3 * a**2 - 1) * self.bends[number]) * step / 6
        slope: np.ndarray = chord + bend
        return slope


def _second_derivatives(knots: Float[np.ndarray, " n"], points: Float[np.ndarray, "n 3"]) -> Float[np.ndarray, "n 3"]:
    """Of the natural cubic spline, at its knots."""
    step = np.diff(knots)
    system, right = np.eye(len(knots)), np.zeros_like(points)
    slopes = np.diff(points, axis=0) / step[:, None]
    for row in range(1, len(knots) - 1):
        system[row, row - 1 : row + 2] = step[row - 1] / 6, (step[row - 1] + step[row]) / 3, step[row] / 6
        right[row] = slopes[row] - slopes[row - 1]
    bends: np.ndarray = np.linalg.solve(system, right)
    return bends


def unit(vector: Vector) -> Vector:
    """The same direction, with length 1."""
    scaled: Vector = vector / np.linalg.norm(vector)
    return scaled
