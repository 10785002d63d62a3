"""Renders scenes of flat surfaces by a z-buffer, exactly, in plain torch, on CPU or GPU.

A plane is linear in disparity: with P = (f B / d) ((x - cx) / f, (y - cy) / f, 1), a plane n . P = h is
d = (B / h) n . (x - cx, y - cy, f), and a coordinate e . (P - O) on it is a linear form of (x, y, 1) divided by d.
So a surface is five linear forms (d; outline s, t; texture u, v). The right view sees left column x = x_r + d, which
turns each linear form into another one: both views are rendered by the same code and see the very same surface, at exact
sub-pixel positions. Nothing is warped from one view to the other.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from wilddepth.worlds.scene import Scene, Shape, Surface
from wilddepth.worlds.texture import LEVELS, SIDE, TextureBank

D, S, T, U, V = range(5)
"""Rows of a surface's linear forms."""


@dataclass(frozen=True)
class Packed:
    """A batch of scenes as tensors; slot k of every scene has the outline `shapes[k]`, slot 0 is the backdrop.

    Attributes:
        forms: five linear forms (a, b, c) of each slot: a x + b y + c, in left-view pixels.
        wave: outline parameters.
        look: gain, tint (3), slope.
        texture: number in the bank.
        shapes: outline of each slot.
        boxes: (b k 2 4) first and last row and column (exclusive) that each slot may cover in the left and right view.
    """

    forms: Float[Tensor, "b k 5 3"]
    wave: Float[Tensor, "b k 3"]
    look: Float[Tensor, "b k 5"]
    texture: Int[Tensor, "b k"]
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
        )


@dataclass(frozen=True)
class View:
    """One rendered view.

    Attributes:
        image: RGB, 0..1, before any photometric difference.
        disparity: px, positive, of this view (left minus right column in both).
        surface: slot seen.
    """

    image: Float[Tensor, "b 3 h w"]
    disparity: Float[Tensor, "b 1 h w"]
    surface: Int[Tensor, "b 1 h w"]


def linear_forms(surface: Surface, scene: Scene) -> np.ndarray:
    """The five forms (a, b, c) of a surface in left-view pixels; d is in px."""
    rig = scene.rig
    ray = np.array([[1, 0, -rig.centre_x], [0, 1, -rig.centre_y], [0, 0, rig.focal]])  # f * direction, as forms
    normal = np.cross(surface.half_s, surface.half_t)
    normal = normal / np.linalg.norm(normal)
    offset = float(normal @ surface.origin)
    # a plane through the camera is seen edge on: keep it finite, it covers no pixel
    offset = offset if abs(offset) > 1e-6 else 1e-6
    disparity = rig.baseline / offset * (normal @ ray)
    forms = [disparity]
    gram = np.array(
        [
            [surface.half_s @ surface.half_s, surface.half_s @ surface.half_t],
            [surface.half_s @ surface.half_t, surface.half_t @ surface.half_t],
        ]
    )
    dual = np.linalg.solve(gram, np.stack([surface.half_s, surface.half_t]))
    length = np.linalg.norm(surface.half_s), np.linalg.norm(surface.half_t)
    metric = [dual[0] * length[0] / surface.texel, dual[1] * length[1] / surface.texel]
    for axis in (*dual, *metric):
        forms.append(rig.baseline * (axis @ ray) - (axis @ surface.origin) * disparity)
    return np.stack(forms)


def covered_box(surface: Surface, scene: Scene, *, right: bool) -> tuple[int, int, int, int]:
    """Rows and columns outside of which a surface is surely not seen: (top, bottom, left, right), ends exclusive."""
    rig = scene.rig
    everywhere = (0, rig.height, 0, rig.width)
    reach = 1.0 if surface.shape in (Shape.BOX, Shape.BARS) else 1.0 + abs(surface.wave[0])
    corners = np.array(
        [surface.origin + reach * (i * surface.half_s + j * surface.half_t) for i in (-1, 1) for j in (-1, 1)]
    )
    if corners[:, 2].min() < 0.05:  # reaches behind the camera: its outline has no finite projection
        return everywhere
    x = rig.focal * (corners[:, 0] - right * rig.baseline) / corners[:, 2] + rig.centre_x
    y = rig.focal * corners[:, 1] / corners[:, 2] + rig.centre_y
    rows = np.clip([np.floor(y.min()), np.ceil(y.max()) + 1], 0, rig.height)
    columns = np.clip([np.floor(x.min()), np.ceil(x.max()) + 1], 0, rig.width)
    return int(rows[0]), int(rows[1]), int(columns[0]), int(columns[1])


def pack(scenes: Sequence[Scene]) -> Packed:
    """Scenes of one size as one batch: surfaces sorted by outline, missing ones filled with nothing."""
    most = {shape: max(sum(s.shape is shape for s in scene.surfaces) for scene in scenes) for shape in Shape}
    shapes = (Shape.BOX, *(shape for shape in Shape for _ in range(most[shape])))
    nothing = np.zeros((5, 3))
    nothing[D, 2] = -1.0  # a disparity below any backdrop: never seen
    forms, wave, look, texture, boxes = [], [], [], [], []
    for scene in scenes:
        slots: list[Surface | None] = [scene.backdrop]
        for shape in Shape:
            mine = [s for s in scene.surfaces if s.shape is shape]
            slots += mine + [None] * (most[shape] - len(mine))
        forms.append(np.stack([nothing if s is None else linear_forms(s, scene) for s in slots]))
        wave.append([(0.0, 0.0, 0.0) if s is None else s.wave for s in slots])
        look.append([(0.0,) * 5 if s is None else (s.gain, *s.tint, s.slope) for s in slots])
        texture.append([0 if s is None else s.texture for s in slots])
        boxes.append(
            [[(0, 0, 0, 0) if s is None else covered_box(s, scene, right=r) for r in (False, True)] for s in slots]
        )
    return Packed(
        forms=torch.tensor(np.stack(forms), dtype=torch.float32),
        wave=torch.tensor(wave, dtype=torch.float32),
        look=torch.tensor(look, dtype=torch.float32),
        texture=torch.tensor(texture, dtype=torch.int64),
        shapes=shapes,
        boxes=np.array(boxes),
    )


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
    away[:, :, D, 2] = -1.0
    return torch.where(facing > 1e-4, moved, away)


def outline(shape: Shape, s: Tensor, t: Tensor, wave: Float[Tensor, "b 3"]) -> Tensor:
    """True inside the outline, at surface coordinates s, t."""
    if shape is Shape.BOX:
        return torch.maximum(s.abs(), t.abs()) < 1
    amplitude, frequency, phase = (wave[:, i].view(-1, 1, 1) for i in range(3))
    if shape is Shape.BARS:
        inside = torch.maximum(s.abs(), t.abs()) < 1
        return inside & (torch.remainder(s * frequency + phase, 1.0) < amplitude)
    bent_s = s + amplitude * torch.sin(frequency * t + phase)
    bent_t = t + amplitude * torch.sin(frequency * s + 2.1 * phase)
    disc = bent_s.square() + bent_t.square() < 1
    if shape is Shape.BLOB:
        return disc
    # Three incommensurate waves leave holes of many sizes.
    holes = (
        torch.sin(9.7 * bent_s + 4.3 * bent_t + phase)
        + torch.sin(-6.1 * bent_s + 12.9 * bent_t)
        + torch.sin(21.3 * bent_s + 17.7 * bent_t + 3 * phase)
    )
    return disc & (holes > -0.6)


def evaluate(form: Float[Tensor, "b 3"], x: Tensor, y: Tensor) -> Tensor:
    """a x + b y + c for every image of the batch; x and y broadcast to (h, w) or (b, h, w)."""
    a, b, c = (form[:, i].view(-1, 1, 1) for i in range(3))
    return (a * x + c) + b * y


def nearest_surface(
    packed: Packed, forms: Float[Tensor, "b k 5 3"], x: Tensor, y: Tensor
) -> tuple[Float[Tensor, "b h w"], Int[Tensor, "b h w"]]:
    """Disparity and slot of the nearest surface at every position: the z-buffer."""
    best = evaluate(forms[:, 0, D], x, y)
    slot = torch.zeros(best.shape, dtype=torch.int64, device=best.device)
    for k, shape in enumerate(packed.shapes[1:], start=1):
        disparity = evaluate(forms[:, k, D], x, y)
        nearer = disparity > best
        if not bool(nearer.any()):
            continue
        inverse = 1 / disparity
        s, t = evaluate(forms[:, k, S], x, y) * inverse, evaluate(forms[:, k, T], x, y) * inverse
        nearer &= outline(shape, s, t, packed.wave[:, k])
        best = torch.where(nearer, disparity, best)
        slot = torch.where(nearer, k, slot)
    return best, slot


def nearest_surface_boxed(
    packed: Packed, forms: Float[Tensor, "b k 5 3"], x: Tensor, y: Tensor, *, right: bool
) -> tuple[Float[Tensor, "b h w"], Int[Tensor, "b h w"]]:
    """The same as `nearest_surface` at whole pixels, each surface evaluated only where it can be: faster on a CPU."""
    best = evaluate(forms[:, 0, D], x, y)
    slot = torch.zeros(best.shape, dtype=torch.int64, device=best.device)
    for image in range(best.shape[0]):
        for k, shape in enumerate(packed.shapes[1:], start=1):
            top, bottom, left, end = packed.boxes[image, k, int(right)]
            if top >= bottom or left >= end:
                continue
            window = (slice(image, image + 1), slice(top, bottom), slice(left, end))
            form, column, row = forms[image : image + 1, k], x[:, left:end], y[top:bottom]
            disparity = evaluate(form[:, D], column, row)
            inverse = 1 / disparity
            s, t = evaluate(form[:, S], column, row) * inverse, evaluate(form[:, T], column, row) * inverse
            nearer = (disparity > best[window]) & outline(shape, s, t, packed.wave[image : image + 1, k])
            best[window] = torch.where(nearer, disparity, best[window])
            slot[window].masked_fill_(nearer, k)
    return best, slot


def texture_colour(
    bank: TextureBank, texture: Tensor, u: Tensor, v: Tensor, footprint: Tensor
) -> Float[Tensor, "b h w 3"]:
    """Bilinear texels at the mip level whose texels are as large as the pixel's footprint (in finest texels)."""
    level = torch.log2(footprint.clamp(min=1.0)).round().clamp(max=LEVELS - 1).long()
    side = torch.tensor([SIDE >> i for i in range(LEVELS)], device=u.device)[level]
    base = torch.tensor(bank.start, device=u.device)[level] + texture * side * side
    # texel centres at whole + 0.5 of the finest level, so that levels do not shift against each other
    scaled_u, scaled_v = u * (side / SIDE) - 0.5, v * (side / SIDE) - 0.5
    left, top = scaled_u.floor(), scaled_v.floor()
    along, down = (scaled_u - left).unsqueeze(-1), (scaled_v - top).unsqueeze(-1)
    mask = side - 1  # a power of two: & wraps, negative numbers too
    left, top = left.long(), top.long()
    columns = (left & mask, (left + 1) & mask)
    rows = ((top & mask) * side + base, ((top + 1) & mask) * side + base)
    taps = [[bank.texels[row + column].float() for column in columns] for row in rows]
    upper = torch.lerp(taps[0][0], taps[0][1], along)
    lower = torch.lerp(taps[1][0], taps[1][1], along)
    return torch.lerp(upper, lower, down) / 255


def shade(
    packed: Packed, forms: Float[Tensor, "b k 5 3"], bank: TextureBank, slot: Tensor, x: Tensor, y: Tensor
) -> Float[Tensor, "b 3 h w"]:
    """Colour of the surfaces seen."""
    batch, height, width = slot.shape
    index = slot.view(batch, -1)
    seen = torch.gather(forms.flatten(2), 1, index.unsqueeze(-1).expand(-1, -1, 15)).view(batch, height, width, 5, 3)
    look = torch.gather(packed.look, 1, index.unsqueeze(-1).expand(-1, -1, 5)).view(batch, height, width, 5)
    texture = torch.gather(packed.texture, 1, index).view(batch, height, width)
    value = seen[..., 0] * x.unsqueeze(-1) + seen[..., 1] * y.unsqueeze(-1) + seen[..., 2]
    inverse = 1 / value[..., D].clamp(min=1e-4)
    u, v, s = value[..., U] * inverse, value[..., V] * inverse, value[..., S] * inverse
    # d(u)/dx = (a_u - u a_d) / d. Rows correspond exactly in both views, so aliasing along y is the same in both and
    # counts less than aliasing along x.
    across = torch.hypot(seen[..., U, 0] - u * seen[..., D, 0], seen[..., V, 0] - v * seen[..., D, 0])
    down = torch.hypot(seen[..., U, 1] - u * seen[..., D, 1], seen[..., V, 1] - v * seen[..., D, 1])
    footprint = torch.maximum(across, 0.4 * down) * inverse
    colour = texture_colour(bank, texture, u, v, footprint)
    colour = 0.5 + (colour - 0.5) * look[..., :1] + look[..., 1:4]
    colour = colour * (1 + look[..., 4:5] * s.clamp(-1, 1).unsqueeze(-1))
    return colour.clamp(0, 1).permute(0, 3, 1, 2).contiguous()


def pixel_grid(height: int, width: int, device: torch.device) -> tuple[Tensor, Tensor]:
    """Column (1 w) and row (h 1) numbers of the pixel centres."""
    x = torch.arange(width, dtype=torch.float32, device=device).view(1, width)
    return x, torch.arange(height, dtype=torch.float32, device=device).view(height, 1)


def render_view(packed: Packed, bank: TextureBank, height: int, width: int, *, right: bool) -> View:
    """One view of a batch of scenes."""
    forms = to_right_view(packed.forms) if right else packed.forms
    x, y = pixel_grid(height, width, forms.device)
    if forms.is_cuda:
        disparity, slot = nearest_surface(packed, forms, x, y)
    else:
        disparity, slot = nearest_surface_boxed(packed, forms, x, y, right=right)
    image = shade(packed, forms, bank, slot, x.expand(height, width), y.expand(height, width))
    return View(image=image, disparity=disparity.unsqueeze(1), surface=slot.unsqueeze(1))


def occluded_in_other(packed: Packed, view: View, *, right: bool, tolerance: float = 0.05) -> Bool[Tensor, "b 1 h w"]:
    """True where the surface that `view` sees is hidden from, or outside, the other view.

    Exact: the z-buffer is asked at the very position at which the other camera sees the point, not at a whole pixel.
    """
    other = packed.forms if right else to_right_view(packed.forms)
    height, width = view.disparity.shape[-2:]
    x, y = pixel_grid(height, width, other.device)
    disparity = view.disparity.squeeze(1)
    position = x + disparity if right else x - disparity
    nearest, _ = nearest_surface(packed, other, position, y)
    # pixel areas reach half a pixel beyond the outermost centres
    outside = (position < -0.5) | (position > width - 0.5)
    return ((nearest > disparity + tolerance) | outside).unsqueeze(1)
