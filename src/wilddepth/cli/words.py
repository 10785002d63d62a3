"""A frozen dataclass as the words of a command: its fields become flags, its docstring becomes their help.

A field without a default is a required flag, one made by `positional()` is a word without a flag, a bool is a switch,
a `Literal` is a choice, a tuple takes all words that are left. `Annotated[int, "N", Range(1)]` gives the word for the
value in the help, and rules that it must keep. argparse is used because it starts in 10 ms.
"""

import argparse
import inspect
import re
import types
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import MISSING, Field, field, fields
from pathlib import Path
from typing import Annotated, Any, Literal, NoReturn, TypeVar, Union, get_args, get_origin, get_type_hints

from wilddepth.errors import ConfigError

T = TypeVar("T")


def positional(**more: Any) -> Any:
    """A field given by its place; `more` goes to `dataclasses.field`."""
    return field(metadata={"positional": True}, **more)


def flagged(flag: str, **more: Any) -> Any:
    """A field whose flag is another word, e.g. one that Python keeps for itself; `more` goes to `dataclasses.field`."""
    return field(metadata={"flag": flag}, **more)


class Parser(argparse.ArgumentParser):
    """argparse whose complaints are `ConfigError`, so that they are printed like every other error of the user's."""

    def error(self, message: str) -> NoReturn:
        """Raise `ConfigError` with where to look next."""
        raise ConfigError(f"{message}; see {self.prog} --help")

    def print_help(self, file: Any = None) -> None:
        """Print the help; nobody reading it any more (`| head`) is no fault, as it is in Python before 3.11."""
        with suppress(BrokenPipeError):
            super().print_help(file)


def parse(kind: type[T], words: Sequence[str], *, prog: str, description: str = "") -> T:
    """The words of one command as a `kind`.

    Raises:
        ConfigError: an unknown flag, a missing word, a value of the wrong kind.
        SystemExit: with status 0 after `--help` was printed.
    """
    parser = Parser(
        prog=prog,
        description=description,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    hints, texts = get_type_hints(kind, include_extras=True), field_help(kind)
    for title, entries in _groups(kind):
        group = parser.add_argument_group(title)
        for entry in entries:
            _add(group, entry, hints[entry.name], texts[entry.name])
    values = _values(parser, words)
    for name, hint in hints.items():
        for rule in get_args(hint)[2:] if get_origin(hint) is Annotated else ():
            rule.check(values[name], _flag(name))
    return kind(**values)


def _groups(kind: type) -> list[tuple[str, list["Field[Any]"]]]:
    """The first line of each class, and its own fields: the class itself first, then its bases as they are written."""
    entries = {entry.name: entry for entry in fields(kind)}
    groups = []
    for base in kind.__mro__[:-1]:
        own = [entries.pop(name) for name in inspect.get_annotations(base) if name in entries]
        groups.append((inspect.cleandoc(base.__doc__ or "").partition("\n")[0].rstrip("."), own))
    return groups


def field_help(kind: type) -> dict[str, str]:
    """What the `Attributes:` of a dataclass and of its bases say about each field.

    Raises:
        KeyError: when a field is not described.
    """
    texts: dict[str, str] = {}
    for base in reversed(kind.__mro__):
        section = inspect.cleandoc(base.__dict__.get("__doc__") or "").partition("Attributes:\n")[2]
        for name, text in re.findall(r"^    (\w+): (.*(?:\n {5,}.*)*)", section, flags=re.MULTILINE):
            texts[name] = " ".join(text.split())
    return {entry.name: texts[entry.name] for entry in fields(kind)}


def _values(parser: Parser, words: Sequence[str]) -> dict[str, Any]:
    # Intermixed: `train RECIPE --out RUN key=value` and `train RECIPE key=value --out RUN` mean the same.
    given = vars(parser.parse_intermixed_args(list(words)))
    return {key: tuple(value) if isinstance(value, list) else value for key, value in given.items()}


def _add(parser: "argparse._ArgumentGroup", entry: "Field[Any]", hint: Any, text: str) -> None:
    metavar = entry.name.upper()
    if get_origin(hint) is Annotated:
        hint, metavar, *_ = get_args(hint)
    kind, many, choices = _kind(hint)
    default = None if entry.default is MISSING else entry.default
    if default not in (None, False, ()):
        text = f"{text} (default: {default})"
    options: dict[str, Any] = {"help": text.replace("%", "%%"), "default": default}
    flag = entry.metadata.get("flag", _flag(entry.name))
    if kind is bool:
        parser.add_argument(flag, dest=entry.name, action="store_true", **options)
        return
    options |= {"type": _reader(kind), "choices": choices, "metavar": "|".join(choices) if choices else metavar}
    if entry.metadata.get("positional"):
        nargs = "*" if many else None if entry.default is MISSING else "?"
        parser.add_argument(entry.name, nargs=nargs, **options)
        return
    if many:  # given once for each value: a list of words would swallow the one without a flag
        options |= {"action": "append", "default": [*(default or ())]}
    parser.add_argument(flag, dest=entry.name, required=entry.default is MISSING, **options)


def _flag(name: str) -> str:
    return "--" + name.replace("_", "-")


def _kind(hint: Any) -> tuple[type, bool, tuple[str, ...] | None]:
    """The type of one value, whether there may be many, and the choices if it is a Literal."""
    origin, arguments = get_origin(hint), get_args(hint)
    if origin is Literal:
        return str, False, arguments
    if origin in (Union, types.UnionType):
        (inner,) = (kind for kind in arguments if kind is not types.NoneType)
        return _kind(inner)
    if origin is tuple:
        return arguments[0], True, None
    return hint, False, None


def _reader(kind: type) -> Any:
    def read(text: str) -> Any:
        try:
            return kind(text)
        except ValueError as error:
            wanted = {int: "a whole number", float: "a number"}[kind]
            raise argparse.ArgumentTypeError(f"{text!r} is not {wanted}") from error

    return Path if kind is Path else str if kind is str else read
