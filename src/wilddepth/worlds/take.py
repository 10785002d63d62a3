"""How a world is filmed: the words of `worlds:NAME?...` besides seed, size and number of frames."""

from dataclasses import asdict, dataclass
from importlib.util import find_spec

from wilddepth.errors import ConfigError
from wilddepth.worlds.cast.rigs import rig_preset
from wilddepth.worlds.sensor import sensor_preset
from wilddepth.worlds.table import World, worlds_in
from wilddepth.worlds.weather import WEATHERS, weather_named


@dataclass(frozen=True)
class Take:
    """How a world is filmed.

    Attributes:
        rig: name of a rig; None = one of the world's.
        rate: frames a second in a clip.
        clip: consecutive frames of one scene; 1 = every frame is another scene.
        samples: rays a pixel along each axis: 2 = 2x2.
        weather: words, one after the other over the stream (see `frames`); none = those of the world.
        frames: length of the stream of which each weather has an equal part; None = they take turns, scene by scene.
        sensor: name of a sensor; None = one of the world's.
    """

    rig: str | None = None
    rate: float = 10.0
    clip: int = 1
    samples: int = 1
    weather: tuple[str, ...] = ()
    frames: int | None = None
    sensor: str | None = None

    def check(self, chosen: World) -> None:
        """Refuse what this world cannot be.

        Raises:
            ConfigError: naming what there is instead.
        """
        if self.rig is not None:
            rig_preset(self.rig)
        if self.sensor is not None:
            sensor_preset(self.sensor)
        words = [weather_named(name) for name in self.weather]
        if chosen.renderer == "flat":
            self._check_flat(chosen)
            return
        outside = [word.name for word in words if not word.indoors]
        if outside and any(part.indoors for part in worlds_in(chosen)):
            fit = ", ".join(name for name, word in WEATHERS.items() if word.indoors)
            raise ConfigError(f"{chosen.name} is indoors, where there is no {outside[0]!r}; there are {fit}")
        if find_spec("embreex") is None:
            raise ConfigError(
                f'the world {chosen.name} is ray-cast, which needs more: pip install "wilddepth[worlds]"; '
                "or take a flat-... world"
            )

    def _check_flat(self, chosen: World) -> None:
        plain = Take(sensor=self.sensor, frames=self.frames)
        if self != plain:
            given = [name for name, value in self.given().items() if name not in ("sensor", "frames") and value]
            raise ConfigError(f"{chosen.name} is drawn in layers and has no {given[0]}; take a ray-cast world")

    def given(self) -> dict[str, object]:
        """What differs from the defaults."""
        usual = asdict(USUAL)
        return {name: value for name, value in asdict(self).items() if value != usual[name]}

    def weather_of(self, index: int) -> str | None:
        """The word for frame number `index`; None where the world decides."""
        if not self.weather:
            return None
        if self.frames is None:
            return self.weather[index // self.clip % len(self.weather)]
        return self.weather[min(index * len(self.weather) // self.frames, len(self.weather) - 1)]


USUAL = Take()
"""Every frame another scene, as the world has it."""
