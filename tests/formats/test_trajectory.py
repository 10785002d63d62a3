"""Poses and times as text, against scipy's rotations."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation

from wilddepth.errors import SampleError
from wilddepth.formats.trajectory import read_poses, read_timed_poses, read_times

angle = st.floats(-3.1, 3.1)
metres = st.floats(-1e4, 1e4)


@settings(max_examples=40, deadline=None)
@given(turns=st.lists(st.tuples(angle, angle, angle), min_size=1, max_size=4), place=st.tuples(metres, metres, metres))
def test_quaternions_and_matrices_mean_the_same_pose(
    tmp_path_factory: pytest.TempPathFactory, turns: list[tuple[float, float, float]], place: tuple[float, float, float]
):
    folder = tmp_path_factory.mktemp("poses")
    rotation = Rotation.from_euler("xyz", turns)
    expected = np.tile(np.eye(4), (len(turns), 1, 1))
    expected[:, :3, :3], expected[:, :3, 3] = rotation.as_matrix(), place
    rows = np.hstack((expected[:, :3, 3], rotation.as_quat()))
    (folder / "seven.txt").write_text("\n".join(" ".join(map(repr, map(float, row))) for row in rows))
    (folder / "twelve.txt").write_text("\n".join(" ".join(map(repr, row[:3].ravel().tolist())) for row in expected))
    timed = "\n".join(f"{0.1 * number!r} " + " ".join(map(repr, map(float, row))) for number, row in enumerate(rows))
    (folder / "timed.txt").write_text(f"# a comment\n{timed}\n")
    np.testing.assert_allclose(read_poses(folder / "seven.txt"), expected, atol=1e-12)
    np.testing.assert_allclose(read_poses(folder / "twelve.txt"), expected, atol=1e-12)
    times, poses = read_timed_poses(folder / "timed.txt")
    np.testing.assert_allclose(poses, expected, atol=1e-12)
    np.testing.assert_allclose(times, 0.1 * np.arange(len(turns)))


@pytest.mark.parametrize(
    "text, message",
    [
        ("", "is empty"),
        ("# nothing\n", "it holds rows of none"),
        ("1 2 3\n", "it holds rows of 3"),
        ("0 0 0 0 0 0 1\n0 0 0 0 0 0\n", "it holds rows of 6, 7"),
        ("0 0 0 0 0 0 one\n", "a word that is no number"),
        ("0 0 inf 0 0 0 1\n", "a number that is not finite"),
        ("0 0 0 0 0 0 0\n", "a quaternion that has not length 1"),
        ("-1 0 0 0 0 1 0 0 0 0 1 0\n", "a row that is no rigid motion"),
        ("1 0.1 0 0 0 1 0 0 0 0 1 0\n", "a row that is no rigid motion"),
    ],
)
def test_what_are_no_poses(tmp_path: Path, text: str, message: str):
    (tmp_path / "p.txt").write_text(text)
    with pytest.raises(SampleError, match=rf"p\.txt .*{message}"):
        read_poses(tmp_path / "p.txt")


def test_times_are_one_a_line(tmp_path: Path):
    (tmp_path / "t.txt").write_text("0.000000e+00\n1.036117e-01\n")
    assert read_times(tmp_path / "t.txt") == [0.0, 0.1036117]


@settings(max_examples=60, deadline=None)
@given(content=st.binary(max_size=200))
def test_any_bytes_are_poses_or_refused(tmp_path_factory: pytest.TempPathFactory, content: bytes):
    path = tmp_path_factory.mktemp("any") / "p.txt"
    path.write_bytes(content)
    for read in (read_poses, read_timed_poses, read_times):
        try:
            found = read(path)
        except SampleError:
            continue
        assert len(found) > 0
