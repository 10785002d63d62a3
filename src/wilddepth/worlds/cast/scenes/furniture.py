"""What people sit, lie and eat at: tables, chairs, sofas, beds. Feet at y = 0, fronts towards -Z, metres."""

import numpy as np

from wilddepth.worlds.cast.scene import Material, Mesh
from wilddepth.worlds.cast.scenes.assembly import Parts, pick
from wilddepth.worlds.cast.scenes.finishes import Finishes
from wilddepth.worlds.cast.shapes import cylinder, moved, sheet, standing_box
from wilddepth.worlds.cast.solids import blocks, rods, rounded_box


def corners(width: float, depth: float, inset: float = 0.0) -> np.ndarray:
    """(4 2): x and z of the corners of a footprint about the origin."""
    x, z = width / 2 - inset, depth / 2 - inset
    return np.array([(-x, -z), (x, -z), (-x, z), (x, z)])


def legs(rng: np.random.Generator, width: float, depth: float, height: float, thick: float) -> Mesh:
    """Four legs below a top: square, round and tapered, or splayed."""
    feet = corners(width, depth, thick)
    style = int(rng.integers(3))
    ground, top = np.insert(feet, 1, 0.0, axis=1), np.insert(feet, 1, -height, axis=1)
    if style == 0:
        return blocks((ground + top) / 2, np.array((thick, height, thick)))
    if style == 1:
        return rods(ground, top, thick * 0.35, end_radius=thick * 0.6, sides=8)
    top = top * (0.8, 1, 0.8)
    reach = np.hypot(*(top - ground)[0, [0, 2]])
    ground[:, 1] = -0.35 * thick * reach / np.hypot(reach, height)  # the lower rim of a slanting end, not its middle
    return rods(ground, top, thick * 0.35, end_radius=thick * 0.5)


def table(finishes: Finishes, width: float, depth: float, height: float, kind: str = "table") -> Parts:
    """A table with four legs, on a pedestal where it is round, or on trestles; its top ends at `height`."""
    rng = finishes.rng
    top, frame = finishes.front(), pick(rng, (finishes.wood, finishes.metal))()
    thick = rng.uniform(0.018, 0.045)
    parts, style = Parts(kind), rng.random()
    if style < 0.25:
        radius = min(width, depth) / 2
        parts.add(moved(cylinder(radius, thick, 28), y=thick - height), top)
        parts.add(cylinder(radius * 0.6, 0.03, 20, top=radius * 0.5), frame)
        return parts.add(cylinder(0.05, height - thick, 10), frame)
    parts.add(standing_box(width, thick, depth, lift=height - thick), top)
    parts.add(legs(rng, width * 0.97, depth * 0.95, height - thick, rng.uniform(0.03, 0.07)), frame)
    if style < 0.7:
        rail = np.array([(0, -depth * 0.42), (0, depth * 0.42), (-width * 0.44, 0), (width * 0.44, 0)])
        sizes = np.array([(width * 0.88, 0.07, 0.02)] * 2 + [(0.02, 0.07, depth * 0.84)] * 2)
        parts.add(blocks(np.insert(rail, 1, 0.035 + thick - height, axis=1), sizes), frame)
    return parts


def chair(finishes: Finishes, seat: Material | None = None, frame: Material | None = None) -> Parts:
    """A chair, its back at +Z: slats, bars or a panel; sometimes a stool without a back."""
    rng = finishes.rng
    frame = frame or pick(rng, (finishes.wood, finishes.metal))()
    seat = seat or pick(rng, (finishes.cloth, finishes.wood, finishes.plastic))()
    width, depth, height = rng.uniform(0.38, 0.48), rng.uniform(0.38, 0.46), rng.uniform(0.42, 0.48)
    parts = Parts("chair").add(moved(rounded_box((width, 0.05, depth), 0.02), y=0.025 - height), seat)
    parts.add(legs(rng, width, depth, height - 0.05, 0.035), frame)
    if rng.random() < 0.1:
        return parts
    top, back = -height - rng.uniform(0.35, 0.55), depth / 2 - 0.02
    posts = np.array([(-width / 2 + 0.02, -height, back), (width / 2 - 0.02, -height, back)])
    ends = posts * (1, 0, 1) + np.array((0, top, 0.06))
    parts.add(rods(posts, ends, 0.014), frame)
    return parts.add(_back(rng, width, -height, top, back), pick(rng, (seat, frame)))


def _back(rng: np.random.Generator, width: float, low: float, top: float, z: float) -> Mesh:
    style, span = int(rng.integers(3)), width - 0.05
    if style == 0:  # ladder
        count = int(rng.integers(2, 5))
        y = np.linspace(low - 0.12, top + 0.03, count)
        lean = z + 0.06 * (y - low) / (top - low)
        return blocks(np.stack((np.zeros(count), y, lean), 1), np.array((span, 0.05, 0.014)))
    if style == 1:  # bars
        x = np.linspace(-span / 2, span / 2, int(rng.integers(4, 8)))
        foot = np.stack((x, np.full_like(x, low), np.full_like(x, z)), 1)
        return rods(foot, np.add(foot, (0, top - low, 0.06)), 0.008, sides=5)
    return moved(rounded_box((span, 0.3, 0.04), 0.02), y=top + 0.15, z=z + 0.05)


def office_chair(finishes: Finishes) -> Parts:
    """A swivel chair on a star of five arms."""
    rng = finishes.rng
    dark, cloth = finishes.dark(), finishes.cloth()
    height = rng.uniform(0.44, 0.52)
    angle = np.arange(5) * (2 * np.pi / 5) + rng.uniform(0, 1)
    tips = np.stack((0.3 * np.cos(angle), np.full(5, -0.06), 0.3 * np.sin(angle)), 1)
    parts = Parts("chair").add(rods(np.tile((0, -0.1, 0), (5, 1)), tips, 0.02, end_radius=0.015), dark)
    parts.add(blocks(np.add(tips, (0, 0.03, 0)), np.array((0.04, 0.06, 0.04))), dark)
    parts.add(rods((0, -0.08, 0), (0, 0.04 - height, 0), 0.025), finishes.metal())
    parts.add(moved(rounded_box((0.48, 0.09, 0.46), 0.04), y=0.045 - height), cloth)
    parts.add(moved(rounded_box((0.42, rng.uniform(0.4, 0.65), 0.07), 0.035), y=-height - 0.4, z=0.24), cloth)
    return parts.add(rods((0, -height, 0.2), (0, -height - 0.4, 0.27), 0.02), dark)


def sofa(finishes: Finishes, seats: int) -> Parts:
    """An armchair (one seat) or a sofa, with cushions."""
    rng = finishes.rng
    cloth, pillow = finishes.cloth(), finishes.cloth()
    seat, deep, arm = rng.uniform(0.55, 0.75), rng.uniform(0.8, 0.95), rng.uniform(0.1, 0.22)
    low, high, foot = rng.uniform(0.38, 0.45), rng.uniform(0.7, 0.9), rng.uniform(0.03, 0.14)
    width = seats * seat + 2 * arm
    parts = Parts("sofa").add(
        moved(rounded_box((width, low - foot - 0.1, deep), 0.03), y=-(low - 0.1 + foot) / 2), cloth
    )
    parts.add(moved(rounded_box((width, high - foot, 0.2), 0.07), y=-(high + foot) / 2, z=deep / 2 - 0.1), cloth)
    side = rounded_box((arm, low + 0.18 - foot, deep), 0.05)
    for sign in (-1, 1):
        parts.add(moved(side, x=sign * (width - arm) / 2, y=-(low + 0.18 + foot) / 2), cloth)
    cushion = rounded_box((seat - 0.01, 0.14, deep - 0.2), 0.05)
    rest = rounded_box((seat - 0.02, 0.34, 0.16), 0.07)
    for number in range(seats):
        x = (number - (seats - 1) / 2) * seat
        parts.add(moved(cushion, x=x, y=-low + 0.03, z=-0.1), cloth)
        parts.add(moved(rest, x=x, y=-low - 0.2, z=deep / 2 - 0.26), cloth)
        if rng.random() < 0.4:
            throw = rounded_box((0.4, 0.36, 0.12), 0.06)
            parts.add(moved(throw, x=x + rng.uniform(-0.1, 0.1), y=-low - 0.23, z=deep / 2 - 0.41), pillow)
    return parts.add(
        blocks(np.insert(corners(width, deep, 0.06), 1, -foot / 2, axis=1), (0.05, foot, 0.05)), finishes.wood()
    )


def bed(finishes: Finishes) -> Parts:
    """A bed with its head at +Z: frame, mattress, a duvet with folds, pillows, a head of boards or bars."""
    rng = finishes.rng
    wood, linen, duvet = pick(rng, (finishes.wood, finishes.cloth))(), finishes.paint((0.8, 0.95)), finishes.cloth()
    width, length, level = pick(rng, (0.95, 1.45, 1.65)), 2.05, rng.uniform(0.3, 0.42)
    parts = Parts("bed").add(standing_box(width, 0.16, length, lift=level - 0.2), wood)
    parts.add(
        blocks(np.insert(corners(width, length, 0.05), 1, (0.2 - level) / 2, axis=1), (0.08, level - 0.2, 0.08)), wood
    )
    parts.add(moved(rounded_box((width - 0.02, 0.2, length - 0.06), 0.06), y=-level - 0.06), linen)
    parts.add(_duvet(rng, width, level + 0.17), duvet)
    count = 1 if width < 1.2 else 2
    pillow = rounded_box((0.6, 0.14, 0.4), 0.07)
    for number in range(count):
        x = (number - (count - 1) / 2) * width / 2
        parts.add(moved(pillow, x=x, y=-level - 0.23, z=length / 2 - 0.28), linen)
    tall = rng.uniform(0.8, 1.25)
    if rng.random() < 0.6:
        return parts.add(standing_box(width + 0.06, tall, 0.05, z=length / 2 + 0.03), wood)
    bars = np.linspace(-width / 2, width / 2, 9)
    foot = np.stack((bars, np.zeros(9), np.full(9, length / 2 + 0.03)), 1)
    parts.add(rods(foot, foot - (0, tall, 0), 0.013), wood)
    return parts.add(rods((-width / 2, -tall, length / 2 + 0.03), (width / 2, -tall, length / 2 + 0.03), 0.02), wood)


def _duvet(rng: np.random.Generator, width: float, level: float) -> Mesh:
    """A blanket over the sides of a bed: flat on top, falling at the edges, with folds everywhere."""
    across, down = np.meshgrid(np.linspace(-1, 1, 25), np.linspace(-1.02, 0.45, 21))
    half = width / 2 + 0.02
    x = np.clip(across * (half + 0.25), -half, half)
    fall = np.maximum(np.abs(across) * (half + 0.25) - half, 0)
    angle, waves = rng.uniform(0, 6.28, 3), rng.uniform(4, 11, (3, 2))
    folds = sum(np.sin(wave[0] * across + wave[1] * down + start) for wave, start in zip(waves, angle, strict=True))
    y = fall - 0.012 * np.asarray(folds) - level - 0.03
    return sheet(np.stack((x + 0.02 * np.sign(x) * np.sin(down * 14) * (fall > 0), y, down), -1))
