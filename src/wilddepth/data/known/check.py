"""What of a data set is on disk, and what is missing first. Only names are looked at; nothing is fetched."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from wilddepth.data.known.catalog import DATASETS, dataset_named
from wilddepth.data.known.dataset import Dataset, Part, Use
from wilddepth.data.layouts.catalog import LAYOUTS, detect
from wilddepth.data.layouts.layout import SceneFiles
from wilddepth.errors import ConfigError, SampleError


@dataclass(frozen=True)
class FoundPart:
    """A part as it was found.

    Attributes:
        part: what was looked for.
        files: how many there are.
        first: one of them.
    """

    part: Part
    files: int
    first: Path | None


@dataclass(frozen=True)
class Scenes:
    """The scenes of a folder as its layout sees them.

    Attributes:
        count: all of them.
        pairs: those with both views.
        calibrated: pairs with a calibration file.
        with_truth: pairs with truth of any kind.
    """

    count: int
    pairs: int
    calibrated: int
    with_truth: int


@dataclass(frozen=True)
class Inventory:
    """What is on disk.

    Attributes:
        dataset: what the folder was taken for.
        parts: in the order in which they are needed.
        scenes: None where no scene could be formed.
        missing: the first thing that is missing, as a sentence; None when nothing is.
        fetch: what to do about it.
    """

    dataset: Dataset
    parts: Sequence[FoundPart]
    scenes: Scenes | None
    missing: str | None = None
    fetch: str | None = None

    def usable_for(self) -> dict[Use, bool]:
        """What can be done with what is there, of what the data set is for; all of it needs rectified pictures."""
        uses: list[Use] = list(dict.fromkeys(("predict", *(found.part.use for found in self.parts))))
        complete = {use: all(found.files for found in self.parts if found.part.use == use) for use in uses}
        usable = complete["predict"] and self.dataset.views != "unrectified pairs"
        able = {use: usable and complete[use] for use in uses}
        formed = self.scenes is not None or self.dataset.name not in LAYOUTS
        return {**able, "predict": able["predict"] and formed and self.dataset.views == "rectified pairs"}


def take_stock(folder: str | Path, name: str | None = None) -> Inventory:
    """Look at a folder.

    Args:
        folder: where the data set should be.
        name: which one; None = found by looking.

    Raises:
        ConfigError: for an unknown name, or one that is no folder.
        SampleError: when the folder is missing, empty, or of no known layout.
    """
    place = Path(folder)
    dataset = dataset_named(name) if name is not None else DATASETS[detect(place).name]
    if not dataset.parts:
        raise ConfigError(f"{dataset.name} is no folder ({dataset.shape}); give the SOURCE itself to predict --dry-run")
    if not place.is_dir():
        raise SampleError(f"{place} is no folder; check the path")
    parts = [find_part(place, part) for part in dataset.parts]
    scenes, trouble = count_scenes(place, dataset)
    found = Inventory(dataset, parts, scenes)
    missing, fetch = first_missing(found, trouble)
    return replace(found, missing=missing, fetch=fetch)


def find_part(folder: Path, part: Part) -> FoundPart:
    """How much of a part is there; `SampleError` when the folder cannot be read."""
    found: dict[Path, None] = {}
    for pattern in part.patterns:
        try:
            found |= dict.fromkeys(path for path in matching(folder, pattern) if path.is_file())
        except OSError as error:
            raise SampleError(f"{folder} cannot be read ({error.strerror}); check its permissions") from error
    return FoundPart(part, len(found), min(found) if found else None)


def matching(folder: Path, pattern: str) -> Sequence[Path]:
    """What a pattern names below a folder; leading `../` go up, by the path as it is written."""
    place = folder.absolute()
    while pattern.startswith("../"):
        place, pattern = place.parent, pattern.removeprefix("../")
    return [path for path in place.glob(pattern) if not path.name.startswith(".")]


def count_scenes(folder: Path, dataset: Dataset) -> tuple[Scenes | None, str | None]:
    """The scenes that the layout forms, and why it cannot."""
    layout = LAYOUTS.get(dataset.name)
    if layout is None:
        return None, None
    try:
        scenes = layout.scenes(folder)
    except SampleError as error:
        return None, str(error)
    return (counted(scenes), None) if scenes else (None, None)


def counted(scenes: Sequence[SceneFiles]) -> Scenes:
    """Scenes by what they have."""
    pairs = [scene for scene in scenes if scene.right is not None]
    return Scenes(
        count=len(scenes),
        pairs=len(pairs),
        calibrated=sum(scene.calibration is not None for scene in pairs),
        with_truth=sum(scene.has_truth for scene in scenes),
    )


def first_missing(inventory: Inventory, trouble: str | None) -> tuple[str | None, str | None]:
    """The first thing that is missing, and what to do: pictures, then what the layout says, other parts, single files.

    Args:
        inventory: what is there.
        trouble: why the layout could form no scene.
    """
    absent = [found.part for found in inventory.parts if found.files == 0]
    pictures = [part for part in absent if part.use == "predict"]
    if not pictures and trouble is not None:
        return trouble, None
    if absent:
        part = (pictures or absent)[0]
        return f"no {part.name} ({part.patterns[0]})", what_to_do(inventory.dataset, part)
    return single_files(inventory)


def single_files(inventory: Inventory) -> tuple[str | None, str | None]:
    """Whether some scenes lack what others have."""
    scenes = inventory.scenes
    if scenes is None:
        return None, None
    having: dict[Use, int] = {"metres": scenes.calibrated, "score": scenes.with_truth}
    for found in inventory.parts:
        count = having.get(found.part.use, 0)
        if 0 < count < scenes.count:
            lacking = f"{found.part.name} of {scenes.count - count} of {scenes.count}"
            return lacking, what_to_do(inventory.dataset, found.part)
    return None, None


def what_to_do(dataset: Dataset, part: Part) -> str:
    """How to get a part, and where."""
    return part.fetch if dataset.page is None else f"{part.fetch}; {dataset.page}"
