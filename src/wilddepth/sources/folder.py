"""Sources on disk: a folder of a known layout, or one pair given as two pictures."""

from collections.abc import Sequence
from pathlib import Path

from wilddepth.data.layouts.catalog import scenes_of
from wilddepth.data.layouts.layout import SceneFiles
from wilddepth.data.layouts.listing import check_name
from wilddepth.data.layouts.loading import load_sample, load_truth
from wilddepth.errors import ConfigError, SampleError
from wilddepth.formats.content import brief
from wilddepth.formats.content import text as text_of
from wilddepth.sources.source import Scene, Source


class FolderSource(Source):
    """Scenes that are files."""

    def __init__(self, text: str, layout: str, files: Sequence[SceneFiles], *, with_truth: bool = True) -> None:
        self.text, self.layout, self.files, self.with_truth = text, layout, tuple(files), with_truth

    def __len__(self) -> int:
        """How many pairs."""
        return len(self.files)

    def key(self, index: int) -> str:
        """The name of a pair."""
        return self.files[index].key

    def load(self, index: int) -> Scene:
        """The pair; its truth only where truth is wanted."""
        files = self.files[index]
        truth = load_truth(files) if self.with_truth else None
        sample = load_sample(files)
        if truth is not None and truth.valid.shape[-2:] != sample.size:
            raise SampleError(f"{files.left} was changed while it was being read; leave the folder as it is")
        return Scene(sample=sample, truth=truth, key=files.key)

    def describe(self) -> str:
        """How many pairs of which layout, and what is known about them."""
        count = len(self.files)
        known = sum(files.calibration is not None for files in self.files)
        true = sum(files.has_truth for files in self.files) if self.with_truth else 0
        pairs = "1 pair" if count == 1 else f"{count} pairs"
        return f"{self.text}: {pairs}, layout {self.layout}, {_share(known, count, 'calibration')}, " + (
            _share(true, count, "truth") if self.with_truth else "truth not read"
        )


def folder_source(
    text: str, folder: Path, *, layout: str = "auto", split: str | None = None, with_truth: bool = True
) -> FolderSource:
    """The pairs of a folder.

    Args:
        text: how it was named.
        folder: where it is.
        layout: a name in `data.layouts.catalog.LAYOUTS`, or "auto".
        split: a folder in it (`training`), the first level of the scenes' keys (`TRAIN`), or a text file with one key
            a line.
        with_truth: whether truth is read; without, its files are never opened.

    Raises:
        ConfigError: for an unknown layout or split.
        SampleError: for a folder without pairs, or with a pair that lacks a view.
    """
    inner = folder / split if split else folder
    if split and folder.is_dir() and inner.is_dir():
        found, scenes = scenes_of(inner, layout)
        return FolderSource(f"{text} ({split})", found.name, scenes, with_truth=with_truth)
    found, scenes = scenes_of(folder, layout)
    chosen = _part(scenes, split, text) if split else scenes
    return FolderSource(text, found.name, chosen, with_truth=with_truth)


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


def _share(part: int, count: int, name: str) -> str:
    """`calibration`, `no calibration` or `calibration of 3`."""
    if part == count:
        return f"with {name}"
    return f"no {name}" if part == 0 else f"{name} of {part}"
