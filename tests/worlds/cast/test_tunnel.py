"""A tunnel around the route: walls on both sides and above, a free road, lamps under the ceiling."""

import numpy as np
import pytest

from cast_scenes import RICH, Sliding, at, box, build_yard
from wilddepth.worlds.cast.scene import Body, Lamp, Rig, Scene, Still
from wilddepth.worlds.cast.tunnel import HALF_WIDTH, HEIGHT, tunnelled

pytest.importorskip("embreex")


def yard(*more: Body) -> Scene:
    scene = build_yard(np.random.default_rng(0), boxes=0)
    return Scene([*scene.bodies, *more], scene.light, scene.route, [Lamp((0, -4, 9), (1, 1, 1)), carried()])


def carried() -> Lamp:
    return Lamp((0.5, 0.5, 0.0), (1, 1, 1), (0, 0, 1), 30.0, carried=True)


def test_rays_meet_the_walls_where_they_are():
    from wilddepth.worlds.cast.frame import Caster

    made = tunnelled(yard(), np.random.default_rng(1))
    pose = at(0.0, -1.5, 5.0)
    pose[:3, :3] = np.array([[0, 0, 1], [0, 1, 0], [-1, 0, 0]])  # looks along +X
    rig = Rig(20.0, 20.0, 15.5, 11.5, 15.5, 0.1, 24, 32)
    view = Caster(made).frame(rig, pose, occlusion=False).left
    assert view.depth[11, 15] == pytest.approx(HALF_WIDTH, abs=0.1)
    assert (view.depth < 60).all()  # nowhere out


def test_what_stands_in_the_walls_is_left_out_and_what_fits_stays():
    bodies = {
        "near": Body(box(1, 1, 1), [RICH], motion=Still(at(3, 0, 10)), kind="car"),
        "in the wall": Body(box(2, 2, 2), [RICH], motion=Still(at(HALF_WIDTH, 0, 10)), kind="house"),
        "too high": Body(box(1, HEIGHT, 1), [RICH], motion=Still(at(2, 0, 10)), kind="pole"),
        "far away": Body(box(1, 1, 1), [RICH], motion=Still(at(40, 0, 10)), kind="house"),
        "driving out": Body(box(1, 1, 1), [RICH], motion=Sliding(at(0, 0, 20), 4.0), kind="car"),
        "driving along": Body(box(1, 1, 1), [RICH], motion=Sliding(at(0, 0, 20), 0.5), kind="car"),
    }
    made = tunnelled(yard(*bodies.values()), np.random.default_rng(1))
    kept = {name for name, body in bodies.items() if any(body is other for other in made.bodies)}
    assert kept == {"near", "driving along"}
    assert made.bodies[0].kind == "ground"


def test_lamps_hang_under_the_ceiling_and_headlights_stay():
    made = tunnelled(yard(), np.random.default_rng(1))
    assert [lamp for lamp in made.lamps if lamp.carried] == [carried()]
    hanging = [lamp for lamp in made.lamps if not lamp.carried]
    assert 5 <= len(hanging) <= 15
    assert all(-HEIGHT < lamp.position[1] < -HEIGHT + 1 for lamp in hanging)
