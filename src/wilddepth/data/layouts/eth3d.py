"""ETH3D two-view: a folder for each scene with `im0`, `im1`, `calib.txt`, `disp0GT.pfm`, `mask0nocc.png`.

Grey pictures, some stored with three equal channels. The files are named as in Middlebury 2014; ETH3D is told by its
calibration file.
"""

from collections.abc import Sequence
from pathlib import Path

from wilddepth.data.layouts.layout import Layout, SceneFiles
from wilddepth.data.layouts.listing import scene_folders
from wilddepth.data.layouts.numbered import is_numbered_scene, numbered_scene, scene_key
from wilddepth.formats.calibration import eth3d


def recognises(folder: Path) -> bool:
    """Scene folders whose calibration is ETH3D's."""
    places = scene_folders(folder, is_numbered_scene).values()
    return bool(places) and all(eth3d.recognises(place / "calib.txt") for place in places)


def scenes(folder: Path) -> Sequence[SceneFiles]:
    """One scene for each folder that holds a view.

    Raises:
        SampleError: when the other view is missing.
    """
    places = scene_folders(folder, is_numbered_scene)
    return [numbered_scene(place, scene_key(prefix, place), eth3d.read) for prefix, place in places.items()]


LAYOUT = Layout(
    name="eth3d",
    shape="im0, im1 and ETH3D's calib.txt",
    recognises=recognises,
    scenes=scenes,
)
