"""Contact sheets of worlds: what the cameras see, the disparity in colours, and what only the left one sees."""

from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
from jaxtyping import UInt8

from wilddepth.errors import ConfigError
from wilddepth.formats.atomic import write_bytes
from wilddepth.report.picture import disparity_picture, image_picture, side_by_side, write_png
from wilddepth.worlds.rendered import Rendered

_CAPTION_ROWS = 22
_GAP = 4
_QUALITY = 84
_HIDDEN = (235, 60, 40)


def row_of(made: Rendered) -> UInt8[np.ndarray, "h w 3"]:
    """One pair: left image, disparity, and the left image with what the right camera cannot see in red."""
    picture = image_picture(made.sample.image)
    hidden = picture.copy()
    if made.truth.occluded is not None:
        mask = made.truth.occluded[0, 0].numpy()
        hidden = (0.5 * hidden).astype(np.uint8)
        hidden[mask] = _HIDDEN
    if made.truth.disparity is None:
        raise ValueError("a rendered pair always has its disparity")
    beyond_infinity = made.truth.disparity + made.sample.doffs().view(-1, 1, 1, 1)
    return side_by_side(picture, disparity_picture(beyond_infinity), hidden, gap=_GAP)


def sheet(rows: Sequence[tuple[str, UInt8[np.ndarray, "h w 3"]]]) -> UInt8[np.ndarray, "h2 w 3"]:
    """Rows of one width below each other, each with its caption above it."""
    parts = [part for caption, row in rows for part in (_caption(caption, row.shape[1]), row)]
    return np.concatenate(parts, axis=0)


def write_sheet(path: Path, picture: UInt8[np.ndarray, "h w 3"]) -> None:
    """Write a sheet as PNG, or as JPEG where the name ends so, wholly or not at all.

    Raises:
        ConfigError: for another ending.
        OutputError: when it cannot be written.
    """
    check_name(path)
    if path.suffix.lower() == ".png":
        write_png(path, picture)
        return
    _, data = cv2.imencode(".jpg", np.ascontiguousarray(picture[:, :, ::-1]), [cv2.IMWRITE_JPEG_QUALITY, _QUALITY])
    write_bytes(path, data.tobytes())


def check_name(path: Path) -> None:
    """Refuse a name that is no picture's."""
    if path.suffix.lower() not in (".png", ".jpg", ".jpeg"):
        raise ConfigError(f"{path} must end in .png or .jpg; give such a name with --out")


def _caption(text: str, width: int) -> UInt8[np.ndarray, "h w 3"]:
    strip = np.full((_CAPTION_ROWS, width, 3), 255, np.uint8)
    cv2.putText(strip, text, (4, _CAPTION_ROWS - 7), cv2.FONT_HERSHEY_SIMPLEX, 0.45, (30, 30, 30), 1, cv2.LINE_AA)
    return strip
