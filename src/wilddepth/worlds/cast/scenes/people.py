"""People on foot and on bicycles, of capsules on hinges.

A person stands on y = 0 and looks along +Z; lengths are shares of the height.
"""

from functools import lru_cache
from math import pi

import numpy as np

from wilddepth.worlds.cast.motion import Along, Swing
from wilddepth.worlds.cast.scene import Body, Material, Matrix, Mesh, Motion, Still
from wilddepth.worlds.cast.scenes.looks import Looks
from wilddepth.worlds.cast.shapes import (
    Part,
    assembled,
    box,
    joined,
    lathe,
    merged,
    moved,
    scaled,
    sphere,
    transformed,
    tube,
    turn_about,
)

CLOTH, TROUSERS, SKIN, HAIR, SHOES, BAG = range(6)
HIP, KNEE, SHOULDER = 0.52, 0.27, 0.81


def wardrobe(looks: Looks) -> list[Material]:
    """Materials of one person, in the order of the parts."""
    return looks.several("cloth", "trousers", "skin", "hair", "rubber", "cloth")


def capsule(upper: float, lower: float, length: float) -> Mesh:
    """A limb that hangs from the origin along +y, thicker above."""
    ends = np.array(
        [
            (0.0, -0.5 * upper),
            (0.8 * upper, -0.2 * upper),
            (upper, 0.15 * length),
            (lower, length),
            (0.0, length + lower),
        ]
    )
    # A lathe grows upwards: turned over, it hangs.
    return transformed(lathe(ends, 7), turn_about((1.0, 0.0, 0.0), pi))


def trunk(tall: float, *, bag: bool) -> list[Part]:
    """Chest, neck and head, from the hips up, around the axis x = z = 0."""
    chest = lathe(
        np.array([(0.0, HIP - 0.05), (0.085, HIP), (0.075, 0.62), (0.105, 0.77), (0.06, 0.83), (0.0, 0.84)]), 10
    )
    parts: list[Part] = [
        (scaled(chest, (1.25 * tall, tall, 0.8 * tall)), CLOTH),
        (moved(scaled(lathe(np.array([(0.03, 0.0), (0.03, 0.08)]), 7), tall), y=-0.8 * tall), SKIN),
        (sphere((0.048 * tall, 0.068 * tall, 0.056 * tall), (0.0, -0.925 * tall, 0.0), 6, 9), SKIN),
        (sphere((0.054 * tall, 0.055 * tall, 0.06 * tall), (0.0, -0.955 * tall, -0.012 * tall), 5, 9), HAIR),
    ]
    if bag:
        parts.append((box((0.17 * tall, 0.24 * tall, 0.09 * tall), (0.0, -0.69 * tall, -0.12 * tall)), BAG))
    return parts


def thigh(tall: float) -> list[Part]:
    """From the hip down."""
    return [(capsule(0.052 * tall, 0.036 * tall, (HIP - KNEE) * tall), TROUSERS)]


def shank(tall: float) -> list[Part]:
    """From the knee to the sole."""
    shoe = box((0.055 * tall, 0.04 * tall, 0.15 * tall), (0.0, (KNEE - 0.02) * tall, 0.035 * tall))
    return [(capsule(0.038 * tall, 0.024 * tall, (KNEE - 0.05) * tall), TROUSERS), (shoe, SHOES)]


def arm(tall: float) -> list[Part]:
    """From the shoulder down, elbow slightly bent."""
    upper, elbow = capsule(0.033 * tall, 0.025 * tall, 0.16 * tall), turn_about((1.0, 0.0, 0.0), 0.35)
    elbow[:3, 3] = 0.0, 0.17 * tall, 0.0
    lower, hand = capsule(0.025 * tall, 0.019 * tall, 0.15 * tall), sphere(0.026 * tall, (0.0, 0.18 * tall, 0.0), 4, 6)
    return [(upper, CLOTH), (transformed(lower, elbow), CLOTH), (transformed(hand, elbow), SKIN)]


def walker(rng: np.random.Generator, looks: Looks, motion: Along, tall: float) -> list[Body]:
    """A person who walks: trunk, arms, thighs and shanks, each on its hinge."""
    clothes, stride, phase = wardrobe(looks), 0.62 * tall, float(rng.uniform())
    period = 2 * stride / abs(motion.speed)
    bodies = [_limb("trunk with bag" if rng.random() < 0.35 else "trunk", tall, clothes, motion)]
    for side, ahead in ((-1, 0.0), (1, 0.5)):
        turn = phase + ahead
        hip: Motion = Swing(
            motion, (side * 0.05 * tall, -HIP * tall, 0.0), amplitude=0.42, period=period, phase=turn, rest=0.05
        )
        knee = Swing(hip, (0.0, (HIP - KNEE) * tall, 0.0), amplitude=0.32, period=period, phase=turn - 0.27, rest=-0.34)
        shoulder = Swing(
            motion, (side * 0.15 * tall, -SHOULDER * tall, 0.0), amplitude=0.35, period=period, phase=turn + 0.5
        )
        bodies += [
            _limb(name, tall, clothes, hinge) for name, hinge in (("thigh", hip), ("shank", knee), ("arm", shoulder))
        ]
    return bodies


@lru_cache(maxsize=16)
def _piece(name: str) -> tuple[Mesh, np.ndarray]:
    """A part of a person 1 m tall, and the material number of each face."""
    parts = {
        "trunk": lambda: trunk(1.0, bag=False),
        "trunk with bag": lambda: trunk(1.0, bag=True),
        "thigh": lambda: thigh(1.0),
        "shank": lambda: shank(1.0),
        "arm": lambda: arm(1.0),
    }[name]()
    return merged(parts)


def _limb(name: str, tall: float, clothes: list[Material], motion: Motion, kind: str = "person") -> Body:
    mesh, numbers = _piece(name)
    return Body(Mesh(mesh.vertices * tall, mesh.faces), clothes, numbers, motion, kind)


def _hung(parts: list[Part], x: float, y: float, angle: float = 0.0) -> list[Part]:
    at = turn_about((1.0, 0.0, 0.0), angle)
    at[:3, 3] = x, y, 0.0
    return [(transformed(mesh, at), number) for mesh, number in parts]


def standing(rng: np.random.Generator, looks: Looks, at: Matrix, tall: float) -> Body:
    """A person who waits; one body."""
    parts = trunk(tall, bag=bool(rng.random() < 0.3))
    for side in (-1, 1):
        parts += _hung(thigh(tall), side * 0.05 * tall, -HIP * tall)
        parts += _hung(shank(tall), side * 0.05 * tall, -KNEE * tall)
        parts += _hung(arm(tall), side * 0.15 * tall, -SHOULDER * tall, float(rng.uniform(-0.1, 0.7)))
    return assembled(parts, wardrobe(looks), motion=Still(at), kind="person")


def _wheel(z: float, radius: float) -> Mesh:
    angle = np.linspace(0, 2 * pi, 17)
    ring = np.stack([np.zeros(17), -radius - radius * np.cos(angle), z + radius * np.sin(angle)], -1)
    spokes = [
        tube(np.array([[0, -radius, z], [0, -radius - radius * np.cos(a), z + radius * np.sin(a)]]), 0.004, 3)
        for a in angle[:-1:2]
    ]
    return joined([tube(ring, 0.018, 5), *spokes])


def _rod(radius: float, *points: tuple[float, float, float]) -> Mesh:
    return tube(np.array(points, float), radius, 5)


def bicycle() -> list[Part]:
    """A bicycle on its wheels; frame in the material of the bag."""
    frame = joined(
        [
            _rod(0.018, (0, -0.34, -0.5), (0, -0.85, -0.2), (0, -0.9, 0.35), (0, -0.34, 0.52)),
            _rod(0.02, (0, -0.85, -0.2), (0, -0.3, -0.03), (0, -0.85, 0.36)),
            _rod(0.012, (-0.28, -1.02, 0.25), (0, -1.05, 0.36), (0.28, -1.02, 0.25)),
            _rod(0.012, (0, -0.9, 0.35), (0, -1.05, 0.36)),
            box((0.12, 0.05, 0.26), (0, -0.95, -0.25)),
        ]
    )
    return [(_wheel(-0.5, 0.34), SHOES), (_wheel(0.52, 0.34), SHOES), (frame, BAG)]


def cyclist(looks: Looks, motion: Along, tall: float) -> list[Body]:
    """Bicycle and rider, who leans forward; thighs and shanks pedal."""
    clothes, saddle = wardrobe(looks), 0.98
    lean = turn_about((1.0, 0.0, 0.0), -0.45)
    lean[:3, 3] = 0.0, -saddle, -0.25
    upright = [(moved(mesh, y=HIP * tall), number) for mesh, number in trunk(tall, bag=False)]
    rider = [(transformed(mesh, lean), number) for mesh, number in upright]
    shoulder = lean @ np.array([0.0, -(SHOULDER - HIP) * tall, 0.0, 1.0])
    for side in (-1, 1):
        reach = _hung(arm(tall), side * 0.14 * tall, float(shoulder[1]), 0.75)
        rider += [(moved(mesh, z=float(shoulder[2])), number) for mesh, number in reach]
    bodies = [assembled([*bicycle(), *rider], clothes, motion=motion, kind="cyclist")]
    for side, turn in ((-1, 0.0), (1, 0.5)):
        hip = Swing(motion, (side * 0.07, -saddle, -0.22), amplitude=0.35, period=0.9, phase=turn, rest=1.0)
        knee = Swing(hip, (0.0, (HIP - KNEE) * tall, 0.0), amplitude=0.25, period=0.9, phase=turn + 0.1, rest=-1.1)
        bodies += [_limb(name, tall, clothes, hinge, "cyclist") for name, hinge in (("thigh", hip), ("shank", knee))]
    return bodies
