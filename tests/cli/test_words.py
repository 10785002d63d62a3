"""Fields to flags."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

import pytest

from wilddepth.cli.words import parse, positional
from wilddepth.errors import ConfigError
from wilddepth.plain import Range


@dataclass(frozen=True, kw_only=True)
class Group:
    """A group.

    Attributes:
        folder: where, in
            two lines at 50 %.
        fast: or not.
    """

    folder: Path
    fast: bool = False


@dataclass(frozen=True, kw_only=True)
class Words(Group):
    """The words.

    Attributes:
        thing: what.
        ratio: how much.
        two_words: a choice.
        rest: the rest.
    """

    thing: str = positional()
    ratio: Annotated[float | None, "X", Range(0)] = None
    two_words: Literal["one", "two"] = "one"
    rest: Annotated[tuple[int, ...], "N"] = positional(default=())


def words_of(text: str) -> Words:
    return parse(Words, text.split(), prog="words")


def test_words_become_a_value():
    assert words_of("this --folder a/b --fast --ratio 1e-3 --two-words two 4 5") == Words(
        thing="this", folder=Path("a/b"), fast=True, ratio=0.001, two_words="two", rest=(4, 5)
    )


def test_absent_words_take_their_defaults():
    assert words_of("this --folder a") == Words(thing="this", folder=Path("a"))


@pytest.mark.parametrize(
    "text, message",
    [
        ("this", "required: --folder; see words --help"),
        ("--folder a", "required: THING; see words --help"),
        ("this --folder a --ratio x", "'x' is not a number"),
        ("this --folder a --ratio -1", "--ratio: -1.0 is out of range"),
        ("this --folder a --two-words three", "invalid choice: 'three'"),
        ("this --folder a --two-word one", "unrecognized arguments: --two-word"),
        ("this --folder a x", "'x' is not a whole number"),
    ],
)
def test_wrong_words_are_refused(text: str, message: str):
    with pytest.raises(ConfigError, match=message):
        words_of(text)


def test_help_is_made_of_docstrings(capsys: pytest.CaptureFixture[str]):
    with pytest.raises(SystemExit) as stop:
        words_of("--help")
    printed = capsys.readouterr().out
    assert stop.value.code == 0
    assert "where, in two lines at 50 %." in printed
    assert "a choice. (default: one)" in printed
    assert printed.index("The words:") < printed.index("A group:")


def test_a_field_without_a_description_is_refused():
    @dataclass(frozen=True)
    class Bare:
        """Nothing said."""

        field: int = 1

    with pytest.raises(KeyError, match="field"):
        parse(Bare, [], prog="bare")


@dataclass(frozen=True)
class Several:
    """Words given once for each value.

    Attributes:
        thing: what.
        file: which files.
    """

    thing: str = positional()
    file: Annotated[tuple[Path, ...], "FILE"] = ()


def test_a_flag_of_many_values_is_given_once_for_each_and_takes_no_word_beside_it():
    several = parse(Several, ["--file", "a", "this", "--file", "b"], prog="words")
    assert several == Several(thing="this", file=(Path("a"), Path("b")))
    assert parse(Several, ["this"], prog="words") == Several(thing="this")
