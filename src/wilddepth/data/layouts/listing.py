"""Looking at folders: pictures by name, pairs of them, folders of scenes."""

import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

from wilddepth.errors import SampleError
from wilddepth.formats.image import IMAGE_SUFFIXES

VIDEO_SUFFIXES = (".mp4", ".avi", ".mkv", ".mov", ".webm", ".m4v", ".mpg", ".mpeg")


def files_in(folder: Path, suffixes: Sequence[str] = IMAGE_SUFFIXES) -> Mapping[str, Path]:
    """Name without ending -> file, in order of name (numbers by value), for files with one of `suffixes`.

    Where one name is there with several endings, the first of `suffixes` is taken. Hidden files are not seen. A folder
    that is not there holds nothing.
    """
    rank = {suffix: place for place, suffix in enumerate(suffixes)}
    found = [path for path in listed(folder) if path.suffix.lower() in rank]
    found.sort(key=lambda path: rank[path.suffix.lower()], reverse=True)
    best = {path.stem: path for path in found}
    return dict(sorted(best.items(), key=lambda entry: natural(entry[0])))


def listed(folder: Path) -> list[Path]:
    """What a folder holds, by name, without hidden entries; nothing for one that is not there.

    Raises:
        SampleError: when it may not be read.
    """
    if not folder.is_dir():
        return []
    try:
        return sorted((path for path in folder.iterdir() if not path.name.startswith(".")), key=by_name)
    except OSError as error:
        raise SampleError(f"{folder} cannot be read ({error.strerror}); check its permissions") from error


NaturalKey = list[tuple[int, int, str, str]]


def by_name(path: Path) -> NaturalKey:
    """Sorting key of a path."""
    return natural(path.name)


def natural(name: str) -> NaturalKey:
    """Sorting key by which `frame2` comes before `frame10`; the text itself decides between `2` and `02`."""
    parts = re.split(r"(\d+)", name)
    return [(1, *_by_value(part), part) if part.isdecimal() else (0, 0, "", part) for part in parts if part]


def _by_value(digits: str) -> tuple[int, str]:
    """Orders numbers of any length as their values: Python reads none of more than 4,300 digits from a text."""
    plain = "".join(str(unicodedata.decimal(digit)) for digit in digits).lstrip("0")
    return len(plain), plain


def check_name(name: str) -> None:
    """Refuse a name that lists, tables and reports cannot hold.

    Raises:
        SampleError: for line ends and other control characters, and for bytes that are not UTF-8.
    """
    # Bytes that are not UTF-8 come as lone surrogates, which no encoder takes.
    if any(unicodedata.category(sign) in ("Cc", "Cs", "Zl", "Zp") for sign in name):
        raise SampleError(
            f"the file name {name!a} holds a line end, a control character or bytes that are not UTF-8; rename it"
        )


def picture(folder: Path, stem: str) -> Path | None:
    """The picture of this name with any ending, or None."""
    return next((path for suffix in IMAGE_SUFFIXES if (path := folder / f"{stem}{suffix}").is_file()), None)


def file_or_none(*candidates: Path) -> Path | None:
    """The first file that is there."""
    return next((path for path in candidates if path.is_file()), None)


def pairs(left: Mapping[str, Path], right: Mapping[str, Path], missing: str) -> Mapping[str, tuple[Path, Path]]:
    """Key -> both pictures.

    Args:
        left: key -> left picture.
        right: key -> right picture.
        missing: where right pictures were looked for, for the message.

    Raises:
        SampleError: when one view lacks a picture that the other has.
    """
    for ours, theirs, side in ((left, right, "right"), (right, left, "left")):
        alone = [path for key, path in ours.items() if key not in theirs]
        if alone:
            raise SampleError(
                f"{alone[0]} has no {side} image ({len(alone)} such in all; looked for the same name in {missing}); "
                "add the other view or remove this one"
            )
    return {key: (left[key], right[key]) for key in left}


def scene_folders(folder: Path, is_scene: Callable[[Path], bool], *below: str) -> Mapping[str, Path]:
    """Prefix of keys -> scene folder: the folder itself (prefix ""), or those in it that hold a scene (prefix `NAME/`).

    Args:
        folder: where to look.
        is_scene: whether a folder is one.
        below: folders of scenes with fixed names to look in as well, e.g. `sequences`.
    """
    if is_scene(folder):
        return {"": folder}
    places: Iterable[Path] = [
        path for parent in (folder, *(folder / name for name in below)) for path in listed(parent)
    ]
    return {f"{path.name}/": path for path in places if path.is_dir() and is_scene(path)}
