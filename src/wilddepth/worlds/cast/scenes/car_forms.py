"""Side views of passenger cars and vans."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Form:
    """The side view of a vehicle.

    Attributes:
        half_width: m at the widest.
        roof_half: m at the roof.
        outline: (z, height) from the foot of the front bumper over the roof to the foot of the rear one.
        belt: m, height of the lower edge of the windows.
        screens: numbers of the outline's pieces that are wind and rear screens.
        windows: (z of front, z of rear) of the side windows at the belt.
        axles: z of front and rear wheels.
        wheel: m, radius.
    """

    half_width: float
    roof_half: float
    outline: tuple[tuple[float, float], ...]
    belt: float
    screens: tuple[int, ...]
    windows: tuple[tuple[float, float, float, float], ...]
    axles: tuple[float, ...]
    wheel: float = 0.32


FORMS = {
    "hatchback": Form(
        0.87, 0.62,
        ((2.0, 0.25), (2.05, 0.5), (1.95, 0.72), (1.05, 0.93),
         (0.35, 1.43), (-1.3, 1.46), (-1.85, 1.0), (-1.95, 0.6), (-1.9, 0.25)),
        0.95, (3, 5), ((0.93, 0.0, 0.34, -0.03), (-0.1, -0.85, -0.12, -0.87),
         (-0.95, -1.55, -0.97, -1.22)), (1.25, -1.25),
    ),
    "saloon": Form(
        0.9, 0.6,
        ((2.3, 0.25), (2.36, 0.5), (2.25, 0.7), (1.1, 0.92), (0.35, 1.42),
         (-1.0, 1.44), (-1.7, 1.04), (-2.25, 1.0), (-2.35, 0.6), (-2.3, 0.27)),
        0.96, (3, 5), ((0.98, 0.02, 0.34, 0.0), (-0.06, -0.9, -0.08, -0.9), (-0.98, -1.5, -1.0, -1.12)), (1.4, -1.35),
    ),
    "estate": Form(
        0.9, 0.66,
        ((2.3, 0.25), (2.36, 0.5), (2.25, 0.72), (1.15, 0.94),
         (0.45, 1.44), (-1.9, 1.46), (-2.3, 1.02), (-2.36, 0.6), (-2.3, 0.27)),
        0.96, (3, 5), ((1.02, 0.04, 0.44, 0.02), (-0.04, -0.9, -0.06, -0.9), (-1.0, -2.05, -1.0, -1.8)), (1.4, -1.35),
    ),
    "offroader": Form(
        0.95, 0.74,
        ((2.25, 0.36), (2.3, 0.7), (2.2, 0.98), (1.15, 1.12), (0.6, 1.7),
         (-1.95, 1.74), (-2.2, 1.15), (-2.28, 0.7), (-2.25, 0.38)),
        1.14, (3, 5), ((1.02, 0.1, 0.6, 0.08), (0.02, -0.85, 0.0, -0.85),
         (-0.95, -1.95, -0.95, -1.78)), (1.4, -1.4), 0.37,
    ),
    "van": Form(
        0.98, 0.86,
        ((2.5, 0.3), (2.55, 0.75), (2.35, 1.0), (1.85, 1.2), (1.25, 2.05), (-2.5, 2.15), (-2.6, 1.0), (-2.6, 0.35)),
        1.18, (3,), ((1.72, 0.85, 1.28, 0.85),), (1.65, -1.6), 0.34,
    ),
    "taxi": Form(
        0.9, 0.66,
        ((2.2, 0.3), (2.25, 0.6), (2.05, 0.92), (0.95, 1.02),
         (0.55, 1.6), (-1.75, 1.64), (-2.1, 1.08), (-2.25, 0.7), (-2.2, 0.3)),
        1.04, (3, 5), ((0.85, -0.05, 0.55, -0.05),
         (-0.15, -1.0, -0.15, -1.0), (-1.1, -1.8, -1.1, -1.6)), (1.35, -1.35),
    ),
}  # fmt: skip
"""Passenger cars and vans of several shapes."""
