"""What the streets and roads that training sees are made of."""

from wilddepth.worlds.cast.scene import Pattern
from wilddepth.worlds.cast.scenes.stuff import Stuff, Table

TRAIN: Table = {
    "asphalt": (
        Stuff(Pattern.SPECKLE, "63636a 55565c 6f6e6c 7b7974 4b4c52", (0.02, 0.06), (0.25, 0.7), (0.05, 0.2)),
        Stuff(Pattern.NOISE, "66666a 5c5c5e 747270", (0.8, 3.0), (0.2, 0.6), (0.15, 0.35), (0.01, 0.03)),
    ),
    "line": (Stuff(Pattern.NOISE, "e8e8e2 dcdcd2 f0ecdc", (0.2, 0.6), (0.2, 0.7), (0.05, 0.2)),),
    "yellow line": (Stuff(Pattern.NOISE, "d9a92a c9a03c", (0.2, 0.6), (0.2, 0.6), (0.05, 0.2)),),
    "iron": (Stuff(Pattern.CHECKER, "4a4744 3c3a3a", (0.05, 0.09), (0.3, 0.8), gloss=(0.05, 0.2)),),
    "kerb": (Stuff(Pattern.SPECKLE, "a5a29a b5b2ab 8d8b88", (0.02, 0.05), (0.3, 0.8)),),
    "pavement": (
        Stuff(
            Pattern.TILES,
            "9a968e/8b877f/6f6c66 a89f92/988f82/726a60 8f9090/a0a09e/6a6a6a",
            (0.3, 0.7),
            grain=(0.05, 0.2),
        ),
        Stuff(Pattern.BRICKS, "8d6a58/a07c66/6b5a50 8f8c86/7d7a74/5c5a56", (0.2, 0.3), grain=(0.05, 0.2)),
        Stuff(Pattern.SPECKLE, "8b8a86 7a7975", (0.02, 0.05), (0.3, 0.8)),
    ),
    "grass": (
        Stuff(
            Pattern.NOISE,
            "5f7a35/49632a/83914a 6d8540/557032/90995c 7d8450/5f7038/a09a66",
            (0.4, 1.5),
            (0.7, 1.0),
            (0.3, 0.6),
        ),
        Stuff(Pattern.SPECKLE, "5c7a38/42602a/7d9550 6a7f45/50683a/8d9a60", (0.04, 0.1), (0.7, 1.0), (0.2, 0.4)),
    ),
    "field": (
        Stuff(
            Pattern.NOISE,
            "7b8a48/62763c/99985a a3945c/8c8250/b8a870 5f7d3e/4c6b34/7f914e",
            (3.0, 12.0),
            grain=(0.2, 0.5),
        ),
    ),
    "soil": (Stuff(Pattern.NOISE, "6b5540 7a634a 5b4a3c", (0.3, 1.0), grain=(0.2, 0.4)),),
    "gravel": (Stuff(Pattern.SPECKLE, "9a9184 87807a a89c88", (0.03, 0.07), (0.6, 1.0), (0.1, 0.3)),),
    "plaster": (
        Stuff(
            Pattern.NOISE,
            "d8cbb0 e2dccb c9b08a d6b9a0 b9c0c4 e6e2d8 c99f86 cdbb92",
            (1.0, 4.0),
            (0.15, 0.7),
            (0.03, 0.15),
            spread=0.15,
        ),
        Stuff(Pattern.PLAIN, "e3ddd0 d4c6a6 dfcfc0 c8cdd0", (1.0, 2.0), grain=(0.02, 0.08)),
    ),
    "brick": (
        Stuff(
            Pattern.BRICKS,
            "96503c/7f4033/b9ada0 a66a50/8e5643/c4b8a8 7a4a3c/6a3c32/a09a90",
            (0.21, 0.28),
            grain=(0.05, 0.2),
        ),
        Stuff(Pattern.BRICKS, "b89a70/a5875e/cfc4b0 c4b49a/b0a084/8d8478", (0.21, 0.3), grain=(0.05, 0.2)),
    ),
    "stone": (
        Stuff(
            Pattern.TILES,
            "b3a78e/a0947c/847a68 a5a29a/928f88/77746e c2b08c/ad9b78/8d7f66",
            (0.5, 1.0),
            (0.4, 0.9),
            (0.1, 0.3),
        ),
        Stuff(Pattern.CELLS, "9d9382/7f786c/b5ab98 a88f70/8a7458/c0aa88", (0.25, 0.6), grain=(0.1, 0.3)),
    ),
    "concrete": (Stuff(Pattern.NOISE, "a4a19a b3b0a8 8f8d88", (1.0, 4.0), (0.3, 0.9), (0.05, 0.2)),),
    "panel": (
        Stuff(
            Pattern.TILES,
            "c3c8ca/b4babd/888c8f d8d6d0/cac8c2/99978f 8d99a3/7f8b95/5c666e",
            (0.8, 1.6),
            (0.4, 1.0),
            gloss=(0.0, 0.15),
        ),
    ),
    "trim": (Stuff(Pattern.PLAIN, "e8e4da d9d2c2 8c8a86 5b4a3e 6f7c72 c8beae", grain=(0.0, 0.1)),),
    "wood": (
        Stuff(
            Pattern.PLANKS,
            "8a6238/6f4c2a/a67c4e 7b6a55/655642/968468 5c4028/49321e/70522f",
            (0.1, 0.2),
            grain=(0.05, 0.2),
        ),
    ),
    "painted wood": (
        Stuff(Pattern.PLANKS, "d8d8d0 6b7f74 4f6274 a84c3c 3f4a44", (0.1, 0.2), (0.2, 0.7), grain=(0.02, 0.1)),
    ),
    "roof": (
        Stuff(
            Pattern.TILES,
            "9c5238/854430/6d3626 b06a48/995a3c/7c4830 6b4a40/5c3e36/46302a",
            (0.25, 0.4),
            grain=(0.05, 0.2),
        ),
        Stuff(Pattern.BRICKS, "5a5c60/4c4e52/3a3c40 6c6660/5c5650/48433e", (0.25, 0.4), grain=(0.05, 0.2)),
    ),
    "metal": (Stuff(Pattern.PLAIN, "3d4244 6f7476 2e3a34 8f9496 54483c", grain=(0.0, 0.1), gloss=(0.1, 0.35)),),
    "car": (
        Stuff(
            Pattern.PLAIN,
            "c8ccd0 e8e8e8 1b1c20 4a4e55 8c9096 7a1a1c 1f3a66 2c5a86 30463a a89a80 b8431e 98a8b8",
            grain=(0.0, 0.03),
            gloss=(0.25, 0.5),
            shininess=60.0,
        ),
    ),
    "lorry": (Stuff(Pattern.PLAIN, "e4e4e0 c83c2c 2d5aa0 d8a820 f2f0e8", grain=(0.0, 0.08), gloss=(0.05, 0.2)),),
    "tarpaulin": (Stuff(Pattern.POSTER, "dcdcd8/3a64a0/c0392b e8e4da/2e6e4a/e0a030", (0.5, 1.2)),),
    "rubber": (Stuff(Pattern.PLAIN, "1c1c1d 242424", grain=(0.05, 0.2)),),
    "rim": (Stuff(Pattern.PLAIN, "8a8e92 6c7074 4a4e52", gloss=(0.3, 0.5)),),
    "dark plastic": (Stuff(Pattern.PLAIN, "26272a 323336", grain=(0.0, 0.1), gloss=(0.05, 0.15)),),
    "car glass": (Stuff(Pattern.PLAIN, "14181b 1d2326", gloss=(0.35, 0.6), shininess=120.0),),
    "glass": (Stuff(Pattern.PLAIN, "20282e 2f3a40 1a1f22", gloss=(0.3, 0.6), shininess=100.0),),
    "curtain": (
        Stuff(
            Pattern.STRIPES,
            "b8b0a0/a39b8c/cfc8ba 8c9498/7c8488/a4acb0",
            (0.08, 0.2),
            gloss=(0.1, 0.25),
            shininess=100.0,
        ),
    ),
    "leaves": (
        Stuff(
            Pattern.CELLS,
            "4f6e2c/35521f/7c9440 5f7d38/42602a/8da050 44602e/2f4a22/66803c",
            (0.04, 0.09),
            (0.7, 1.0),
            (0.1, 0.3),
        ),
        Stuff(
            Pattern.NOISE,
            "566f30/3a5224/809448 6f7f34/536428/96a04a 8a7a30/6c5c24/a8963e",
            (0.1, 0.3),
            (0.7, 1.0),
            (0.2, 0.4),
        ),
    ),
    "needles": (
        Stuff(Pattern.NOISE, "32503a/213a28/4f6c4c 3c5636/294026/5a7448", (0.1, 0.25), (0.7, 1.0), (0.3, 0.5)),
    ),
    "bark": (
        Stuff(Pattern.NOISE, "5f4c3c/43342a/7f6a56 6e6459/50483f/8d8376", (0.08, 0.25), (0.7, 1.0), (0.2, 0.5)),
        Stuff(Pattern.CELLS, "66584a/4a3f34/82725f", (0.06, 0.14), (0.7, 1.0), (0.1, 0.4)),
    ),
    "rock": (
        Stuff(Pattern.NOISE, "8b867d/6c675f/aaa497 7c7468/5e574d/9b9183", (0.3, 1.2), (0.7, 1.0), (0.2, 0.5)),
        Stuff(Pattern.MARBLE, "89877f/6e6c66/a8a59b", (0.6, 1.5), (0.5, 1.0), (0.2, 0.4)),
    ),
    "water": (
        Stuff(Pattern.NOISE, "2c4a4c/223a3e/3e6062 3c5040/2f4034/4f6450", (0.5, 2.0), (0.5, 1.0), gloss=(0.4, 0.6)),
    ),
    "cloth": (
        Stuff(Pattern.PLAIN, "2b3550 7a2e2e 39424a d8d2c6 1d1d20 4f6a44 b07a3a 6e5a8a c8c8d0", grain=(0.03, 0.15)),
        Stuff(Pattern.STRIPES, "2b3550/dcd8d0/2b3550 7a2e2e/c8b8a8/40202a 30404a/6a8a9a/c0c8d0", (0.06, 0.14)),
        Stuff(Pattern.CHECKER, "8a3a34/b8a890/3a3a44 34506a/8898a8/28303c", (0.06, 0.14)),
        Stuff(Pattern.WEAVE, "4a4e58/3a3e48/6a6e78 6a5a48/524434/867460", (0.03, 0.08)),
    ),
    "trousers": (Stuff(Pattern.WEAVE, "2c3a54 26282c 5a5248 44484e 7a6c54", (0.02, 0.05), (0.3, 0.8)),),
    "skin": (Stuff(Pattern.PLAIN, "d8a888 b07a58 7a4e38 e4bfa4", grain=(0.02, 0.06)),),
    "hair": (Stuff(Pattern.NOISE, "2a1f18 4a3626 8a6a42 1a1718 8c8680", (0.02, 0.05)),),
    "sign": (
        Stuff(Pattern.POSTER, "e8e4d8/b8342a/2a4a8a f0c830/2a2a2a/e8e8e8 2e7a4a/f0f0e8/c03020", (0.8, 2.5), (0.3, 0.8)),
        Stuff(Pattern.PLAIN, "2a4a6a 8a2a28 2e5a40 e8e0cc 22242a c8a040", grain=(0.0, 0.08)),
    ),
    "awning": (Stuff(Pattern.STRIPES, "b03a2e/eae4d8/b03a2e 2f5a46/e4e0d0/2f5a46 2d4a7a/e6e2da/c8a040", (0.25, 0.5)),),
    "white": (Stuff(Pattern.PLAIN, "f2f2ee", grain=(0.0, 0.05)),),
    "red": (Stuff(Pattern.PLAIN, "c02820", grain=(0.0, 0.05)),),
    "blue": (Stuff(Pattern.PLAIN, "2058a8", grain=(0.0, 0.05)),),
    "yellow": (Stuff(Pattern.PLAIN, "e0b020", grain=(0.0, 0.05)),),
    "green light": (Stuff(Pattern.PLAIN, "20a050", grain=(0.0, 0.05)),),
    "orange": (Stuff(Pattern.PLAIN, "d86820", grain=(0.0, 0.05)),),
    "tower": (
        Stuff(
            Pattern.WINDOWS,
            "c8ccce/4a5a68/2e3a44 b8a890/5a6468/38424a 8a9098/3a4c5c/26323c",
            (1.5, 3.0),
            gloss=(0.05, 0.3),
        ),
    ),
}
"""Of the worlds that training sees."""
