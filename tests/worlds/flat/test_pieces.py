import numpy as np
import pytest

from scenes import RIG, surface
from wilddepth.worlds.flat.flying import flying_card
from wilddepth.worlds.flat.indoor import build_indoor
from wilddepth.worlds.flat.pieces import Brush, backdrop, block, random_rotation, upright
from wilddepth.worlds.flat.street import build_street


def brush(seed: int = 0, **look: float) -> Brush:
    return Brush(np.random.default_rng(seed), RIG, **look)


@pytest.mark.parametrize(
    "broken", [{"origin": (0, 0, np.nan)}, {"half_s": (np.inf, 0, 0)}, {"texel": 0.0}, {"texel": -1.0}]
)
def test_a_surface_that_is_not_finite_or_has_no_texels_is_refused(broken: dict[str, object]):
    whole = {"origin": (0, 0, 5), "half_s": (1, 0, 0), "half_t": (0, 1, 0)}
    with pytest.raises(ValueError, match="finite vectors and a positive texel size"):
        surface(**{**whole, **broken})


def test_a_block_has_the_stated_size_and_stands_on_its_foot():
    """Looked at from the left, a box shows its near and its left face."""
    faces = block(brush(), x=6.0, foot=0.4, z=10.0, size=(2.0, 1.0, 4.0))
    assert len(faces) == 2
    near, left = faces
    np.testing.assert_allclose(near.origin, (6, -0.1, 10))
    np.testing.assert_allclose(left.origin, (5, -0.1, 12))
    assert [np.linalg.norm(near.half_s), np.linalg.norm(near.half_t)] == [1.0, 0.5]
    assert [np.linalg.norm(left.half_s), np.linalg.norm(left.half_t)] == [2.0, 0.5]


def test_a_block_below_the_eye_shows_its_top_and_a_turned_one_its_sides():
    top = block(brush(), x=0.0, foot=1.5, z=5.0, size=(1.0, 0.5, 1.0))
    assert len(top) == 2
    np.testing.assert_allclose(top[1].origin, (0, 1.0, 5.5))
    turned = block(brush(), x=0.0, foot=1.5, z=5.0, size=(1.0, 0.5, 1.0), yaw=0.7)
    assert len(turned) == 3
    for face in turned:
        assert np.cross(face.half_s, face.half_t) @ face.origin != 0


def test_an_upright_card_stands_on_its_foot():
    sign = upright(brush(), x=2.0, foot=1.5, z=8.0, width=0.4, height=1.0)
    np.testing.assert_allclose(sign.origin + sign.half_t, (2, 1.5, 8))
    np.testing.assert_allclose(sign.half_s, (0.2, 0, 0))


def test_a_flying_card_has_the_stated_disparity_at_its_centre():
    for seed in range(5):
        card = flying_card(brush(seed), 7.0, (10, 20), tilt=0.9)
        assert RIG.focal * RIG.baseline / card.origin[2] == pytest.approx(7.0)
        size = 2 * np.linalg.norm(card.half_s) * RIG.focal / card.origin[2]
        assert 10 <= size <= 20


def test_a_backdrop_faces_the_camera_at_its_distance():
    behind = backdrop(brush(), 80.0)
    assert behind.origin.tolist() == [0, 0, 80]
    assert np.cross(behind.half_s, behind.half_t)[:2].tolist() == [0, 0]


def test_a_rotation_keeps_lengths_and_tilts_no_further_than_asked():
    for seed in range(20):
        rotation = random_rotation(np.random.default_rng(seed), 0.5)
        np.testing.assert_allclose(rotation @ rotation.T, np.eye(3), atol=1e-12)
        assert np.linalg.det(rotation) == pytest.approx(1)
        assert rotation[2, 2] >= np.cos(0.5) ** 2


def test_darkness_and_contrast_act_on_every_surface():
    bright, dark = (
        build_street(np.random.default_rng(3), 96, 192, darkness=darkness, contrast=contrast)
        for darkness, contrast in ((0.0, 1.0), (0.12, 0.6))
    )
    assert len(bright.surfaces) == len(dark.surfaces) > 5
    for one, other in zip(bright.surfaces, dark.surfaces, strict=True):
        np.testing.assert_allclose(np.array(one.tint) - other.tint, 0.12)
        assert other.gain == pytest.approx(0.6 * one.gain)


@pytest.mark.parametrize("seed", [1519, 1677])
def test_a_block_as_tall_as_its_room_is_built(seed: int):
    """A block taller than its room, one room in two thousand, had no place to stand: low above high was refused."""
    assert len(build_indoor(np.random.default_rng(seed), 256, 512).surfaces) > 5
