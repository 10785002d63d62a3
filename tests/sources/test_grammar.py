from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wilddepth.errors import ConfigError
from wilddepth.sources.grammar import SourceSpec, WorldSpec, parse


@pytest.mark.parametrize(
    "text, spec",
    [
        ("pairs", SourceSpec("pairs", "path", (Path("pairs"),))),
        ("/data/kitti 2015", SourceSpec("/data/kitti 2015", "path", (Path("/data/kitti 2015"),))),
        ("l.png,r.JPG", SourceSpec("l.png,r.JPG", "image-pair", (Path("l.png"), Path("r.JPG")))),
        (
            "a/left.mp4,b/right.MOV",
            SourceSpec("a/left.mp4,b/right.MOV", "video-pair", (Path("a/left.mp4"), Path("b/right.MOV"))),
        ),
        (
            "d/left*/**.png,d/right*/**.png",
            SourceSpec(
                "d/left*/**.png,d/right*/**.png", "pattern-pair", (Path("d/left*/**.png"), Path("d/right*/**.png"))
            ),
        ),
        ("sbs:my video.mp4", SourceSpec("sbs:my video.mp4", "side-by-side", (Path("my video.mp4"),))),
        ("camera:0", SourceSpec("camera:0", "camera", address="0")),
        ("rtsp://10.0.0.1/cam", SourceSpec("rtsp://10.0.0.1/cam", "stream", address="rtsp://10.0.0.1/cam")),
        ("worlds:flat-street", SourceSpec("worlds:flat-street", "world", world=WorldSpec("flat-street"))),
        (
            "worlds:street?rig=kitti&rate=12.5&clip=20&samples=2&weather=day,tunnel&sensor=video",
            SourceSpec(
                "worlds:street?rig=kitti&rate=12.5&clip=20&samples=2&weather=day,tunnel&sensor=video",
                "world",
                world=WorldSpec(
                    "street", rig="kitti", rate=12.5, clip=20, samples=2, weather=("day", "tunnel"), sensor="video"
                ),
            ),
        ),
        (
            "worlds:flat-dusk?seed=1&frames=200&height=64&width=128",
            SourceSpec(
                "worlds:flat-dusk?seed=1&frames=200&height=64&width=128",
                "world",
                world=WorldSpec("flat-dusk", seed=1, frames=200, height=64, width=128),
            ),
        ),
    ],
)
def test_words_that_are_understood(text: str, spec: SourceSpec):
    assert parse(text) == spec


@pytest.mark.parametrize(
    "text, message",
    [
        ("", "the source is empty; expected FOLDER"),
        ("  ", "the source is empty"),
        (
            "world:street",
            "neither a path that is there nor a source that is understood: FOLDER, LEFT,RIGHT, worlds:NAME",
        ),
        ("http://example.org/left.mp4", "neither a path"),
        ("rtsp:camera", "neither a path"),
        ("camera:left", "neither a path"),
        ("camera:", "neither a path"),
        ("sbs:", "neither a path"),
        ("worlds:", "names no world"),
        ("worlds:?seed=1", "names no world"),
        (
            "worlds:flat-street?seeds=1",
            "unknown 'seeds'; known: seed, frames, height, width, clip, samples, rig, sensor, rate, weather",
        ),
        ("worlds:street?rig=", "rig= names nothing; write rig=NAME"),
        ("worlds:street?weather=day,,night", "must be names with commas between"),
        ("worlds:street?rate=0", "rate=0 must be a number above 0"),
        ("worlds:street?rate=1e3", "rate=1e3 must be a number above 0"),
        ("worlds:street?rate=10001", "at most 10000"),
        ("worlds:street?clip=0", "clip=0 must be a whole number of at least 1"),
        ("worlds:street?samples=9", "samples=9 must be at most 8 along each axis"),
        ("worlds:flat-street?seed", "seed= must be a whole number"),
        ("worlds:flat-street?seed=1&seed=2", "gives one number twice"),
        ("worlds:flat-street?seed=-1", "seed=-1 must be a whole number of at least 0"),
        ("worlds:flat-street?frames=0", "frames=0 must be a whole number of at least 1"),
        ("worlds:flat-street?frames=many", "frames=many must be"),
        ("worlds:flat-street?frames=²", "must be a whole number"),
        ("worlds:flat-street?width=6.5", "width=6.5 must be"),
        ("l.png,r.mp4", "is not LEFT,RIGHT with two pictures"),
        ("l.png,r.png,s.png", "is not LEFT,RIGHT"),
        ("l/*.png,r/1.png", "r/1.png holds no wildcard and the other view does; write both as patterns"),
        ("l/*.png", "is one pattern; give two, LEFT,RIGHT, in quotes, or name the folder"),
        ("l/*.png,r/*.png,s/*.png", "is not LEFT,RIGHT"),
        ("left,right", "a folder with a comma in its name must exist"),
    ],
)
def test_words_that_are_not_understood(text: str, message: str):
    with pytest.raises(ConfigError, match=message):
        parse(text)


def test_a_path_that_is_there_wins_over_any_other_reading(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    for name in ("camera:0", "l.png,r.png", "day:1"):
        (tmp_path / name).mkdir()
        assert parse(name) == SourceSpec(name, "path", (Path(name),))


def test_files_that_are_there_are_no_patterns(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    for name in ("l[1].png", "r[1].png"):
        (tmp_path / name).touch()
    assert parse("l[1].png,r[1].png").kind == "image-pair"


@settings(max_examples=60, deadline=None)
@given(text=st.text(max_size=400) | st.builds("worlds:{}?{}".format, st.text(max_size=9), st.text(max_size=30)))
def test_any_words_are_understood_or_refused(text: str):
    try:
        spec = parse(text)
    except ConfigError:
        return
    assert spec.text == text
    assert spec.paths or spec.address or spec.world
