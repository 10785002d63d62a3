"""Exactly known scenes, and an independent way to look at them: rays against planes, in double precision."""

import numpy as np
import torch

from wilddepth.worlds.flat.forms import Packed, pack
from wilddepth.worlds.flat.layered import View, outline, render_view
from wilddepth.worlds.flat.scene import Rig, Scene, Shape, Surface, Triple, quad
from wilddepth.worlds.flat.texture import TextureBank, mip_levels

RIG = Rig(focal=100.0, centre_x=40.0, centre_y=20.0, baseline=0.5, height=48, width=96)
"""A disparity of 50 px at 1 m."""


def surface(origin: Triple, half_s: Triple, half_t: Triple, *, texel: float = 0.05, **look: object) -> Surface:
    return Surface(*quad(origin, half_s, half_t), texture=0, texel=texel, **look)  # type: ignore[arg-type]


def wall(depth: float, *, rig: Rig = RIG, texel: float = 0.05) -> Surface:
    """A plane facing the camera that covers everything."""
    return surface((0, 0, depth), (100 * depth, 0, 0), (0, 100 * depth, 0), texel=texel)


def card(
    disparity: float, columns: tuple[float, float], rows: tuple[float, float], *, rig: Rig = RIG, **look: object
) -> Surface:
    """A rectangle facing the camera whose sides are at these positions of the left view."""
    depth = rig.focal * rig.baseline / disparity
    left, right = ((column - rig.centre_x) * depth / rig.focal for column in columns)
    top, bottom = ((row - rig.centre_y) * depth / rig.focal for row in rows)
    middle = (left + right) / 2, (top + bottom) / 2, depth
    return surface(middle, ((right - left) / 2, 0, 0), (0, (bottom - top) / 2, 0), **look)


def bank(seed: int = 0) -> TextureBank:
    """One texture of white noise."""
    painted = np.random.default_rng(seed).uniform(0, 255, (256, 256, 3)).astype(np.float32)
    levels = mip_levels(painted)
    start = np.cumsum([0, *(len(rows) for rows in levels[:-1])])
    return TextureBank(torch.from_numpy(np.concatenate(levels)), tuple(int(s) for s in start), 1)


def rendered(*surfaces: Surface, backdrop: Surface | None = None, rig: Rig = RIG) -> tuple[Packed, View, View]:
    """The left and right view of a scene; the backdrop is at 5000 m by default."""
    scene = Scene(rig=rig, surfaces=list(surfaces), backdrop=wall(5e3) if backdrop is None else backdrop)
    packed = pack([scene])
    left, right = (render_view(packed, bank(), rig.height, rig.width, right=side) for side in (False, True))
    return packed, left, right


def pixels(rig: Rig) -> tuple[np.ndarray, np.ndarray]:
    """Column and row (h w) of every pixel."""
    row, column = np.mgrid[0 : rig.height, 0 : rig.width].astype(np.float64)
    return column, row


def cast(
    scene: Scene, column: np.ndarray, row: np.ndarray, *, right: bool, cull: bool = True
) -> tuple[np.ndarray, np.ndarray]:
    """Disparity and number (0 = backdrop) of what a camera sees along the rays through these positions.

    The renderer leaves out, in the right view, what turns its back to the right camera; `cull` does so too.
    """
    rig = scene.rig
    eye = np.array([rig.baseline * right, 0.0, 0.0])
    ray = np.stack([(column - rig.centre_x) / rig.focal, (row - rig.centre_y) / rig.focal, np.ones_like(row)], axis=-1)
    best = np.full(row.shape, rig.focal * rig.baseline / scene.backdrop.origin[2])
    seen = np.zeros(row.shape, dtype=np.int64)
    for number, piece in sorted(enumerate(scene.surfaces, start=1), key=lambda entry: entry[1].shape):
        normal = np.cross(piece.half_s, piece.half_t)
        height = normal @ (piece.origin - eye)
        if cull and right and height * (normal @ piece.origin) <= 0:
            continue
        with np.errstate(divide="ignore", invalid="ignore"):
            depth = height / (ray @ normal)
            point = eye + ray * depth[..., None] - piece.origin
            inside = inside_outline(piece, point) & (rig.focal * rig.baseline / depth > best)
            best = np.where(inside, rig.focal * rig.baseline / depth, best)
        seen[inside] = number
    return best, seen


def inside_outline(piece: Surface, point: np.ndarray) -> np.ndarray:
    """True where points (h w 3), relative to the centre, are on the surface."""
    sides = np.stack([piece.half_s, piece.half_t], axis=1)
    s, t = np.moveaxis(point @ np.linalg.pinv(sides).T, -1, 0)
    if piece.shape is Shape.BOX:
        return np.maximum(abs(s), abs(t)) < 1
    wave = torch.tensor([piece.wave], dtype=torch.float64)
    return outline(piece.shape, torch.from_numpy(s)[None], torch.from_numpy(t)[None], wave)[0].numpy()
