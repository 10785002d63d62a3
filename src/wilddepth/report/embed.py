"""Pictures inside a page: small enough to send, without a change that a reader would see."""

import base64

import cv2
import numpy as np
from jaxtyping import UInt8

from wilddepth.report.markup import Markup, element

MAX_WIDTH = 900
# Colours that a picture of classes (errors) has at most; any other picture has hundreds.
_CLASSES = 16
# Two thirds of the size that the fast setting gives; 9 would save another 5 % in five times the time.
_PNG = [cv2.IMWRITE_PNG_COMPRESSION, 6]
# Colour at full resolution: in a map the colour is the value.
_JPEG = [cv2.IMWRITE_JPEG_QUALITY, 90, cv2.IMWRITE_JPEG_OPTIMIZE, 1]
_JPEG += [cv2.IMWRITE_JPEG_SAMPLING_FACTOR, cv2.IMWRITE_JPEG_SAMPLING_FACTOR_444]


def image(picture: UInt8[np.ndarray, "_ _ 3"], alt: str) -> Markup:
    """An `img` element that holds the picture itself."""
    shown = reduced(picture)
    height, width = shown.shape[:2]
    return element("img", src=data_uri(shown), alt=alt, width=width, height=height)


def reduced(picture: UInt8[np.ndarray, "_ _ 3"], width: int = MAX_WIDTH) -> UInt8[np.ndarray, "_ _ 3"]:
    """The picture at most `width` px wide.

    Each pixel is the mean of those it stands for; in a picture of classes it is one of them, because the mean of two
    classes would be a colour that its legend does not have.
    """
    rows, columns = picture.shape[:2]
    if columns <= width:
        return picture
    method = cv2.INTER_NEAREST if _of_classes(picture) else cv2.INTER_AREA
    return np.asarray(cv2.resize(picture, (width, max(1, round(rows * width / columns))), interpolation=method))


def data_uri(picture: UInt8[np.ndarray, "_ _ 3"]) -> str:
    """The picture in a `data:` address: one of classes as PNG, without any change, any other one as JPEG."""
    kind, options = ("png", _PNG) if _of_classes(picture) else ("jpeg", _JPEG)
    _, data = cv2.imencode(f".{kind}", np.ascontiguousarray(picture[:, :, ::-1]), options)
    return f"data:image/{kind};base64,{base64.b64encode(data.tobytes()).decode('ascii')}"


def _of_classes(picture: np.ndarray) -> bool:
    codes = picture.astype(np.uint32) @ np.array([65536, 256, 1], dtype=np.uint32)
    return np.unique(codes).size <= _CLASSES
