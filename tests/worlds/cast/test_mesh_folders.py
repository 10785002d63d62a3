"""Meshes of one's own: read safely, refused clearly, put where there is room."""

import json
import struct
from pathlib import Path

import numpy as np
import pytest

from wilddepth.errors import SampleError
from wilddepth.worlds.cast.scene import Mesh
from wilddepth.worlds.cast.scenes.flying import Drift, build_flying
from wilddepth.worlds.cast.scenes.indoor import build_indoor
from wilddepth.worlds.cast.scenes.mesh_files import read_mesh, read_meshes
from wilddepth.worlds.cast.scenes.meshes import blocked, with_meshes
from wilddepth.worlds.cast.scenes.tabletop import build_tabletop
from wilddepth.worlds.cast.solids import icosphere

CORNERS = [(0.0, 0.0, 0.0), (2.0, 0.0, 0.0), (0.0, 4.0, 0.0), (0.0, 0.0, 1.0)]
FACES = [(0, 2, 1), (0, 1, 3), (0, 3, 2), (1, 2, 3)]


def obj() -> bytes:
    lines = [f"v {x} {y} {z}" for x, y, z in CORNERS] + [f"f {a + 1} {b + 1} {c + 1}" for a, b, c in FACES]
    return ("mtllib elsewhere.mtl\n" + "\n".join(lines) + "\n").encode()


def off() -> bytes:
    lines = [f"{x} {y} {z}" for x, y, z in CORNERS] + [f"3 {a} {b} {c}" for a, b, c in FACES]
    return (f"OFF\n{len(CORNERS)} {len(FACES)} 0\n" + "\n".join(lines) + "\n").encode()


def ply() -> bytes:
    head = "ply\nformat binary_little_endian 1.0\nelement vertex 4\n" + "".join(
        f"property float {axis}\n" for axis in "xyz"
    )
    head += "element face 4\nproperty list uchar int vertex_indices\nend_header\n"
    rows = b"".join(struct.pack("<3f", *corner) for corner in CORNERS)
    return head.encode() + rows + b"".join(struct.pack("<B3i", 3, *face) for face in FACES)


def stl() -> bytes:
    rows = b"".join(struct.pack("<12fH", 0, 0, 0, *CORNERS[a], *CORNERS[b], *CORNERS[c], 0) for a, b, c in FACES)
    return b" " * 80 + struct.pack("<I", len(FACES)) + rows


def glb(count: int = len(CORNERS), uri: str | None = None) -> bytes:
    points, faces = np.array(CORNERS, "<f4").tobytes(), np.array(FACES, "<u4").tobytes()
    buffer = {"byteLength": len(points) + len(faces)} | ({"uri": uri} if uri else {})
    tree = {
        "asset": {"version": "2.0"},
        "scenes": [{"nodes": [0]}],
        "nodes": [{"mesh": 0}],
        "meshes": [{"primitives": [{"attributes": {"POSITION": 0}, "indices": 1}]}],
        "accessors": [
            {"bufferView": 0, "componentType": 5126, "count": count, "type": "VEC3"},
            {"bufferView": 1, "componentType": 5125, "count": 3 * len(FACES), "type": "SCALAR"},
        ],
        "bufferViews": [
            {"buffer": 0, "byteOffset": 0, "byteLength": len(points)},
            {"buffer": 0, "byteOffset": len(points), "byteLength": len(faces)},
        ],
        "buffers": [buffer],
    }
    text = json.dumps(tree).encode()
    text += b" " * (-len(text) % 4)
    chunks = struct.pack("<I4s", len(text), b"JSON") + text
    if uri is None:
        data = points + faces
        chunks += struct.pack("<I4s", len(data), b"BIN\0") + data
    return struct.pack("<4sII", b"glTF", 2, 12 + len(chunks)) + chunks


def outcome(path: Path) -> tuple[Mesh | None, str]:
    """The mesh of a file, or what is said about it."""
    try:
        return read_mesh(path), ""
    except SampleError as error:
        return None, str(error)


WRITERS = {"obj": obj, "off": off, "ply": ply, "stl": stl, "glb": glb}


@pytest.mark.parametrize("kind", WRITERS)
def test_the_triangles_of_every_kind_of_file_are_read(tmp_path, kind):
    path = tmp_path / f"solid.{kind.upper()}"
    path.write_bytes(WRITERS[kind]())
    mesh = read_mesh(path)
    found = {tuple(sorted(map(tuple, mesh.vertices[face]))) for face in mesh.faces}
    assert found == {tuple(sorted(CORNERS[k] for k in face)) for face in FACES}


def test_meshes_of_a_folder_come_by_name_centred_and_one_across(tmp_path):
    for kind, write in WRITERS.items():
        (tmp_path / f"{kind}.{kind}").write_bytes(write())
    (tmp_path / "notes.txt").write_text("passed over")
    meshes = read_meshes(tmp_path, up="-y")
    assert len(meshes) == 5
    for mesh in meshes:
        low, high = mesh.vertices.min(0), mesh.vertices.max(0)
        np.testing.assert_allclose(low + high, 0, atol=1e-7)
        np.testing.assert_allclose(high - low, (0.5, 1.0, 0.25), atol=1e-7)


@pytest.mark.parametrize(("up", "axis", "sign"), [("y", 1, 1), ("-y", 1, -1), ("z", 2, 1), ("-z", 2, -1)])
def test_the_axis_that_points_up_in_the_file_points_up_in_the_scene(tmp_path, up, axis, sign):
    (tmp_path / "a.obj").write_bytes(obj())
    raw, mesh = read_mesh(tmp_path / "a.obj"), read_meshes(tmp_path, up=up)[0]
    order = np.argsort(sign * raw.vertices[:, axis], kind="stable")
    assert (np.diff(-mesh.vertices[order, 1]) >= -1e-9).all()  # up is -Y
    sides = [m.vertices[m.faces] for m in (raw, mesh)]
    volumes = [np.linalg.det(side).sum() for side in sides]
    assert np.sign(volumes[0]) == np.sign(volumes[1])  # turned, not mirrored


def test_a_missing_folder_and_one_without_meshes_are_refused(tmp_path):
    with pytest.raises(SampleError, match="is not a folder; give one that holds OBJ, PLY, STL, GLB, OFF files"):
        read_meshes(tmp_path / "nothing")
    (tmp_path / "notes.txt").write_text("no mesh")
    with pytest.raises(SampleError, match="holds no mesh; put OBJ, PLY"):
        read_meshes(tmp_path)


@pytest.mark.parametrize("kind", WRITERS)
def test_cut_files_are_refused_by_name_or_read_in_part(tmp_path, kind):
    whole, refused = WRITERS[kind](), 0
    for share in (0.1, 0.3, 0.5, 0.7, 0.9):
        path = tmp_path / f"cut.{kind}"
        path.write_bytes(whole[: int(len(whole) * share)])
        _, message = outcome(path)
        refused += bool(message)
        assert not message or (str(path) in message and "leave it out" in message)
    assert refused >= 2


@pytest.mark.parametrize("kind", WRITERS)
def test_spoilt_bytes_end_in_a_mesh_or_in_one_clear_error(tmp_path, kind):
    whole, path, refused = WRITERS[kind](), tmp_path / f"spoilt.{kind}", 0
    for seed in range(40):
        rng, bytes_ = np.random.default_rng(seed), bytearray(whole)
        for at in rng.integers(len(bytes_), size=6):
            bytes_[at] = int(rng.integers(256))
        path.write_bytes(bytes(bytes_))
        mesh, message = outcome(path)
        refused += bool(message)
        assert str(path) in message if mesh is None else np.isfinite(mesh.vertices[mesh.faces]).all()
    assert refused > 3


def test_an_empty_file_is_refused(tmp_path):
    for kind in WRITERS:
        path = tmp_path / f"empty.{kind}"
        path.write_bytes(b"")
        with pytest.raises(SampleError, match=f"empty.{kind}"):
            read_mesh(path)


def test_a_file_without_triangles_is_refused(tmp_path):
    path = tmp_path / "points.obj"
    path.write_text("v 0 0 0\nv 1 0 0\nv 0 1 0\n")
    with pytest.raises(SampleError, match=r"points\.obj .*(no triangle|cannot be read)"):
        read_mesh(path)


def test_a_mesh_without_extent_and_one_that_is_not_finite_are_refused(tmp_path):
    path = tmp_path / "dot.obj"
    path.write_text("v 1 1 1\nv 1 1 1\nv 1 1 1\nf 1 2 3\n")
    with pytest.raises(SampleError, match="without a usable place"):
        read_mesh(path)
    path.write_text("v 1 1 nan\nv 1 2 1\nv 2 1 1\nf 1 2 3\n")
    with pytest.raises(SampleError, match=r"dot\.obj"):
        read_mesh(path)


def test_too_many_bytes_and_too_many_triangles_are_refused_with_the_limit(tmp_path):
    path = tmp_path / "solid.obj"
    path.write_bytes(obj())
    with pytest.raises(SampleError, match=r"solid\.obj has 4 triangles, more than 3; simplify it to fewer"):
        read_mesh(path, most_faces=3)
    with pytest.raises(SampleError, match=r"solid\.obj has 0 MiB, more than 0; simplify it"):
        read_mesh(path, most_bytes=10)


def test_a_small_file_that_announces_a_huge_table_is_refused_before_it_is_made(tmp_path):
    path = tmp_path / "bomb.glb"
    path.write_bytes(glb(count=2**40))
    with pytest.raises(SampleError, match="announces more than"):
        read_mesh(path)


def test_files_that_a_mesh_names_are_not_opened(tmp_path):
    secret = tmp_path / "secret.bin"
    secret.write_bytes(np.array(CORNERS, "<f4").tobytes() + np.array(FACES, "<u4").tobytes())
    path = tmp_path / "asks.glb"
    path.write_bytes(glb(uri=secret.name))
    with pytest.raises(SampleError, match=r"asks\.glb"):
        read_mesh(path)
    secret.unlink()
    with pytest.raises(SampleError, match=r"asks\.glb"):  # the same whether or not the file is there
        read_mesh(path)


def added(build, where: str, seed: int = 0, size: tuple[float, float] = (0.1, 0.2)):
    scene = build(np.random.default_rng(seed))
    more = with_meshes(scene, [icosphere(1)], np.random.default_rng(1), count=6, where=where, size=size)
    assert list(more.bodies[: len(scene.bodies)]) == list(scene.bodies)
    return scene, more.bodies[len(scene.bodies) :]


def extent(body, time: float = 0.0) -> np.ndarray:
    pose = body.motion.pose(time)
    points = body.mesh.vertices @ pose[:3, :3].T + pose[:3, 3]
    return np.stack((points.min(0), points.max(0)))


def test_meshes_stand_on_the_ground_in_their_size():
    _, bodies = added(build_indoor, "ground")
    assert len(bodies) >= 3
    for body in bodies:
        assert body.kind == "mesh"
        assert not body.moving
        assert extent(body)[1, 1] == pytest.approx(0.0, abs=0.01)  # the floor, or a rug
        assert 0.1 <= np.ptp(body.mesh.vertices, axis=0).max() / 2 <= 0.2  # the ball of this test is 2 across


def test_meshes_stand_on_tables():
    found = 0
    for seed in range(6):
        scene, bodies = added(build_tabletop, "table", seed, (0.03, 0.05))
        top = next(extent(body)[0] for body in scene.bodies if body.kind == "table")
        board = next(extent(body) for body in scene.bodies if body.kind == "table")
        for body in bodies:
            assert extent(body)[1, 1] == pytest.approx(top[1], abs=2e-3)
            assert (extent(body)[0] >= board[0] - 1e-9)[[0, 2]].all()
            assert (extent(body)[1] <= board[1] + 1e-9)[[0, 2]].all()
            found += 1
    assert found >= 6


def test_without_a_table_nothing_is_put_on_one():
    assert added(build_flying, "table")[1] == ()


def test_flying_meshes_move_and_stay_off_the_camera():
    scene, bodies = added(build_flying, "flying")
    assert len(bodies) >= 3
    for body in bodies:
        assert isinstance(body.motion, Drift)
        assert body.moving
        assert np.abs(body.motion.pose(0.5) - body.motion.pose(0.0)).max() > 1e-3
        for time in np.linspace(0, 50, 20):
            away = np.linalg.norm(body.motion.pose(time)[:3, 3] - scene.route.points[0] + (0, 1.75, 0))
            assert away > scene.route.sway


def test_added_meshes_overlap_nothing():
    _, bodies = added(build_indoor, "any", seed=3)
    assert bodies
    low, high = zip(*(extent(body) for body in bodies), strict=True)
    for one in range(len(bodies)):
        for two in range(one):
            if not (bodies[one].moving or bodies[two].moving):
                assert (low[one] > high[two]).any() or (low[two] > high[one]).any()


def test_the_same_generator_places_the_same_meshes():
    one, two = added(build_indoor, "any")[1], added(build_indoor, "any")[1]
    assert len(one) == len(two)
    for first, second in zip(one, two, strict=True):
        np.testing.assert_array_equal(extent(first, 0.3), extent(second, 0.3))
        assert first.materials == second.materials


def test_a_folder_may_be_given_instead_of_meshes(tmp_path: Path):
    (tmp_path / "a.stl").write_bytes(stl())
    scene = build_flying(np.random.default_rng(0))
    more = with_meshes(scene, tmp_path, np.random.default_rng(0), count=3, where="flying", size=(0.3, 0.3), up="z")
    bodies = more.bodies[len(scene.bodies) :]
    assert bodies
    assert all(np.ptp(body.mesh.vertices, axis=0).max() == pytest.approx(0.3) for body in bodies)


@pytest.mark.parametrize("size", [(0.0, 1.0), (2.0, 1.0), (-1.0, 1.0)])
def test_sizes_that_make_no_sense_are_refused(size):
    scene = build_flying(np.random.default_rng(0))
    with pytest.raises(ValueError, match="sizes go from"):
        with_meshes(scene, [icosphere(0)], np.random.default_rng(0), size=size)


def test_a_triangle_between_two_points_blocks_their_line():
    triangle = np.array([[(-1.0, -1, 1), (1, -1, 1), (0, 1, 1)]])
    assert blocked(triangle, np.zeros(3), np.array((0.0, 0, 2)))
    assert not blocked(triangle, np.zeros(3), np.array((0.0, 0, 0.9)))
    assert not blocked(triangle, np.zeros(3), np.array((2.0, 0, 2)))
    assert not blocked(triangle, np.zeros(3), np.array((0.0, 0, -2)))
