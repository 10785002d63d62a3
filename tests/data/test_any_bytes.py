"""Text files of the layouts: any bytes are read, or refused with one error that names the file."""

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wilddepth.data.layouts import cityscapes, drivingstereo, euroc, photos, rgbd
from wilddepth.errors import SampleError
from wilddepth.formats.oxts import read_place
from wilddepth.formats.trajectory import read_clock_times

DRIVING = "\n".join(
    (
        "S_rect_101: 881 400",
        "R_101: 1 0 0 0 1 0 0 0 1",
        "T_101: 0 0 0",
        "R_103: 1 0 0 0 1 0 0 0 1",
        "T_103: -0.54 0 0",
        "P_rect_101: 1003.5 0 440.5 0 0 1003.5 200 0 0 0 1 0",
        "P_rect_103: 1003.5 0 440.5 -1093.8 0 1003.5 200 0 0 0 1 0",
    )
)
READERS: dict[str, tuple[Callable[[Path], object], str]] = {
    "data.csv": (euroc.read_times, "#timestamp [ns],filename\n1403715273262142976,1403715273262142976.png\n"),
    "camera.json": (
        cityscapes.read_calibration,
        '{"extrinsic": {"baseline": 0.2}, "intrinsic": {"fx": 2262.5, "fy": 2265.3, "u0": 1096.9, "v0": 513.1}}',
    ),
    "transforms.json": (
        lambda path: photos.scenes(path.parent),
        '{"fl_x": 20.0, "frames": [{"file_path": "a.png", "transform_matrix": [[1,0,0,0],[0,1,0,0],[0,0,1,0]]}]}',
    ),
    "intrinsics.txt": (rgbd.read_intrinsics, "518.0 519.0 325.5 253.5\n"),
    "calib.txt": (drivingstereo.read_calibration, DRIVING),
    "oxts.txt": (read_place, "49.0 8.4 116.4 " + "0.0 " * 27),
    "timestamps.txt": (read_clock_times, "2011-09-26 13:02:25.961661696\n2011-09-26 13:02:26.064785152\n"),
}


@st.composite
def damaged(draw: st.DrawFn, text: str) -> bytes:
    """The file with a few bytes changed, cut out or put in; or anything at all."""
    data = bytearray(text.encode())
    for _ in range(draw(st.integers(1, 4))):
        place = draw(st.integers(0, len(data)))
        gone = draw(st.integers(0, 8))
        data[place : place + gone] = draw(
            st.binary(max_size=6) | st.sampled_from([b"9" * 5000, b"1e999", b"nan", b"-"])
        )
    return bytes(data)


@pytest.mark.parametrize("name", READERS)
@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_damaged_text_is_read_or_refused(tmp_path_factory: pytest.TempPathFactory, name: str, data: st.DataObject):
    read, text = READERS[name]
    path = tmp_path_factory.mktemp("any") / name
    path.write_bytes(data.draw(damaged(text) | st.binary(max_size=60)))
    (path.parent / "a.png").touch()
    complaint = refusal(read, path)
    assert complaint is None or str(path) in complaint


@pytest.mark.parametrize("name", READERS)
def test_undamaged_text_is_read(tmp_path: Path, name: str):
    read, text = READERS[name]
    (tmp_path / name).write_text(text)
    (tmp_path / "a.png").touch()
    assert refusal(read, tmp_path / name) is None


def refusal(read: Callable[[Path], object], path: Path) -> str | None:
    """What the reader complains of."""
    try:
        read(path)
    except SampleError as error:
        return str(error)
    return None
