"""What the two further cities and the worlds that training never sees are made of."""

from collections.abc import Mapping

from wilddepth.worlds.cast.scene import Pattern
from wilddepth.worlds.cast.scenes.stock import TRAIN
from wilddepth.worlds.cast.scenes.stuff import Stuff, Table

HELD_OUT: Table = {
    **TRAIN,
    "asphalt": (
        Stuff(Pattern.CELLS, "4e5054/44464a/5c5e62 5a5650/4a4742/6a665e", (0.04, 0.09), (0.3, 0.8), (0.1, 0.25)),
    ),
    "line": (Stuff(Pattern.SPECKLE, "d0d4d0 c4c8c8", (0.02, 0.05), (0.4, 0.9), (0.1, 0.3)),),
    "kerb": (Stuff(Pattern.NOISE, "8f959a 9a9088", (0.2, 0.6), (0.4, 0.9), (0.1, 0.3)),),
    "pavement": (
        Stuff(Pattern.CELLS, "7d8084/6e7174/4e5052 8b8074/7a7064/585046", (0.12, 0.25), grain=(0.1, 0.3)),
        Stuff(Pattern.CHECKER, "84807a 747a80", (0.35, 0.6), (0.2, 0.5), (0.1, 0.3)),
    ),
    "grass": (
        Stuff(Pattern.CELLS, "53702f/3c5826/76893f 657838/4b6030/8a9350", (0.05, 0.12), (0.7, 1.0), (0.3, 0.5)),
        Stuff(Pattern.NOISE, "70743c/525c2c/948c50", (0.2, 0.8), (0.8, 1.0), (0.4, 0.7)),
    ),
    "field": (Stuff(Pattern.CELLS, "6c8044/58703a/8c9656 86864e/6f7442/a49a60", (2.0, 6.0), grain=(0.3, 0.5)),),
    "soil": (Stuff(Pattern.CELLS, "5f4936/49382a/7a624c 6a5844/52442f/867056", (0.06, 0.2), (0.6, 1.0), (0.3, 0.5)),),
    "gravel": (Stuff(Pattern.CELLS, "8a8278/6e6860/a29a8e", (0.04, 0.09), (0.6, 1.0), (0.2, 0.4)),),
    "plaster": (
        Stuff(Pattern.SPECKLE, "a8b4b0 c0a0a0 b8b088 a0a8c0 d0c8c0", (0.03, 0.08), (0.15, 0.4), (0.05, 0.2)),
        Stuff(Pattern.NOISE, "98a890 b89888 a8a0a8", (0.4, 1.5), (0.2, 0.6), (0.1, 0.2), spread=0.2),
    ),
    "brick": (
        Stuff(
            Pattern.BRICKS,
            "6e5a56/5a4844/8c8680 8a7a62/74664e/a89c88 5c4640/6e544a/3c3432",
            (0.3, 0.42),
            grain=(0.1, 0.25),
        ),
    ),
    "stone": (Stuff(Pattern.CELLS, "7e8286/62666a/9a9ea0 8c7e72/706458/a89a8c", (0.3, 0.9), grain=(0.2, 0.4)),),
    "concrete": (Stuff(Pattern.MARBLE, "8c9094 989088", (1.0, 3.0), (0.2, 0.6), (0.1, 0.25)),),
    "wood": (Stuff(Pattern.PLANKS, "6e5a48/5a4838/84705c 86705a/6c5846/a08a70", (0.07, 0.13), grain=(0.1, 0.3)),),
    "roof": (Stuff(Pattern.CELLS, "4e4448/3e3438/625a5c 6e5a50/584840/846e62", (0.2, 0.35), grain=(0.1, 0.25)),),
    "car": (
        Stuff(
            Pattern.PLAIN,
            "b0a8a0 5a2a40 2a4a48 d0d4c8 383040 6a5a40 8aa090",
            grain=(0.0, 0.03),
            gloss=(0.3, 0.5),
            shininess=70.0,
        ),
    ),
    "leaves": (
        Stuff(
            Pattern.SPECKLE,
            "4a6a34/33512a/6f8e48 62743a/47582a/8c944e 3f5f3a/2b462c/60804e",
            (0.05, 0.12),
            (0.8, 1.0),
            (0.2, 0.4),
        ),
    ),
    "needles": (
        Stuff(Pattern.SPECKLE, "2c4a40/1e362e/46645a 405034/2c3a24/5e6c48", (0.05, 0.12), (0.8, 1.0), (0.2, 0.4)),
    ),
    "bark": (Stuff(Pattern.MARBLE, "584a42/3e332c/766458 706a62/545048/908a80", (0.08, 0.2), (0.8, 1.0), (0.3, 0.6)),),
    "rock": (
        Stuff(Pattern.SPECKLE, "7a7a78/5c5c5c/989894 86807c/6a645e/a29a90", (0.1, 0.4), (0.5, 1.0), (0.4, 0.7)),
        Stuff(Pattern.CELLS, "7a7a78/5c5c5c/989894 80705f/62544a/9c8a78", (0.2, 0.7), (0.5, 1.0), (0.3, 0.6)),
    ),
    "cloth": (Stuff(Pattern.WEAVE, "3a4a3e 6a3a4a 8a8a7a 2a2a36 a0662e", (0.04, 0.1), (0.4, 1.0)),),
    "sign": (
        Stuff(Pattern.CHECKER, "6a2a50 2a5a6a 7a6a30", (0.4, 1.2), (0.2, 0.6), spread=0.4),
        Stuff(Pattern.PLAIN, "5a2a48 2a5058 d8d0c0 38384a", grain=(0.0, 0.1)),
    ),
}
"""Of the worlds that training never sees: other patterns and other colours of whatever fills the picture."""


CITY_A: Table = {
    **TRAIN,
    "asphalt": (Stuff(Pattern.PLAIN, "5a5c62 66686c 505258", grain=(0.03, 0.12)),),
    "pavement": (
        Stuff(Pattern.TILES, "c4c2bc/b8b6b0/8e8c88 b8b0a4/aca498/86807a", (0.8, 1.4), (0.3, 0.8), (0.0, 0.1)),
    ),
    "kerb": (Stuff(Pattern.PLAIN, "c8c6c0 b0aeaa", grain=(0.02, 0.1)),),
    "grass": (Stuff(Pattern.NOISE, "5c8a38 6a9440 4e7e3c", (0.8, 2.5), (0.2, 0.6), (0.1, 0.3)),),
    "plaster": (Stuff(Pattern.PLAIN, "e8e4dc d8b48c c8d4dc e0c8a8 a8bcc4 dcd0c0 c48c70", grain=(0.0, 0.06)),),
    "concrete": (Stuff(Pattern.PLAIN, "c0beb8 a8a8a6 d4d0c8", grain=(0.0, 0.08)),),
    "car": (
        Stuff(
            Pattern.PLAIN,
            "d02828 2050c0 f0c020 f4f4f4 181818 20a070 e07020 a0a4a8",
            grain=(0.0, 0.01),
            gloss=(0.3, 0.6),
            shininess=80.0,
        ),
    ),
    "leaves": (Stuff(Pattern.NOISE, "4f8238 60904a 3e7038", (0.1, 0.4), (0.5, 0.9), (0.1, 0.3)),),
    "bark": (Stuff(Pattern.STRIPES, "8a765c/74624c/9c8a70 7c6e5e/685c4e/90826e", (0.1, 0.2), (0.5, 1.0), (0.1, 0.3)),),
}
"""Clean and simple: wide avenues, palms, towers."""

CITY_B: Table = {
    **TRAIN,
    "asphalt": (
        Stuff(Pattern.CELLS, "7c766c/6a645a/4a463e 8a8478/767064/544f46", (0.12, 0.2), (0.5, 0.9), (0.1, 0.3)),
        Stuff(Pattern.BRICKS, "7a746c/68625a/4c4842 86705e/705c4c/544638", (0.16, 0.24), (0.5, 0.9), (0.1, 0.3)),
    ),
    "pavement": (Stuff(Pattern.TILES, "a09684/8e8474/686050 948c80/827a6e/5c564c", (0.4, 0.8), grain=(0.1, 0.3)),),
    "plaster": (
        Stuff(Pattern.NOISE, "d4a868 c88c60 dcc090 b87858 d8b8a0 c4b088 a89070", (0.6, 3.0), (0.4, 1.0), (0.05, 0.2)),
        Stuff(Pattern.MARBLE, "d0b080 c49a78 d8c8a8", (2.0, 5.0), (0.2, 0.5), (0.1, 0.2), spread=0.2),
    ),
    "stone": (
        Stuff(Pattern.CELLS, "a8987c/8c7c62/c4b498 94887a/786c60/b0a494", (0.25, 0.6), (0.5, 1.0), (0.2, 0.4)),
        Stuff(Pattern.BRICKS, "b8a684/a49270/7c6c52 9c9486/888072/665f54", (0.5, 0.9), (0.5, 1.0), (0.15, 0.35)),
    ),
    "roof": (Stuff(Pattern.BRICKS, "a85c3c/8e4a30/5c3020 b87850/9c6440/6c4028", (0.3, 0.45), grain=(0.1, 0.3)),),
    "painted wood": (
        Stuff(Pattern.PLANKS, "3e5a48 4a6a80 6a4030 7a8a70 58302a", (0.08, 0.14), (0.4, 0.9), grain=(0.1, 0.2)),
    ),
    "trim": (Stuff(Pattern.NOISE, "d4c8b0 b8a890 c0b8a8", (0.3, 1.0), (0.3, 0.8), (0.05, 0.2)),),
}
"""Old and rough: cobbles, stone, warm plaster."""

TABLES: Mapping[str, Table] = {"train": TRAIN, "held out": HELD_OUT, "city a": CITY_A, "city b": CITY_B}
