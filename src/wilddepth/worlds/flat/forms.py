"""Flat surfaces as linear forms of the pixel position, for both views.

A plane is linear in disparity: with P = (f B / d) ((x - cx) / f, (y - cy) / f, 1), a plane n . P = h is
d = (B / h) n . (x - cx, y - cy, f), and a coordinate e . (P - O) on it is a linear form of (x, y, 1) divided by d.
So a surface is five linear forms (d; outline s, t; texture u, v). The right view sees left column x = x_r + d, which
turns each linear form into another one: both views are rendered by the same code and see the very same surface, at
exact sub-pixel positions.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from jaxtyping import Bool, Float, Int
from numpy.typing import ArrayLike
from torch import Tensor

from wilddepth.worlds.flat.scene import Rig, Scene, Shape, Surface, Vector

D, S, T, U, V = range(5)
"""Rows of a surface's linear forms."""

NEVER_SEEN = (0.0, 0.0, -1.0)
"""The disparity form of what is never seen: everywhere below that of any backdrop."""


@dataclass(frozen=True)
class Packed:
    """A batch of scenes as tensors; slot k of every scene has the outline `shapes[k]`, slot 0 is the backdrop.

    Attributes:
        forms: five linear forms (a, b, c) of each slot: a x + b y + c, in left-view pixels.
        wave: outline parameters.
        look: gain, tint (3), slope.
        texture: number in the bank.
        number: 0 for the backdrop and empty slots, else 1 + the place in the scene's list of surfaces.
        shapes: outline of each slot.
        boxes: (b k 2 4) first and last row and column (exclusive) that each slot may cover in the left and right view.
    """

    forms: Float[Tensor, "b k 5 3"]
    wave: Float[Tensor, "b k 3"]
    look: Float[Tensor, "b k 5"]
    texture: Int[Tensor, "b k"]
    number: Int[Tensor, "b k"]
    shapes: tuple[Shape, ...]
    boxes: np.ndarray

    def to(self, device: torch.device | str) -> "Packed":
        """The same batch on `device`."""
        return replace(
            self,
            forms=self.forms.to(device),
            wave=self.wave.to(device),
            look=self.look.to(device),
            texture=self.texture.to(device),
            number=self.number.to(device),
        )


def nothing() -> Vector:
    """The forms of a surface that no view sees."""
    forms = np.zeros((5, 3))
    forms[D] = NEVER_SEEN
    return forms


def linear_forms(surface: Surface, rig: Rig) -> Vector:
    """The five forms (5 3) of a surface in left-view pixels; d is in px."""
    ray = np.array([[1, 0, -rig.centre_x], [0, 1, -rig.centre_y], [0, 0, rig.focal]])  # f * direction, as forms
    normal = np.cross(surface.half_s, surface.half_t)
    normal = normal / np.linalg.norm(normal)
    offset = float(normal @ surface.origin)
    if abs(offset) <= 1e-6:  # a plane through the camera is seen edge on: it covers no pixel
        return nothing()
    disparity = rig.baseline / offset * (normal @ ray)
    axes = surface_axes(surface)
    return np.stack([disparity, *(rig.baseline * (axis @ ray) - (axis @ surface.origin) * disparity for axis in axes)])


def surface_axes(surface: Surface) -> Vector:
    """The vectors e (4 3) for which e . (P - O) is s, t (1 at the rim), u, v (in texels)."""
    sides = np.stack([surface.half_s, surface.half_t])
    gram = np.array(
        [
            [surface.half_s @ surface.half_s, surface.half_s @ surface.half_t],
            [surface.half_s @ surface.half_t, surface.half_t @ surface.half_t],
        ]
    )
    dual = np.linalg.solve(gram, sides)
    length = np.linalg.norm(surface.half_s), np.linalg.norm(surface.half_t)
    return np.stack([*dual, dual[0] * length[0] / surface.texel, dual[1] * length[1] / surface.texel])


def covered_box(surface: Surface, rig: Rig, *, right: bool) -> tuple[int, int, int, int]:
    """Rows and columns outside of which a surface is surely not seen: (top, bottom, left, right), ends exclusive."""
    reach = 1.0 if surface.shape in (Shape.BOX, Shape.BARS) else 1.0 + abs(surface.wave[0])
    corners = np.array(
        [surface.origin + reach * (i * surface.half_s + j * surface.half_t) for i in (-1, 1) for j in (-1, 1)]
    )
    if corners[:, 2].min() < 0.05:  # reaches behind the camera: its outline has no finite projection
        return 0, rig.height, 0, rig.width
    x = rig.focal * (corners[:, 0] - right * rig.baseline) / corners[:, 2] + rig.centre_x
    y = rig.focal * corners[:, 1] / corners[:, 2] + rig.centre_y
    rows = np.clip([np.floor(y.min()), np.ceil(y.max()) + 1], 0, rig.height)
    columns = np.clip([np.floor(x.min()), np.ceil(x.max()) + 1], 0, rig.width)
    return int(rows[0]), int(rows[1]), int(columns[0]), int(columns[1])


def pack(scenes: Sequence[Scene]) -> Packed:
    """Scenes of one size as one batch: surfaces sorted by outline, missing ones filled with nothing.

    Raises:
        ValueError: for no scenes.
    """
    if not scenes:
        raise ValueError("there are no scenes to pack; give at least one")
    most = {shape: max(sum(s.shape is shape for s in scene.surfaces) for scene in scenes) for shape in Shape}
    rows = [[packed_slot(n, s, scene.rig) for n, s in scene_slots(scene, most)] for scene in scenes]

    def gathered(name: str, dtype: torch.dtype) -> Tensor:
        return torch.tensor(np.array([[slot[name] for slot in row] for row in rows]), dtype=dtype)

    return Packed(
        forms=gathered("forms", torch.float32),
        wave=gathered("wave", torch.float32),
        look=gathered("look", torch.float32),
        texture=gathered("texture", torch.int64),
        number=gathered("number", torch.int64),
        shapes=(Shape.BOX, *(shape for shape in Shape for _ in range(most[shape]))),
        boxes=np.array([[slot["boxes"] for slot in row] for row in rows]),
    )


def scene_slots(scene: Scene, most: Mapping[Shape, int]) -> list[tuple[int, Surface | None]]:
    """The backdrop, then every outline's surfaces with their numbers, filled up to the `most` of the batch."""
    slots: list[tuple[int, Surface | None]] = [(0, scene.backdrop)]
    for shape in Shape:
        mine = [(number, s) for number, s in enumerate(scene.surfaces, start=1) if s.shape is shape]
        slots += [*mine, *[(0, None)] * (most[shape] - len(mine))]
    return slots


def packed_slot(number: int, surface: Surface | None, rig: Rig) -> dict[str, ArrayLike]:
    """What `Packed` holds of one slot."""
    if surface is None:
        unseen = [(0, 0, 0, 0)] * 2
        return {"forms": nothing(), "wave": [0.0] * 3, "look": [0.0] * 5, "texture": 0, "number": 0, "boxes": unseen}
    return {
        "forms": linear_forms(surface, rig),
        "wave": surface.wave,
        "look": (surface.gain, *surface.tint, surface.slope),
        "texture": surface.texture,
        "number": number,
        "boxes": [covered_box(surface, rig, right=right) for right in (False, True)],
    }


def to_right_view(forms: Float[Tensor, "b k 5 3"]) -> Float[Tensor, "b k 5 3"]:
    """Linear forms in right-view pixels: substitute x = x_r + d_r, d_r = d / (1 - a_d).

    A surface with a_d >= 1 turns its back to the right camera; it is sent behind everything.
    """
    disparity = forms[:, :, D : D + 1]
    facing = 1 - disparity[..., :1]
    right_disparity = disparity / facing.clamp(min=1e-4)
    moved = forms + forms[..., :1] * right_disparity
    moved = torch.cat((right_disparity, moved[:, :, S:]), dim=2)
    away = torch.zeros_like(moved)
    away[:, :, D] = away.new_tensor(NEVER_SEEN)
    return torch.where(facing > 1e-4, moved, away)


def never_seen(forms: Float[Tensor, "b k 5 3"]) -> Bool[Tensor, "b k"]:
    """True for surfaces that the view of these forms cannot see at all."""
    return (forms[:, :, D] == forms.new_tensor(NEVER_SEEN)).all(dim=-1)
