"""Predictions as KITTI's stereo benchmark takes them: a zip of `disp_0/NNNNNN_10.png`, 16 bits, px = v / 256."""

import zipfile
from collections.abc import Callable
from pathlib import Path

from wilddepth.errors import OutputError
from wilddepth.formats.atomic import replacing
from wilddepth.formats.disparity_png import write_kitti_disparity
from wilddepth.prediction import Prediction
from wilddepth.sample import Sample
from wilddepth.sources.source import Source

FOLDER = "disp_0"


def write_submission(place: Path, predict: Callable[[Sample], Prediction], scenes: Source) -> Path:
    """Predict all scenes into `place/disp_0` and pack them as `place.zip`, each file wholly or not at all.

    Returns:
        The zip to upload.

    Raises:
        OutputError: when a file cannot be written.
        SampleError: when a pair cannot be read.
    """
    names = []
    for scene in scenes:
        disparity = predict(scene.sample).disparity()[0, 0].float().cpu().numpy()
        # every pixel must have a value; 16 bits hold up to 255.996 px
        write_kitti_disparity(place / FOLDER / f"{scene.key}.png", disparity, outside="saturate")
        names.append(f"{FOLDER}/{scene.key}.png")
    archive = place.with_name(f"{place.name}.zip")
    with replacing(archive) as partial:
        try:
            with zipfile.ZipFile(partial, "w", zipfile.ZIP_STORED) as packed:
                for name in names:
                    packed.write(place / name, name)
        except zipfile.BadZipFile as error:
            raise OutputError(f"cannot write {archive} ({error}); choose another --out") from error
    return archive
