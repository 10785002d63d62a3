"""Sources on disk: a folder of a known layout, or pairs given as two pictures or two patterns."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from wilddepth.data.layouts.catalog import LAYOUTS, scenes_of
from wilddepth.data.layouts.globs import pattern_pairs
from wilddepth.data.layouts.layout import SceneFiles
from wilddepth.data.layouts.listing import check_name
from wilddepth.data.layouts.loading import load_sample, load_truth
from wilddepth.errors import ConfigError, SampleError
from wilddepth.formats.content import brief
from wilddepth.formats.content import text as text_of
from wilddepth.sources.source import Scene, Source, file_stamp


class FolderSource(Source):
    """Scenes that are files.

    Attributes:
        files: of each scene.
        with_truth: whether truth is read.
        neighbours: frame offsets that samples bring along where they are there.
        with_poses: whether samples bring the known transforms to those neighbours.
        folder: where they all are; None where they were named one by one.
    """

    folder: Path | None = None

    def __init__(
        self,
        text: str,
        layout: str,
        files: Sequence[SceneFiles],
        *,
        with_truth: bool = True,
        neighbours: Sequence[int] = (),
        with_poses: bool = False,
    ) -> None:
        self.text, self.layout, self.files, self.with_truth = text, layout, tuple(files), with_truth
        self.neighbours, self.with_poses = tuple(neighbours), with_poses
        self.one_view = any(scene.right is None for scene in self.files)
        self.rectified = _least({scene.rectified for scene in self.files})

    def __len__(self) -> int:
        """How many scenes."""
        return len(self.files)

    def key(self, index: int) -> str:
        """The name of a scene."""
        return self.files[index].key

    def load(self, index: int) -> Scene:
        """The scene; its truth only where truth is wanted."""
        files = self.files[index]
        truth = load_truth(files) if self.with_truth else None
        sample = load_sample(files, neighbours=self.neighbours, with_poses=self.with_poses)
        if truth is not None and truth.valid.shape[-2:] != sample.size:
            raise SampleError(f"{files.left} was changed while it was being read; leave the folder as it is")
        return Scene(sample=sample, truth=truth, key=files.key)

    def stamp(self, index: int) -> Mapping[str, str]:
        """The pictures and the calibration."""
        files = self.files[index]
        calibration = None if files.calibration is None else files.calibration.path
        return file_stamp(files.left, files.right, calibration)

    def describe(self) -> str:
        """How many scenes of which layout, and what is known about them."""
        count = len(self.files)
        known = sum(files.calibrated for files in self.files)
        true = sum(files.has_truth for files in self.files) if self.with_truth else 0
        kind = "picture" if self.one_view else "pair"
        return ", ".join(
            (
                f"{self.text}: {count} {kind}{'s' * (count != 1)}",
                f"layout {self.layout}",
                *(["one view"] if self.one_view else []),
                *([UNFIT[self.one_view]] if self.rectified is False else []),
                *_left_out(self.layout, self.folder),
                _share(known, count, "calibration"),
                _share(true, count, "truth") + _origin(self.layout, true) if self.with_truth else "truth not read",
            )
        )


UNFIT = {False: "not rectified", True: "lens distortion not removed"}
"""What is said of scenes that are known not to be rectified: pairs, and single views."""


def folder_source(
    text: str,
    folder: Path,
    *,
    layout: str = "auto",
    split: str | None = None,
    limit: int | None = None,
    with_truth: bool = True,
    neighbours: Sequence[int] = (),
    with_poses: bool = False,
) -> FolderSource:
    """The scenes of a folder.

    Args:
        text: how it was named.
        folder: where it is.
        layout: a name in `data.layouts.catalog.LAYOUTS`, or "auto".
        split: a folder in it (`training`), the first level of the scenes' keys (`TRAIN`), or a text file with one key
            a line.
        limit: at most so many scenes, the first ones.
        with_truth: whether truth is read; without, its files are never opened.
        neighbours: frame offsets that samples bring along.
        with_poses: whether samples bring the known transforms to those neighbours.

    Raises:
        ConfigError: for an unknown layout or split.
        SampleError: for a folder without scenes, or with a pair that lacks a view.
    """
    inner = folder / split if split else folder
    if split and folder.is_dir() and inner.is_dir():
        text, folder = f"{text} ({split})", inner
        found, scenes = scenes_of(folder, layout)
    else:
        found, scenes = scenes_of(folder, layout)
        scenes = _part(scenes, split, text) if split else scenes
    source = FolderSource(
        text, found.name, scenes[:limit], with_truth=with_truth, neighbours=neighbours, with_poses=with_poses
    )
    source.folder = folder
    return source


def pattern_source(
    text: str, left: str, right: str, *, limit: int | None = None, neighbours: Sequence[int] = ()
) -> FolderSource:
    """Pairs given as two patterns.

    Raises:
        SampleError: when a pattern fits no picture, pictures of one view have no partner, or a name cannot be written
            into a report.
    """
    pairs = pattern_pairs(left, right)[:limit]
    for pair in pairs:
        check_name(pair.key)
    return FolderSource(text, "patterns", pairs, neighbours=neighbours)


def file_pair_source(text: str, left: Path, right: Path) -> FolderSource:
    """One pair given as two pictures.

    Raises:
        SampleError: when one of them is not there, or its name cannot be written into a report.
    """
    for path in (left, right):
        if not path.is_file():
            raise SampleError(f"{path} does not exist; check the path")
    check_name(left.stem)
    return FolderSource(text, "files", [SceneFiles(key=left.stem, left=left, right=right)])


def _part(scenes: Sequence[SceneFiles], split: str, text: str) -> Sequence[SceneFiles]:
    """The scenes of a split: those that a text file lists, in its order, or those whose keys begin with its name."""
    if Path(split).is_file():
        return _listed(scenes, Path(split), text)
    chosen = [scene for scene in scenes if scene.key.startswith(f"{split}/")]
    if not chosen:
        levels = sorted({scene.key.split("/")[0] for scene in scenes if "/" in scene.key})
        raise ConfigError(
            f"{text} has no split {split!r}; give a folder in it, a first level of its keys "
            f"({', '.join(levels[:8]) or 'they have one level only'}), or a text file with one key a line"
        )
    return chosen


def _listed(scenes: Sequence[SceneFiles], path: Path, text: str) -> Sequence[SceneFiles]:
    """The scenes whose keys a text file lists."""
    by_key = {scene.key: scene for scene in scenes}
    wanted = [line.strip() for line in text_of(path).splitlines() if line.strip()]
    missing = [key for key in wanted if key not in by_key]
    if not wanted:
        raise ConfigError(f"{path} lists no scene; write one key a line, like {scenes[0].key!r}")
    if missing:
        raise ConfigError(
            f"{path} lists {brief(missing[0])!r}, which is no scene of {text} ({len(missing)} such in all); its keys "
            f"look like {scenes[0].key!r}"
        )
    return [by_key[key] for key in wanted]


def _least(values: set[bool | None]) -> bool | None:
    """What is true of all: False where it is of one, None where it is unknown of one."""
    return False if False in values else None if None in values or not values else True


def _left_out(layout: str, folder: Path | None) -> list[str]:
    """What the folder names and does not hold, where there is such."""
    words = LAYOUTS[layout].left_out(folder) if folder is not None else ""
    return [words] if words else []


def _origin(layout: str, true: int) -> str:
    """How the truth was made, where that must be known."""
    origin = LAYOUTS[layout].truth_origin if layout in LAYOUTS and true else ""
    return f" (by {origin})" if origin else ""


def _share(part: int, count: int, name: str) -> str:
    """`calibration`, `no calibration` or `calibration of 3`."""
    if part == count:
        return f"with {name}"
    return f"no {name}" if part == 0 else f"{name} of {part}"
