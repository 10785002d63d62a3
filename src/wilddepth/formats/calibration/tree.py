"""YAML and JSON calibration files as nested text, and the numbers in them.

Every scalar stays the text it is in the file: nothing is guessed (YAML 1.1 takes 1e-5 for a word and 1:30 for ninety),
no tag builds anything, and no digit is lost. OpenCV's first line `%YAML:1.0`, which is not YAML, is passed over.
"""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

import yaml

from wilddepth.errors import SampleError
from wilddepth.formats.atomic import write_text
from wilddepth.formats.calibration.entries import finite_number, whole_number
from wilddepth.formats.content import brief, text
from wilddepth.plain import StrictYaml

Tree = Mapping[str, Any]

# A calibration has some kilobytes; YAML of a megabyte would take many seconds.
LARGEST_FILE = 256 * 1024


class _TextLoader(StrictYaml, yaml.BaseLoader):
    """Texts, lists and mappings only."""


def read_trees(path: str | Path) -> Sequence[Tree]:
    """The documents of a file, at least one, each a mapping.

    Raises:
        SampleError: for a file that is missing, no text, too large, not YAML, or holds something else than mappings.
    """
    content = text(path)
    if len(content) > LARGEST_FILE:
        raise SampleError(f"{path} has {len(content)} characters, too many for a calibration; check the path")
    first, _, rest = content.partition("\n")
    try:
        trees = list(yaml.load_all(rest if first.startswith("%YAML") else content, Loader=_TextLoader))
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise SampleError(f"{path} is not YAML ({' '.join(str(error).split())}); check the file") from error
    if not trees or not all(isinstance(tree, Mapping) for tree in trees):
        raise SampleError(f"{path} holds no 'key: value' lines; check that it is the right calibration file")
    return trees


def read_tree(path: str | Path) -> Tree:
    """The only document of a file.

    Raises:
        SampleError: as `read_trees`, and for several documents.
    """
    first, *others = read_trees(path)
    if others:
        raise SampleError(f"{path} holds {1 + len(others)} documents; one was expected")
    return first


def has(tree: Tree, *keys: str) -> bool:
    """Whether all keys are there."""
    return all(key in tree for key in keys)


def inner(tree: Tree, key: str, path: str | Path) -> Tree:
    """The mapping under a key.

    Raises:
        SampleError: when there is none.
    """
    value = _value(tree, key, path)
    if not isinstance(value, Mapping):
        raise SampleError(f"{path}: {key} holds no 'key: value' lines; check the file")
    return value


def word(tree: Tree, key: str, path: str | Path) -> str:
    """The text under a key.

    Raises:
        SampleError: when there is none.
    """
    value = _value(tree, key, path)
    if not isinstance(value, str):
        raise SampleError(f"{path}: {key} is not a single value; check the file")
    return value


def decimals(tree: Tree, key: str, path: str | Path, count: int | None = None) -> Sequence[Decimal]:
    """The numbers under a key: one, a list, a list of rows, or a matrix with `data`.

    Args:
        tree: where to look.
        key: which entry.
        path: the file, for messages.
        count: how many there must be; None = any.

    Raises:
        SampleError: when the key is missing, or holds other things or another count.
    """
    value = _value(tree, key, path)
    if isinstance(value, Mapping):
        value = _value(value, "data", path)
    words = _flat(value, key, path)
    if count is not None and len(words) != count:
        raise SampleError(f"{path}: {key} holds {len(words)} numbers instead of {count}; it may be cut off")
    return [finite_number(each, key, path) for each in words]


def numbers(tree: Tree, key: str, path: str | Path, count: int | None = None) -> tuple[float, ...]:
    """The numbers under a key as floats.

    Raises:
        SampleError: as `decimals`.
    """
    return tuple(float(value) for value in decimals(tree, key, path, count))


def size(tree: Tree, keys: tuple[str, str], path: str | Path) -> tuple[int, int] | None:
    """Columns and rows, or None where the file does not say (or says 0, as uncalibrated cameras of ROS do).

    Raises:
        SampleError: for numbers that no picture has.
    """
    if not has(tree, *keys):
        return None
    values = [numbers(tree, key, path, 1)[0] for key in keys]
    if not any(values):
        return None
    return whole_number(values[0], keys[0], path), whole_number(values[1], keys[1], path)


def number_text(value: float) -> str:
    """A float with all its digits, so that every YAML reader takes it for a number (`1.0e-05`, not `1e-05`)."""
    digits, mark, exponent = repr(float(value)).partition("e")
    return f"{digits if '.' in digits else digits + '.0'}{mark}{exponent}"


def list_text(values: Sequence[float]) -> str:
    """`[1.0, 2.0]`."""
    return f"[{', '.join(number_text(value) for value in values)}]"


def write_lines(path: str | Path, lines: Sequence[str]) -> None:
    """Write lines, wholly or not at all.

    Raises:
        OutputError: when the file cannot be written.
    """
    write_text(path, "\n".join(lines) + "\n")


def _value(tree: Tree, key: str, path: str | Path) -> Any:
    if key not in tree:
        found = ", ".join(str(each) for each in list(tree)[:8]) or "nothing"
        raise SampleError(
            f"{path} has no entry {key!r} (it has {brief(found)}); check that it is the right calibration file"
        )
    return tree[key]


def _flat(value: Any, key: str, path: str | Path) -> list[str]:
    """The texts in a list, or in a list of lists."""
    if isinstance(value, str):
        return value.split()
    if isinstance(value, list):
        rows = [each if isinstance(each, list) else [each] for each in value]
        words = [each for row in rows for each in row]
        if all(isinstance(each, str) for each in words):
            return words
    raise SampleError(f"{path}: {key} is not a list of numbers; check the file")
