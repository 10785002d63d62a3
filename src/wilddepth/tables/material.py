"""The scenes of a table's parts: picked from sources, joined, kept in memory, opened once for all rows."""

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path

from wilddepth.engine.pairs import BUDGET, Pairs, size_in_bytes
from wilddepth.errors import ConfigError, SampleError, WildDepthError
from wilddepth.sample import Sample
from wilddepth.sources.open import open_source
from wilddepth.sources.source import Scene, Source
from wilddepth.tables.proxies import NamedLabels
from wilddepth.tables.table import Part, Pick, Picks

WHERE = "`wilddepth data` says where data sets are got from"


@dataclass(frozen=True)
class Picked:
    """Scenes of one source: their numbers, and the keys that were asked for and found none."""

    source: Source
    numbers: tuple[int, ...]
    missing: tuple[str, ...] = ()


class Gathered(Source):
    """Scenes from several sources in turn, so that the first few are of all; those looked at last stay in memory.

    Args:
        text: names them.
        picked: at least one scene in all.
    """

    def __init__(self, text: str, picked: Sequence[Picked]) -> None:
        self.text, self.layout, self.picked = text, picked[0].source.layout, tuple(picked)
        self.one_view = any(each.source.one_view for each in picked)
        known = {each.source.rectified for each in picked}
        self.rectified = False if False in known else None if None in known else True
        rounds = zip_longest(*([(each.source, number) for number in each.numbers] for each in picked))
        self.places = [place for turn in rounds for place in turn if place is not None]
        self.kept: OrderedDict[int, Scene] = OrderedDict()

    @property
    def missing(self) -> tuple[str, ...]:
        """Keys that were asked for and found no scene."""
        return tuple(key for each in self.picked for key in each.missing)

    def __len__(self) -> int:
        """How many scenes."""
        return len(self.places)

    def load(self, index: int) -> Scene:
        """Scene number `index`; errors of its source."""
        if index not in self.kept:
            source, number = self.places[index]
            self.kept[index] = source[number]
        self.kept.move_to_end(index)
        while len(self.kept) > 1 and sum(size_in_bytes(scene.sample) for scene in self.kept.values()) > BUDGET:
            self.kept.popitem(last=False)
        return self.kept[index]

    def key(self, index: int) -> str:
        """The name of a scene."""
        source, number = self.places[index]
        return source.key(number)

    def describe(self) -> str:
        """How many scenes, and which could not be found."""
        gone = f"; {len(self.missing)} that were asked for are not there" if self.missing else ""
        return f"{self.text}: {len(self)} pairs{gone}"

    def first(self, count: int | None) -> "Gathered":
        """The first scenes only, sharing what is in memory."""
        if count is None or count >= len(self):
            return self
        part = Gathered(f"{self.text}, first {count}", self.picked)
        part.places, part.kept = self.places[:count], self.kept
        return part


class Material:
    """What the parts of a table are made from; every source is opened once."""

    def __init__(self, data: Path | None, labels: Path) -> None:
        """Nothing is opened yet.

        Args:
            data: the folder that `{data}` stands for.
            labels: folder for the labels of all rows.
        """
        self.data, self.labels = data, labels
        self.opened: dict[tuple[Picks, bool], Gathered] = {}
        self.paired: dict[tuple[Picks, tuple[str, ...]], Pairs] = {}

    def scenes(self, picks: Picks, *, with_truth: bool) -> Gathered:
        """The scenes of some picks.

        Raises:
            ConfigError: where --data is needed and not given.
            SampleError: where it is not there, or holds none of what was asked for.
        """
        # Worlds always come with truth, and rendering them twice would be for nothing.
        apart = with_truth or not any(pick.needs_data for pick in picks)
        if (picks, apart) not in self.opened:
            picked = [self.pick(each, with_truth=apart) for each in picks]
            self.opened[picks, apart] = Gathered(" + ".join(each.source.text for each in picked), picked)
        return self.opened[picks, apart]

    def pick(self, pick: Pick, *, with_truth: bool) -> Picked:
        """One source with the numbers of its scenes that were asked for."""
        text = self.place(pick)
        try:
            source = open_source(text, split=pick.split, limit=pick.limit, with_truth=with_truth)
            source.check_pairs()
        except SampleError as error:
            raise SampleError(f"{error}; {WHERE}") from error
        keys = source.keys
        numbers = tuple(
            number for number, key in enumerate(keys) if not pick.keys or any(part in key for part in pick.keys)
        )
        missing = tuple(part for part in pick.keys if not any(part in key for key in keys))
        if not numbers:
            raise SampleError(f"{text} holds none of {', '.join(pick.keys[:3])} ... ({len(pick.keys)} in all); {WHERE}")
        return Picked(source, numbers, missing)

    def place(self, pick: Pick) -> str:
        """The words with the folder filled in."""
        if not pick.needs_data:
            return pick.source
        if self.data is None:
            wanted = pick.source.replace("{data}/", "")
            raise ConfigError(f"this needs {wanted} of a folder with data sets; name it with --data DIR. {WHERE}")
        return pick.source.replace("{data}", str(self.data))

    def pairs(self, picks: Picks, proxies: tuple[str, ...], count: int | None) -> Pairs:
        """Pairs to adapt to: their images and the named labels, never their truth."""
        key = (picks, (*proxies, str(count)))
        if key not in self.paired:
            source = self.scenes(picks, with_truth=False).first(count)
            self.paired[key] = Pairs(source, NamedLabels(self.labels, proxies) if proxies else None)
        return self.paired[key]

    def absent(self, part: Part) -> str | None:
        """Why a part cannot be run; None = it can."""
        try:
            for picks in (part.learn, part.labelled, *part.scored.values()):
                if picks:
                    self.scenes(picks, with_truth=True)
            if part.submission:
                self.scenes(part.submission, with_truth=False)
        except WildDepthError as error:
            return str(error)
        return None

    def parts(self, parts: Sequence[Part]) -> tuple[tuple[Part, ...], dict[str, str]]:
        """The parts that can be run, and why the others cannot; those that must not be absent raise.

        Raises:
            ConfigError: where --data names no folder.
            SampleError: for a part that is absent and not optional.
        """
        self.check()
        reasons = {part.name: why for part in parts if (why := self.absent(part)) is not None}
        for part in parts:
            if not part.optional and part.name in reasons:
                raise SampleError(f"{part.name}: {reasons[part.name]}")
        return tuple(part for part in parts if part.name not in reasons), reasons

    def check(self) -> None:
        """Raise `ConfigError` where --data names no folder."""
        if self.data is not None and not self.data.is_dir():
            raise ConfigError(f"--data {self.data} is no folder; name the one that holds the data sets. {WHERE}")

    def make_room(self, part: Part) -> None:
        """Forget the samples of other parts, where more is in memory than one source may hold."""
        stores: list[tuple[Picks, Gathered | Pairs]] = [
            *((picks, gathered) for (picks, _), gathered in self.opened.items()),
            *((picks, pairs) for (picks, _), pairs in self.paired.items()),
        ]
        if sum(held(store) for _, store in stores) > BUDGET:
            wanted = (part.learn, part.labelled, part.submission, *part.scored.values())
            for picks, store in stores:
                if picks not in wanted:
                    store.kept.clear()

    def told(self, part: Part) -> Mapping[str, str]:
        """What each set of a part holds, in words."""
        sets = {"learned from": part.learn, "labelled": part.labelled, **part.scored}
        found = {name: self.scenes(picks, with_truth=True).describe() for name, picks in sets.items() if picks}
        if part.submission:
            found["submission"] = self.scenes(part.submission, with_truth=False).describe()
        return found


def held(store: Gathered | Pairs) -> int:
    """Bytes of the samples that are in memory."""
    kept = store.kept.values()
    return sum(size_in_bytes(each if isinstance(each, Sample) else each.sample) for each in kept)
