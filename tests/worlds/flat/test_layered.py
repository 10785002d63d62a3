"""The renderer against closed forms, and against rays cast in double precision."""

import numpy as np
import pytest
import torch

from scenes import RIG, bank, card, cast, pixels, rendered, surface, wall
from wilddepth.worlds.catalog import WORLDS, world
from wilddepth.worlds.flat.forms import D, Packed, linear_forms, never_seen, pack, to_right_view
from wilddepth.worlds.flat.layered import (
    View,
    nearest_surface,
    nearest_surface_boxed,
    occluded_in_other,
    pixel_grid,
    render_view,
    shade,
    surface_seen,
)
from wilddepth.worlds.flat.render import build
from wilddepth.worlds.flat.scene import Scene, Shape, Surface
from wilddepth.worlds.flat.texture import BANK_SIZE, LEVELS, SIDE, TextureBank, mip_levels

BOTH = pytest.mark.parametrize("right", [False, True], ids=["left", "right"])

FLAT = [name for name, entry in WORLDS.items() if entry.renderer == "flat"]


def hidden(packed: Packed, view: View, *, right: bool) -> np.ndarray:
    return occluded_in_other(packed, view, right=right)[0, 0].numpy()


def scenes_of(name: str, count: int, height: int, width: int, seed: int = 1) -> list[Scene]:
    return [build(world(name), seed, index, height, width) for index in range(count)]


def zbuffer(packed: Packed, height: int, width: int, *, right: bool, boxed: bool) -> tuple[torch.Tensor, torch.Tensor]:
    forms = to_right_view(packed.forms) if right else packed.forms
    x, y = pixel_grid(height, width, torch.device("cpu"))
    if boxed:
        return nearest_surface_boxed(packed, forms, x, y, right=right)
    return nearest_surface(packed, forms, x, y)


# Planes


@BOTH
@pytest.mark.parametrize("depth", [0.7, 3.0, 5.0, 4e3])
def test_a_plane_facing_the_camera_has_one_disparity(depth: float, right: bool):
    view = rendered(wall(depth))[1 + right]
    assert view.slot.eq(1).all()
    assert view.disparity.unique().numel() == 1
    torch.testing.assert_close(view.disparity[0, 0, 0, 0].item(), 100 * 0.5 / depth, rtol=1e-6, atol=0)


@BOTH
@pytest.mark.parametrize("seed", range(8))
def test_a_slanted_plane_is_where_the_rays_meet_it(seed: int, right: bool):
    rng = np.random.default_rng(seed)
    normal = np.array([rng.uniform(-0.7, 0.7), rng.uniform(-0.7, 0.7), 1.0])
    origin = np.array([rng.uniform(-1, 1), rng.uniform(-1, 1), rng.uniform(2, 30)])
    across, along = np.cross(normal, [0, 1, 0.3]) * 1e3, np.cross(normal, [1, 0, -0.2]) * 1e3
    view = rendered(surface(origin, across, along))[1 + right]
    column, row = pixels(RIG)
    ray = np.stack([(column - 40) / 100, (row - 20) / 100, np.ones_like(row)], axis=-1)
    eye = np.array([0.5 * right, 0, 0])
    depth = (normal @ (origin - eye)) / (ray @ normal)
    assert depth.min() > 0
    assert view.slot.eq(1).all()
    assert abs(view.disparity[0, 0].numpy() - 50 / depth).max() < 1e-3


@BOTH
def test_the_ground_is_linear_below_the_horizon_and_not_seen_above_it(right: bool):
    ground = surface((0, 1.6, 500), (1e4, 0, 0), (0, 0, 500))
    view = rendered(ground)[1 + right]
    below = np.arange(48) - RIG.centre_y  # rows below the horizon
    expected = np.maximum(0.5 / 1.6 * below, 50 / 5e3)[:, None]
    assert abs(view.disparity[0, 0].numpy() - expected).max() < 1e-3
    assert view.slot[0, 0, 21:].eq(1).all()
    assert view.slot[0, 0, :21].eq(0).all()


@pytest.mark.parametrize("depth", [-5.0, -0.001])
def test_a_plane_behind_the_camera_is_not_seen(depth: float):
    _, left, right = rendered(surface((0, 0, depth), (100, 0, 0), (0, 100, 0)))
    assert left.slot.eq(0).all()
    assert right.slot.eq(0).all()


@pytest.mark.parametrize("offset", [0.0, 1e-7, -1e-7])
def test_a_plane_through_the_camera_is_not_seen(offset: float):
    """The camera in the middle of a floor saw it as infinitely near on half of the image."""
    _, left, right = rendered(surface((0, offset, 0), (10, 0, 0), (0, 0, 10)))
    assert left.slot.eq(0).all()
    assert right.slot.eq(0).all()


def test_a_surface_without_extent_beyond_the_image_is_not_seen():
    _, left, right = rendered(card(10, (200, 220), (5, 20)), card(10, (-60, -40), (5, 20)))
    assert left.slot.eq(0).all()
    assert right.slot.eq(0).all()


def test_the_nearer_of_two_crossing_planes_is_seen():
    leaning = surface((0, 0, 5), (50, 0, 25), (0, 100, 0))
    _, left, _ = rendered(leaning, wall(5))
    column = np.arange(96) - 40
    depth = 5 / (1 - 0.5 * column / 100)
    expected = np.maximum(50 / depth, 10)
    assert abs(left.disparity[0, 0].numpy() - expected).max() < 1e-3
    assert left.slot[0, 0, 0].unique().tolist() == [1, 2]


# Outlines


def test_a_card_covers_the_columns_and_rows_between_its_sides():
    _, left, right = rendered(card(12, (29.5, 59.5), (9.5, 30.5)))
    expected = np.zeros((48, 96), dtype=bool)
    expected[10:31, 30:60] = True
    assert (left.slot[0, 0].numpy() == expected).all()
    assert (right.slot[0, 0].numpy() == np.roll(expected, -12, axis=1)).all()


def test_bars_have_the_stated_duty_and_number():
    bars = card(10, (9.5, 89.5), (9.5, 30.5), shape=Shape.BARS, wave=(0.3, 4.0, 0.0))
    row = rendered(bars)[1].slot[0, 0, 20, 10:90]
    assert row.sum() == 24  # 0.3 of 80
    starts = torch.nonzero(row.diff() == 1).flatten() + 1
    assert starts.diff().tolist() == [10] * (len(starts) - 1)  # 4 bars in the half width of 40 px
    assert len(starts) == 7  # and the first one begins at the rim


def test_a_blob_without_waves_is_an_ellipse_and_foliage_one_with_holes():
    column, row = pixels(RIG)
    disc = ((column - 50) / 30.25) ** 2 + ((row - 24) / 15.25) ** 2 < 1
    blob, foliage = (
        rendered(card(10, (19.75, 80.25), (8.75, 39.25), shape=shape))[1].slot[0, 0].numpy().astype(bool)
        for shape in (Shape.BLOB, Shape.FOLIAGE)
    )
    assert (blob == disc).all()
    assert not (foliage & ~disc).any()
    assert 0.5 < foliage.sum() / disc.sum() < 0.9


# Texture


def test_both_views_see_the_same_colours_at_a_whole_disparity():
    _, left, right = rendered(wall(5, texel=0.08))
    torch.testing.assert_close(left.image[..., 10:], right.image[..., :-10], rtol=0, atol=1e-5)
    assert left.image.std() > 0.1
    assert not torch.allclose(left.image[..., 9:-1], right.image[..., :-10], atol=0.05)


@pytest.mark.parametrize("lean", [(0.0, 0.0), (0.8, 0.3), (-0.6, 0.9)])
def test_the_colour_at_a_point_is_the_same_from_both_cameras(lean: tuple[float, float]):
    leaning = surface((0, 0, 5), (100, 0, 100 * lean[0]), (0, 100, 100 * lean[1]), texel=0.5, slope=0.2)
    packed, left, _ = rendered(leaning)
    x, y = pixel_grid(48, 96, torch.device("cpu"))
    position = (x - left.disparity[:, 0])[0]
    again = shade(packed, to_right_view(packed.forms), bank(), left.slot[:, 0], position, y.expand(48, 96))
    torch.testing.assert_close(again, left.image, rtol=0, atol=1e-3)


def test_look_changes_contrast_colour_and_brightness_as_stated():
    plain = rendered(wall(5))[1].image
    flat = rendered(Surface(**{**vars(wall(5)), "gain": 0.0, "tint": (0.1, 0.0, -0.2)}))[1].image
    torch.testing.assert_close(flat[0, :, 3, 5], torch.tensor([0.6, 0.5, 0.3]))
    half = rendered(Surface(**{**vars(wall(5)), "gain": 0.5}))[1].image
    torch.testing.assert_close(half, 0.5 + 0.5 * (plain - 0.5))
    shaded = card(10, (-0.5, 95.5), (-0.5, 47.5), slope=0.4, gain=0.0)
    row = rendered(shaded)[1].image[0, 0, 5]
    torch.testing.assert_close(row, 0.5 * (1 + 0.4 * (torch.arange(96) - 47.5) / 48))


def test_a_far_texture_is_averaged_and_not_aliased():
    # 8 texels a pixel: mip level 3, whose texels are the means of 8x8
    _, left, _ = rendered(surface((0.0, 0.0, 5.0), (500, 0, 0), (0, 500, 0), texel=5 / 100 / 8))
    blocks = mip_levels(np.random.default_rng(0).uniform(0, 255, (256, 256, 3)).astype(np.float32))[3]
    assert left.image.std().item() < 1.2 * blocks.std() / 255
    near = rendered(surface((0.0, 0.0, 5.0), (500, 0, 0), (0, 500, 0), texel=5 / 100))[1].image
    assert near.std() > 4 * left.image.std()


# Occlusion


def test_a_card_hides_the_columns_beside_it_as_far_as_it_is_nearer():
    packed, left, right = rendered(card(12, (29.5, 59.5), (9.5, 30.5)), backdrop=wall(12.5))
    seen = np.zeros((48, 96), dtype=bool)
    seen[:, :4] = True  # backdrop at 4 px, left of the right image
    seen[10:31, 22:30] = True  # 12 - 4 columns left of the card
    assert (hidden(packed, left, right=False) == seen).all()
    seen = np.zeros((48, 96), dtype=bool)
    seen[:, 92:] = True
    seen[10:31, 48:56] = True  # the card ends at column 47 of the right view
    assert (hidden(packed, right, right=True) == seen).all()


def test_what_is_barely_in_front_hides_nothing():
    packed, left, _ = rendered(card(4.04, (30.02, 59.5), (9.5, 30.5)), backdrop=wall(12.5))
    expected = np.zeros((48, 96), dtype=bool)
    expected[:, :4] = True
    assert (hidden(packed, left, right=False) == expected).all()
    expected[10:31, 30] = True
    assert (occluded_in_other(packed, left, right=False, tolerance=0.0)[0, 0].numpy() == expected).all()


def test_a_wall_between_the_cameras_is_hidden_from_the_right_one():
    """The right view leaves it out, and the left one called its pixels visible there."""
    between = surface((0.25, 0, 5), (0, 0, 2), (0, 1, 0))
    packed, left, right = rendered(between, backdrop=wall(12.5))
    assert left.slot.eq(1).sum() > 50
    assert right.slot.eq(0).all()
    assert hidden(packed, left, right=False)[left.slot[0, 0].numpy() == 1].all()
    assert never_seen(to_right_view(packed.forms)).tolist() == [[False, True]]


@pytest.mark.parametrize("name", FLAT)
def test_disparity_surface_and_occlusion_are_those_of_cast_rays(name: str):
    height, width = 48, 96
    for scene in scenes_of(name, 3, height, width):
        packed = pack([scene])
        column, row = pixels(scene.rig)
        for right in (False, True):
            disparity, slot = zbuffer(packed, height, width, right=right, boxed=True)
            view = View(torch.zeros(1, 3, height, width), disparity.unsqueeze(1), slot.unsqueeze(1))
            expected, number = cast(scene, column, row, right=right)
            same = surface_seen(packed, view)[0, 0].numpy() == number
            assert same.mean() > 0.999  # a pixel on an outline may round to either side
            assert abs(disparity[0].numpy() - expected)[same].max() < 1e-3
            position = column + expected if right else column - expected
            other, _ = cast(scene, position, row, right=not right)
            behind = (other > expected + 0.05) | (position < -0.5) | (position > width - 0.5)
            if not right:
                turned = [i + 1 for i, s in enumerate(scene.surfaces) if linear_forms(s, scene.rig)[D, 0] >= 1]
                behind |= np.isin(number, turned)
            assert (hidden(packed, view, right=right) == behind)[same].mean() > 0.998


# Whole worlds


@pytest.mark.parametrize("name", FLAT)
@BOTH
def test_boxes_leave_nothing_out(name: str, right: bool):
    packed = pack(scenes_of(name, 5, 96, 192))
    boxed, dense = (zbuffer(packed, 96, 192, right=right, boxed=way) for way in (True, False))
    assert torch.equal(boxed[1], dense[1])
    assert torch.equal(boxed[0], dense[0])


@pytest.mark.parametrize("name", FLAT)
def test_both_disparity_maps_agree_where_both_views_see_a_surface(name: str):
    height, width = 96, 192
    packed = pack(scenes_of(name, 4, height, width))
    left, right = (render_view(packed, no_colours(), height, width, right=side) for side in (False, True))
    visible = ~occluded_in_other(packed, left, right=False)
    position = torch.arange(width) - left.disparity
    before = position.floor().long().clamp(0, width - 1)
    after = (before + 1).clamp(max=width - 1)
    same = [right.slot.gather(-1, index) == left.slot for index in (before, after)]
    assert (same[0] | same[1])[visible].float().mean() > 0.99  # the rest is thinner than a pixel there
    # a surface is linear along a row of the right view, so that interpolation between its pixels is exact
    weight = position - before
    there = torch.lerp(right.disparity.gather(-1, before), right.disparity.gather(-1, after), weight)
    inside = visible & same[0] & same[1] & (position >= 0) & (position <= width - 1)
    assert inside.float().mean() > 0.6
    assert (there - left.disparity).abs()[inside].max() < 5e-3


def no_colours() -> TextureBank:
    """As many textures as worlds use, all of them black: quick to make."""
    sizes = [BANK_SIZE * (SIDE >> level) ** 2 for level in range(LEVELS)]
    start = tuple(int(s) for s in np.cumsum([0, *sizes[:-1]]))
    return TextureBank(torch.zeros(sum(sizes), 3, dtype=torch.uint8), start, BANK_SIZE)


@pytest.mark.parametrize("name", FLAT)
def test_disparities_of_worlds_can_be_used(name: str):
    packed = pack(scenes_of(name, 16, 256, 512, seed=0))
    x, y = torch.arange(0.0, 512, 16).view(1, -1), torch.arange(0.0, 256, 16).view(-1, 1)
    for forms in (packed.forms, to_right_view(packed.forms)):
        disparity, _ = nearest_surface(packed, forms, x, y)
        assert torch.isfinite(disparity).all()
        assert disparity.min() > 0
        assert 20 < disparity.max() < 256


def test_no_scenes_are_refused():
    with pytest.raises(ValueError, match="no scenes to pack"):
        pack([])


def test_a_batch_of_scenes_can_be_moved():
    packed = pack(scenes_of("flat-flying", 1, 48, 96)).to("meta")
    assert {t.device.type for t in (packed.forms, packed.wave, packed.look, packed.texture, packed.number)} == {"meta"}
