from math import pi

import numpy as np
import pytest

from wilddepth.worlds.cast import shapes
from wilddepth.worlds.cast.scene import Material, Mesh


def volume(mesh: Mesh) -> float:
    a, b, c = (mesh.vertices[mesh.faces[:, k]] for k in range(3))
    return float(np.einsum("ij,ij->", a, np.cross(b, c)) / 6)


def area(mesh: Mesh) -> float:
    a, b, c = (mesh.vertices[mesh.faces[:, k]] for k in range(3))
    return float(np.linalg.norm(np.cross(b - a, c - a), axis=1).sum() / 2)


def test_a_box_has_the_volume_and_the_area_of_its_size_and_faces_outwards():
    mesh = shapes.box((2, 3, 4), (5, 6, 7))
    assert volume(mesh) == pytest.approx(24)
    assert area(mesh) == pytest.approx(2 * (6 + 8 + 12))
    np.testing.assert_allclose(mesh.vertices.mean(0), (5, 6, 7))


def test_many_boxes_are_the_sum_of_each():
    low = np.array([[0, 0, 0], [5, 5, 5.0]])
    mesh = shapes.boxes(low, low + np.array([[1, 2, 3], [1, 1, 1]]))
    assert volume(mesh) == pytest.approx(7)
    assert len(mesh.faces) == 24


def test_a_standing_box_rests_on_the_ground():
    mesh = shapes.standing_box(1, 2, 3, x=4, z=5)
    assert mesh.vertices[:, 1].max() == 0
    assert mesh.vertices[:, 1].min() == -2


@pytest.mark.parametrize("sides", [3, 12, 40])
def test_a_cylinder_has_the_volume_of_its_prism(sides):
    base = sides / 2 * np.sin(2 * pi / sides) * 0.25
    assert volume(shapes.cylinder(0.5, 2, sides)) == pytest.approx(2 * base)
    assert volume(shapes.cone(0.5, 3, sides)) == pytest.approx(base)


def test_a_cone_cut_off_has_the_volume_of_a_frustum():
    sides, low, high = 16, 0.5, 0.2
    ring = sides / 2 * np.sin(2 * pi / sides)
    expected = 2 / 3 * ring * (low**2 + low * high + high**2)
    # Quads of a frustum are flat, so the volume is exact.
    assert volume(shapes.cylinder(low, 2, sides, top=high)) == pytest.approx(expected)


def test_an_open_cylinder_is_its_wall():
    wall = 8 * 2 * 0.5 * np.sin(pi / 8) * 2
    assert area(shapes.cylinder(0.5, 2, 8, capped=False)) == pytest.approx(wall)


def test_a_fine_sphere_nears_the_volume_of_a_ball_and_no_face_is_empty():
    mesh = shapes.sphere((1, 2, 3), (4, 5, 6), 40, 60)
    assert volume(mesh) == pytest.approx(4 / 3 * pi * 6, rel=0.01)
    radii = (mesh.vertices - (4, 5, 6)) / (1, 2, 3)
    np.testing.assert_allclose(np.linalg.norm(radii, axis=1), 1)
    corners = mesh.vertices[mesh.faces]
    assert np.linalg.norm(np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]), axis=1).min() > 0


def test_a_straight_tube_has_the_area_of_its_wall_and_faces_outwards():
    points = np.array([[0, 0, 0], [1, 1, 1], [3, 3, 3.0]])
    mesh = shapes.tube(points, 0.1, 8)
    assert area(mesh) == pytest.approx(8 * 2 * 0.1 * np.sin(pi / 8) * np.sqrt(27))
    assert volume(mesh) > 0


def test_a_height_field_faces_up_and_has_the_area_of_its_plane():
    x, z = np.linspace(0, 2, 5), np.linspace(0, 3, 4)
    mesh = shapes.height_field(x, z, np.repeat(z[:, None], 5, 1))
    a, b, c = (mesh.vertices[mesh.faces[:, k]] for k in range(3))
    normals = np.cross(b - a, c - a)
    assert (normals[:, 1] < 0).all()
    assert area(mesh) == pytest.approx(6 * np.sqrt(2))


@pytest.mark.parametrize("turn", [1, -1])
def test_an_extruded_polygon_that_is_not_convex_has_its_volume(turn):
    corner = np.array([(0, 0), (3, 0), (3, 1), (1, 1), (1, 3), (0, 3)], float)[::turn]
    assert volume(shapes.extrusion(corner, 2)) == pytest.approx(5 * 2)
    assert area(shapes.extrusion(corner, 2)) == pytest.approx(2 * 5 + 12 * 2)


def test_an_outline_that_crosses_itself_is_refused():
    with pytest.raises(ValueError, match="crosses itself"):
        shapes.polygon_faces(np.array([(0, 0), (2, 2), (2, 0), (0, 2.5), (1, -3), (1, 3)], float))


def test_quads_and_triangles_have_the_area_they_span():
    square = np.array([[(0, 0, 0), (2, 0, 0), (2, 0, 1), (0, 0, 1.0)]])
    assert area(shapes.quads(square)) == pytest.approx(2)
    assert area(shapes.triangles(square[:, :3])) == pytest.approx(1)


def test_yaw_turns_forward_to_the_right_and_pitch_upwards():
    np.testing.assert_allclose(shapes.place(1, 2, 3, yaw=pi / 2)[:3] @ (0, 0, 1, 1), (2, 2, 3), atol=1e-12)
    np.testing.assert_allclose(shapes.place(pitch=pi / 2)[:3] @ (0, 0, 1, 1), (0, -1, 0), atol=1e-12)


def test_copies_are_the_mesh_moved_one_by_one():
    mesh = shapes.box((1, 1, 1))
    poses = np.stack([shapes.place(3, 0, 0, 0.3), shapes.place(0, -2, 5, 0, 0.2)])
    together = shapes.instances(mesh, poses)
    apart = shapes.joined([shapes.transformed(mesh, pose) for pose in poses])
    np.testing.assert_allclose(together.vertices, apart.vertices)
    np.testing.assert_array_equal(together.faces, apart.faces)


def test_parts_keep_the_numbers_of_their_materials():
    body = shapes.assembled([(shapes.box((1, 1, 1)), 1), (shapes.cone(1, 1, 5), 0)], [Material(), Material()])
    assert body.material_of is not None
    assert list(np.bincount(body.material_of)) == [10, 12]
    assert not body.moving
