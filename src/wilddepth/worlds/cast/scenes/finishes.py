"""How surfaces look indoors: wood, paint, cloth, metal, prints.

Every finish is drawn from a generator; colours are linear light. `Finishes` holds the hues of one scene, so that its
things belong together; worlds that are held out bring hues and seeds of their own.
"""

import colorsys
from dataclasses import dataclass

import numpy as np

from wilddepth.worlds.cast.scene import RGB, Material, Pattern
from wilddepth.worlds.cast.scenes.assembly import pick

SEEDS = 1 << 20
"""How many texture seeds a maker of materials draws from."""
HELD_OUT_SEEDS = SEEDS << 6
"""The first seed of held-out scenes: far above those of any scene for training."""
Span = tuple[float, float]


def linear(srgb: tuple[float, float, float]) -> RGB:
    """Linear light of a colour as screens take it, both 0..1 (IEC 61966-2-1)."""
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in srgb)
    return red, green, blue


def mixed(first: RGB, second: RGB, share: float) -> RGB:
    """A colour between two."""
    red, green, blue = (min(max(a + (b - a) * share, 0.0), 1.0) for a, b in zip(first, second, strict=True))
    return red, green, blue


def tones(colour: RGB, spread: float) -> tuple[RGB, RGB, RGB]:
    """A darker tone, the colour and a lighter one."""
    return mixed(colour, (0.0, 0.0, 0.0), spread), colour, mixed(colour, (1.0, 1.0, 1.0), spread * 0.5)


@dataclass(frozen=True)
class Finishes:
    """A maker of materials.

    Attributes:
        rng: what they are drawn from.
        hues: range of hues of paint, cloth and plastic, turns.
        first_seed: of the textures.
    """

    rng: np.random.Generator
    hues: Span = (0.0, 1.0)
    first_seed: int = 0

    def seed(self) -> int:
        """Another texture seed."""
        return self.first_seed + int(self.rng.integers(SEEDS))

    def colour(self, saturation: Span = (0.1, 0.8), value: Span = (0.2, 0.9), hues: Span | None = None) -> RGB:
        """A colour of a range of hues, saturations and values (HSV of the screen)."""
        hue = self.rng.uniform(*(hues or self.hues)) % 1.0
        return linear(colorsys.hsv_to_rgb(hue, self.rng.uniform(*saturation), self.rng.uniform(*value)))

    def three(self, saturation: Span, value: Span) -> tuple[RGB, RGB, RGB]:
        """Three colours that have nothing to do with each other."""
        return self.colour(saturation, value), self.colour(saturation, value), self.colour(saturation, value)

    def made(self, pattern: Pattern, colours: tuple[RGB, RGB, RGB], size: float, **rest: float) -> Material:
        """A material with a new seed."""
        return Material(pattern, colours, float(size), seed=self.seed(), **rest)

    def paint(self, value: Span = (0.6, 0.95), saturation: Span = (0.0, 0.25)) -> Material:
        """A painted wall: nearly blank."""
        colour, rng = self.colour(saturation, value), self.rng
        return self.made(
            Pattern.NOISE, tones(colour, 0.12), rng.uniform(0.5, 2), contrast=rng.uniform(0, 0.6),
            grain=rng.uniform(0, 0.06), grain_size=rng.uniform(0.003, 0.02), gloss=rng.uniform(0, 0.05),
        )  # fmt: skip

    def wallpaper(self) -> Material:
        """A printed wall."""
        pattern = pick(self.rng, (Pattern.STRIPES, Pattern.CELLS, Pattern.MARBLE, Pattern.CHECKER, Pattern.NOISE))
        base = self.colour((0.05, 0.45), (0.45, 0.9))
        other = mixed(base, self.colour((0.1, 0.6), (0.3, 0.9)), self.rng.uniform(0.3, 0.9))
        return self.made(pattern, (base, other, mixed(base, other, 0.5)), self.rng.uniform(0.06, 0.3), grain=0.05)

    def wall(self) -> Material:
        """Mostly paint; some wallpaper, brick or boards."""
        chance = self.rng.random()
        if chance < 0.62:
            return self.paint()
        if chance < 0.85:
            return self.wallpaper()
        return self.brick() if chance < 0.95 else self.boards((0.08, 0.16))

    def brick(self) -> Material:
        """Bricks, painted or not."""
        stone = self.colour((0.1, 0.6), (0.35, 0.75), (0.0, 0.1))
        mortar = self.colour((0.0, 0.15), (0.5, 0.8), (0.05, 0.15))
        return self.made(Pattern.BRICKS, (stone, mixed(stone, mortar, 0.3), mortar), 0.24, grain=0.25, grain_size=0.01)

    def wood_tone(self) -> RGB:
        """From ebony to birch."""
        return self.colour((0.2, 0.7), (0.2, 0.85), (0.05, 0.11))

    def wood(self) -> Material:
        """A plank, oiled or lacquered, of furniture."""
        rng, tone = self.rng, self.wood_tone()
        return self.made(
            Pattern.PLANKS, tones(tone, rng.uniform(0.2, 0.5)), rng.uniform(0.4, 1.5), contrast=rng.uniform(0.4, 1),
            grain=rng.uniform(0, 0.15), grain_size=0.004, gloss=rng.uniform(0, 0.15), shininess=rng.uniform(10, 60),
        )  # fmt: skip

    def boards(self, size: Span = (0.08, 0.22)) -> Material:
        """A floor of boards."""
        rng = self.rng
        return self.made(
            Pattern.PLANKS, tones(self.wood_tone(), rng.uniform(0.25, 0.5)), rng.uniform(*size),
            grain=rng.uniform(0.05, 0.2), grain_size=0.006, gloss=rng.uniform(0, 0.3), shininess=rng.uniform(10, 80),
        )  # fmt: skip

    def tiles(self, size: Span = (0.08, 0.5)) -> Material:
        """Glazed tiles with joints."""
        rng, colour = self.rng, self.colour((0.0, 0.4), (0.3, 0.95))
        joint = self.colour((0.0, 0.1), (0.3, 0.8))
        return self.made(
            pick(rng, (Pattern.TILES, Pattern.TILES, Pattern.CHECKER)), (colour, mixed(colour, joint, 0.25), joint),
            rng.uniform(*size), grain=rng.uniform(0, 0.12), gloss=rng.uniform(0.05, 0.4), shininess=60.0,
        )  # fmt: skip

    def marble(self) -> Material:
        """Stone with veins, or terrazzo."""
        rng, colour = self.rng, self.colour((0.0, 0.25), (0.25, 0.95))
        pattern = pick(rng, (Pattern.MARBLE, Pattern.SPECKLE))
        size = rng.uniform(0.2, 0.9) if pattern == Pattern.MARBLE else rng.uniform(0.008, 0.04)
        return self.made(pattern, tones(colour, rng.uniform(0.3, 0.7)), size, gloss=rng.uniform(0.1, 0.4))

    def carpet(self) -> Material:
        """Rugs and fitted carpets."""
        rng, pattern = self.rng, pick(self.rng, (Pattern.WEAVE, Pattern.STRIPES, Pattern.POSTER, Pattern.MEMORY))
        colours = self.three((0.1, 0.8), (0.2, 0.8))
        size = rng.uniform(0.02, 0.1) if pattern == Pattern.WEAVE else rng.uniform(0.1, 0.5)
        return self.made(pattern, colours, size, contrast=rng.uniform(0.5, 1), grain=0.3, grain_size=0.008)

    def felt(self) -> Material:
        """A fitted carpet of one colour."""
        colour = self.colour((0.0, 0.4), (0.25, 0.7))
        return self.made(Pattern.SPECKLE, tones(colour, self.rng.uniform(0.1, 0.5)), 0.012, grain=0.25, grain_size=0.01)

    def floor(self) -> Material:
        """What rooms have underfoot."""
        chance = self.rng.random()
        if chance < 0.55:
            return self.boards()
        if chance < 0.75:
            return self.tiles((0.2, 0.6))
        return self.felt() if chance < 0.9 else self.marble()

    def cloth(self) -> Material:
        """Upholstery, curtains, bed linen: plain, woven, striped or printed."""
        rng, chance = self.rng, self.rng.random()
        base = self.colour((0.05, 0.8), (0.2, 0.9))
        if chance < 0.35:
            return self.made(Pattern.NOISE, tones(base, 0.2), 0.15, contrast=0.5, grain=0.12, grain_size=0.004)
        pattern = Pattern.WEAVE if chance < 0.6 else pick(rng, (Pattern.STRIPES, Pattern.CHECKER, Pattern.MEMORY))
        other, third = self.colour((0.0, 0.8), (0.2, 0.95)), self.colour((0.0, 0.8), (0.2, 0.95))
        size = rng.uniform(0.01, 0.05) if pattern == Pattern.WEAVE else rng.uniform(0.05, 0.25)
        return self.made(pattern, (base, mixed(base, other, 0.8), mixed(base, third, 0.6)), size, grain=0.1)

    def lacquer(self) -> Material:
        """A glossy front of one colour."""
        colour = self.colour((0.0, 0.7), (0.2, 0.95))
        return Material(colours=(colour, colour, colour), gloss=float(self.rng.uniform(0.05, 0.5)), shininess=70.0)

    def front(self) -> Material:
        """Of cupboards: lacquer, wood or paint."""
        return pick(self.rng, (self.lacquer, self.wood, self.wood, self.paint))()

    def plastic(self) -> Material:
        """Toys and devices: one strong colour."""
        colour = self.colour((0.4, 1.0), (0.3, 0.95))
        return Material(colours=(colour, colour, colour), gloss=float(self.rng.uniform(0.02, 0.25)), shininess=40.0)

    def metal(self) -> Material:
        """Steel, brass, black iron."""
        rng = self.rng
        colour = self.colour((0.0, 0.35), (0.08, 0.75), (0.08, 0.14))
        return Material(
            Pattern.NOISE, tones(colour, 0.15), 0.1, contrast=0.4, gloss=float(rng.uniform(0.1, 0.6)), shininess=80.0
        )

    def dark(self) -> Material:
        """Black plastic or glass."""
        colour = self.colour((0.0, 0.2), (0.05, 0.15))
        return Material(colours=(colour, colour, colour), gloss=float(self.rng.uniform(0.1, 0.5)), shininess=90.0)

    def keys(self) -> Material:
        """A keyboard, from above."""
        cap = self.colour((0.0, 0.2), (0.1, 0.9))
        return self.made(Pattern.TILES, (cap, cap, linear((0.05, 0.05, 0.05))), 0.02)

    def ceramic(self) -> Material:
        """Pots, mugs, lamps' feet: glazed, speckled or veined."""
        rng, colour = self.rng, self.colour((0.0, 0.7), (0.25, 0.95))
        pattern = pick(rng, (Pattern.PLAIN, Pattern.SPECKLE, Pattern.MARBLE, Pattern.STRIPES, Pattern.NOISE))
        return self.made(pattern, tones(colour, 0.5), rng.uniform(0.02, 0.12), gloss=rng.uniform(0.05, 0.4))

    def print(self, size: Span = (0.05, 0.4)) -> Material:
        """A picture, a poster, a cover: rich in edges."""
        rng = self.rng
        pattern = pick(rng, (Pattern.MEMORY, Pattern.MEMORY, Pattern.POSTER, Pattern.MARBLE, Pattern.CELLS))
        colours = self.three((0.1, 0.9), (0.1, 0.95))
        return self.made(pattern, colours, rng.uniform(*size), gloss=rng.uniform(0, 0.1), grain=rng.uniform(0, 0.1))

    def cover(self) -> Material:
        """Of a book: a print of small things."""
        return self.print((0.03, 0.12))

    def leaf(self) -> Material:
        """Green of a plant."""
        colour = self.colour((0.3, 0.8), (0.2, 0.65), (0.2, 0.42))
        return self.made(Pattern.NOISE, tones(colour, 0.45), 0.06, gloss=0.05, grain=0.1)

    def glowing(self, strength: float) -> Material:
        """A lamp shade or a light tube."""
        colour = self.colour((0.0, 0.25), (0.9, 1.0), (0.08, 0.14))
        return Material(colours=(colour, colour, colour), glow=strength)

    def rich(self, size: Span = (0.05, 1.0)) -> Material:
        """Anything: all patterns, any colours, sizes over a wide range."""
        rng = self.rng
        pattern = Pattern(int(rng.integers(len(Pattern)))) if rng.random() < 0.65 else Pattern.MEMORY
        colours = self.three((0.0, 1.0), (0.05, 1.0))
        if rng.random() < 0.4:  # shades of one hue, so that not everything is motley
            colours = tones(self.colour((0.3, 1.0), (0.3, 1.0)), rng.uniform(0.3, 0.8))
        scale = float(np.exp(rng.uniform(np.log(size[0]), np.log(size[1]))))
        if pattern == Pattern.SPECKLE:
            scale *= 0.2
        return self.made(
            pattern, colours, scale, contrast=rng.uniform(0.4, 1), grain=rng.uniform(0, 0.4),
            grain_size=rng.uniform(0.003, 0.05), gloss=max(0.0, rng.uniform(-0.3, 0.4)), shininess=rng.uniform(8, 80),
        )  # fmt: skip
