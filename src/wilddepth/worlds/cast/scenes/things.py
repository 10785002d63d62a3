"""Small things and thin ones: vases, mugs, plants, lamps, cables, toys, stacks of books. Feet at y = 0, metres."""

from collections.abc import Callable

import numpy as np

from wilddepth.worlds.cast.scene import Mesh
from wilddepth.worlds.cast.scenes.assembly import Parts, any_turn, pick
from wilddepth.worlds.cast.scenes.finishes import Finishes
from wilddepth.worlds.cast.shapes import (
    cone,
    cylinder,
    lathe,
    moved,
    sphere,
    standing_box,
    transformed,
    turn_about,
)
from wilddepth.worlds.cast.solids import blob, cage, cord, prism, rods, rounded_box, star, torus


def vase(finishes: Finishes, size: float) -> Parts:
    """A turned pot: its outline is a random smooth curve; open above."""
    rng, height = finishes.rng, finishes.rng.uniform(0.9, 2.2)
    share = np.linspace(0, 1, 9)
    waves = rng.normal(size=3)
    radius = 0.38 + 0.12 * (
        waves[0] * np.cos(3 * share) + waves[1] * np.sin(5 * share) + 0.5 * waves[2] * np.cos(8 * share)
    )
    radius = np.clip(radius, 0.12, 0.6)
    profile = [
        (0, 0),
        *zip(radius, share * height, strict=True),
        (radius[-1] * 0.85, height),
        (radius[-1] * 0.8, height * 0.75),
    ]
    return Parts("vase").add(lathe(np.array([*profile, (0, height * 0.75)]) * size, 18), finishes.ceramic())


def mug(finishes: Finishes, size: float) -> Parts:
    """A mug with its handle."""
    look, radius, height = finishes.ceramic(), size * 0.4, size
    profile = [
        (0, 0),
        (radius, 0),
        (radius, height),
        (radius * 0.88, height),
        (radius * 0.85, 0.1 * height),
        (0, 0.1 * height),
    ]
    parts = Parts("mug").add(lathe(np.array(profile), 16), look)
    angle = np.linspace(-1.5, 1.5, 7)
    ring = np.stack(
        (radius * 0.95 + 0.32 * size * np.cos(angle), -height / 2 + 0.32 * size * np.sin(angle), 0 * angle), 1
    )
    return parts.add(cord(ring, 0.06 * size), look)


def bottle(finishes: Finishes, size: float) -> Parts:
    """A bottle with a label."""
    r, h = size * 0.35, size * finishes.rng.uniform(2.0, 2.8)
    profile = [(0, 0), (r, 0), (r, 0.6 * h), (0.35 * r, 0.78 * h), (0.32 * r, h), (0, h)]
    parts = Parts("bottle").add(lathe(np.array(profile), 14), finishes.lacquer())
    return parts.add(moved(cylinder(r * 1.01, 0.3 * h, 14, capped=False), y=-0.15 * h), finishes.print((0.02, 0.08)))


def carton(finishes: Finishes, size: float) -> Parts:
    """A printed box."""
    w, h, d = size * finishes.rng.uniform(0.5, 1.6, 3)
    return Parts("box").add(standing_box(w, h, d), finishes.print((0.03, 0.2)))


def ball(finishes: Finishes, size: float) -> Parts:
    """A ball that lies."""
    radius = size * finishes.rng.uniform(0.4, 0.8)
    return Parts("ball").add(
        sphere(radius, (0, -radius, 0), 12, 18), pick(finishes.rng, (finishes.rich, finishes.plastic))()
    )


def stack(finishes: Finishes, size: float = 0.2) -> Parts:
    """A stack of books, each turned a little."""
    rng = finishes.rng
    thick = rng.uniform(0.012, 0.045, int(rng.integers(2, 7))) * size / 0.2
    parts, foot = Parts("books"), 0.0
    for height in thick:
        leaf = standing_box(size * rng.uniform(0.8, 1.2), height, size * rng.uniform(1.0, 1.5), lift=foot)
        parts.add(transformed(leaf, turn_about((0, 1, 0), rng.uniform(-0.3, 0.3))), finishes.print((0.03, 0.2)))
        foot += height
    return parts


def teddy(finishes: Finishes, size: float) -> Parts:
    """A soft toy of balls."""
    fur, s = finishes.felt(), size
    parts = Parts("toy").add(sphere((0.42 * s, 0.5 * s, 0.4 * s), (0, -0.5 * s, 0)), fur)
    parts.add(sphere(0.34 * s, (0, -1.2 * s, -0.05 * s)), fur)
    for side in (-1, 1):
        parts.add(sphere(0.13 * s, (side * 0.27 * s, -1.48 * s, 0)), fur)
        parts.add(sphere((0.15 * s, 0.3 * s, 0.15 * s), (side * 0.5 * s, -0.7 * s, -0.15 * s)), fur)
        parts.add(sphere((0.17 * s, 0.17 * s, 0.35 * s), (side * 0.3 * s, -0.17 * s, -0.4 * s)), fur)
        parts.add(sphere(0.04 * s, (side * 0.12 * s, -1.28 * s, -0.36 * s), 5, 6), finishes.dark())
    return parts


def toy_blocks(finishes: Finishes, size: float) -> Parts:
    """A small tower of coloured blocks."""
    rng, parts, foot = finishes.rng, Parts("toy"), 0.0
    for side in size * np.sort(rng.uniform(0.3, 0.9, int(rng.integers(2, 6))))[::-1]:
        block = standing_box(side, side * 0.8, side, lift=foot)
        parts.add(transformed(block, turn_about((0, 1, 0), rng.uniform(0, 1.5))), finishes.plastic())
        foot += side * 0.8
    return parts.add(moved(cone(size * 0.2, size * 0.4, 14), y=-foot), finishes.plastic())


def road_cone(finishes: Finishes, size: float) -> Parts:
    """A traffic cone, as on the board of a well-known test picture."""
    body, band = finishes.plastic(), finishes.paint((0.85, 1.0))
    parts = Parts("cone").add(standing_box(size, 0.06 * size, size), body)
    heights = np.array((0.06, 0.7, 1.05, 1.4, 1.7, 2.0)) * size
    radii = 0.42 * size * (1 - heights / (2.3 * size))
    for number in range(5):
        piece = cylinder(radii[number], heights[number + 1] - heights[number], 20, top=radii[number + 1])
        parts.add(moved(piece, y=-heights[number]), band if number % 2 else body)
    return parts


def rings(finishes: Finishes, size: float) -> Parts:
    """A pile of rings on a pin, or one ring that stands."""
    rng = finishes.rng
    if rng.random() < 0.4:
        upright = transformed(torus(0.7 * size, 0.15 * size), turn_about((1, 0, 0), np.pi / 2))
        return Parts("ring").add(moved(upright, y=-0.85 * size), finishes.plastic())
    parts, foot = Parts("toy").add(cylinder(0.1 * size, 1.5 * size, 8), finishes.wood()), 0.0
    for radius in np.linspace(0.45, 0.2, 4) * size:
        parts.add(moved(torus(radius, 0.14 * size), y=-foot - 0.14 * size), finishes.plastic())
        foot += 0.28 * size
    return parts


def brushes(finishes: Finishes, size: float) -> Parts:
    """Sticks in a pot: pencils, brushes, cooking spoons."""
    rng, count = finishes.rng, int(finishes.rng.integers(4, 10))
    angle = rng.uniform(0, 2 * np.pi, count)
    out = np.stack((np.cos(angle), np.zeros(count), np.sin(angle)), 1)
    foot = out * 0.2 * size + (0, -0.1 * size, 0)
    tips = out * size * rng.uniform(0.3, 0.75, (count, 1)) - np.array((0, 1, 0)) * size * rng.uniform(
        1.5, 2.3, (count, 1)
    )
    pot = [(0, 0), (0.36, 0), (0.4, 1), (0.36, 1), (0.33, 0.08), (0, 0.08)]
    parts = Parts("pot").add(lathe(np.array(pot) * size, 16), finishes.ceramic())
    return parts.add(rods(foot, tips, 0.03 * size), finishes.wood()).add(
        rods(tips, tips * 1.12, 0.05 * size), finishes.plastic()
    )


def figure(finishes: Finishes, size: float) -> Parts:
    """A random lump, star, cage or cushion-like block on a small base."""
    rng, style = finishes.rng, int(finishes.rng.integers(4))
    parts = Parts("figure").add(standing_box(0.8 * size, 0.08 * size, 0.8 * size), finishes.wood())
    look = pick(rng, (finishes.rich, finishes.plastic, finishes.metal, finishes.marble))()
    if style == 0:
        shape = blob(rng, 0.5 * size)
    elif style == 1:
        shape = prism(star(int(rng.integers(4, 9)), 0.6 * size, 0.3 * size), 0.15 * size)
    elif style == 2:
        shape = transformed(cage((size, size, size), 0.03 * size), turn_about((0, 1, 0), rng.uniform(0, 1.5)))
    else:
        shape = transformed(rounded_box((0.9 * size, 0.7 * size, 0.5 * size), 0.2 * size), any_turn(rng))
    return parts.add(moved(shape, y=-0.06 * size - float(shape.vertices[:, 1].max())), look)


def plant(finishes: Finishes, height: float) -> Parts:
    """A pot plant: stems with leaves, or long blades like grass."""
    rng = finishes.rng
    wide, count = height * rng.uniform(0.25, 0.45), int(rng.integers(40, 120))
    pot_high = height * rng.uniform(0.2, 0.35)
    pot = np.array([(0, 0), (0.7, 0), (1, 1), (0.9, 1), (0.85, 0.9), (0, 0.9)]) * (wide * 0.5, pot_high)
    parts = Parts("plant").add(lathe(pot, 14), finishes.ceramic())
    angle, lift = rng.uniform(0, 2 * np.pi, count), rng.uniform(0.1, 1, count) ** 0.8
    out = np.stack((np.cos(angle), np.zeros(count), np.sin(angle)), 1)
    tips = out * (wide * rng.uniform(0.4, 1.0, count))[:, None]
    tips[:, 1] = -pot_high - (height - pot_high) * lift * rng.uniform(0.7, 1, count)
    if rng.random() < 0.5:
        foot = out * 0.02 - (0, pot_high * 0.9, 0)
        return parts.add(blades(foot, tips, height * rng.uniform(0.012, 0.03), 0.15 * height), finishes.leaf())
    stem = np.array((0, -pot_high * 0.9, 0)) + tips * (0.25, 0.8, 0.25) * lift[:, None]
    stem[:, 1] = np.minimum(stem[:, 1], -pot_high * 0.9)
    twigs = rng.permutation(count)[:10]
    parts.add(rods(np.tile((0, -pot_high * 0.85, 0), (10, 1)), tips[twigs], 0.006 * height, sides=4), finishes.wood())
    leaf = height * rng.uniform(0.04, 0.09)
    return parts.add(
        blades(tips - (tips - stem) * 0.3 - out * leaf, tips + out * leaf, leaf, 0.4 * leaf), finishes.leaf()
    )


def blades(starts: np.ndarray, tips: np.ndarray, width: float, sag: float) -> Mesh:
    """Leaves: each a bent strip of four triangles from a start (n 3) to a tip (n 3), `sag` m higher in its middle."""
    run = tips - starts
    across = np.stack((run[:, 2], np.zeros(len(run)), -run[:, 0]), 1)
    across /= np.linalg.norm(across, axis=1, keepdims=True) + 1e-9
    middle = (starts + tips) / 2 - (0, sag, 0)
    rib, side = np.add(middle, (0, width * 0.3, 0)), across * width
    points = np.stack((starts, middle + side, middle - side, tips, rib), 1)
    fold = np.array([(0, 1, 4), (0, 4, 2), (1, 3, 4), (4, 3, 2)], np.int32)
    offsets = 5 * np.arange(len(run), dtype=np.int32)[:, None, None]
    return Mesh(points.reshape(-1, 3), (fold + offsets).reshape(-1, 3))


def desk_lamp(finishes: Finishes) -> Parts:
    """A jointed lamp: base, two thin arms, a cone."""
    rng, metal = finishes.rng, finishes.metal()
    elbow, head = np.array((0.05, -0.32, rng.uniform(0, 0.1))), np.array((0.22, -0.5, -0.08))
    parts = Parts("lamp").add(cylinder(0.09, 0.025, 16), metal)
    parts.add(cord(np.stack(((0, -0.02, 0), elbow, head)), 0.008), metal)
    return parts.add(moved(cylinder(0.09, 0.13, 14, top=0.03, capped=False), x=0.22, y=-0.44, z=-0.08), metal)


def floor_lamp(finishes: Finishes) -> Parts:
    """A thin stand with a glowing shade; its light is at 0.9 of its height."""
    rng, metal, height = finishes.rng, finishes.metal(), finishes.rng.uniform(1.35, 1.75)
    parts = Parts("lamp").add(cylinder(0.14, 0.02, 16), metal).add(rods((0, 0, 0), (0, -height, 0), 0.01), metal)
    if rng.random() < 0.3:
        feet = np.array([(np.sin(a) * 0.28, 0, np.cos(a) * 0.28) for a in (0, 2.1, 4.2)])
        parts.add(rods(feet, np.tile((0, -height * 0.75, 0), (3, 1)), 0.011), metal)
    shade = cylinder(rng.uniform(0.16, 0.24), 0.26, 18, top=rng.uniform(0.1, 0.18), capped=False)
    return parts.add(moved(shade, y=0.2 - height), finishes.glowing(rng.uniform(0.6, 1.5)))


def pendant(finishes: Finishes, drop: float) -> Parts:
    """A lamp that hangs `drop` m below y = 0."""
    rng = finishes.rng
    parts = Parts("lamp").add(rods((0, 0, 0), (0, drop - 0.2, 0), 0.005, sides=4), finishes.dark())
    radius = rng.uniform(0.12, 0.28)
    if rng.random() < 0.5:
        return parts.add(sphere(radius * 0.8, (0, drop - 0.2, 0)), finishes.glowing(1.2))
    parts.add(moved(cylinder(radius, 0.2, 18, top=radius * 0.4, capped=False), y=drop), finishes.lacquer())
    return parts.add(sphere(0.05, (0, drop - 0.08, 0), 5, 8), finishes.glowing(2.0))


def cable(finishes: Finishes, start: tuple[float, float, float], end: tuple[float, float, float]) -> Parts:
    """A cable that hangs or lies between two points, winding."""
    share = np.linspace(0, 1, 14)
    line = np.array(start) + (np.array(end) - start) * share[:, None]
    bow = np.sin(share * np.pi) * finishes.rng.normal(0, 0.08)
    line[:, 0] += bow * np.cos(share * 6)
    line[:, 2] -= np.abs(bow)
    return Parts("cable").add(cord(line, finishes.rng.uniform(0.003, 0.006), sides=5), finishes.dark())


SMALL: tuple[Callable[[Finishes, float], Parts], ...] = (vase, mug, bottle, carton, ball, stack, teddy, brushes, figure)
TOYS: tuple[Callable[[Finishes, float], Parts], ...] = (
    vase, mug, bottle, carton, carton, ball, stack, stack, teddy,
    toy_blocks, road_cone, road_cone, rings, brushes, figure, plant,
)  # fmt: skip


def thing(finishes: Finishes, size: float) -> Parts:
    """Any small thing, about `size` m wide."""
    return pick(finishes.rng, SMALL)(finishes, size)
