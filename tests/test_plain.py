"""Plain values to dataclasses: what is taken, what is refused, and in which words."""

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Literal

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from wilddepth.errors import ConfigError
from wilddepth.plain import Pattern, Range, build, closest, dump_json, dump_yaml, load_yaml, plain


@dataclass(frozen=True)
class Inner:
    ratio: Annotated[float, Range(0, 1, above=True)] = 0.5


@dataclass(frozen=True)
class Outer:
    count: int
    word: Annotated[str, Pattern(r"[a-z]+", "small letters")] = "a"
    choice: Literal["one", "two"] = "one"
    maybe: int | None = None
    switch: bool = False
    inner: Inner = Inner()
    many: tuple[Inner, ...] = ()
    free: Mapping[str, bool | int | float] = field(default_factory=dict)


def test_a_tree_is_built_and_given_back():
    tree = {
        "count": 3,
        "word": "abc",
        "choice": "two",
        "maybe": 4,
        "switch": True,
        "inner": {"ratio": 1.0},
        "many": [{"ratio": 0.25}, {"ratio": 0.75}],
        "free": {"a": True, "b": 2, "c": 0.5},
    }
    built = build(Outer, tree)
    assert built.many == (Inner(0.25), Inner(0.75))
    assert plain(built) == tree


def test_absent_keys_take_their_defaults():
    assert build(Outer, {"count": 1}) == Outer(count=1)


@pytest.mark.parametrize(
    "tree, message",
    [
        ({}, r"count is missing"),
        ({"count": 1, "wrod": "a"}, r"unknown key 'wrod'; did you mean 'word'\? \(known: count, word"),
        ({"count": 1, "inner": {"ration": 1}}, r"unknown key 'inner.ration'; did you mean 'ratio'"),
        ({"count": True}, r"count: True is not a whole number"),
        ({"count": 1.0}, r"count: 1.0 is not a whole number"),
        ({"count": "1"}, r"count: '1' is not a whole number"),
        ({"count": None}, r"count: None is not a whole number"),
        ({"count": 1, "word": "a.b"}, r"word: 'a.b' is not small letters"),
        ({"count": 1, "word": "a\n"}, r"word: .* is not small letters"),
        ({"count": 1, "word": 1}, r"word: 1 is not a text"),
        ({"count": 1, "choice": "tow"}, r"choice: unknown value 'tow'; did you mean 'two'"),
        ({"count": 1, "maybe": "x"}, r"maybe: 'x' is not a whole number"),
        ({"count": 1, "switch": 1}, r"switch: 1 is not true or false"),
        ({"count": 1, "switch": "true"}, r"switch: 'true' is not true or false"),
        ({"count": 1, "inner": 3}, r"inner: 3 is not a list of 'key: value'"),
        ({"count": 1, "inner": {1: 2}}, r"inner: .* text keys"),
        ({"count": 1, "inner": {"ratio": 0}}, r"inner.ratio: 0.0 is out of range; give a number above 0 and at most 1"),
        ({"count": 1, "inner": {"ratio": math.nan}}, r"inner.ratio: nan is not a finite number"),
        ({"count": 1, "inner": {"ratio": True}}, r"inner.ratio: True is not a number"),
        ({"count": 1, "many": {"ratio": 1}}, r"many: .* is not a list"),
        ({"count": 1, "many": [{}, {"ratio": 2}]}, r"many.1.ratio: 2.0 is out of range"),
        ({"count": 1, "free": {"a": [1]}}, r"free.a: \[1\] is not a number"),
        ([1], r"the whole: \[1\] is not a list of 'key: value'"),
    ],
)
def test_a_wrong_value_is_refused_by_name(tree: object, message: str):
    with pytest.raises(ConfigError, match=message):
        build(Outer, tree)


def test_whole_numbers_and_exponents_without_a_point_are_numbers():
    assert build(Inner, {"ratio": 1}) == Inner(1.0)
    assert build(Inner, {"ratio": "1e-4"}) == Inner(1e-4)  # YAML 1.1 reads 1e-4 as a text
    assert isinstance(build(Inner, {"ratio": 1}).ratio, float)


def test_messages_stay_short_whatever_they_quote():
    with pytest.raises(ConfigError) as caught:
        build(Outer, {"count": "x" * 100_000})
    assert len(str(caught.value)) < 200


def test_the_nearest_word_is_named_only_when_it_is_near():
    assert closest("predct", ["predict", "adapt"]) == "did you mean 'predict'? (known: predict, adapt)"
    assert closest("zzz", ["predict", "adapt"]) == "known: predict, adapt"
    assert closest("zzz", []) == "there is none yet"


@pytest.mark.parametrize(
    "text, message",
    [
        ("a: &x [1]\nb: *x", "aliases"),
        ("a: 1\nb: 2\na: 3", "key a is given twice"),
        ("a: !!python/object/apply:os.system [true]", "could not determine a constructor"),
        ("a: !!python/name:os.system", "could not determine a constructor"),
        ("a: [1", "not a YAML text"),
        ("[" * 30_000, "not a YAML text"),
        ("a: 2020-13-45", "not a YAML text"),
    ],
)
def test_yaml_that_is_more_than_plain_values_is_refused(text: str, message: str):
    with pytest.raises(ConfigError, match=message):
        load_yaml(text)


def test_yaml_gives_back_what_was_written():
    tree = {"a": [1, 2.5e-7, True, None, "no", "1e-4", "a: b # c", "worlds:x?seed=1"], "b": {"c": ""}}
    assert load_yaml(dump_yaml(tree)) == tree


def test_json_holds_null_where_a_number_is_not_finite():
    text = dump_json({"mean": Inner(math.nan), "all": [math.inf, 1.5], "where": Path("a/b")})
    assert json.loads(text) == {"mean": {"ratio": None}, "all": [None, 1.5], "where": "a/b"}


def test_json_of_something_else_is_a_fault():
    with pytest.raises(TypeError):
        dump_json({"a": object()})


@pytest.mark.parametrize(
    "text",
    [
        "!!int ''",
        "!!float ''",
        "!!bool maybe",
        "!!timestamp soon",
        "!!set [a]",
        "!!map x",
        "2001-99-99",
        "!!int 0x",
        "<<: 3",
        "? [a]\n: 1",
        "[" * 3000,
        "{a: " * 3000,
        "9" * 5000,
        "a: &x [1]\nb: *x",
        "a: &a [x, x]\nb: &b [*a, *a]\nc: &c [*b, *b]",
        "&a [*a]",
        "!!python/object/apply:os.system ['true']",
        "\0",
        "\ud800",
        "%YAML 9.9\n---\na: b",
    ],
)
def test_texts_that_stumble_the_library_are_one_short_error(text: str):
    """Some of these made PyYAML raise IndexError, KeyError, AttributeError or TypeError."""
    with pytest.raises(ConfigError, match="not a YAML text of plain values") as caught:
        load_yaml(text)
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 500


@settings(deadline=None, max_examples=300)
@given(text=st.text(alphabet=st.sampled_from("abc019-.:!&*<>[]{}?|#%@`'\"=_~, \n\t"), max_size=30))
def test_any_text_is_plain_values_or_one_error(text: str):
    try:
        found = load_yaml(text)
    except ConfigError:
        return
    assert yaml.safe_load(text) == found or found != found  # the library itself, without our restrictions
