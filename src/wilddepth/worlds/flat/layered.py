"""Renders scenes of flat surfaces by a z-buffer, exactly, in plain torch, on CPU or GPU.

A surface is five linear forms of the pixel position (see `forms`), and both views are rendered by the same code.
Nothing is warped from one view to the other.
"""

from dataclasses import dataclass

import torch
from jaxtyping import Bool, Float, Int, Shaped
from torch import Tensor

from wilddepth.worlds.flat.forms import D, Packed, S, T, U, V, never_seen, to_right_view
from wilddepth.worlds.flat.scene import Shape
from wilddepth.worlds.flat.texture import LEVELS, SIDE, TextureBank


@dataclass(frozen=True)
class View:
    """One rendered view.

    Attributes:
        image: RGB, 0..1, before any photometric difference.
        disparity: px, positive, of this view (left minus right column in both).
        slot: slot of the batch that is seen.
    """

    image: Float[Tensor, "b 3 h w"]
    disparity: Float[Tensor, "b 1 h w"]
    slot: Int[Tensor, "b 1 h w"]


def outline(
    shape: Shape, s: Float[Tensor, "b h w"], t: Float[Tensor, "b h w"], wave: Float[Tensor, "b 3"]
) -> Bool[Tensor, "b h w"]:
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


def evaluate(
    form: Float[Tensor, "b 3"], x: Float[Tensor, "*#batch #h w"], y: Float[Tensor, "h #w"]
) -> Float[Tensor, "b h w"]:
    """a x + b y + c for every image of the batch; x and y broadcast to (h, w) or (b, h, w)."""
    a, b, c = (form[:, i].view(-1, 1, 1) for i in range(3))
    return (a * x + c) + b * y


def nearest_surface(
    packed: Packed, forms: Float[Tensor, "b k 5 3"], x: Float[Tensor, "*#batch #h w"], y: Float[Tensor, "h #w"]
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
    packed: Packed, forms: Float[Tensor, "b k 5 3"], x: Float[Tensor, "1 w"], y: Float[Tensor, "h 1"], *, right: bool
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
    bank: TextureBank,
    texture: Int[Tensor, "b h w"],
    u: Float[Tensor, "b h w"],
    v: Float[Tensor, "b h w"],
    footprint: Float[Tensor, "b h w"],
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
    packed: Packed,
    forms: Float[Tensor, "b k 5 3"],
    bank: TextureBank,
    slot: Int[Tensor, "b h w"],
    x: Float[Tensor, "#h w"],
    y: Float[Tensor, "h #w"],
) -> Float[Tensor, "b 3 h w"]:
    """Colour of the surfaces seen."""
    seen = of_slot(forms.flatten(2), slot).view(*slot.shape, 5, 3)
    look, texture = of_slot(packed.look, slot), of_slot(packed.texture.unsqueeze(-1), slot).squeeze(-1)
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


def of_slot(values: Shaped[Tensor, "b k n"], slot: Int[Tensor, "b h w"]) -> Shaped[Tensor, "b h w n"]:
    """What belongs to the slot that each pixel shows."""
    index = slot.flatten(1).unsqueeze(-1).expand(-1, -1, values.shape[-1])
    return torch.gather(values, 1, index).view(*slot.shape, -1)


def pixel_grid(height: int, width: int, device: torch.device) -> tuple[Float[Tensor, "1 w"], Float[Tensor, "h 1"]]:
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
    return View(image=image, disparity=disparity.unsqueeze(1), slot=slot.unsqueeze(1))


def surface_seen(packed: Packed, view: View) -> Int[Tensor, "b 1 h w"]:
    """0 on the backdrop, else 1 + the place in the scene's list of surfaces: the same whatever the batch."""
    return of_slot(packed.number.unsqueeze(-1), view.slot.squeeze(1)).permute(0, 3, 1, 2)


def occluded_in_other(packed: Packed, view: View, *, right: bool, tolerance: float = 0.05) -> Bool[Tensor, "b 1 h w"]:
    """True where the surface that `view` sees is hidden from, or outside, the other view.

    Exact: the z-buffer is asked at the very position at which the other camera sees the point, not at a whole pixel.

    Args:
        packed: the scenes.
        view: one rendered view of them.
        right: True when `view` is the right one.
        tolerance: what lies less than this in front does not hide, px: markings on a road.
    """
    other = packed.forms if right else to_right_view(packed.forms)
    height, width = view.disparity.shape[-2:]
    x, y = pixel_grid(height, width, other.device)
    disparity, slot = view.disparity.squeeze(1), view.slot.squeeze(1)
    position = x + disparity if right else x - disparity
    nearest, _ = nearest_surface(packed, other, position, y)
    # pixel areas reach half a pixel beyond the outermost centres
    outside = (position < -0.5) | (position > width - 0.5)
    turned = of_slot(never_seen(other).unsqueeze(-1), slot).squeeze(-1)
    return ((nearest > disparity + tolerance) | outside | turned).unsqueeze(1)
