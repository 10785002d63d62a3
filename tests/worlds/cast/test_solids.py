"""Forms against closed forms and trimesh."""

import numpy as np
import pytest
import trimesh

from wilddepth.worlds.cast import solids
from wilddepth.worlds.cast.scene import Mesh
from wilddepth.worlds.cast.scenes.forms import FORMS, form, within
from wilddepth.worlds.cast.scenes.tabletop import drape
from wilddepth.worlds.cast.shapes import turn_about

RNG = np.random.default_rng(0)


def body_of(mesh: Mesh) -> trimesh.Trimesh:
    return trimesh.Trimesh(mesh.vertices, mesh.faces, process=False, validate=False)


def polygon(sides: int, radius: float) -> float:
    return sides / 2 * radius**2 * np.sin(2 * np.pi / sides)


CLOSED = {
    "block": (solids.blocks((1, 2, 3), (1, 2, 0.5)), 1.0),
    "rod": (solids.rods((0, 0, 0), (0.3, -1.2, 0.4), 0.1, sides=8), 1.3 * polygon(8, 0.1)),
    "cord": (solids.cord(np.array([(0.0, 0, 0), (1, 0, 0), (2, 0, 0)]), 0.1, sides=6), 2 * polygon(6, 0.1)),
    "prism": (solids.prism(solids.star(5, 1.0, 0.4), 0.2), 0.2 * 5 * 1.0 * 0.4 * np.sin(np.pi / 5)),
}


@pytest.mark.parametrize("name", CLOSED)
def test_closed_solids_have_the_volume_of_their_formula_and_face_outwards(name):
    mesh, volume = CLOSED[name]
    solid = body_of(Mesh(*merged(mesh)))
    assert solid.is_watertight
    assert solid.is_winding_consistent
    assert solid.volume == pytest.approx(volume, rel=1e-9)


def merged(mesh: Mesh) -> tuple[np.ndarray, np.ndarray]:
    whole = trimesh.Trimesh(mesh.vertices, mesh.faces, process=True)
    return whole.vertices, whole.faces


@pytest.mark.parametrize(
    "mesh", [solids.rounded_box((1, 2, 0.5), 0.2, rings=8), solids.icosphere(2), solids.blob(RNG, 0.7)]
)
def test_round_solids_are_closed_and_face_outwards(mesh):
    solid = body_of(mesh)
    assert solid.is_watertight
    assert solid.is_winding_consistent
    assert solid.volume > 0


def test_a_fine_sphere_has_nearly_the_volume_of_a_ball():
    assert body_of(solids.icosphere(4)).volume == pytest.approx(4 / 3 * np.pi, rel=5e-3)


def test_a_fine_ring_has_the_volume_of_pappus():
    ring = body_of(Mesh(*merged(solids.torus(1.0, 0.2, sides=200, ring=60))))
    assert ring.volume == pytest.approx(2 * np.pi**2 * 0.2**2, rel=5e-3)


def test_a_rounded_box_keeps_within_its_extents():
    points = solids.rounded_box((1.0, 2.0, 0.5), 0.2).vertices
    assert (np.abs(points) <= np.array((0.5, 1.0, 0.25)) + 1e-12).all()
    assert np.ptp(points, axis=0) == pytest.approx((1.0, 2.0, 0.5), rel=0.05)


def test_turned_blocks_are_turned_about_their_own_middle():
    turn = turn_about((0, 1, 0), np.pi / 2)[:3, :3]
    mesh = solids.blocks(np.array([(5.0, 0, 0)]), (2.0, 1.0, 0.2), turn[None])
    assert np.ptp(mesh.vertices, axis=0) == pytest.approx((0.2, 1.0, 2.0))
    assert mesh.vertices.mean(0) == pytest.approx((5.0, 0, 0))


def test_a_cage_has_bars_along_all_twelve_edges_of_its_box():
    cage = solids.cage((1.0, 2.0, 3.0), 0.01)
    parts = trimesh.graph.connected_components(body_of(cage).edges, nodes=np.arange(len(cage.vertices)))
    assert len(parts) == 12
    lengths = sorted(round(float(np.ptp(cage.vertices[part], axis=0).max()), 6) for part in parts)
    assert lengths == [1.0] * 4 + [2.0] * 4 + [3.0] * 4


def test_a_wireframe_has_a_bar_for_each_edge():
    assert len(solids.edges_of(solids.icosphere(0))) == 30
    assert len(solids.wireframe(solids.icosphere(0), 0.1, sides=5).faces) == 30 * (2 * 5 + 2 * 3)


def test_a_cord_keeps_its_thickness_around_corners_of_any_direction():
    turn = np.linspace(0, 2 * np.pi, 40)
    line = np.stack((np.cos(turn), np.sin(turn), 0.1 * turn), 1)
    points = solids.cord(line, 0.05, sides=6).vertices.reshape(40, 6, 3)
    assert np.linalg.norm(points - line[:, None], axis=2) == pytest.approx(0.05)


@pytest.mark.parametrize("maker", FORMS, ids=lambda maker: maker.__name__)
def test_every_form_is_finite_and_has_no_face_without_area(maker):
    for seed in range(4):
        mesh = within(maker(np.random.default_rng(seed)), 1.0)
        assert np.linalg.norm(mesh.vertices, axis=1).max() == pytest.approx(1.0)
        assert body_of(mesh).area_faces.min() > 1e-9


def test_forms_differ_from_seed_to_seed():
    counts = {len(form(np.random.default_rng(seed)).faces) for seed in range(40)}
    assert len(counts) > 10


def test_draped_cloth_lies_on_the_ground_at_its_rim_only():
    cloth = drape(np.random.default_rng(3), 0.3, 0.4).vertices.reshape(14, 48, 3)
    assert cloth[-1, :, 1] == pytest.approx(0.0, abs=1e-9)
    assert (cloth[:-1, :, 1] < 0).all()
    assert cloth[0, :, 1].mean() == pytest.approx(-0.4, rel=0.05)
