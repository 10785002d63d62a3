"""Where the labels of an adaptation come from: made on the way, read from folders, or none."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from wilddepth.engine.labels import KeptLabels, Proxies, together
from wilddepth.errors import ConfigError
from wilddepth.proxies.algorithm import DEFAULT, Algorithm, algorithm, read_algorithm, with_overrides
from wilddepth.proxies.attach import stored_labels
from wilddepth.proxies.store import LabelStore
from wilddepth.sources.source import Source
from wilddepth.sources.stored import check_labels

T = TypeVar("T", bound=Path | str)


@dataclass(frozen=True)
class Teacher:
    """Labels by the names under which a method finds them; all are stored, all are made, or there are none.

    Attributes:
        stores: folders that hold them.
        makers: what makes them.
    """

    stores: Mapping[str, LabelStore] = field(default_factory=dict)
    makers: Mapping[str, Algorithm] = field(default_factory=dict)

    def check(self, scenes: Source) -> None:
        """Find out before anything is written that labels are missing or belong to other pairs; the first is loaded.

        Raises:
            MissingView: for pairs without a right view.
            SampleError: when a folder lacks labels of a pair, or those of the first belong to other images.
        """
        if not self.stores:
            scenes[0].sample.stereo()
        for store in self.stores.values():
            check_labels(scenes, store)

    def proxies(self, folder: Path) -> Proxies | None:
        """Labels by key and sample; those that are made are kept under `folder`."""
        found: dict[str, Proxies] = {name: partial(stored_labels, store) for name, store in self.stores.items()}
        found |= {name: KeptLabels(folder, maker) for name, maker in self.makers.items()}
        return together(found) if found else None

    def told(self) -> dict[str, Any]:
        """What a run is begun with, and must be gone on with."""
        told = [maker.plain() for maker in self.makers.values()]
        told += [{"folder": str(store.path), **store.made_by} for store in self.stores.values()]
        return {"labels": told if len(told) > 1 else told[0] if told else None}

    def origin(self, name: str) -> str:
        """The algorithm behind the labels of a name."""
        return self.makers[name].name if name in self.makers else str(self.stores[name].made_by["algorithm"])


def chosen_teacher(
    names: Sequence[str],
    labels: Path | str | Sequence[Path | str] | None,
    algorithms: str | Sequence[str] | None,
    settings: Path | str | None,
    overrides: Iterable[str],
    what: str,
) -> Teacher:
    """Where labels come from, as the options say together.

    Args:
        names: under which the method finds its labels; none = it learns from none.
        labels: a folder for each name; none = labels are made.
        algorithms: for each name what makes its labels, or has made those of its folder; none = the default.
        settings: a file with an algorithm and its settings, where there is one name.
        overrides: `KEY=VALUE`, or `ALGORITHM.KEY=VALUE`, which must be said where there are two names.
        what: learns from the labels, in words.

    Raises:
        ConfigError: for labels where nothing learns from them, fewer than are needed, an unknown algorithm or setting,
            and a folder whose labels were made with other settings than those named.
        SampleError: for a folder without labels.
    """
    folders, makers, overrides = several(labels), several(algorithms), tuple(overrides)
    detailed = settings is not None or bool(overrides)
    if not names:
        if folders or makers or detailed:
            raise ConfigError(f"{what} learns from no labels; leave labels and their settings out")
        return Teacher()
    if len(names) > 1 and settings is not None:
        raise ConfigError(f"a file holds the settings of one algorithm, and {what} learns from two; use --set")
    if len(names) > 1 and not folders and len(set(makers)) < len(names):
        raise ConfigError(f"{makers[0]} twice is one and the same proxy; name two algorithms")
    if 0 < len(folders) < len(names) or 0 < len(makers) < len(names):
        raise ConfigError(f"{what} learns from {len(names)} proxies: give --labels or --algorithm for each or for none")
    named: tuple[str | None, ...] = makers or (None,) * len(names)
    each = overrides_of(tuple(name or DEFAULT for name in named), overrides)
    chosen = [chosen_algorithm(name, settings, own) for name, own in zip(named, each, strict=True)]
    if not folders:
        return Teacher(makers=dict(zip(names, chosen, strict=True)))
    expected: Sequence[Algorithm | str | None] = chosen if detailed else named
    stores = [LabelStore.open(folder, wanted) for folder, wanted in zip(folders, expected, strict=True)]
    return Teacher(stores=dict(zip(names, stores, strict=True)))


def several(value: T | Sequence[T] | None) -> tuple[T, ...]:
    """One value, or many, or none, as a tuple."""
    if value is None:
        return ()
    return (value,) if isinstance(value, Path | str) else tuple(value)


def overrides_of(names: Sequence[str], overrides: Iterable[str]) -> list[list[str]]:
    """The settings to replace of each algorithm: those that begin with its name, or all of them where it is alone.

    Raises:
        ConfigError: for a setting of nobody where there are two.
    """
    found: list[list[str]] = [[] for _ in names]
    for text in overrides:
        owner, dot, rest = text.partition(".")
        if dot and owner in names:
            found[names.index(owner)].append(rest)
        elif len(names) == 1:
            found[0].append(text)
        else:
            raise ConfigError(
                f"{text!r} does not say whose setting it is; write {names[0]}.{text} or {names[1]}.{text}"
            )
    return found


def chosen_algorithm(name: str | None, settings: Path | str | None, overrides: Iterable[str]) -> Algorithm:
    """The algorithm that the options name together; `trio` where they name none.

    Raises:
        ConfigError: for an unknown name or setting, and a file of settings for another algorithm.
    """
    base = algorithm(name or DEFAULT) if settings is None else read_algorithm(settings)
    if name is not None and base.name != name:
        raise ConfigError(f"{settings} holds settings of {base.name}, not of {name}; leave --algorithm out")
    return with_overrides(base, overrides)
