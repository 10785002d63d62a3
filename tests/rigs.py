"""Calibrated cameras and rigs: one known by hand, and hypothesis strategies for any that are possible."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any, TypeVar

import numpy as np
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation

from wilddepth.formats.calibration.camera_model import CameraModel, Lens, simplest_lens
from wilddepth.formats.calibration.rig import StereoRig
from wilddepth.formats.calibration.stereo import StereoCalibration

T = TypeVar("T")

LEFT = CameraModel(460.5, 459.25, 367.2, 248.4, 752, 480, "radtan", (-0.28, 0.07, 0.0002, -0.00002, 0.01))
RIGHT = CameraModel(457.6, 456.1, 380.0, 255.2, 752, 480, "radtan", (-0.285, 0.075, -0.0001, 0.0, 0.0))
TURN = Rotation.from_rotvec([0.01, -0.02, 0.03])
RIG = StereoRig(LEFT, RIGHT, tuple(TURN.as_matrix().ravel().tolist()), (-0.11, 0.0004, -0.0008))

# Values are made outside of the strategies: their annotations are checked with the help of `random`, which hypothesis
# does not allow while it draws. So a strategy gives what makes the value.
Makes = Callable[[], T]
Draw = Callable[..., Any]


@st.composite
def cameras(draw: Draw, lenses: tuple[Lens, ...], size: tuple[int, int] | None = None) -> Makes[CameraModel]:
    """Any possible camera with one of these lenses, every float with all its digits."""
    width, height = size or (draw(st.integers(100, 9000)), draw(st.integers(100, 9000)))
    focal = draw(st.tuples(*[st.floats(0.2 * width, 50.0 * width)] * 2))
    centre = [draw(st.floats(-0.4 * length, 1.4 * length)) for length in (width, height)]
    lens = draw(st.sampled_from(lenses))
    count = {"pinhole": 0, "radtan": 5, "rational": draw(st.sampled_from([8, 12, 14])), "equidistant": 4}[lens]
    coefficients = draw(st.tuples(*[st.floats(-10, 10)] * count))
    return lambda: CameraModel(*focal, *centre, width, height, *simplest_lens(lens, coefficients))


@st.composite
def rigs(draw: Draw, lenses: tuple[Lens, ...], *, four: bool = False) -> Makes[StereoRig]:
    """Any possible rig; `four`: of lenses that have four coefficients only."""
    size = draw(st.integers(100, 9000)), draw(st.integers(100, 9000))
    left, right = draw(cameras(lenses, size)), draw(cameras(lenses, size))
    turn = draw(st.tuples(*[st.floats(-0.2, 0.2)] * 3))
    baseline, *aside = draw(st.tuples(st.floats(0.002, 3.0), st.floats(-0.3, 0.3), st.floats(-0.3, 0.3)))

    def make() -> StereoRig:
        rotation = Rotation.from_rotvec(turn).as_matrix()
        translation = -rotation @ np.array([baseline, *(baseline * each for each in aside)])
        views = [without_k3(camera()) if four else camera() for camera in (left, right)]
        return StereoRig(views[0], views[1], tuple(rotation.ravel().tolist()), tuple(translation.tolist()))

    return make


@st.composite
def rectified(draw: Draw, *, doffs: bool = True, sized: bool = True) -> Makes[StereoCalibration]:
    """Any possible rectified pair."""
    width, height = draw(st.integers(100, 9000)), draw(st.integers(100, 9000))
    focal_x, focal_y = draw(st.tuples(*[st.floats(0.2 * width, 50.0 * width)] * 2))
    x, y = draw(st.floats(0, width)), draw(st.floats(0, height))
    right_x, baseline = draw(st.floats(0, width)) if doffs else x, draw(st.floats(0.0006, 49.0))
    size = (width, height) if sized else (None, None)
    return lambda: StereoCalibration(focal_x, focal_y, x, y, right_x, y, baseline, *size)


def without_k3(camera: CameraModel) -> CameraModel:
    """The camera as a format of four coefficients can hold it."""
    if camera.lens != "radtan":
        return camera
    lens, coefficients = simplest_lens("radtan", (*camera.coefficients[:4], 0.0))
    return replace(camera, lens=lens, coefficients=coefficients)
