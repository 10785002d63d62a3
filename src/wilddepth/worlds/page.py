"""The tables of docs/worlds.md, made from what they describe."""

from collections.abc import Mapping, Sequence

from wilddepth.worlds.cast.rigs import RIGS
from wilddepth.worlds.sensor import SENSORS
from wilddepth.worlds.table import WORLDS, Weighted
from wilddepth.worlds.weather import WEATHERS, Range, Weather


def tables() -> Mapping[str, str]:
    """Name -> a table in Markdown."""
    return {
        "worlds": _table(
            ("world", "role", "rendered", "what it is"),
            [
                (f"`{world.name}`", _role(world.role), {"flat": "layers", "cast": "rays"}[world.renderer], world.text)
                for world in WORLDS.values()
            ],
        ),
        "makings": _table(
            ("world", "made of", "rigs", "weathers"),
            [
                (
                    f"`{world.name}`",
                    _shares(world.builders),
                    "as those worlds" if world.mixed else _shares(world.rigs),
                    "as those worlds" if world.mixed else _shares(world.weathers),
                )
                for world in WORLDS.values()
                if world.renderer == "cast"
            ],
        ),
        "rigs": _table(
            ("rig", "focal length, image widths", "baseline, m", "moves", "what it is"),
            [
                (f"`{rig.name}`", _span(rig.focal), _span(rig.baseline), rig.style or "as the world", rig.text)
                for rig in RIGS.values()
            ],
        ),
        "weathers": _table(
            ("weather", "role", "goes indoors", "strengths", "what it is"),
            [
                (
                    f"`{weather.name}`",
                    _role(weather.role),
                    "yes" if weather.indoors else "",
                    _strengths(weather),
                    weather.text,
                )
                for weather in WEATHERS.values()
            ],
        ),
        "sensors": _table(
            ("sensor", "role", "difference of the views", "exposure", "noise in the dark", "what it is"),
            [
                (
                    f"`{sensor.name}`",
                    _role(sensor.role),
                    f"{sensor.differences:g}",
                    _span(sensor.exposure),
                    _span(sensor.read_noise),
                    sensor.text,
                )
                for sensor in SENSORS.values()
            ],
        ),
    }


def _strengths(weather: Weather) -> str:
    """What is not nothing, with its unit."""
    known: Mapping[str, Range | None] = {
        "visibility m": weather.visibility,
        "wetness": weather.wetness,
        "streaks / 1000 px": weather.rain,
        "drops, share of the lens": weather.drops,
        "glare": weather.glare,
        "noise": weather.noise,
        "brightness": None if weather.brightness == (1.0, 1.0) else weather.brightness,
    }
    return "; ".join(f"{name} {_span(span)}" for name, span in known.items() if span is not None and span[1] > 0)


def _shares(names: Weighted) -> str:
    """Names with their shares, the largest first."""
    whole = sum(weight for _, weight in names)
    ordered = sorted(names, key=lambda entry: -entry[1])
    return ", ".join(f"{name} {100 * weight / whole:.0f} %" if len(names) > 1 else name for name, weight in ordered)


def _role(role: str) -> str:
    return "**held out**" if role == "held_out" else "train"


def _span(span: tuple[float, float]) -> str:
    return f"{span[0]:g}" if span[0] == span[1] else f"{span[0]:g} to {span[1]:g}"


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
