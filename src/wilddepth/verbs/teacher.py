"""Where the labels of an adaptation come from: made on the way, read from a folder, or none."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from wilddepth.engine.labels import KeptLabels
from wilddepth.engine.pairs import Proxies
from wilddepth.errors import ConfigError
from wilddepth.proxies.algorithm import DEFAULT, Algorithm, algorithm, read_algorithm, with_overrides
from wilddepth.proxies.attach import stored_labels
from wilddepth.proxies.store import LabelStore
from wilddepth.sources.source import Source
from wilddepth.sources.stored import check_labels


@dataclass(frozen=True)
class Teacher:
    """Labels, or none.

    Attributes:
        store: a folder that holds them; None = they are made.
        maker: what makes them; None = there are none.
    """

    store: LabelStore | None = None
    maker: Algorithm | None = None

    def check(self, scenes: Source) -> None:
        """Find out before anything is written that labels are missing or belong to other pairs; the first is loaded.

        Raises:
            MissingView: for pairs without a right view.
            SampleError: when the folder lacks labels of a pair, or those of the first belong to other images.
        """
        if self.store is None:
            scenes[0].sample.stereo()
        else:
            check_labels(scenes, self.store)

    def proxies(self, folder: Path) -> Proxies | None:
        """Labels by key and sample; those that are made are kept under `folder`."""
        if self.store is not None:
            return partial(stored_labels, self.store)
        return None if self.maker is None else KeptLabels(folder, self.maker)

    def told(self) -> dict[str, Any]:
        """What a run is begun with, and must be gone on with."""
        made_by = None if self.maker is None else self.maker.plain()
        return {"labels": made_by if self.store is None else {"folder": str(self.store.path), **self.store.made_by}}


def chosen_teacher(
    signal: str,
    labels: Path | str | None,
    name: str | None,
    settings: Path | str | None,
    overrides: Iterable[str],
) -> Teacher:
    """Where labels come from, as the options say together.

    Raises:
        ConfigError: for labels where nothing learns from them, an unknown algorithm or setting, and a folder whose
            labels were made with other settings than those named.
        SampleError: for a folder without labels.
    """
    overrides = tuple(overrides)
    detailed = settings is not None or bool(overrides)
    if signal == "photometric":
        if labels is not None or name is not None or detailed:
            raise ConfigError("the photometric signal learns from no labels; leave labels and their settings out")
        return Teacher()
    maker = chosen_algorithm(name, settings, overrides)
    if labels is None:
        return Teacher(maker=maker)
    return Teacher(store=LabelStore.open(labels, maker if detailed else name))


def chosen_algorithm(name: str | None, settings: Path | str | None, overrides: Iterable[str]) -> Algorithm:
    """The algorithm that the options name together; `trio` where they name none.

    Raises:
        ConfigError: for an unknown name or setting, and a file of settings for another algorithm.
    """
    base = algorithm(name or DEFAULT) if settings is None else read_algorithm(settings)
    if name is not None and base.name != name:
        raise ConfigError(f"{settings} holds settings of {base.name}, not of {name}; leave --algorithm out")
    return with_overrides(base, overrides)
