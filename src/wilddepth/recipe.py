"""A whole run as one frozen value: read it, override it, write it back.

A recipe is a YAML file of plain values (see `wilddepth.plain` for the kinds of fields there can be). Files are read
with YAML's safe loader, without aliases, without repeated keys, up to 64 KiB. Every text field has a form that no
import path (`package.module`, `package:function`) fits, and a folder is written with a slash (`./pairs`), so that a
name can never be mistaken for a place. Names of methods and networks are looked up in tables, never imported.
"""

import hashlib
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, Literal

from wilddepth.errors import ConfigError
from wilddepth.plain import Pattern, Range, assign, build, closest, dump_yaml, load_yaml, plain

RECIPES = Path(__file__).parent / "recipes"
MAX_BYTES = 64 * 1024

Name = Annotated[str, Pattern(r"[a-z0-9][a-z0-9_-]*", "a name: small letters, digits, '-' and '_'")]
Place = Annotated[str, Pattern(r"[^\n\0]*/[^\n\0]*", "a path with a slash: write ./NAME for one that stands here")]
NameOrPlace = Annotated[
    str, Pattern(r"[a-z0-9][a-z0-9_-]*|[^\n\0]*/[^\n\0]*", "a packaged name, or a path with a slash (./NAME)")
]
Source = Annotated[
    str,
    Pattern(
        r"worlds:[a-z0-9][a-z0-9_-]*(\?[^\n\0]*)?|[^\n\0]*/[^\n\0]*",
        "a source: worlds:NAME?seed=1, or a folder with a slash (./NAME for one that stands here)",
    ),
]
Setting = bool | int | float | Name
Count = Annotated[int, Range(1)]
WholeNumber = Annotated[int, Range(0)]
Positive = Annotated[float, Range(0, above=True)]
NotNegative = Annotated[float, Range(0)]
Fraction = Annotated[float, Range(0, 1)]


@dataclass(frozen=True)
class MethodSection:
    """What is minimised: a name of the methods' table, and its own settings."""

    name: Name = "supervised"
    settings: Mapping[str, Setting] = field(default_factory=dict)


@dataclass(frozen=True)
class NetworkSection:
    """What is trained.

    Attributes:
        name: a name of the networks' table.
        settings: its options.
        start: how fresh weights begin: "xavier" as published, or "pass-through": decoders hand the coarser disparity
            on, with which matching starts much earlier.
        weights: trained weights to start from instead: a packaged name, a file or a run folder.
        borrow: for "madnet2": trained weights of a MADNet whose layers fresh weights begin with, where shapes agree.
    """

    name: Name = "madnet"
    settings: Mapping[str, Setting] = field(default_factory=dict)
    start: Literal["xavier", "pass-through"] = "pass-through"
    weights: NameOrPlace | None = None
    borrow: NameOrPlace | None = None


@dataclass(frozen=True)
class JitterSection:
    """Changes of brightness and contrast, 0..1; `asymmetric` is the share of them by which the views differ."""

    brightness: Fraction = 0.08
    contrast: Fraction = 0.25
    asymmetric: Fraction = 0.2


@dataclass(frozen=True)
class DataSection:
    """What is looked at.

    Attributes:
        source: worlds:NAME?seed=1, or a folder.
        pairs: how many rendered pairs are drawn from in all.
        first: how many of them at the first step: training begins before all are rendered; None = all.
        growth: how many more a step.
        height: rows of a training crop, px.
        width: columns of a training crop, px.
        jitter: photometric augmentation; zeros for none.
        workers: threads that make batches, and processes that render pairs ahead; the result of a run does not depend
            on it.
        cache: folder of rendered pairs; None = the user's cache.
        render: rendered pairs are stored "ahead" and read back, or rendered "live" where the network is, each time
            anew; "auto" = live on a GPU, ahead on a CPU. The pixels differ by their rounding.
        labels: a folder that `wilddepth proxies` wrote for the pairs of the source, to learn from.
        algorithm: what those labels must have been made with; None = whatever it was.
    """

    source: Source = "worlds:flat-all"
    pairs: Count = 6400
    first: Count | None = None
    growth: NotNegative = 1.0
    height: Count = 192
    width: Count = 448
    jitter: JitterSection = JitterSection()
    workers: WholeNumber = 0
    cache: Place | None = None
    render: Literal["auto", "ahead", "live"] = "auto"
    labels: Place | None = None
    algorithm: Name | None = None


@dataclass(frozen=True)
class OptimiserSection:
    """How weights move; `clip` is the largest norm of the whole gradient, 0 = no limit."""

    name: Literal["adam", "sgd"] = "adam"
    learning_rate: Positive = 1e-4
    weight_decay: NotNegative = 0.0
    clip: NotNegative = 0.0


@dataclass(frozen=True)
class Stage:
    """A part of training.

    Attributes:
        steps: how many.
        batch: pairs a step; None = the recipe's.
        learning_rate: at its first step; None = the optimiser's.
        final_learning_rate: at its last step, along half a cosine; None = constant.
        warm_up: steps over which the rate rises from nothing.
        settings: of the method, replaced during this stage, e.g. {finest: 3} to train the coarse levels first.
    """

    steps: Count
    batch: Count | None = None
    learning_rate: Positive | None = None
    final_learning_rate: Positive | None = None
    warm_up: WholeNumber = 0
    settings: Mapping[str, Setting] = field(default_factory=dict)


@dataclass(frozen=True)
class EmaSection:
    """An exponential average of the weights: average <- decay * average + (1 - decay) * weights; 0 = none."""

    decay: Annotated[float, Range(0, 0.999999)] = 0.998


@dataclass(frozen=True)
class WatchSection:
    """Numbers to watch while training: they are written down, and stop or select nothing (but see `select_by`)."""

    source: Source | None = None
    every: Count = 500


@dataclass(frozen=True)
class Recipe:
    """A whole run.

    Attributes:
        stages: done one after the other.
        steps: end after so many steps in all, the rates of the stages unchanged; None = when the stages are done.
        batch: pairs a step.
        precision: of the forward; weights are kept in fp32.
        checkpoint_every: steps.
        log_every: steps.
        supervise_with_truth: ground truth of the source is given as a label; the run is then called SUPERVISED.
        select_by: which weights are handed over: the last, their average ("ema"), or those that score best on the
            watched source's truth ("truth", printed as ORACLE).
    """

    method: MethodSection = MethodSection()
    network: NetworkSection = NetworkSection()
    data: DataSection = DataSection()
    optimiser: OptimiserSection = OptimiserSection()
    stages: tuple[Stage, ...] = (Stage(steps=1000),)
    steps: Count | None = None
    batch: Count = 8
    seed: WholeNumber = 0
    precision: Literal["fp32", "bf16"] = "fp32"
    ema: EmaSection = EmaSection()
    checkpoint_every: Count = 200
    log_every: Count = 20
    watch: WatchSection = WatchSection()
    supervise_with_truth: bool = False
    select_by: Literal["last", "ema", "truth"] = "ema"

    def __post_init__(self) -> None:
        if self.data.labels is not None and self.supervise_with_truth:
            raise ConfigError("data.labels and supervise_with_truth are two sources of labels; give one of them")
        if self.data.algorithm is not None and self.data.labels is None:
            raise ConfigError("data.algorithm says what data.labels were made with; give data.labels too")
        if not self.stages:
            raise ConfigError("a recipe needs at least one stage; add to 'stages', e.g. [{steps: 1000}]")
        if self.select_by == "ema" and self.ema.decay == 0:
            raise ConfigError("select_by: ema needs an average; set ema.decay, or select_by: last")
        if self.select_by == "truth" and self.watch.source is None:
            raise ConfigError("select_by: truth needs a watched source; set watch.source, or select_by: ema")

    def with_overrides(self, assignments: Iterable[str]) -> "Recipe":
        """This recipe with values replaced: `optimiser.clip=1.0`, `stages.0.steps=10`, `data.source=./pairs`.

        Raises:
            ConfigError: for an unknown key, a wrong value, or a text that is not KEY=VALUE.
        """
        tree = plain(self)
        for assignment in assignments:
            key, equals, text = assignment.partition("=")
            if not equals or not key:
                raise ConfigError(f"{assignment!r} is not KEY=VALUE, e.g. batch=4")
            assign(tree, key, load_yaml(text))
        return build(Recipe, tree)

    def with_values(self, values: Mapping[str, object]) -> "Recipe":
        """This recipe with plain values replaced, by key: {"optimiser.clip": 1.0}; those that are None stay.

        Raises:
            ConfigError: for an unknown key or a wrong value.
        """
        tree = plain(self)
        for key, value in values.items():
            if value is not None:
                assign(tree, key, value)
        return build(Recipe, tree)

    def to_yaml(self) -> str:
        """The whole recipe, defaults written out; `parse` gives back an equal one."""
        return dump_yaml(plain(self))

    def digest(self) -> str:
        """SHA-256 of what the recipe says beyond the defaults: it stays when a later version knows more settings."""
        tree, usual = plain(self), plain(Recipe())
        said = {
            **beyond({key: value for key, value in tree.items() if key != "stages"}, usual),
            "stages": [beyond(stage, plain(Stage(steps=0))) for stage in tree["stages"]],
        }
        return hashlib.sha256(dump_yaml(said).encode()).hexdigest()


def beyond(tree: Mapping[str, Any], usual: Mapping[str, Any]) -> dict[str, Any]:
    """The values that differ from the usual ones, section by section."""
    said: dict[str, Any] = {}
    for key, value in tree.items():
        if isinstance(value, Mapping) and isinstance(usual.get(key), Mapping):
            inside = beyond(value, usual[key])
            said.update({key: inside} if inside else {})
        elif key not in usual or value != usual[key]:
            said[key] = value
    return said


def names() -> list[str]:
    """The packaged recipes."""
    return sorted(path.stem for path in RECIPES.rglob("*.yaml"))


def read(path_or_name: str | os.PathLike[str]) -> Recipe:
    """A recipe from a YAML file, or a packaged one by its name.

    Raises:
        ConfigError: no such file or name, not YAML, an unknown key or a wrong value.
    """
    path = _find(path_or_name)
    try:
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
        text = data.decode()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"cannot read the recipe {path}: {error}; give a YAML file as UTF-8 text") from error
    if len(data) > MAX_BYTES:
        raise ConfigError(f"{path} is larger than {MAX_BYTES} bytes; a recipe is a short YAML file")
    try:
        return parse(text)
    except ConfigError as error:
        raise ConfigError(f"{path}: {error}") from error


def parse(text: str) -> Recipe:
    """A recipe from YAML text; an empty text is the default recipe.

    Raises:
        ConfigError: not YAML, an unknown key or a wrong value.
    """
    tree = load_yaml(text)
    return build(Recipe, {} if tree is None else tree)


def _find(path_or_name: str | os.PathLike[str]) -> Path:
    word = os.fspath(path_or_name)
    if "/" in word or word.endswith((".yaml", ".yml")) or isinstance(path_or_name, Path):
        return Path(word)
    for path in RECIPES.rglob("*.yaml"):
        if path.stem == word:
            return path
    raise ConfigError(f"unknown recipe {word!r}; {closest(word, names())}; or give a path, ./NAME.yaml")
