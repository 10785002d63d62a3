"""Cars, vans, lorries and buses: templates built once, painted for each piece.

A vehicle stands on y = 0, looks along +Z and has its origin between its wheels.
"""

from dataclasses import dataclass
from functools import lru_cache
from math import pi

import numpy as np

from wilddepth.worlds.cast.motion import Along, Spin
from wilddepth.worlds.cast.scene import Body, Material, Matrix, Mesh, Motion, Still
from wilddepth.worlds.cast.scenes.car_forms import FORMS, Form
from wilddepth.worlds.cast.scenes.looks import Looks
from wilddepth.worlds.cast.shapes import (
    Part,
    boxes,
    cylinder,
    joined,
    merged,
    polygon_faces,
    quads,
    repeated,
    transformed,
    turn_about,
)

PAINT, GLASS, RUBBER, RIM, PLASTIC, HEADLIGHT, TAILLIGHT, PLATE, CARGO = range(9)


@dataclass(frozen=True, eq=False)
class Template:
    """A vehicle without its paint: parts, and its axles apart so that they can turn."""

    mesh: Mesh
    material_of: np.ndarray
    axle: Mesh
    axle_material_of: np.ndarray
    axles: tuple[float, ...]
    wheel: float
    half_length: float

    @property
    def half_width(self) -> float:
        """m, without the mirrors."""
        return float(self.axle.vertices[:, 0].max())


def _half_width(form: Form, height: np.ndarray) -> np.ndarray:
    roof = max(h for _, h in form.outline)
    lean = np.clip((height - form.belt) / (roof - form.belt), 0, 1)
    foot = np.clip((0.45 - height) / 0.25, 0, 1)
    return np.asarray(form.half_width - (form.half_width - form.roof_half) * lean**1.2 - 0.05 * foot)


def _arch(z: float, radius: float, floor: float) -> list[tuple[float, float]]:
    """The rim of a wheel house, from the rear to the front."""
    reach = radius + 0.06
    least = np.arcsin(np.clip((floor - radius) / reach, -1, 1))
    angle = np.linspace(pi - least, least, 6)
    return [(z + reach * np.cos(a), max(radius + reach * np.sin(a), floor)) for a in angle]


def _side(form: Form) -> np.ndarray:
    """The whole side view, wheel houses included, as a polygon of (z, height)."""
    floor = form.outline[-1][1]
    under = [point for z in sorted(form.axles) for point in _arch(z, form.wheel, floor)]
    return np.array([*form.outline, *under])


def _shell(form: Form) -> Mesh:
    side = _side(form)
    half = _half_width(form, side[:, 1])
    right = np.column_stack([half, -side[:, 1], side[:, 0]])
    left = right * (-1, 1, 1)
    lid, count = polygon_faces(side), len(side)
    ring = np.arange(count, dtype=np.int32)
    onward = np.roll(ring, -1)
    band = np.concatenate(
        [np.stack([ring, onward, onward + count], 1), np.stack([ring, onward + count, ring + count], 1)]
    )
    return Mesh(np.concatenate([right, left]), np.concatenate([lid, lid[:, ::-1] + count, band]).astype(np.int32))


def _on_side(form: Form, corners: np.ndarray, lift: float = 0.008) -> Mesh:
    """Pieces (n 4 2) of (z, height) laid on both sides of the body."""
    half = _half_width(form, corners[..., 1]) + lift
    right = np.stack([half, -corners[..., 1], corners[..., 0]], -1)
    return joined([quads(right), quads(right[:, ::-1] * (-1, 1, 1))])


def _screen(form: Form, piece: int) -> Mesh:
    (z0, h0), (z1, h1) = form.outline[piece], form.outline[piece + 1]
    share = np.array([0.08, 0.93])
    z, h = z0 + (z1 - z0) * share, h0 + (h1 - h0) * share
    half = _half_width(form, h) - 0.07
    out = np.array([h1 - h0, z1 - z0]) / np.hypot(h1 - h0, z1 - z0) * (1 if z1 < z0 else -1)
    z, h = z + 0.008 * out[0], h - 0.008 * out[1]
    corners = [(half[0], -h[0], z[0]), (half[1], -h[1], z[1]), (-half[1], -h[1], z[1]), (-half[0], -h[0], z[0])]
    return quads(np.array([corners]))


def _windows(form: Form) -> Mesh:
    roof = max(h for _, h in form.outline) - 0.09
    corners = [[(a, form.belt + 0.02), (b, form.belt + 0.02), (d, roof), (c, roof)] for a, b, c, d in form.windows]
    return _on_side(form, np.array(corners))


def _boxes(*spans: tuple[float, float, float, float, float, float]) -> Mesh:
    """Boxes by x0, x1, height0, height1, z0, z1."""
    span = np.array(spans)
    return boxes(np.stack([span[:, 0], -span[:, 3], span[:, 4]], 1), np.stack([span[:, 1], -span[:, 2], span[:, 5]], 1))


def _both(x0: float, x1: float, *rest: float) -> Mesh:
    """A box on the right, at x0 to x1, and its like on the left; the rest as of `_boxes`."""
    low, high, z0, z1 = rest
    return _boxes((x0, x1, low, high, z0, z1), (-x1, -x0, low, high, z0, z1))


def _fittings(form: Form) -> list[Part]:
    """Lights, plates, bumpers, mirrors, door seams and handles."""
    front, rear = form.outline[1], form.outline[-2]
    w, f, r = form.half_width, front[0], rear[0]
    high = form.outline[2][1] - 0.12
    tail = rear[1] + 0.08
    seams = [(z - 0.01, z + 0.01) for _, z, _, _ in form.windows[:2]] + [
        (form.windows[0][0] - 0.08, form.windows[0][0] - 0.06)
    ]
    lines = np.array([[(a, 0.35), (b, 0.35), (b, form.belt), (a, form.belt)] for a, b in seams])
    handles = np.array(
        [
            [
                (z + 0.2, form.belt - 0.1),
                (z + 0.04, form.belt - 0.1),
                (z + 0.04, form.belt - 0.06),
                (z + 0.2, form.belt - 0.06),
            ]
            for _, z, _, _ in form.windows[:2]
        ]
    )
    mirror_z = form.windows[0][0] - 0.05
    bumpers = _boxes(
        (-w + 0.05, w - 0.05, 0.28, 0.42, f - 0.1, f + 0.03), (-w + 0.05, w - 0.05, 0.3, 0.44, r - 0.04, r + 0.1)
    )
    plates = _boxes(
        (-0.26, 0.26, 0.42, 0.53, f - 0.02, f + 0.02), (-0.26, 0.26, tail - 0.14, tail - 0.03, r - 0.03, r + 0.02)
    )
    mirrors = _both(w - 0.02, w + 0.2, form.belt, form.belt + 0.14, mirror_z - 0.06, mirror_z + 0.04)
    return [
        (_both(w - 0.42, w - 0.06, high - 0.13, high, f - 0.2, f - 0.02), HEADLIGHT),
        (_both(w - 0.3, w - 0.03, tail, tail + 0.2, r - 0.03, r + 0.2), TAILLIGHT),
        (plates, PLATE),
        (bumpers, PLASTIC),
        (_boxes((-0.4, 0.4, 0.55, 0.66, f - 0.15, f + 0.01)), PLASTIC),
        (mirrors, PLASTIC),
        (_on_side(form, lines, 0.004), PLASTIC),
        (_on_side(form, handles, 0.012), PLASTIC),
    ]


def axle(half_width: float, radius: float, sides: int = 12) -> list[Part]:
    """A pair of wheels around the X axis through the origin."""
    sideways = turn_about((0.0, 0.0, 1.0), pi / 2)
    parts: list[Part] = []
    for side in (-1, 1):
        wheel = transformed(cylinder(radius, 0.2, sides), sideways)
        rim = transformed(cylinder(0.66 * radius, 0.22, 7), sideways)
        shift = np.array([side * (half_width - 0.11) - 0.1, 0.0, 0.0])
        parts += [
            (Mesh(wheel.vertices + shift, wheel.faces), RUBBER),
            (Mesh(rim.vertices + shift - (0.01, 0, 0), rim.faces), RIM),
        ]
    return parts


def _template(parts: list[Part], pair: list[Part], axles: tuple[float, ...], wheel: float, half: float) -> Template:
    return Template(*merged(parts), *merged(pair), axles, wheel, half)


@lru_cache(maxsize=32)
def car_template(name: str) -> Template:
    """One of `FORMS`."""
    form = FORMS[name]
    parts: list[Part] = [(_shell(form), PAINT), (_windows(form), GLASS)]
    parts += [(_screen(form, piece), GLASS) for piece in form.screens]
    dark = _boxes(
        (-form.half_width + 0.25, form.half_width - 0.25, 0.2, 0.5, form.outline[-2][0] + 0.3, form.outline[1][0] - 0.3)
    )
    parts += [(dark, PLASTIC), *_fittings(form)]
    half = max(abs(z) for z, _ in form.outline)
    return _template(parts, axle(form.half_width, form.wheel), form.axles, form.wheel, half)


@lru_cache(maxsize=8)
def lorry_template(length: float) -> Template:
    """A cab with a box behind it."""
    front, rear = length / 2, -length / 2
    parts: list[Part] = [
        (_boxes((-1.15, 1.15, 0.5, 2.6, front - 1.9, front)), PAINT),
        (_boxes((-1.25, 1.25, 1.0, 3.5, rear, front - 2.1)), CARGO),
        (_boxes((-1.0, 1.0, 0.55, 1.0, rear, front - 1.5), (-1.2, 1.2, 0.35, 0.8, front - 0.3, front + 0.05)), PLASTIC),
        (_boxes((-0.02, 0.02, 1.05, 3.4, rear - 0.02, rear), (-0.9, 0.9, 0.95, 1.3, front, front + 0.02)), PLASTIC),
        (_both(1.2, 1.45, 1.5, 2.2, front - 0.3, front - 0.1), PLASTIC),
        (_both(1.1, 1.2, 0.45, 0.9, rear + 2.6, front - 3.2), PLASTIC),
        (_boxes((-1.02, 1.02, 1.5, 2.35, front - 0.1, front + 0.01)), GLASS),
        (_boxes((-1.16, 1.16, 1.5, 2.3, front - 1.2, front - 0.3)), GLASS),
        (_both(0.7, 1.1, 0.85, 1.05, front - 0.1, front + 0.07), HEADLIGHT),
        (_both(0.9, 1.2, 0.7, 0.95, rear - 0.03, rear + 0.1), TAILLIGHT),
        (_boxes((-0.26, 0.26, 0.6, 0.72, rear - 0.03, rear), (-0.26, 0.26, 0.4, 0.52, front, front + 0.07)), PLATE),
    ]
    axles = (front - 1.2, rear + 1.0, rear + 2.1) if length > 7 else (front - 1.1, rear + 1.2)
    return _template(parts, axle(1.2, 0.48, 16), axles, 0.48, length / 2)


@lru_cache(maxsize=2)
def bus_template() -> Template:
    """A town bus."""
    panes = [(z, z + 1.25) for z in np.arange(-5.0, 4.2, 1.4)]
    parts: list[Part] = [
        (_boxes((-1.25, 1.25, 0.35, 3.0, -5.6, 5.6)), PAINT),
        (_boxes(*((-1.262, 1.262, 1.3, 2.5, a, b) for a, b in panes), (-1.1, 1.1, 1.1, 2.6, -5.61, 5.612)), GLASS),
        (_boxes((-0.9, 0.9, 2.65, 2.95, 5.5, 5.62), (-1.27, 1.27, 0.35, 0.6, -5.62, 5.62)), PLASTIC),
        (_boxes((-1.3, 1.3, 1.24, 1.27, -5.6, 5.6)), PLASTIC),
        (_both(0.75, 1.15, 0.65, 0.9, 5.5, 5.64), HEADLIGHT),
        (_both(0.95, 1.2, 0.8, 1.1, -5.64, -5.5), TAILLIGHT),
        (_boxes((-0.26, 0.26, 0.64, 0.76, -5.64, -5.6)), PLATE),
        (_both(1.235, 1.265, 2.55, 2.95, -3.0, 4.4), CARGO),
    ]
    return _template(parts, axle(1.2, 0.48, 16), (3.6, -3.2), 0.48, 5.6)


def paintwork(looks: Looks, *, cargo: str = "lorry") -> list[Material]:
    """Materials of one vehicle, in the order of the parts."""
    headlight, taillight = looks("white", glow=6.0), looks("red", glow=1.5)
    return [
        *looks.several("car", "car glass", "rubber", "rim", "dark plastic"),
        headlight,
        taillight,
        looks("white"),
        looks(cargo),
    ]


@lru_cache(maxsize=64)
def _whole(template: Template, fine: bool) -> tuple[Mesh, np.ndarray]:
    """A vehicle as one mesh, wheels included; coarse ones have no fittings as small as handles."""
    places = np.array([[0.0, -template.wheel, z] for z in template.axles])
    wheels = repeated(template.axle.vertices[None] + places[:, None], template.axle.faces)
    mesh = joined([template.mesh, wheels])
    numbers = np.concatenate([template.material_of] + [template.axle_material_of] * len(places))
    keep = np.ones(len(numbers), bool) if fine else ~np.isin(numbers, (PLATE, RIM))
    return Mesh(mesh.vertices, mesh.faces[keep]), numbers[keep]


def parked(template: Template, materials: list[Material], at: Matrix, *, fine: bool = True) -> Body:
    """A vehicle that stands; one body."""
    mesh, numbers = _whole(template, fine)
    return Body(mesh, materials, numbers, Still(at), "car", True)


def driven(template: Template, materials: list[Material], motion: Along) -> list[Body]:
    """A vehicle under way, its wheels turning as far as it goes."""
    bodies = [Body(template.mesh, materials, template.material_of, motion, "car", True)]
    for z in template.axles:
        turning: Motion = Spin(motion, (0.0, -template.wheel, z), (1.0, 0.0, 0.0), abs(motion.speed) / template.wheel)
        bodies.append(Body(template.axle, materials, template.axle_material_of, turning, "car", True))
    return bodies


def any_template(rng: np.random.Generator, *, large: float = 0.0) -> Template:
    """A passenger car or van, or with the probability `large` a lorry or bus."""
    if rng.random() < large:
        return (lorry_template(6.5), lorry_template(10.0), bus_template())[int(rng.integers(3))]
    return car_template(list(FORMS)[int(rng.integers(len(FORMS)))])
