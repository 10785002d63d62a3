"""What an adaptation learns by: a method of the table with its settings, and where its labels come from."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

from wilddepth.errors import ConfigError
from wilddepth.method import Method
from wilddepth.methods import catalog
from wilddepth.methods.label_free import LabelFreeConfig
from wilddepth.networks.stereo import StereoNetwork
from wilddepth.plain import assign, closest, load_yaml, plain
from wilddepth.proxies.attach import NAME
from wilddepth.verbs.teacher import Teacher, chosen_teacher, several

Signal = Literal["photometric", "proxy", "both"]
OneOrMore = Path | str | Sequence[Path | str] | None

DEFAULT_METHOD = "label-free"
DEFAULT_SIGNAL: Signal = "both"
"""Best or nearly so in each case of benchmarks/adapt_signals.py, which compares them on rendered worlds."""
THRESHOLD = 0.8
"""Proxies with a confidence above it teach: 0.5 gave a larger EPE in each of those cases."""

CONFIGS: Mapping[str, LabelFreeConfig] = {
    "photometric": LabelFreeConfig(proxy=0.0, photometric=1.0, smoothness=0.05),
    "proxy": LabelFreeConfig(proxy=1.0, photometric=0.0, smoothness=0.0, threshold=THRESHOLD),
    "both": LabelFreeConfig(threshold=THRESHOLD),
}
"""Settings of `label-free` by signal."""
OF_METHOD = "method."
"""What a setting begins with that is the method's and not the labels'."""
NAMED_BY_LABELS = ("label", "second")
"""Settings of a method that name its labels: they follow from the algorithms."""


@dataclass(frozen=True)
class Lesson:
    """A method that can be built around any stereo network, and its teacher.

    Attributes:
        method: name in the table of methods.
        settings: all settings of ours; of methods of other packages those that were given.
        signal: of `label-free`; None for other methods.
        teacher: where the labels come from.
    """

    method: str
    settings: Mapping[str, Any]
    signal: str | None
    teacher: Teacher

    def build(self, network: StereoNetwork) -> Method:
        """The method around a network."""
        return catalog.build(self.method, network, self.settings)

    def told(self) -> dict[str, Any]:
        """What a run is begun with, and must be gone on with."""
        method = {"method": {"name": self.method, "settings": dict(self.settings)}}
        return {**method, **self.named(), **self.teacher.told()}

    def named(self) -> dict[str, str]:
        """The signal, where the method has one."""
        return {} if self.signal is None else {"signal": self.signal}


def chosen_lesson(
    method: str = "auto",
    signal: str = "auto",
    labels: OneOrMore = None,
    algorithms: str | Sequence[str] | None = None,
    settings: Path | str | None = None,
    overrides: Iterable[str] = (),
) -> Lesson:
    """What is learned by, as the options say together.

    Args:
        method: a name of the table; "auto" is `DEFAULT_METHOD`, or `label-free` where a signal is named.
        signal: of `label-free`; "auto" is `DEFAULT_SIGNAL`.
        labels: folders with labels; none = labels are made.
        algorithms: what makes labels, or has made those of the folders.
        settings: a file with an algorithm and its settings.
        overrides: `KEY=VALUE` of the labels' algorithm (`NAME.KEY=VALUE` where there are two), `method.KEY=VALUE`.

    Raises:
        ConfigError: for an unknown method, signal or setting, a method that learns from truth, a signal or labels for a
            method that has no use for them, more labels than it takes, and what `chosen_teacher` refuses.
        SampleError: for a folder without labels.
    """
    overrides = tuple(overrides)
    own = [text.removeprefix(OF_METHOD) for text in overrides if text.startswith(OF_METHOD)]
    of_labels = [text for text in overrides if not text.startswith(OF_METHOD)]
    name, chosen = chosen_method(method, signal)
    names = label_names(name, several(labels), several(algorithms))
    values = method_settings(name, chosen, names, own)
    wanted = names
    if name in catalog.METHODS:
        config = catalog.METHODS[name].configured(values)
        wanted, values = config.labels, plain(config)
    if len(names) > max(len(wanted), 1):
        raise ConfigError(f"{name} learns from one proxy; name one, or take --method domain-adaptation")
    if chosen is not None:
        weighed = signal_of(values)
        if signal not in ("auto", weighed):
            raise ConfigError(f"--signal {signal} and --set {OF_METHOD}KEY=VALUE contradict each other; leave one out")
        chosen = weighed
    what = f"the {chosen} signal" if chosen == "photometric" else name
    return Lesson(name, values, chosen, chosen_teacher(wanted, labels, algorithms, settings, of_labels, what))


def chosen_method(method: str, signal: str) -> tuple[str, str | None]:
    """Method and, of `label-free`, signal.

    Raises:
        ConfigError: see `chosen_lesson`.
    """
    name = ("label-free" if signal != "auto" else DEFAULT_METHOD) if method == "auto" else method
    known = [each for each in catalog.names() if not (each in catalog.METHODS and catalog.METHODS[each].supervised)]
    if name not in known:
        if name in catalog.METHODS:
            others = ", ".join(known)
            raise ConfigError(f"{name} learns from true disparities: use `wilddepth train`; adapt takes {others}")
        raise ConfigError(f"unknown method {name!r}; {closest(name, known)}")
    if name != "label-free":
        if signal != "auto":
            raise ConfigError(
                f"--signal belongs to the method label-free; {name} has terms of its own, weigh them with "
                f"--set {OF_METHOD}KEY=VALUE"
            )
        return name, None
    chosen = DEFAULT_SIGNAL if signal == "auto" else signal
    if chosen not in CONFIGS:
        raise ConfigError(f"unknown signal {chosen!r}; {closest(chosen, list(CONFIGS))}")
    return name, chosen


def signal_of(settings: Mapping[str, Any]) -> str:
    """The signal that the weights of `label-free` amount to.

    Raises:
        ConfigError: where both are 0.
    """
    terms = [name for name in ("photometric", "proxy") if settings[name] > 0]
    if not terms:
        raise ConfigError(f"{OF_METHOD}photometric and {OF_METHOD}proxy are both 0: nothing is left to learn from")
    return terms[0] if len(terms) == 1 else "both"


def label_names(method: str, labels: Sequence[object], algorithms: Sequence[object]) -> tuple[str, ...]:
    """Under which names a method finds its labels: the first always under the same, the second by who makes it."""
    given = max(len(labels), len(algorithms), 1)
    if given > 2:
        raise ConfigError(f"{given} sorts of labels were named; {method} learns from two at most")
    second = str(algorithms[1]) if len(algorithms) > 1 else "second"
    return (NAME, second)[:given]


def method_settings(method: str, signal: str | None, names: Sequence[str], overrides: Sequence[str]) -> dict[str, Any]:
    """The settings of a method that are not its defaults.

    Raises:
        ConfigError: for a text that is not KEY=VALUE, and a setting that names labels.
    """
    values: dict[str, Any] = asdict(CONFIGS[signal]) if signal is not None else {}
    if method == "domain-adaptation" and len(names) > 1:
        values["second"] = names[1]
    for text in overrides:
        key, equals, value = text.partition("=")
        if not equals or not key:
            raise ConfigError(f"{OF_METHOD}{text!r} is not {OF_METHOD}KEY=VALUE, e.g. {OF_METHOD}threshold=0.7")
        if key in NAMED_BY_LABELS:
            raise ConfigError(f"{OF_METHOD}{key} follows from what makes the labels; choose that with --algorithm")
        assign(values, key, load_yaml(value))
    return values
