"""`wilddepth demo`: which world it adapts to, and that the quick one says so."""

from pathlib import Path
from typing import Any

import pytest

import wilddepth
from tiny import command
from wilddepth.sources.grammar import parse
from wilddepth.verbs import demo as verb
from wilddepth.worlds.catalog import WORLDS

RESULT: dict[str, Any] = {
    "signal": "both",
    "improved": True,
    "steps": 60,
    "seconds": 50.0,
    "photometric_before": 0.3,
    "photometric_after": 0.2,
    "proxy_distance_before": 3.0,
    "proxy_distance_after": 1.0,
}


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """What `adapt` was asked for; it does nothing."""
    told: dict[str, Any] = {}

    def adapt(source: str, **more: Any) -> dict[str, Any]:
        told.update(more, source=source)
        return RESULT

    monkeypatch.setattr(verb, "adapt", adapt)
    return told


def test_both_demos_adapt_to_a_world_that_no_training_may_name(asked: dict[str, Any], tmp_path: Path):
    sizes = []
    for quick in (False, True):
        assert wilddepth.demo(out=tmp_path, quick=quick) == {**RESULT, "quick": quick}
        world = parse(asked["source"]).world
        assert world is not None
        assert WORLDS[world.name].role == "held_out"
        assert asked["score"]
        assert world.height is not None
        assert world.width is not None
        sizes.append(world.frames * world.height * world.width * asked["steps"])
    assert sizes[1] < sizes[0] / 10


def test_the_quick_demo_says_that_it_is_the_quick_one(
    asked: dict[str, Any], tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    assert command("demo", "--out", tmp_path, "--quick") == 0
    assert capsys.readouterr().out.startswith("this was the quick demo: smaller and fewer pictures and steps")
    assert command("demo", "--out", tmp_path) == 0
    assert "quick demo" not in capsys.readouterr().out
