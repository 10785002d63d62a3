"""Plain values (what YAML and JSON hold) to frozen dataclasses and back, strictly.

A dataclass may have fields of these kinds only: bool, int, float, str, `Literal`, another such dataclass, a tuple
`tuple[X, ...]`, a `Mapping[str, X]`, a union of scalars, and `X | None`; `Annotated` adds a `Pattern` or a `Range`.
No field can name a class, a function or a module, so nothing in a file is ever imported or called.

Why not a library that builds objects from type hints: those accept import paths (`class_path: ...`) by design, take
switches as `--flag true`, and cost a tenth of a second on start; the strict subset is the hundred lines below.
"""

import difflib
import json
import math
import re
import reprlib
import types
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import MISSING, dataclass, fields, is_dataclass
from pathlib import PurePath
from typing import Annotated, Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

import yaml

from wilddepth.errors import ConfigError

T = TypeVar("T")


@dataclass(frozen=True)
class Pattern:
    """A text must match all of `expression`; `meaning` says in words what is expected."""

    expression: str
    meaning: str

    def check(self, value: object, where: str) -> None:
        """Raise ConfigError unless `value` is a text of this form."""
        if isinstance(value, str) and not re.fullmatch(self.expression, value):
            raise ConfigError(f"{where}: {reprlib.repr(value)} is not {self.meaning}")


@dataclass(frozen=True)
class Range:
    """A number must lie in [low, high], or in (low, high] where `above` is True."""

    low: int | float
    high: int | float = math.inf
    above: bool = False

    def check(self, value: object, where: str) -> None:
        """Raise ConfigError unless `value` is a number of this range (or not a number at all: None in `X | None`)."""
        if not isinstance(value, int | float):
            return
        if not self.low <= value <= self.high or (self.above and value == self.low):
            low = f"above {self.low:g}" if self.above else f"{self.low:g} or more"
            high = "" if self.high == math.inf else f" and at most {self.high:g}"
            raise ConfigError(f"{where}: {value!r} is out of range; give a number {low}{high}")


def closest(word: str, choices: Sequence[str]) -> str:
    """The end of a message about an unknown word: the nearest choice, and all of them."""
    near = difflib.get_close_matches(word, choices, n=1, cutoff=0.5)
    known = f"known: {', '.join(choices)}" if choices else "there is none yet"
    return f"did you mean {near[0]!r}? ({known})" if near else known


def build(kind: type[T], value: object, where: str = "") -> T:
    """A dataclass of type `kind` from nested mappings, sequences and scalars.

    Args:
        kind: a frozen dataclass with the kinds of fields named at the top of this module.
        value: a mapping with string keys; absent keys take the field's default.
        where: what to call the value in messages, e.g. the name of the file.

    Raises:
        ConfigError: naming the key, and the closest valid one where the key is unknown.
    """
    built: T = _checked(kind, value, where)
    return built


def plain(value: Any) -> Any:
    """The inverse of `build`: dataclasses as dicts, tuples as lists, scalars as they are."""
    if is_dataclass(value):
        return {field.name: plain(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, Mapping):
        return {key: plain(entry) for key, entry in value.items()}
    if isinstance(value, tuple | list):
        return [plain(entry) for entry in value]
    return value


def dump_json(value: Any, *, indent: int | None = 2) -> str:
    """Plain values and dataclasses as JSON that every reader accepts: nan and the infinities become null, paths text.

    Raises:
        TypeError: for a value JSON has no form for, e.g. a tensor.
    """
    return json.dumps(_finite(plain(value)), indent=indent, allow_nan=False, ensure_ascii=False)


def _finite(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _finite(entry) for key, entry in value.items()}
    if isinstance(value, list):
        return [_finite(entry) for entry in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return str(value) if isinstance(value, PurePath) else value


def dump_yaml(tree: Any) -> str:
    """Plain values as YAML, keys in their own order; `load_yaml` gives them back."""
    return yaml.safe_dump(tree, sort_keys=False, allow_unicode=True, width=120)


class StrictYaml:
    """Put before a loader of PyYAML: no aliases (a few bytes can stand for billions), and no key given twice."""

    def compose_node(self: Any, parent: Any, index: Any) -> Any:
        """The next node; `yaml.YAMLError` where it is an alias."""
        if self.check_event(yaml.AliasEvent):
            raise yaml.YAMLError("aliases (*name) are not allowed; write the value out")
        return super().compose_node(parent, index)  # type: ignore[misc]  # of the loader behind

    def construct_mapping(self: Any, node: Any, deep: bool = False) -> dict[Any, Any]:
        """The mapping of a node; `yaml.YAMLError` where a key is repeated."""
        counts = Counter(key.value for key, _ in node.value if isinstance(key.value, str))
        repeated = sorted(key for key, count in counts.items() if count > 1)
        if repeated:
            raise yaml.YAMLError(f"key {', '.join(repeated)} is given twice; keep one")
        return super().construct_mapping(node, deep)  # type: ignore[misc, no-any-return]


class _StrictLoader(StrictYaml, yaml.SafeLoader):
    """Plain values only."""


# Beside its own errors the library lets through what Python raises inside it, e.g. for `!!int ""` or `!!bool maybe`.
_YAML_FAULTS = (yaml.YAMLError, ValueError, LookupError, TypeError, AttributeError, RecursionError)
_LONGEST_REASON = 400


def load_yaml(text: str) -> Any:
    """The plain values in a YAML text; None for an empty one.

    Raises:
        ConfigError: not YAML, an alias, a repeated key, or a tag that would build an object.
    """
    try:
        return yaml.load(text, Loader=_StrictLoader)  # a SafeLoader: plain values only
    except _YAML_FAULTS as error:
        reason = " ".join(str(error).split())
        raise ConfigError(f"not a YAML text of plain values: {reason[:_LONGEST_REASON]}") from error


def differences(first: Any, second: Any, where: str = "") -> list[str]:
    """The keys at which two trees of plain values differ: `a.b`, or "everything" for two other values."""
    if isinstance(first, dict) and isinstance(second, dict):
        keys = [*first, *(key for key in second if key not in first)]
        inside = f"{where}." if where else ""
        return [
            found for key in keys for found in differences(first.get(key), second.get(key), f"{inside}{key}") if found
        ]
    return [] if first == second else [where or "everything"]


def assign(tree: Any, path: str, value: object) -> None:
    """Replace one value in a tree of dicts and lists: `a.b`, `stages.0.steps` (0 is the first entry).

    Raises:
        ConfigError: for a path that leads nowhere, naming the nearest key.
    """
    *parents, last = path.split(".")
    node = tree
    for key in parents:
        node = node[_existing(node, key, path)]
    # The last key may be new: mappings have free keys; elsewhere `build` refuses it and names the nearest one.
    node[_existing(node, last, path) if isinstance(node, list) else _key(node, last, path)] = value


def _existing(node: Any, key: str, path: str) -> str | int:
    if isinstance(node, list):
        if not key.isdecimal() or int(key) >= len(node):
            raise ConfigError(f"{path}: {key!r} is not one of the {len(node)} entries (0 is the first)")
        return int(key)
    if _key(node, key, path) not in node:
        raise ConfigError(f"unknown key {key!r} in {path!r}; {closest(key, list(node))}")
    return key


def _key(node: Any, key: str, path: str) -> str:
    if not isinstance(node, dict):
        raise ConfigError(f"{path}: {key!r} is below a single value; shorten the key")
    return key


def _checked(kind: Any, value: Any, where: str) -> Any:
    origin, arguments = get_origin(kind), get_args(kind)
    if origin is Annotated:
        result = _checked(arguments[0], value, where)
        for rule in arguments[1:]:
            rule.check(result, where)
        return result
    if is_dataclass(kind):
        return _record(kind, value, where)
    if origin is Literal:
        return _choice(arguments, value, where)
    if origin in (Union, types.UnionType):
        return _either(arguments, value, where)
    if origin is tuple:
        return tuple(_checked(arguments[0], entry, f"{where}.{i}") for i, entry in enumerate(_sequence(value, where)))
    if origin is Mapping:
        return {key: _checked(arguments[1], entry, f"{where}.{key}") for key, entry in _mapping(value, where).items()}
    return _scalar(kind, value, where)


def _record(kind: Any, value: Any, where: str) -> Any:
    entries = _mapping(value, where)
    hints = get_type_hints(kind, include_extras=True)
    names = [field.name for field in fields(kind)]
    inside = f"{where}." if where else ""
    for key in entries:
        if key not in names:
            raise ConfigError(f"unknown key {reprlib.repr(inside + key)}; {closest(key, names)}")
    for field in fields(kind):
        if field.name not in entries and field.default is MISSING and field.default_factory is MISSING:
            raise ConfigError(f"{inside}{field.name} is missing; give it a value")
    return kind(**{key: _checked(hints[key], entry, inside + key) for key, entry in entries.items()})


def _choice(choices: Sequence[Any], value: Any, where: str) -> Any:
    if not any(value == choice and type(value) is type(choice) for choice in choices):
        raise ConfigError(f"{where}: unknown value {reprlib.repr(value)}; {closest(str(value), [*map(str, choices)])}")
    return value


def _either(kinds: Sequence[Any], value: Any, where: str) -> Any:
    if value is None and types.NoneType in kinds:
        return None
    others = [kind for kind in kinds if kind is not types.NoneType]
    for kind in others[:-1]:
        try:
            return _checked(kind, value, where)
        except ConfigError:
            continue
    return _checked(others[-1], value, where)


def _mapping(value: Any, where: str) -> Mapping[str, Any]:
    if not isinstance(value, Mapping) or not all(isinstance(key, str) for key in value):
        raise ConfigError(f"{where or 'the whole'}: {reprlib.repr(value)} is not a list of 'key: value' with text keys")
    return value


def _sequence(value: Any, where: str) -> Sequence[Any]:
    if not isinstance(value, list | tuple):
        raise ConfigError(f"{where}: {reprlib.repr(value)} is not a list; write [a, b]")
    return value


# YAML 1.1 reads 1e-4 (no point) as text; people write it, and it is a number.
_NUMBER = re.compile(r"[-+]?(\d+(\.\d*)?|\.\d+)[eE][-+]?\d+")


def _scalar(kind: Any, value: Any, where: str) -> Any:
    if kind is float and isinstance(value, str) and _NUMBER.fullmatch(value):
        value = float(value)
    if kind is float and type(value) is int:
        value = float(value)
    if type(value) is not kind:
        raise ConfigError(f"{where}: {reprlib.repr(value)} is not {_WORDS[kind]}")
    if kind is float and not math.isfinite(value):
        raise ConfigError(f"{where}: {value} is not a finite number")
    return value


_WORDS = {bool: "true or false", int: "a whole number", float: "a number", str: "a text"}
