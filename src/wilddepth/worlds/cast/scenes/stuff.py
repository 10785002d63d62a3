"""What outdoor things are made of: the ranges from which materials are drawn.

Colours are written as on a screen (sRGB, hexadecimal) and turned into linear light. One colour is varied to a darker
and a lighter one; three with slashes between them are taken as they are.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from wilddepth.worlds.cast.scene import RGB, Pattern

Range = tuple[float, float]


@dataclass(frozen=True)
class Stuff:
    """Ranges of a `Material`; each piece draws its own within them.

    Attributes:
        pattern: see `Pattern`.
        colours: sRGB in hexadecimal, with spaces between choices.
        size: m.
        contrast: see `Material`.
        grain: see `Material`.
        grain_size: m.
        gloss: see `Material`.
        shininess: exponent of the highlight.
        spread: how far the darker and the lighter colour are from the middle one.
    """

    pattern: Pattern
    colours: str
    size: Range = (1.0, 2.0)
    contrast: Range = (0.5, 1.0)
    grain: Range = (0.0, 0.1)
    grain_size: Range = (0.015, 0.04)
    gloss: Range = (0.0, 0.0)
    shininess: float = 20.0
    spread: float = 0.3


P = Pattern
Table = Mapping[str, tuple[Stuff, ...]]

TRAIN: Table = {
    "asphalt": (
        Stuff(P.SPECKLE, "63636a 55565c 6f6e6c 7b7974 4b4c52", (0.02, 0.06), (0.25, 0.7), (0.05, 0.2)),
        Stuff(P.NOISE, "66666a 5c5c5e 747270", (0.8, 3.0), (0.2, 0.6), (0.15, 0.35), (0.01, 0.03)),
    ),
    "line": (Stuff(P.NOISE, "e8e8e2 dcdcd2 f0ecdc", (0.2, 0.6), (0.2, 0.7), (0.05, 0.2)),),
    "yellow line": (Stuff(P.NOISE, "d9a92a c9a03c", (0.2, 0.6), (0.2, 0.6), (0.05, 0.2)),),
    "iron": (Stuff(P.CHECKER, "4a4744 3c3a3a", (0.05, 0.09), (0.3, 0.8), gloss=(0.05, 0.2)),),
    "kerb": (Stuff(P.SPECKLE, "a5a29a b5b2ab 8d8b88", (0.02, 0.05), (0.3, 0.8)),),
    "pavement": (
        Stuff(P.TILES, "9a968e/8b877f/6f6c66 a89f92/988f82/726a60 8f9090/a0a09e/6a6a6a", (0.3, 0.7), grain=(0.05, 0.2)),
        Stuff(P.BRICKS, "8d6a58/a07c66/6b5a50 8f8c86/7d7a74/5c5a56", (0.2, 0.3), grain=(0.05, 0.2)),
        Stuff(P.SPECKLE, "8b8a86 7a7975", (0.02, 0.05), (0.3, 0.8)),
    ),
    "grass": (
        Stuff(
            P.NOISE,
            "5f7a35/49632a/83914a 6d8540/557032/90995c 7d8450/5f7038/a09a66",
            (0.4, 1.5),
            (0.7, 1.0),
            (0.3, 0.6),
        ),
        Stuff(P.SPECKLE, "5c7a38/42602a/7d9550 6a7f45/50683a/8d9a60", (0.04, 0.1), (0.7, 1.0), (0.2, 0.4)),
    ),
    "field": (
        Stuff(P.NOISE, "7b8a48/62763c/99985a a3945c/8c8250/b8a870 5f7d3e/4c6b34/7f914e", (3.0, 12.0), grain=(0.2, 0.5)),
    ),
    "soil": (Stuff(P.NOISE, "6b5540 7a634a 5b4a3c", (0.3, 1.0), grain=(0.2, 0.4)),),
    "gravel": (Stuff(P.SPECKLE, "9a9184 87807a a89c88", (0.03, 0.07), (0.6, 1.0), (0.1, 0.3)),),
    "plaster": (
        Stuff(
            P.NOISE,
            "d8cbb0 e2dccb c9b08a d6b9a0 b9c0c4 e6e2d8 c99f86 cdbb92",
            (1.0, 4.0),
            (0.15, 0.7),
            (0.03, 0.15),
            spread=0.15,
        ),
        Stuff(P.PLAIN, "e3ddd0 d4c6a6 dfcfc0 c8cdd0", (1.0, 2.0), grain=(0.02, 0.08)),
    ),
    "brick": (
        Stuff(
            P.BRICKS, "96503c/7f4033/b9ada0 a66a50/8e5643/c4b8a8 7a4a3c/6a3c32/a09a90", (0.21, 0.28), grain=(0.05, 0.2)
        ),
        Stuff(P.BRICKS, "b89a70/a5875e/cfc4b0 c4b49a/b0a084/8d8478", (0.21, 0.3), grain=(0.05, 0.2)),
    ),
    "stone": (
        Stuff(
            P.TILES,
            "b3a78e/a0947c/847a68 a5a29a/928f88/77746e c2b08c/ad9b78/8d7f66",
            (0.5, 1.0),
            (0.4, 0.9),
            (0.1, 0.3),
        ),
        Stuff(P.CELLS, "9d9382/7f786c/b5ab98 a88f70/8a7458/c0aa88", (0.25, 0.6), grain=(0.1, 0.3)),
    ),
    "concrete": (Stuff(P.NOISE, "a4a19a b3b0a8 8f8d88", (1.0, 4.0), (0.3, 0.9), (0.05, 0.2)),),
    "panel": (
        Stuff(
            P.TILES,
            "c3c8ca/b4babd/888c8f d8d6d0/cac8c2/99978f 8d99a3/7f8b95/5c666e",
            (0.8, 1.6),
            (0.4, 1.0),
            gloss=(0.0, 0.15),
        ),
    ),
    "trim": (Stuff(P.PLAIN, "e8e4da d9d2c2 8c8a86 5b4a3e 6f7c72 c8beae", grain=(0.0, 0.1)),),
    "wood": (
        Stuff(
            P.PLANKS, "8a6238/6f4c2a/a67c4e 7b6a55/655642/968468 5c4028/49321e/70522f", (0.1, 0.2), grain=(0.05, 0.2)
        ),
    ),
    "painted wood": (Stuff(P.PLANKS, "d8d8d0 6b7f74 4f6274 a84c3c 3f4a44", (0.1, 0.2), (0.2, 0.7), grain=(0.02, 0.1)),),
    "roof": (
        Stuff(
            P.TILES, "9c5238/854430/6d3626 b06a48/995a3c/7c4830 6b4a40/5c3e36/46302a", (0.25, 0.4), grain=(0.05, 0.2)
        ),
        Stuff(P.BRICKS, "5a5c60/4c4e52/3a3c40 6c6660/5c5650/48433e", (0.25, 0.4), grain=(0.05, 0.2)),
    ),
    "metal": (Stuff(P.PLAIN, "3d4244 6f7476 2e3a34 8f9496 54483c", grain=(0.0, 0.1), gloss=(0.1, 0.35)),),
    "car": (
        Stuff(
            P.PLAIN,
            "c8ccd0 e8e8e8 1b1c20 4a4e55 8c9096 7a1a1c 1f3a66 2c5a86 30463a a89a80 b8431e 98a8b8",
            grain=(0.0, 0.03),
            gloss=(0.25, 0.5),
            shininess=60.0,
        ),
    ),
    "lorry": (Stuff(P.PLAIN, "e4e4e0 c83c2c 2d5aa0 d8a820 f2f0e8", grain=(0.0, 0.08), gloss=(0.05, 0.2)),),
    "tarpaulin": (Stuff(P.POSTER, "dcdcd8/3a64a0/c0392b e8e4da/2e6e4a/e0a030", (0.5, 1.2)),),
    "rubber": (Stuff(P.PLAIN, "1c1c1d 242424", grain=(0.05, 0.2)),),
    "rim": (Stuff(P.PLAIN, "8a8e92 6c7074 4a4e52", gloss=(0.3, 0.5)),),
    "dark plastic": (Stuff(P.PLAIN, "26272a 323336", grain=(0.0, 0.1), gloss=(0.05, 0.15)),),
    "car glass": (Stuff(P.PLAIN, "14181b 1d2326", gloss=(0.35, 0.6), shininess=120.0),),
    "glass": (Stuff(P.PLAIN, "20282e 2f3a40 1a1f22", gloss=(0.3, 0.6), shininess=100.0),),
    "curtain": (
        Stuff(P.STRIPES, "b8b0a0/a39b8c/cfc8ba 8c9498/7c8488/a4acb0", (0.08, 0.2), gloss=(0.1, 0.25), shininess=100.0),
    ),
    "leaves": (
        Stuff(
            P.CELLS,
            "4f6e2c/35521f/7c9440 5f7d38/42602a/8da050 44602e/2f4a22/66803c",
            (0.04, 0.09),
            (0.7, 1.0),
            (0.1, 0.3),
        ),
        Stuff(
            P.NOISE,
            "566f30/3a5224/809448 6f7f34/536428/96a04a 8a7a30/6c5c24/a8963e",
            (0.1, 0.3),
            (0.7, 1.0),
            (0.2, 0.4),
        ),
    ),
    "needles": (Stuff(P.NOISE, "32503a/213a28/4f6c4c 3c5636/294026/5a7448", (0.1, 0.25), (0.7, 1.0), (0.3, 0.5)),),
    "bark": (
        Stuff(P.NOISE, "5f4c3c/43342a/7f6a56 6e6459/50483f/8d8376", (0.08, 0.25), (0.7, 1.0), (0.2, 0.5)),
        Stuff(P.CELLS, "66584a/4a3f34/82725f", (0.06, 0.14), (0.7, 1.0), (0.1, 0.4)),
    ),
    "rock": (
        Stuff(P.NOISE, "8b867d/6c675f/aaa497 7c7468/5e574d/9b9183", (0.3, 1.2), (0.7, 1.0), (0.2, 0.5)),
        Stuff(P.MARBLE, "89877f/6e6c66/a8a59b", (0.6, 1.5), (0.5, 1.0), (0.2, 0.4)),
    ),
    "water": (Stuff(P.NOISE, "2c4a4c/223a3e/3e6062 3c5040/2f4034/4f6450", (0.5, 2.0), (0.5, 1.0), gloss=(0.4, 0.6)),),
    "cloth": (
        Stuff(P.PLAIN, "2b3550 7a2e2e 39424a d8d2c6 1d1d20 4f6a44 b07a3a 6e5a8a c8c8d0", grain=(0.03, 0.15)),
        Stuff(P.STRIPES, "2b3550/dcd8d0/2b3550 7a2e2e/c8b8a8/40202a 30404a/6a8a9a/c0c8d0", (0.06, 0.14)),
        Stuff(P.CHECKER, "8a3a34/b8a890/3a3a44 34506a/8898a8/28303c", (0.06, 0.14)),
        Stuff(P.WEAVE, "4a4e58/3a3e48/6a6e78 6a5a48/524434/867460", (0.03, 0.08)),
    ),
    "trousers": (Stuff(P.WEAVE, "2c3a54 26282c 5a5248 44484e 7a6c54", (0.02, 0.05), (0.3, 0.8)),),
    "skin": (Stuff(P.PLAIN, "d8a888 b07a58 7a4e38 e4bfa4", grain=(0.02, 0.06)),),
    "hair": (Stuff(P.NOISE, "2a1f18 4a3626 8a6a42 1a1718 8c8680", (0.02, 0.05)),),
    "sign": (
        Stuff(P.POSTER, "e8e4d8/b8342a/2a4a8a f0c830/2a2a2a/e8e8e8 2e7a4a/f0f0e8/c03020", (0.8, 2.5), (0.3, 0.8)),
        Stuff(P.PLAIN, "2a4a6a 8a2a28 2e5a40 e8e0cc 22242a c8a040", grain=(0.0, 0.08)),
    ),
    "awning": (Stuff(P.STRIPES, "b03a2e/eae4d8/b03a2e 2f5a46/e4e0d0/2f5a46 2d4a7a/e6e2da/c8a040", (0.25, 0.5)),),
    "white": (Stuff(P.PLAIN, "f2f2ee", grain=(0.0, 0.05)),),
    "red": (Stuff(P.PLAIN, "c02820", grain=(0.0, 0.05)),),
    "blue": (Stuff(P.PLAIN, "2058a8", grain=(0.0, 0.05)),),
    "yellow": (Stuff(P.PLAIN, "e0b020", grain=(0.0, 0.05)),),
    "green light": (Stuff(P.PLAIN, "20a050", grain=(0.0, 0.05)),),
    "orange": (Stuff(P.PLAIN, "d86820", grain=(0.0, 0.05)),),
    "tower": (
        Stuff(
            P.WINDOWS, "c8ccce/4a5a68/2e3a44 b8a890/5a6468/38424a 8a9098/3a4c5c/26323c", (1.5, 3.0), gloss=(0.05, 0.3)
        ),
    ),
}
"""Of the worlds that training sees."""

HELD_OUT: Table = {
    **TRAIN,
    "asphalt": (Stuff(P.CELLS, "4e5054/44464a/5c5e62 5a5650/4a4742/6a665e", (0.04, 0.09), (0.3, 0.8), (0.1, 0.25)),),
    "line": (Stuff(P.SPECKLE, "d0d4d0 c4c8c8", (0.02, 0.05), (0.4, 0.9), (0.1, 0.3)),),
    "kerb": (Stuff(P.NOISE, "8f959a 9a9088", (0.2, 0.6), (0.4, 0.9), (0.1, 0.3)),),
    "pavement": (
        Stuff(P.CELLS, "7d8084/6e7174/4e5052 8b8074/7a7064/585046", (0.12, 0.25), grain=(0.1, 0.3)),
        Stuff(P.CHECKER, "84807a 747a80", (0.35, 0.6), (0.2, 0.5), (0.1, 0.3)),
    ),
    "grass": (
        Stuff(P.CELLS, "53702f/3c5826/76893f 657838/4b6030/8a9350", (0.05, 0.12), (0.7, 1.0), (0.3, 0.5)),
        Stuff(P.NOISE, "70743c/525c2c/948c50", (0.2, 0.8), (0.8, 1.0), (0.4, 0.7)),
    ),
    "field": (Stuff(P.CELLS, "6c8044/58703a/8c9656 86864e/6f7442/a49a60", (2.0, 6.0), grain=(0.3, 0.5)),),
    "soil": (Stuff(P.CELLS, "5f4936/49382a/7a624c 6a5844/52442f/867056", (0.06, 0.2), (0.6, 1.0), (0.3, 0.5)),),
    "gravel": (Stuff(P.CELLS, "8a8278/6e6860/a29a8e", (0.04, 0.09), (0.6, 1.0), (0.2, 0.4)),),
    "plaster": (
        Stuff(P.SPECKLE, "a8b4b0 c0a0a0 b8b088 a0a8c0 d0c8c0", (0.03, 0.08), (0.15, 0.4), (0.05, 0.2)),
        Stuff(P.NOISE, "98a890 b89888 a8a0a8", (0.4, 1.5), (0.2, 0.6), (0.1, 0.2), spread=0.2),
    ),
    "brick": (
        Stuff(
            P.BRICKS, "6e5a56/5a4844/8c8680 8a7a62/74664e/a89c88 5c4640/6e544a/3c3432", (0.3, 0.42), grain=(0.1, 0.25)
        ),
    ),
    "stone": (Stuff(P.CELLS, "7e8286/62666a/9a9ea0 8c7e72/706458/a89a8c", (0.3, 0.9), grain=(0.2, 0.4)),),
    "concrete": (Stuff(P.MARBLE, "8c9094 989088", (1.0, 3.0), (0.2, 0.6), (0.1, 0.25)),),
    "wood": (Stuff(P.PLANKS, "6e5a48/5a4838/84705c 86705a/6c5846/a08a70", (0.07, 0.13), grain=(0.1, 0.3)),),
    "roof": (Stuff(P.CELLS, "4e4448/3e3438/625a5c 6e5a50/584840/846e62", (0.2, 0.35), grain=(0.1, 0.25)),),
    "car": (
        Stuff(
            P.PLAIN,
            "b0a8a0 5a2a40 2a4a48 d0d4c8 383040 6a5a40 8aa090",
            grain=(0.0, 0.03),
            gloss=(0.3, 0.5),
            shininess=70.0,
        ),
    ),
    "leaves": (
        Stuff(
            P.SPECKLE,
            "4a6a34/33512a/6f8e48 62743a/47582a/8c944e 3f5f3a/2b462c/60804e",
            (0.05, 0.12),
            (0.8, 1.0),
            (0.2, 0.4),
        ),
    ),
    "needles": (Stuff(P.SPECKLE, "2c4a40/1e362e/46645a 405034/2c3a24/5e6c48", (0.05, 0.12), (0.8, 1.0), (0.2, 0.4)),),
    "bark": (Stuff(P.MARBLE, "584a42/3e332c/766458 706a62/545048/908a80", (0.08, 0.2), (0.8, 1.0), (0.3, 0.6)),),
    "rock": (
        Stuff(P.SPECKLE, "7a7a78/5c5c5c/989894 86807c/6a645e/a29a90", (0.1, 0.4), (0.5, 1.0), (0.4, 0.7)),
        Stuff(P.CELLS, "7a7a78/5c5c5c/989894 80705f/62544a/9c8a78", (0.2, 0.7), (0.5, 1.0), (0.3, 0.6)),
    ),
    "cloth": (Stuff(P.WEAVE, "3a4a3e 6a3a4a 8a8a7a 2a2a36 a0662e", (0.04, 0.1), (0.4, 1.0)),),
    "sign": (
        Stuff(P.CHECKER, "6a2a50 2a5a6a 7a6a30", (0.4, 1.2), (0.2, 0.6), spread=0.4),
        Stuff(P.PLAIN, "5a2a48 2a5058 d8d0c0 38384a", grain=(0.0, 0.1)),
    ),
}
"""Of the worlds that training never sees: other patterns and other colours of whatever fills the picture."""


CITY_A: Table = {
    **TRAIN,
    "asphalt": (Stuff(P.PLAIN, "5a5c62 66686c 505258", grain=(0.03, 0.12)),),
    "pavement": (Stuff(P.TILES, "c4c2bc/b8b6b0/8e8c88 b8b0a4/aca498/86807a", (0.8, 1.4), (0.3, 0.8), (0.0, 0.1)),),
    "kerb": (Stuff(P.PLAIN, "c8c6c0 b0aeaa", grain=(0.02, 0.1)),),
    "grass": (Stuff(P.NOISE, "5c8a38 6a9440 4e7e3c", (0.8, 2.5), (0.2, 0.6), (0.1, 0.3)),),
    "plaster": (Stuff(P.PLAIN, "e8e4dc d8b48c c8d4dc e0c8a8 a8bcc4 dcd0c0 c48c70", grain=(0.0, 0.06)),),
    "concrete": (Stuff(P.PLAIN, "c0beb8 a8a8a6 d4d0c8", grain=(0.0, 0.08)),),
    "car": (
        Stuff(
            P.PLAIN,
            "d02828 2050c0 f0c020 f4f4f4 181818 20a070 e07020 a0a4a8",
            grain=(0.0, 0.01),
            gloss=(0.3, 0.6),
            shininess=80.0,
        ),
    ),
    "leaves": (Stuff(P.NOISE, "4f8238 60904a 3e7038", (0.1, 0.4), (0.5, 0.9), (0.1, 0.3)),),
    "bark": (Stuff(P.STRIPES, "8a765c/74624c/9c8a70 7c6e5e/685c4e/90826e", (0.1, 0.2), (0.5, 1.0), (0.1, 0.3)),),
}
"""Clean and simple: wide avenues, palms, towers."""

CITY_B: Table = {
    **TRAIN,
    "asphalt": (
        Stuff(P.CELLS, "7c766c/6a645a/4a463e 8a8478/767064/544f46", (0.12, 0.2), (0.5, 0.9), (0.1, 0.3)),
        Stuff(P.BRICKS, "7a746c/68625a/4c4842 86705e/705c4c/544638", (0.16, 0.24), (0.5, 0.9), (0.1, 0.3)),
    ),
    "pavement": (Stuff(P.TILES, "a09684/8e8474/686050 948c80/827a6e/5c564c", (0.4, 0.8), grain=(0.1, 0.3)),),
    "plaster": (
        Stuff(P.NOISE, "d4a868 c88c60 dcc090 b87858 d8b8a0 c4b088 a89070", (0.6, 3.0), (0.4, 1.0), (0.05, 0.2)),
        Stuff(P.MARBLE, "d0b080 c49a78 d8c8a8", (2.0, 5.0), (0.2, 0.5), (0.1, 0.2), spread=0.2),
    ),
    "stone": (
        Stuff(P.CELLS, "a8987c/8c7c62/c4b498 94887a/786c60/b0a494", (0.25, 0.6), (0.5, 1.0), (0.2, 0.4)),
        Stuff(P.BRICKS, "b8a684/a49270/7c6c52 9c9486/888072/665f54", (0.5, 0.9), (0.5, 1.0), (0.15, 0.35)),
    ),
    "roof": (Stuff(P.BRICKS, "a85c3c/8e4a30/5c3020 b87850/9c6440/6c4028", (0.3, 0.45), grain=(0.1, 0.3)),),
    "painted wood": (
        Stuff(P.PLANKS, "3e5a48 4a6a80 6a4030 7a8a70 58302a", (0.08, 0.14), (0.4, 0.9), grain=(0.1, 0.2)),
    ),
    "trim": (Stuff(P.NOISE, "d4c8b0 b8a890 c0b8a8", (0.3, 1.0), (0.3, 0.8), (0.05, 0.2)),),
}
"""Old and rough: cobbles, stone, warm plaster."""

TABLES: Mapping[str, Table] = {"train": TRAIN, "held out": HELD_OUT, "city a": CITY_A, "city b": CITY_B}


def linear(text: str) -> RGB:
    """A colour in sRGB hexadecimal as linear light, 0..1."""
    red, green, blue = (int(text[k : k + 2], 16) / 255 for k in (0, 2, 4))
    return _decoded(red), _decoded(green), _decoded(blue)


def _decoded(value: float) -> float:
    return value / 12.92 if value <= 0.04045 else float(((value + 0.055) / 1.055) ** 2.4)
