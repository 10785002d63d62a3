"""Frames of ray-cast worlds: the same always, with truth that fits the pictures."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest
import torch

from cast_scenes import build_yard
from wilddepth.errors import ConfigError
from wilddepth.geometry.warp import warp_by_disparity
from wilddepth.worlds.cast import render
from wilddepth.worlds.cast import shot as shots
from wilddepth.worlds.cast.shot import shot_of
from wilddepth.worlds.catalog import Rendered, Take, render_batch, world

pytest.importorskip("embreex")
SIZE = (48, 96)


@pytest.fixture(autouse=True)
def yard(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """All worlds are yards."""
    monkeypatch.setattr(shots, "built", lambda name, rng, **wishes: build_yard(rng))
    shots._shot.cache_clear()
    render._neighbour.cache_clear()
    yield
    shots._shot.cache_clear()
    render._neighbour.cache_clear()


def shot(name: str = "street", indices: tuple[int, ...] = (0,), seed: int = 0, **more: object) -> Rendered:
    extra = {name: more.pop(name) for name in ("neighbours", "motion") if name in more}
    size = more.pop("size", SIZE)
    return render_batch(name, seed, indices, *size, take=Take(**more), **extra)  # type: ignore


# The same frame, always


@pytest.mark.parametrize("name", ["street", "all", "flying"])
def test_a_frame_is_the_same_whatever_was_rendered_before(name: str):
    alone, batch = shot(name, (3,)), shot(name, (0, 3, 5))
    assert torch.equal(alone.sample.image[0], batch.sample.image[1])
    assert torch.equal(alone.sample.right[0], batch.sample.right[1])
    assert torch.equal(alone.truth.disparity[0], batch.truth.disparity[1])
    assert alone.sample.keys == (f"{name}-0-000003",)
    assert alone.records[0] == batch.records[1]


def test_another_seed_index_or_world_is_another_scene():
    first = shot().sample.image
    for other in (shot(seed=1), shot(indices=(1,)), shot("city-a"), shot("all")):
        assert (other.sample.image - first).abs().mean() > 0.01


def test_only_roads_mirror_what_stands_around():
    def height(name: str, number: int = 0) -> float:
        return shot_of(world(name), 0, number, SIZE, Take()).caster.scene.light.surroundings

    assert {height(name) for name in ("street", "city-a", "all", "indoor")} == {0.0}
    heights, (low, high) = [height("roads", number) for number in range(8)], world("roads").surroundings
    assert len(set(heights)) == 8
    assert low <= min(heights) < max(heights) <= high


def test_the_rig_does_not_change_the_scene_nor_the_weather_the_way():
    free, kitti = (shot_of(world("street"), 0, 0, SIZE, Take(rig=rig)) for rig in (None, "kitti"))
    assert all(
        np.array_equal(one.mesh.vertices, two.mesh.vertices)
        for one, two in zip(free.caster.scene.bodies, kitti.caster.scene.bodies, strict=True)
    )
    day, night = (shot_of(world("street"), 0, 0, SIZE, Take(rig="kitti", weather=(word,))) for word in ("day", "night"))
    assert day.rig == night.rig
    assert day.start == night.start
    assert np.array_equal(day.path.pose(1.0), night.path.pose(1.0))
    assert night.caster.scene.light.sun is None or night.caster.scene.light.sun.colour[0] < 0.1
    assert night.caster.scene.light.lamps == 1


# The truth


def unexplained(made: Rendered, offset: float) -> float:
    rebuilt, inside = warp_by_disparity(made.sample.right, made.truth.disparity + offset)
    seen = inside & ~made.truth.occluded
    return float((rebuilt - made.sample.image).abs().mean(dim=1, keepdim=True)[seen].mean())


@pytest.mark.parametrize("rig", ["kitti", "indoor", "any"])
def test_the_exact_disparity_explains_the_pictures_best(rig: str):
    made = shot(indices=(0, 1), rig=rig, samples=3, sensor="ideal", weather=("day",), size=(96, 192))
    exact = unexplained(made, 0.0)
    assert exact < 0.03
    assert exact < 0.8 * min(unexplained(made, offset) for offset in (-1.0, -0.5, 0.5, 1.0))


def test_depth_disparity_and_calibration_are_of_one_piece():
    made = shot(indices=(0, 1, 2, 3), rig="indoor")
    camera, baseline = made.sample.camera, made.sample.baseline
    expected = (camera.focal_x * baseline).view(-1, 1, 1, 1) / made.truth.depth - made.sample.doffs().view(-1, 1, 1, 1)
    torch.testing.assert_close(made.truth.disparity, expected, atol=1e-3, rtol=1e-4)
    assert (made.sample.doffs() >= 0).all()
    assert made.truth.valid.all()
    assert made.truth.disparity.min() > 0
    assert torch.equal(made.truth.disparity, made.sample.labels["renderer"].disparity)
    assert made.truth.surface.max() <= 7
    assert made.truth.moving.equal(made.truth.foreground)


def test_without_occlusion_nothing_else_changes():
    whole = render_batch("street", 0, [0], *SIZE)
    quick = render_batch("street", 0, [0], *SIZE, occlusion=False)
    assert quick.truth.occluded is None
    assert quick.right_occluded is None
    assert whole.right_occluded is not None
    assert torch.equal(quick.sample.image, whole.sample.image)


def test_no_indices_are_refused():
    with pytest.raises(ValueError, match="no scenes"):
        render_batch("street", 0, [])


# Clips


CLIP = {"clip": 4, "rate": 5.0, "rig": "kitti", "sensor": "ideal", "weather": ("day",)}


def test_the_frames_of_a_clip_are_one_scene_at_a_stated_rate():
    made = shot(indices=(0, 1, 2, 3, 4), **CLIP)
    seconds = made.sample.timestamps
    torch.testing.assert_close(seconds[1:4] - seconds[:3], torch.full((3,), 0.2, dtype=torch.float64))
    places = torch.tensor([record["world_from_left"] for record in made.records]).view(-1, 3, 4)[:, :, 3]
    steps = (places[1:4] - places[:3]).norm(dim=1)
    torch.testing.assert_close(steps, torch.full((3,), 1.0), atol=0.06, rtol=0)  # 5 m/s
    assert torch.equal(made.sample.baseline[:4], made.sample.baseline[:1].expand(4))
    assert [record["clip"] for record in made.records] == [0, 0, 0, 0, 1]
    assert made.sample.speed[0] == 5


def test_neighbours_come_with_poses_flow_and_motion():
    made = shot(indices=(1, 2), neighbours=(-1, 1), motion=True, **CLIP)
    alone = shot(indices=(0, 1, 2, 3), **CLIP)
    assert torch.equal(made.sample.neighbours[-1], alone.sample.image[:2])
    assert torch.equal(made.sample.neighbours[1], alone.sample.image[2:])
    assert torch.equal(made.sample.image, alone.sample.image[1:3])
    for offset in (-1, 1):
        here, there = (alone_poses(alone)[[1 + k + shift for k in (0, 1)]] for shift in (0, offset))
        torch.testing.assert_close(made.sample.poses[offset], (there.inverse() @ here).float(), atol=1e-5, rtol=0)
    assert torch.equal(made.truth.pose, made.sample.poses[1])
    assert alone.truth.flow is None
    assert made.truth.flow.shape == (2, 2, *SIZE)


def alone_poses(made: Rendered) -> torch.Tensor:
    rows = torch.tensor([record["world_from_left"] for record in made.records], dtype=torch.float64).view(-1, 3, 4)
    return torch.cat([rows, torch.tensor([[[0, 0, 0, 1.0]]], dtype=torch.float64).expand(len(rows), 1, 4)], dim=1)


def test_flow_is_what_depth_and_pose_say_where_nothing_moves():
    made = shot(indices=(1,), motion=True, **CLIP)
    camera, depth = made.sample.camera, made.truth.depth[0, 0].double()
    row, column = torch.meshgrid(torch.arange(SIZE[0]), torch.arange(SIZE[1]), indexing="ij")
    rays = torch.stack(((column - camera.centre_x) / camera.focal_x, (row - camera.centre_y) / camera.focal_y), dim=-1)
    points = torch.cat((rays, torch.ones(*SIZE, 1)), dim=-1).double() * depth[..., None]
    pose = made.truth.pose[0].double()
    moved = points @ pose[:3, :3].T + pose[:3, 3]
    x = camera.focal_x * moved[..., 0] / moved[..., 2] + camera.centre_x
    still = ~made.truth.moving[0, 0] & (moved[..., 2] > 0.5)
    error = (made.truth.flow[0, 0] - (x - column)).abs()
    assert error[still].max() < 0.02


def test_a_neighbour_outside_the_clip_is_refused():
    with pytest.raises(ValueError, match=r"frame 3 has no neighbour \+1 in its clip of 4"):
        shot(indices=(3,), neighbours=(1,), **CLIP)


def test_noise_differs_from_frame_to_frame_and_the_cameras_stay():
    take = {**CLIP, "sensor": "cheap"}
    made = shot(indices=(0, 1), **take)
    one, two = (record["sensor"] for record in made.records)
    assert one == two
    assert one["name"] == "cheap"
    standing = {"clip": 3, "rate": 1e6, "sensor": "cheap", "rig": "kitti", "weather": ("clear",)}
    first, second = shot(indices=(0, 1), **standing).sample.image
    assert 1e-4 < (first - second).abs().mean() < 0.05


# Weather over a stream


def test_a_stream_changes_its_weather_in_equal_parts():
    words = ("day", "tunnel", "night", "rain")
    made = shot(indices=tuple(range(8)), weather=words, frames=8, rig="kitti")
    assert [record["weather"]["weather"] for record in made.records] == [word for word in words for _ in range(2)]
    turns = shot(indices=tuple(range(5)), weather=words, rig="kitti")
    assert [record["weather"]["weather"] for record in turns.records] == [*words, "day"]


def test_a_drive_goes_on_while_its_weather_changes():
    take = {**CLIP, "clip": 4, "weather": ("day", "night"), "frames": 4}
    made = shot(indices=(1, 2), neighbours=(-1, 1), **take)
    plain = shot(indices=(1, 2), neighbours=(-1, 1), **CLIP)
    assert [record["weather"]["light"] for record in made.records] == ["day", "night"]
    assert torch.equal(made.sample.image[0], plain.sample.image[0])
    assert torch.equal(made.truth.depth, plain.truth.depth)
    assert torch.equal(made.sample.poses[1], plain.sample.poses[1])
    assert (made.sample.image[1] - plain.sample.image[1]).abs().mean() > 0.02


def test_what_a_world_cannot_be_is_refused():
    for wrong, message in (
        (Take(rig="kity"), "unknown rig 'kity'"),
        (Take(sensor="phone"), "unknown sensor 'phone'"),
        (Take(weather=("hail",)), "unknown weather 'hail'"),
    ):
        with pytest.raises(ConfigError, match=message):
            wrong.check(world("street"))
    with pytest.raises(ConfigError, match="indoor is indoors, where there is no 'rain'; there are clear, dim, glare"):
        Take(weather=("rain",)).check(world("indoor"))
    with pytest.raises(ConfigError, match="all is indoors"):
        Take(weather=("dim", "night")).check(world("all"))
    with pytest.raises(ConfigError, match="flat-street is drawn in layers and has no clip"):
        Take(clip=3).check(world("flat-street"))
    Take(weather=("dim",)).check(world("all"))
    Take(sensor="video").check(world("flat-street"))


def test_without_the_extra_a_ray_cast_world_says_what_to_install(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("wilddepth.worlds.take.find_spec", lambda name: None)
    with pytest.raises(ConfigError, match=r'pip install "wilddepth\[worlds\]"'):
        Take().check(world("street"))
    replace(Take(), sensor="video").check(world("flat-street"))
