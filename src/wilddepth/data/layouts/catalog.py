"""The layouts understood, and which of them a folder has."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from wilddepth.data.layouts import (
    cityscapes,
    drivingstereo,
    eth3d,
    euroc,
    karlsruhe,
    kitti_depth,
    kitti_object,
    kitti_odometry,
    kitti_raw,
    kitti_stereo,
    middlebury2003,
    middlebury2006,
    middlebury2014,
    pairs,
    photos,
    rgbd,
    sceneflow,
)
from wilddepth.data.layouts.layout import Layout, SceneFiles
from wilddepth.data.layouts.listing import VIDEO_SUFFIXES, check_name, listed
from wilddepth.errors import ConfigError, SampleError

# Asked in this order: the particular before the general. ETH3D names its files as Middlebury 2014 does and is told by
# its calibration; Scene Flow holds folders that would pass for plain pairs.
LAYOUTS: Mapping[str, Layout] = {
    module.LAYOUT.name: module.LAYOUT
    for module in (
        kitti_stereo,
        kitti_object,
        kitti_odometry,
        kitti_raw,
        kitti_depth,
        karlsruhe,
        eth3d,
        middlebury2014,
        middlebury2006,
        middlebury2003,
        sceneflow,
        drivingstereo,
        cityscapes,
        euroc,
        rgbd,
        photos,
        pairs,
    )
}
_SHOWN = 8


def detect(folder: str | Path) -> Layout:
    """The layout of a folder, by looking at it.

    Raises:
        SampleError: when the folder is not there, is empty or holds nothing that is understood.
    """
    place = Path(folder)
    seen = _seen(place)
    fitting = [layout for layout in LAYOUTS.values() if layout.recognises(place)]
    if fitting:
        return _only(fitting, place)
    raise SampleError(
        f"{place} has no layout that is known; seen: {seen}. Understood: {_understood()}. {_advice(place)}"
    )


def scenes_of(folder: str | Path, layout: str = "auto") -> tuple[Layout, Sequence[SceneFiles]]:
    """The layout and the scenes of a folder, at least one.

    Args:
        folder: the data set.
        layout: one of `LAYOUTS`, or "auto" to look at the folder.

    Raises:
        ConfigError: for an unknown layout.
        SampleError: as `detect`, and when the folder has no scene of that layout, a view is missing, or a name cannot
            be written into a report.
    """
    chosen = detect(folder) if layout == "auto" else named(layout)
    found = chosen.scenes(Path(folder))
    if not found:
        raise SampleError(
            f"{folder} holds no pair of layout {chosen.name} ({chosen.shape}); seen: {_seen(Path(folder))}. "
            "Check the folder, or leave --layout out"
        )
    for scene in found:
        check_name(scene.key)
    return chosen, [
        scene if scene.rectified is not None else replace(scene, rectified=chosen.rectified) for scene in found
    ]


def named(layout: str) -> Layout:
    """One of `LAYOUTS`.

    Raises:
        ConfigError: for another name.
    """
    if layout not in LAYOUTS:
        raise ConfigError(f"unknown layout {layout!r}; known: auto, {', '.join(LAYOUTS)}")
    return LAYOUTS[layout]


def _only(fitting: Sequence[Layout], folder: Path) -> Layout:
    """The first of the layouts that fit, unless another one finds pictures that it does not.

    Raises:
        SampleError: when the folder mixes data sets, some of which would be left out silently.
    """
    first, *others = fitting
    ours = {scene.left for scene in first.scenes(folder)} if others else set()
    for other in others:
        if not {scene.left for scene in other.scenes(folder)} <= ours:
            raise SampleError(
                f"{folder} holds pairs of layout {first.name} ({first.shape}) and others of layout {other.name} "
                f"({other.shape}); name one with --layout, or a folder further down"
            )
    return first


def _seen(folder: Path) -> str:
    """What is in a folder, for messages.

    Raises:
        SampleError: when the folder is not there or is empty.
    """
    if not folder.exists():
        raise SampleError(f"{folder} does not exist; check the path")
    if not folder.is_dir():
        raise SampleError(f"{folder} is a file; name the folder of the pairs, or the pair as LEFT,RIGHT")
    names = [f"{path.name}/" if path.is_dir() else path.name for path in listed(folder)]
    if not names:
        raise SampleError(f"{folder} is empty; put rectified pairs into {folder / 'left'} and {folder / 'right'}")
    return ", ".join(names[:_SHOWN]) + (f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else "")


def _advice(folder: Path) -> str:
    """What to do with a folder of no known layout."""
    video = next((path for path in listed(folder) if path.suffix.lower() in VIDEO_SUFFIXES), None)
    if video is not None:
        return f"Name the video itself: sbs:{video} if it holds both views side by side, {video} if it holds one"
    return (
        "Put your rectified pairs into left/ and right/ with the same names, give two patterns "
        "('LEFT*/**.png,RIGHT*/**.png'), or name a folder further down"
    )


def _understood() -> str:
    return "; ".join(f"{layout.name} ({layout.shape})" for layout in LAYOUTS.values())
