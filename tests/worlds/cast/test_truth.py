"""Depth, disparity, occlusion, flow and labels of ray-cast scenes against closed forms."""

from dataclasses import replace

import cv2
import numpy as np
import pytest

import solids
from solids import HERE, RICH, RIG, body, box, plane, pose, scene, sphere

pytest.importorskip("embreex")

from wilddepth.worlds.cast.frame import Caster, View
from wilddepth.worlds.cast.scene import SKY_DISTANCE, Body

TOLERANCE = 1e-3
"""px"""
WALL = pose((0, 0, 8), yaw=0.0)
CARD = (1.4, 1.0, 2.0)
"""Width and height of a card, and its depth, m."""


def card(motion: object = None) -> Body:
    """Thin, facing the camera, in front of the wall."""
    at = pose((0.1, 0, CARD[2] + 5e-4))
    return body(box((CARD[0], CARD[1], 1e-3)), at if motion is None else motion)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "at",
    [pose((0, 0, 7)), pose((0, 0, 5), yaw=0.9), pose((0, 1.2, 3), pitch=-1.4), pose((1, 0, 6), yaw=-0.7, pitch=0.8)],
)
def test_planes_lie_where_geometry_says_in_both_views(at):
    camera = pose((0.2, -0.1, 0.3), yaw=0.05, pitch=-0.04)
    frame = Caster(scene(body(plane(), at))).frame(RIG, camera)
    for view, right in ((frame.left, False), (frame.right, True)):
        depth = solids.depth_of_plane(at, camera=camera, right=right)
        hit = (depth > 0.1) & (depth < 300)
        assert hit.mean() > 0.3
        assert (view.surface[hit] == 1).all()
        np.testing.assert_allclose(view.depth[hit], depth[hit], rtol=1e-6)
        assert np.abs(view.disparity - solids.disparity(depth))[hit].max() < TOLERANCE


def test_spheres_lie_where_geometry_says_in_both_views():
    centre, radius = (0.3, 0.1, 4.0), 1.0
    frame = Caster(scene(body(sphere(radius, 7), pose(centre)))).frame(RIG, HERE)
    for view, right in ((frame.left, False), (frame.right, True)):
        depth, cosine = solids.depth_of_sphere(centre, radius, right=right)
        inner = cosine > 0.3  # nearer to the rim, the triangles' own error is larger than the tolerance
        assert inner.sum() > 1500
        assert (view.surface[inner] == 1).all()
        assert np.abs(view.disparity - solids.disparity(depth))[inner].max() < TOLERANCE


def test_far_from_the_origin_depth_stays_exact():
    camera, at = pose((4000, 0, 9000), yaw=2.0), pose((4000, 0, 9000), yaw=2.0) @ pose((0, 0, 6), yaw=0.5)
    view = Caster(scene(body(plane(50), at))).frame(RIG, camera).left
    depth = solids.depth_of_plane(at, camera=camera)
    inside = (depth > 0) & (depth < 40)
    assert inside.mean() > 0.9
    assert np.abs(view.disparity - solids.disparity(depth))[inside].max() < TOLERANCE


@pytest.mark.parametrize("offset", [-7.0, 4.5])
def test_other_principal_points_shift_the_disparity(offset):
    rig = replace(RIG, right_centre_x=RIG.centre_x + offset)
    frame = Caster(scene(body(plane(), pose((0, 0, 5), yaw=0.3)))).frame(rig, HERE)
    # Z = f B / (d + doffs), doffs = right minus left
    for view in (frame.left, frame.right):
        np.testing.assert_allclose(rig.focal_x * rig.baseline / (view.disparity + offset), view.depth, rtol=1e-5)
    point = np.array([0.2, 0.1, 0]) @ pose(yaw=0.3)[:3, :3].T + (0, 0, 5)
    left, _ = solids.project(point)
    right = (point[0] - rig.baseline) / point[2] * rig.focal_x + rig.right_centre_x
    assert solids.disparity(point[2], rig) == pytest.approx(left - right)


def test_a_card_hides_from_the_other_view_what_geometry_says():
    frame = Caster(scene(body(plane(), WALL), card())).frame(RIG, HERE)
    row, column = np.mgrid[0 : RIG.height, 0 : RIG.width].astype(float)
    near, far = solids.disparity(CARD[2]), solids.disparity(8.0)
    first, last = (RIG.centre_x + (0.1 + side * CARD[0] / 2) * RIG.focal_x / CARD[2] for side in (-1, 1))
    top, bottom = (RIG.centre_y + side * CARD[1] / 2 * RIG.focal_y / CARD[2] for side in (-1, 1))
    rows = (row > top) & (row < bottom)
    on_card = rows & (column > first) & (column < last)
    seen_at = column - far
    hidden = ~on_card & ((rows & (seen_at > first - near) & (seen_at < last - near)) | (seen_at < -0.5))
    hidden |= on_card & (column - near < -0.5)
    np.testing.assert_array_equal(frame.left.surface, np.where(on_card, 2, 1))
    np.testing.assert_array_equal(frame.occluded, hidden)
    on_card = rows & (column > first - near) & (column < last - near)
    seen_at = column + far
    hidden = ~on_card & ((rows & (seen_at > first) & (seen_at < last)) | (seen_at >= RIG.width - 0.5))
    np.testing.assert_array_equal(frame.right_occluded, hidden | (on_card & (column + near >= RIG.width - 0.5)))


def test_flow_of_a_turned_box_that_moves_and_of_a_camera_that_moves():
    start, velocity, time = pose((0.3, 0, 4.0), yaw=0.6), (0.8, -0.3, 0.5), 0.5
    moving = body(box((1.0, 1.0, 1.0)), solids.Moves(start, velocity), foreground=True)
    caster, camera = Caster(scene(body(plane(), WALL), moving)), pose((0.1, 0.05, 0.4), yaw=0.03)
    frame = caster.frame(RIG, HERE, 1.0, after=(camera, 1.0 + time))
    _, direction = solids.rays()
    points = direction * frame.left.depth[..., None].astype(float)
    on_box = frame.left.surface == 2
    np.testing.assert_allclose(frame.left.depth[~on_box], solids.depth_of_plane(WALL)[~on_box], rtol=1e-6)
    moved = points + on_box[..., None] * np.array(velocity) * time
    row, column = np.mgrid[0 : RIG.height, 0 : RIG.width]
    expected = solids.project(moved, camera=camera) - np.stack([column, row], axis=-1)
    assert on_box.sum() > 300
    assert np.abs(frame.flow - expected).max() < TOLERANCE
    np.testing.assert_array_equal(frame.left.moving, on_box)
    np.testing.assert_array_equal(frame.left.foreground, on_box)
    # The nearest corner at time 1: the start, moved by a whole second.
    corners = (box((1.0, 1.0, 1.0)).vertices @ start[:3, :3].T + start[:3, 3] + velocity)[:, 2]
    assert corners.min() <= frame.left.depth[on_box].min() < corners.min() + 0.02


def test_what_a_moving_card_will_hide_is_marked():
    shift = 0.6
    caster = Caster(scene(body(plane(), WALL), card(solids.Moves(pose((0.1, 0, CARD[2] + 5e-4)), (shift, 0, 0)))))
    frame = caster.frame(RIG, HERE, 0.0, after=(HERE, 1.0))
    later = caster.frame(RIG, HERE, 1.0)
    covered = (frame.left.surface == 1) & (later.left.surface == 2)
    leaves = (frame.left.surface == 2) & (np.arange(RIG.width) + shift * RIG.focal_x / CARD[2] >= RIG.width - 0.5)
    assert covered.sum() > 100
    assert leaves.sum() > 100
    np.testing.assert_array_equal(frame.flow_occluded, covered | leaves)
    expected = (frame.left.surface == 2)[..., None] * np.array([shift * RIG.focal_x / CARD[2], 0])
    np.testing.assert_allclose(frame.flow, expected, atol=1e-4)


def test_what_is_behind_the_other_camera_cannot_be_seen():
    frame = Caster(scene(body(plane(), pose((0, 0, 2))))).frame(RIG, HERE, after=(pose((0, 0, 3)), 0.0))
    assert frame.flow_occluded.all()


def test_the_sky_is_far_away_and_still():
    frame = Caster(scene(card())).frame(RIG, HERE)
    sky = frame.left.surface == 0
    assert sky.any()
    assert not sky.all()
    assert (frame.left.depth[sky] == SKY_DISTANCE).all()
    np.testing.assert_allclose(frame.left.disparity[sky], 50 / SKY_DISTANCE, rtol=1e-6)
    assert not frame.left.moving[sky].any()
    assert not frame.left.foreground[sky].any()


def test_only_what_is_asked_for_is_there():
    frame = Caster(scene(card())).frame(RIG, HERE, occlusion=False)
    assert frame.occluded is frame.right_occluded is frame.flow is frame.flow_occluded is None


def test_truth_does_not_depend_on_samples():
    caster = Caster(scene(body(plane(), WALL), card()))
    one, four = (caster.frame(RIG, HERE, samples=samples, after=(pose((0, 0, 1)), 0.0)) for samples in (1, 2))
    for name in ("depth", "disparity", "surface"):
        np.testing.assert_array_equal(getattr(one.left, name), getattr(four.left, name))
    for name in ("occluded", "right_occluded", "flow", "flow_occluded"):
        np.testing.assert_array_equal(getattr(one, name), getattr(four, name))


def rebuilt(right: View, left: View) -> np.ndarray:
    """The left image, taken from the right one."""
    row, column = np.mgrid[0 : left.depth.shape[0], 0 : left.depth.shape[1]].astype(np.float32)
    return cv2.remap(right.image, column - left.disparity, row, cv2.INTER_CUBIC)


def test_the_right_image_at_the_exact_disparity_is_the_left_one():
    rig = replace(RIG, height=96, width=192, centre_x=90.3, right_centre_x=93.0, baseline=0.1, focal_x=150, focal_y=150)
    bodies = body(plane(), pose((0, 0, 5), yaw=0.5), RICH), body(plane(), pose((0, 1.2, 4), pitch=-1.4), RICH)
    frame = Caster(scene(*bodies, body(box((0.8, 0.8, 0.8)), pose((0.1, 0, 3), yaw=0.4), RICH))).frame(
        rig, HERE, samples=2
    )
    visible = cv2.erode((~frame.occluded).astype(np.uint8), np.ones((3, 3), np.uint8)) > 0
    assert visible.mean() > 0.8
    error = np.abs(rebuilt(frame.right, frame.left) - frame.left.image).mean(-1)[visible]
    raw = np.abs(frame.right.image - frame.left.image).mean(-1)[visible]
    assert np.median(error) < 0.01
    assert error.mean() < 0.12 * raw.mean()
    for wrong in (-0.5, 0.5):
        moved = replace(frame.left, disparity=frame.left.disparity + np.float32(wrong))
        assert np.abs(rebuilt(frame.right, moved) - frame.left.image).mean(-1)[visible].mean() > 2 * error.mean()
