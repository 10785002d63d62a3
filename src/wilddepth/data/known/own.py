"""Ways to lay out pictures of one's own."""

from wilddepth.data.known.dataset import Dataset, Part, Views

_PICTURES = ("*.png", "*.jpg", "*.jpeg", "*.bmp", "*.tif", "*.tiff", "*.webp", "*.pgm", "*.ppm")


def _side(side: str) -> tuple[str, ...]:
    names = tuple(f"{deep}{side}/{name}" for deep in ("", "*/") for name in _PICTURES)
    return names + tuple(f"{deep}*{side}*{name[1:]}" for deep in ("", "*/") for name in _PICTURES)


def _own(
    name: str,
    title: str,
    smallest: str,
    shape: str,
    *notes: str,
    parts: tuple[Part, ...] = (),
    views: Views = "rectified pairs",
) -> Dataset:
    return Dataset(
        name=name,
        title=title,
        page=None,
        licence=None,
        downloads=(),
        smallest=smallest,
        parts=parts,
        shape=shape,
        notes=notes,
        views=views,
    )


PAIRS = _own(
    "pairs",
    "your own rectified pairs",
    "one pair; about a dozen to adapt to",
    "left/ and right/ with equal names, or NAME_left and NAME_right in one folder; calib.txt beside them",
    "The pairs must be rectified: equal points lie in equal rows.",
    parts=(
        Part("left pictures", "predict", _side("left"), "put the left pictures into left/"),
        Part("right pictures", "predict", _side("right"), "put the right pictures into right/ under the same names"),
        Part(
            "calibration",
            "metres",
            ("calib.txt", "*/calib.txt"),
            "write calib.txt (KITTI or Middlebury style) beside them: focal length, principal point, baseline",
        ),
        Part(
            "truth",
            "score",
            ("disparity/*", "disp/*", "*/disparity/*", "*/disp/*", "*_disp.*"),
            "where you have some: disparity/ with 16-bit PNG (256 a px), PFM or npy, named as the left pictures",
        ),
    ),
)

PHOTOS = _own(
    "photos",
    "photos with poses (transforms.json), one view",
    "the pictures of one scene and transforms.json",
    "transforms.json and the pictures that it lists",
    "There is no right view: stereo methods cannot use it. The unit of such poses is seldom the metre.",
    views="one view",
    parts=(
        Part(
            "list of pictures",
            "predict",
            ("transforms.json", "transforms_train.json", "*/transforms.json"),
            "write transforms.json, as nerfstudio's or instant-ngp's tools do",
        ),
        Part(
            "pictures",
            "predict",
            tuple(f"{deep}{name}" for deep in ("", "images/", "*/") for name in _PICTURES),
            "put the pictures where transforms.json says",
        ),
    ),
)

PATTERNS = _own(
    "patterns",
    "pairs of any naming",
    "one pair",
    "two patterns as SOURCE: 'DIR/cam_l/*.png,DIR/cam_r/*.png'",
    "Pictures are a pair where the wildcards stand for the same text in both. Quote the patterns against the shell.",
)
SIDE_BY_SIDE = _own(
    "side-by-side",
    "a video with both views side by side",
    "a few seconds",
    "sbs:VIDEO as SOURCE; the left half is the left view",
    "The views must be rectified.",
)
VIDEO_PAIR = _own(
    "video-pair",
    "two videos of one moment",
    "a few seconds",
    "LEFT.mp4,RIGHT.mp4 as SOURCE",
    "Both must have one length and one rate, and the views must be rectified.",
)

OWN = (PAIRS, PHOTOS, PATTERNS, SIDE_BY_SIDE, VIDEO_PAIR)
