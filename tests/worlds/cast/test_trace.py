"""Sixteen rays at a time against one ray at a time, and what happens without embreex."""

import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest

import solids
from solids import HERE, RICH, RIG, body, plane, pose, scene, sphere
from wilddepth.errors import ConfigError
from wilddepth.worlds.cast import embree, trace
from wilddepth.worlds.cast.frame import Caster
from wilddepth.worlds.cast.scene import Light, Mesh, Sun

RAYS = 1003
"""Not a multiple of 16."""


@pytest.fixture
def embreex() -> None:
    pytest.importorskip("embreex")


@pytest.fixture
def unreachable(monkeypatch: pytest.MonkeyPatch, embreex: None) -> Iterator[None]:
    """As with a build of embreex whose library cannot be reached."""
    monkeypatch.setattr(embree, "_places", lambda: iter([embree.Path("nowhere.so")]))
    embree.library.cache_clear()
    yield
    embree.library.cache_clear()


def soup(seed: int, shift: float) -> trace.Triangles:
    rng = np.random.default_rng(seed)
    corners = rng.uniform(-1, 1, (300, 1, 3)) + rng.uniform(-0.2, 0.2, (300, 3, 3)) + (0, 0, shift)
    return corners.reshape(-1, 3), np.arange(900).reshape(-1, 3)


def both() -> tuple[trace.Rays, trace.Rays]:
    parts = soup(1, 3.0), soup(2, 4.0)
    packets = embree.Packets([embree.Solid(*part, name) for name, part in enumerate(parts)], [0, 1000])
    return packets, trace.Singles([trace._embreex_scene(*part) for part in parts], [0, 1000])


def test_packets_and_single_rays_hit_the_same(embreex):
    packets, singles = both()
    origin = np.zeros((1, 3), np.float32)
    directions = np.random.default_rng(3).uniform((-0.5, -0.5, 1), (0.5, 0.5, 1), (RAYS, 3)).astype(np.float32)
    (face, far), (face_1, far_1) = packets.nearest(origin, directions), singles.nearest(origin, directions)
    assert (face == face_1).mean() > 0.998
    assert 0.03 < (face_1 >= 1000).mean() < 0.5
    assert (face_1 < 0).any()
    same = (face == face_1) & (face >= 0)
    np.testing.assert_allclose(far[same], far_1[same], rtol=1e-4)


@pytest.mark.parametrize("reach", [2.5, 3.2, 10.0])
def test_packets_and_single_rays_are_stopped_by_the_same(embreex, reach):
    packets, singles = both()
    origins = np.random.default_rng(4).uniform(-0.5, 0.5, (RAYS, 3)).astype(np.float32)
    direction = np.array([[0, 0, 1]], np.float32)
    blocked = packets.blocked(origins, direction, reach)
    assert (blocked == singles.blocked(origins, direction, reach)).mean() > 0.998
    assert 0 < blocked.mean() < 1


def test_rays_through_nothing_hit_nothing(embreex):
    for nothing in (embree.Packets([], []), trace.Singles([], [])):
        face, _ = nothing.nearest(np.zeros((1, 3), np.float32), np.ones((5, 3), np.float32))
        assert (face == -1).all()
        assert not nothing.blocked(np.zeros((1, 3), np.float32), np.ones((5, 3), np.float32), 9.0).any()


def picture() -> np.ndarray:
    light = Light(Sun((0.48, -0.6, -0.64), (2.0, 2.0, 2.0)))
    ball = body(sphere(1.0, 3), solids.Moves(pose((0, 0, 3)), (1, 0, 0)), RICH)
    frame = Caster(scene(body(plane(), pose((0, 0, 5)), RICH), ball, light=light)).frame(RIG, HERE, 0.2)
    return np.concatenate([frame.left.image.ravel(), frame.left.disparity.ravel(), frame.occluded.ravel()])


def test_where_the_library_cannot_be_reached_pictures_are_the_same(embreex, request):
    fast = picture()
    request.getfixturevalue("unreachable")
    assert embree.library() is None
    assert (np.abs(picture() - fast) < 1e-4).mean() > 0.998


def test_a_scene_without_still_bodies_is_seen(embreex):
    moving = body(sphere(1.0, 3), solids.Moves(pose((0, 0, 3)), (1, 0, 0)))
    frame = Caster(scene(moving)).frame(RIG, HERE)
    assert 0.1 < (frame.left.surface == 1).mean() < 0.9
    assert (frame.left.moving == (frame.left.surface == 1)).all()


def test_a_moment_is_the_same_whatever_was_rendered_before(embreex):
    ball = body(sphere(1.0, 3), solids.Moves(pose((0, 0, 3)), (1, 0, 0)), RICH)
    caster = Caster(scene(body(plane(), pose((0, 0, 5)), RICH), ball))
    first = caster.frame(RIG, HERE, 0.25)
    for time in (0.0, 1.0, 2.0, 3.0):
        caster.frame(RIG, HERE, time, after=(HERE, time + 0.5))
    again = caster.frame(RIG, HERE, 0.25)
    np.testing.assert_array_equal(first.left.image, again.left.image)
    np.testing.assert_array_equal(first.left.disparity, again.left.disparity)


def test_a_picture_of_an_odd_size_is_the_upper_left_part_of_a_larger_one(embreex):
    caster = Caster(scene(body(sphere(1.0, 3), pose((0, 0, 3)), RICH)))
    whole, part = caster.frame(RIG, HERE), caster.frame(replace(RIG, height=33, width=71), HERE)
    np.testing.assert_array_equal(part.left.image, whole.left.image[:33, :71])
    np.testing.assert_array_equal(part.right.depth, whole.right.depth[:33, :71])


def test_without_embreex_the_error_says_what_to_install():
    program = (
        "import sys; sys.modules['embreex'] = None\n"
        f"sys.path[:0] = {sys.path!r}\n"
        "import solids\n"
        "from wilddepth.worlds.cast.frame import Caster\n"
        "Caster(solids.scene(solids.body(solids.plane())))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=120)
    assert done.returncode == 1
    last = done.stderr.strip().splitlines()[-1]
    assert last.startswith(f"{ConfigError.__module__}.ConfigError: ray-cast worlds need the package embreex")
    assert 'pip install "wilddepth[worlds]"' in last


def test_no_ray_slips_through_between_two_triangles(embreex):
    mesh = sphere(1.0, 4)
    rng, corners = np.random.default_rng(0), mesh.vertices[mesh.faces]
    chosen, share = rng.integers(len(corners), size=20_000), rng.uniform(0, 1, (20_000, 1))
    edges = corners[chosen, 0] * share + corners[chosen, 1] * (1 - share)
    origin = np.full((1, 3), 0.1, np.float32)
    rays = trace.rays([trace.solid((mesh.vertices, mesh.faces), 0)], [0])
    assert (rays.nearest(origin, edges.astype(np.float32) - origin)[0] >= 0).all()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"mesh": Mesh(np.full((3, 3), np.nan), np.array([[0, 1, 2]]))}, r"vertices of body 0 \(post\) are not finite"),
        ({"mesh": Mesh(np.zeros((3, 3)), np.array([[0, 1, 3]]))}, "faces of body 0 .* beyond its 3"),
        ({"mesh": Mesh(np.zeros((3, 3)), np.array([[0, -1, 2]]))}, "faces of body 0 .* beyond its 3"),
        ({"material_of": np.array([0, 1])}, "a material from 0 to 0 for each of its 2 faces"),
        ({"material_of": np.array([0, -1])}, "a material from 0 to 0"),
        ({"material_of": np.array([0])}, "for each of its 2 faces"),
        ({"materials": ()}, "a material from 0 to -1"),
    ],
)
def test_bodies_that_name_what_they_do_not_have_are_refused(embreex, change, message):
    with pytest.raises(ValueError, match=message):
        Caster(scene(replace(body(plane(), kind="post"), **change)))
