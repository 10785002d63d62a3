"""Roads with what is painted on them, kerbs, pavements and verges."""

import numpy as np

from wilddepth.worlds.cast.scene import Body, Mesh
from wilddepth.worlds.cast.scenes.course import Course
from wilddepth.worlds.cast.scenes.looks import Looks
from wilddepth.worlds.cast.shapes import Part, assembled, quads

PAINT = 0.008
"""m by which paint lies above the asphalt: less would be lost where a slope changes."""

KERB = 0.13
"""m, height of a kerb."""


def flat(u0: np.ndarray, u1: np.ndarray, s0: np.ndarray, s1: np.ndarray, lift: float = PAINT) -> Mesh:
    """Rectangles that lie on a straight street, between u0 and u1, s0 and s1 (all of one length), not yet bent."""
    corners = np.empty((len(u0), 4, 3))
    corners[..., 1] = -lift
    corners[:, :, 0] = np.stack([u0, u1, u1, u0], 1)
    corners[:, :, 2] = np.stack([s0, s0, s1, s1], 1)
    return quads(corners)


def dashes(course: Course, u: float, *, width: float = 0.14, dash: float = 3.0, period: float = 9.0) -> Mesh:
    """A broken line along the course, in pieces short enough to follow its slope."""
    count = 2
    starts = np.arange(course.start, course.end, period)[:, None] + np.arange(count) * (dash / count)
    s = starts.ravel()
    return course.bent(flat(np.full(len(s), u - width / 2), np.full(len(s), u + width / 2), s, s + dash / count))


def stripe(course: Course, u: float, *, width: float = 0.14) -> Mesh:
    """An unbroken line along the course."""
    return course.swept(np.array([(u - width / 2, PAINT), (u + width / 2, PAINT)]))


def crossing(course: Course, s: float, half: float) -> Mesh:
    """A zebra crossing from kerb to kerb at `s`."""
    u = np.arange(-half + 0.4, half - 0.6, 1.0)
    u, starts = np.repeat(u, 2), np.tile([s, s + 1.6], len(u))
    return course.bent(flat(u, u + 0.5, starts, starts + 1.6))


def arrow(course: Course, s: float, u: float) -> Mesh:
    """An arrow straight on, as painted on a lane."""
    shaft = flat(np.array([u - 0.08]), np.array([u + 0.08]), np.array([s]), np.array([s + 1.6]))
    head = np.array(
        [[(u - 0.4, -PAINT, s + 1.6), (u + 0.4, -PAINT, s + 1.6), (u, -PAINT, s + 2.6), (u, -PAINT, s + 2.6)]]
    )
    corners = np.concatenate([shaft.vertices[None], head])
    return course.bent(quads(corners))


def carriageway(
    course: Course,
    looks: Looks,
    half: float,
    lines: list[Mesh],
    *,
    yellow: list[Mesh] | None = None,
    surface: str = "asphalt",
    start: float | None = None,
) -> Body:
    """The road from -half to half with its paint, mended patches and covers."""
    rng = looks.rng
    base = course.swept(np.array([(-half, 0.0), (0.0, 0.015), (half, 0.0)]), start)
    count = int(rng.integers(2, 9))
    u, s = rng.uniform(-half * 0.8, half * 0.6, count), rng.uniform(course.start, course.end * 0.7, count)
    patches = flat(
        u, np.minimum(u + rng.uniform(0.5, 1.8, count), half), s, s + rng.uniform(0.8, 1.9, count), 0.006 + 0.015
    )
    u, s = rng.uniform(-half * 0.7, half * 0.7, 5), rng.uniform(-5, 60, 5)
    covers = flat(u - 0.3, u + 0.3, s - 0.3, s + 0.3, 0.007 + 0.015)
    parts: list[Part] = [(base, 0), (course.bent(patches), 1), (course.bent(covers), 2)]
    parts += [(raised(line), 3) for line in lines] + [(raised(line), 4) for line in yellow or []]
    return assembled(parts, looks.several(surface, surface, "iron", "line", "yellow line"), kind="road")


def raised(paint: Mesh) -> Mesh:
    """Paint above the crown of the road."""
    return Mesh(paint.vertices - np.array([0.0, 0.015, 0.0]), paint.faces)


def pavement(course: Course, looks: Looks, inner: float, width: float, side: int, *, verge: float = 0.0) -> list[Body]:
    """Kerb, perhaps a strip of grass, and pavement on one side (-1 left, 1 right), from `inner` m outwards."""
    edges = [inner, inner + 0.02, inner + 0.18, inner + 0.18 + verge, inner + 0.18 + verge + width]
    heights = [-0.02, KERB, KERB, KERB + 0.01, KERB + 0.02]
    profile = np.column_stack([edges, heights])
    stones, strip, walk = profile[:3], profile[2:4], profile[3:5]
    bodies = [Body(_mirrored(course, stones, side), [looks("kerb")], kind="kerb")]
    if verge > 0:
        bodies.append(Body(_mirrored(course, strip, side), [looks("grass")], kind="grass"))
    foot = np.vstack([walk, (walk[1, 0] + 0.01, -0.3)])
    bodies.append(Body(_mirrored(course, foot, side), [looks("pavement")], kind="pavement"))
    return bodies


def _mirrored(course: Course, profile: np.ndarray, side: int) -> Mesh:
    return course.swept(profile if side > 0 else profile[::-1] * (-1, 1))


def ground_strip(course: Course, looks: Looks, stuff: str, inner: float, outer: float, side: int, kind: str) -> Body:
    """Level ground beside the pavement: lawns, yards, gravel."""
    profile = np.array([(inner, KERB), (outer, KERB), (outer + 0.3, -0.3)])
    return Body(_mirrored(course, profile, side), [looks(stuff)], kind=kind)
