"""Recipes: read, override, write back; and nothing in one is ever imported or called."""

import dataclasses
import re
import types
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wilddepth.errors import ConfigError
from wilddepth.plain import Pattern, build, plain
from wilddepth.recipe import MAX_BYTES, RECIPES, OptimiserSection, Recipe, Stage, beyond, names, parse, read
from wilddepth.sources.grammar import parse as parse_source
from wilddepth.worlds.catalog import WORLDS
from wilddepth.worlds.sensor import SENSORS
from wilddepth.worlds.table import worlds_in
from wilddepth.worlds.weather import WEATHERS


def packaged() -> list[Path]:
    return sorted(RECIPES.rglob("*.yaml"))


def test_every_packaged_recipe_parses_and_is_found_by_its_name():
    assert len(packaged()) >= 2
    for path in packaged():
        assert read(path) == read(path.stem)
    assert len(set(names())) == len(packaged())


def test_every_packaged_recipe_begins_with_a_command_that_uses_it():
    for path in packaged():
        first = path.read_text().splitlines()[0]
        command = re.fullmatch(rf"# wilddepth train {re.escape(path.stem)}((?: \S+=\S+)*) --out \S+", first)
        assert command, path
        read(path).with_overrides(command[1].split())


def held_out_in(source: str) -> set[str]:
    """What of a source is held out for good: worlds (those of a mix too), sensors, weathers."""
    spec = parse_source(source).world
    if spec is None:
        return set()
    parts = [spec_world := WORLDS[spec.name], *worlds_in(spec_world)]
    found = {part.name for part in parts if part.role == "held_out"}
    for part in parts:
        found |= {name for name, _ in part.sensors if SENSORS[name].role == "held_out"}
        found |= {name for name, _ in part.weathers if WEATHERS[name].role == "held_out"}
    found |= {name for name in (spec.sensor,) if name is not None and SENSORS[name].role == "held_out"}
    return found | {name for name in spec.weather if WEATHERS[name].role == "held_out"}


def test_no_recipe_trains_on_what_is_held_out():
    sources = [read(name).data.source for name in names()]
    assert len(sources) >= 5
    assert {source: held_out_in(source) for source in sources if held_out_in(source)} == {}
    assert held_out_in(Recipe().data.source) == set()


@pytest.mark.parametrize(
    "source, found",
    [
        ("worlds:nature?seed=1", {"nature"}),
        ("worlds:flat-dusk", {"flat-dusk"}),
        ("worlds:street-night-rain", {"street-night-rain", "night-rain", "webcam"}),
        ("worlds:street?sensor=webcam", {"webcam"}),
        ("worlds:all?weather=clear,night-rain", {"night-rain"}),
        ("worlds:all?samples=2", set()),
        ("./nature", set()),
    ],
)
def test_the_search_for_what_is_held_out_finds_it(source: str, found: set[str]):
    assert held_out_in(source) == found


def test_the_search_for_what_is_held_out_looks_into_mixes(monkeypatch: pytest.MonkeyPatch):
    mixed = replace(WORLDS["all"], builders=(("street", 0.5), ("nature", 0.5)))
    monkeypatch.setitem(WORLDS, "all", mixed)  # type: ignore[call-overload]
    assert held_out_in("worlds:all") == {"nature"}


def test_a_recipe_written_and_read_is_the_same():
    for recipe in (Recipe(), *map(read, names())):
        assert parse(recipe.to_yaml()) == recipe


@settings(max_examples=30, deadline=None)
@given(
    lr=st.floats(1e-12, 1e6),
    place=st.text(max_size=20).filter(lambda text: "\n" not in text and "\0" not in text).map(lambda text: f"./{text}"),
    steps=st.lists(st.integers(1, 10**12), min_size=1, max_size=3),
)
def test_any_values_survive_writing(lr: float, place: str, steps: list[int]):
    recipe = Recipe(
        optimiser=OptimiserSection(learning_rate=lr),
        stages=tuple(Stage(steps=count, learning_rate=lr, settings={"x": lr}) for count in steps),
        data=dataclasses.replace(Recipe().data, source=place),
    )
    assert parse(recipe.to_yaml()) == recipe


def test_the_digest_names_the_values_and_not_the_spelling():
    assert parse("batch: 8").digest() == parse("{}  # nothing").digest() == Recipe().digest()
    assert parse("batch: 4").digest() != Recipe().digest()
    assert len(Recipe().digest()) == 64


def test_the_digest_does_not_change_with_settings_that_a_later_version_knows():
    said = {"data": {"pairs": 3, "new": None}, "new": {"inside": 1}, "batch": 8}
    usual = {"data": {"pairs": 9, "new": None}, "new": {"inside": 1}, "batch": 8}
    assert beyond(said, usual) == {"data": {"pairs": 3}}
    assert beyond({"settings": {"finest": 3}}, {"settings": {}}) == {"settings": {"finest": 3}}
    # Written into packaged weights: it must stay.
    whole = parse("{batch: 4, stages: [{steps: 10}]}").digest()
    assert whole == "18da11becacdb01df3b966425f302e49caffa04ccac0eb8147334302c9e8633f"


def test_overrides_replace_single_values():
    recipe = Recipe().with_overrides(
        [
            "optimiser.learning_rate=1e-5",
            "stages.0.steps=10",
            "data.source=./a",
            "method.settings.beta=0.5",
            "watch.source=",
        ]
    )
    assert recipe.optimiser.learning_rate == 1e-5
    assert recipe.stages == (Stage(steps=10),)
    assert recipe.data.source == "./a"
    assert recipe.method.settings == {"beta": 0.5}
    assert recipe.watch.source is None
    assert Recipe() == Recipe().with_overrides([])


def test_values_that_were_not_given_stay():
    assert Recipe(seed=5).with_values({"seed": None, "batch": 2}) == Recipe(seed=5, batch=2)


@pytest.mark.parametrize(
    "assignment, message",
    [
        ("optimizer.clip=1", "did you mean 'optimiser'"),
        ("optimiser.klip=1", "unknown key 'optimiser.klip'; did you mean 'clip'"),
        ("batsh=4", "unknown key 'batsh'; did you mean 'batch'"),
        ("stages.1.steps=1", "'1' is not one of the 1 entries"),
        ("stages.first.steps=1", "'first' is not one of the 1 entries"),
        ("seed.low=1", "'low' is below a single value"),
        ("seed", "'seed' is not KEY=VALUE"),
        ("=1", "'=1' is not KEY=VALUE"),
        ("seed=[", "not a YAML text"),
        ("batch=0", "batch: 0 is out of range"),
        ("batch=many", "batch: 'many' is not a whole number"),
        ("precision=fp16", "precision: unknown value 'fp16'; did you mean 'bf16'"),
        ("optimiser.clip=.inf", "not a finite number"),
        ("data.source=pairs", "a folder with a slash"),
        ("stages=5", "stages: 5 is not a list"),
        ("stages=[]", "at least one stage"),
        ("ema.decay=0", "select_by: ema needs an average"),
        ("select_by=truth", "select_by: truth needs a watched source"),
    ],
)
def test_a_wrong_override_is_refused(assignment: str, message: str):
    with pytest.raises(ConfigError, match=message):
        Recipe().with_overrides([assignment])


def test_files_that_are_no_recipe_are_refused(tmp_path: Path):
    (tmp_path / "binary.yaml").write_bytes(b"\xff\xfe\x00")
    (tmp_path / "large.yaml").write_text("#" * (MAX_BYTES + 1))
    (tmp_path / "wrong.yaml").write_text("batch: x")
    for name, message in [
        ("binary.yaml", "cannot read the recipe"),
        ("large.yaml", "larger than 65536 bytes"),
        ("missing.yaml", "cannot read the recipe"),
        ("wrong.yaml", "wrong.yaml: batch: 'x' is not a whole number"),
        ("", "cannot read the recipe"),
    ]:
        with pytest.raises(ConfigError, match=message):
            read(tmp_path / name)


def test_an_unknown_name_is_answered_with_the_nearest():
    with pytest.raises(ConfigError, match=r"unknown recipe 'madnet-fling'; did you mean 'madnet-flying'"):
        read("madnet-fling")


# What somebody could write into a file in the hope that it is imported, built or run.
POISON: list[Any] = [
    "subprocess.Popen",
    "subprocess:Popen",
    "os.system",
    "builtins.eval",
    "__import__('os').system('true')",
    {"class_path": "subprocess.Popen"},
    {"class_path": "subprocess.Popen", "init_args": {"args": "true"}},
    {"_target_": "subprocess.Popen"},
    [{"class_path": "subprocess.Popen"}],
    ["subprocess.Popen"],
]


def places(kind: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Every place in a recipe where a value may stand, with its kind; "0" is the first entry of a list."""
    origin, arguments = get_origin(kind), get_args(kind)
    yield path, kind
    if dataclasses.is_dataclass(kind):
        for name, hint in get_type_hints(kind, include_extras=True).items():
            yield from places(hint, (*path, name))
    elif origin is tuple:
        yield from places(arguments[0], (*path, "0"))
    elif origin is Mapping:
        yield from places(arguments[1], (*path, "class_path"))
    elif origin in (Union, types.UnionType):
        for inner in arguments:
            yield from ((found, inside) for found, inside in places(inner, path) if found != path)


def poisoned(path: tuple[str, ...], value: Any) -> Any:
    for key in reversed(path):
        value = [value] if key == "0" else {key: value}
    return value


def test_no_place_of_a_recipe_takes_an_import_path():
    found = {path for path, _ in places(Recipe)}
    assert {("method", "settings", "class_path"), ("stages", "0", "steps"), ("network", "weights")} <= found
    assert len(found) >= 45
    for path in found:
        for poison in POISON:
            with pytest.raises(ConfigError):
                build(Recipe, poisoned(path, poison))


def test_no_section_takes_a_class_path_beside_its_own_keys():
    sections = [path for path, kind in places(Recipe) if dataclasses.is_dataclass(kind)]
    assert len(sections) >= 9
    for path in sections:
        with pytest.raises(ConfigError, match="unknown key"):
            build(Recipe, poisoned(path, {"class_path": "subprocess.Popen"}))


def test_every_field_is_a_plain_value_and_every_text_has_a_form():
    def ruled(kind: Any) -> bool:
        return get_origin(kind) is Annotated and any(isinstance(rule, Pattern) for rule in get_args(kind)[1:])

    def allowed(kind: Any) -> bool:
        origin, arguments = get_origin(kind), get_args(kind)
        if origin is Annotated:
            return ruled(kind) if arguments[0] is str else allowed(arguments[0])
        if origin is Literal:
            return all(isinstance(choice, str) for choice in arguments)
        if origin in (Union, types.UnionType):
            return all(inner is types.NoneType or allowed(inner) for inner in arguments)
        if origin is tuple:
            return arguments[1] is Ellipsis and allowed(arguments[0])
        if origin is Mapping:
            return arguments[0] is str and allowed(arguments[1])
        return kind in (bool, int, float) or dataclasses.is_dataclass(kind)

    assert not [path for path, kind in places(Recipe) if not allowed(kind)]
    assert not allowed(str)
    assert not allowed(type)
    assert not allowed(Any)


def test_a_recipe_is_a_value():
    assert Recipe() == Recipe()
    assert build(Recipe, plain(Recipe(seed=3))) == Recipe(seed=3)
    with pytest.raises(dataclasses.FrozenInstanceError):
        Recipe().seed = 4  # type: ignore[misc]
