"""How many stereo pairs of ray-cast scenes one core renders in a second, and what a second worker adds.

    python benchmarks/world_speed.py [--world NAME ...] [--size HxW] [--pairs N] [--evidence]

Frames of one prepared street of 200 000 triangles, kept here for the purpose; for each --world also what `render_batch`
gives: a new scene for every pair, with weather and cameras. A worker is a process of its own, pinned to one core. All
have shadows and the exact disparity of both views. Give the machine nothing else to do; pairs per second of processor
time are printed beside those of the clock, for where that cannot be. --evidence writes docs/evidence/world_speed.json.
"""

import argparse
import multiprocessing
import os
import resource
import statistics
import time
from collections.abc import Callable
from multiprocessing.queues import Queue
from multiprocessing.synchronize import Barrier
from pathlib import Path

import numpy as np

from wilddepth.worlds.cast.frame import Caster
from wilddepth.worlds.cast.scene import Body, Light, Material, Mesh, Pattern, Rig, Route, Scene, Still, Sun

EVIDENCE = Path(__file__).resolve().parents[1] / "docs" / "evidence" / "world_speed.json"
CASES = ((1, False), (1, True), (2, False), (2, True))
"""Samples along each side of a pixel, and whether occlusion is asked for."""
GOALS = {1: 8.0, 2: 3.0}
"""Pairs per second without occlusion, by samples."""
Renderer = Callable[[int, int, bool], None]
"""Renders pair number `index` with so many samples, with or without occlusion."""


def arguments() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--world", nargs="+", default=[], metavar="NAME", help="worlds of the catalog, new scenes each")
    parser.add_argument("--size", default="192x640", metavar="HxW")
    parser.add_argument("--pairs", type=int, default=12, help="timed pairs of each case")
    parser.add_argument("--evidence", action="store_true", help=f"write {EVIDENCE.name}")
    return parser.parse_args()


def street() -> Scene:
    """Ground, facades, poles, trees of 2000 leaves, round parked cars, two things that move; sun with shadows."""
    rng = np.random.default_rng(0)
    asphalt = Material(Pattern.NOISE, ((0.1, 0.1, 0.1), (0.16, 0.16, 0.16), (0.24, 0.23, 0.22)), size=0.7, grain=0.3)
    paving = Material(Pattern.TILES, ((0.35, 0.34, 0.33), (0.42, 0.4, 0.38), (0.2, 0.2, 0.2)), size=0.5, grain=0.15)
    leaf = Material(Pattern.CELLS, ((0.06, 0.14, 0.03), (0.16, 0.25, 0.06), (0.03, 0.07, 0.02)), size=0.1)
    metal = Material(colours=((0.3, 0.3, 0.32),) * 3, gloss=0.2)
    facades = [Pattern.BRICKS, Pattern.WINDOWS, Pattern.NOISE, Pattern.CELLS, Pattern.PLANKS, Pattern.POSTER]
    bodies = [Body(box((10, 1, 400)), [asphalt], motion=Still(at(0, 0.5, 100)))]
    for side in (-1, 1):
        bodies.append(Body(box((12, 1, 400)), [paving], motion=Still(at(side * 11, 0.4, 100))))
        for number, z in enumerate(np.arange(0.0, 200.0, 11.0)):
            colours = tuple(tuple(rng.uniform(0.1, 0.6, 3).tolist()) for _ in range(3))
            facade = Material(facades[number % len(facades)], colours, size=1.5, seed=number)
            height = float(rng.uniform(6, 15))
            bodies.append(Body(box((10, height, 10.5)), [facade], motion=Still(at(side * 18, -height / 2, z))))
        for z in np.arange(5.0, 200.0, 12.0):
            bodies.append(Body(box((0.2, 6, 0.2)), [metal], motion=Still(at(side * 7, -3, z))))
            bodies.append(Body(tree(rng, 2000), [leaf], motion=Still(at(side * 8, -5, z + 5))))
        for z in np.arange(8.0, 150.0, 9.0):
            paint = Material(colours=(tuple(rng.uniform(0.05, 0.6, 3).tolist()),) * 3, gloss=0.35, shininess=60.0)
            bodies.append(Body(ball((0.9, 0.7, 2.0)), [paint], motion=Still(at(side * 4, -0.7, z)), foreground=True))
    bodies.append(Body(box((1.8, 1.4, 4)), [metal], motion=Drive(at(-1.2, -0.8, 16), 5.0), foreground=True))
    bodies.append(Body(box((0.5, 1.7, 0.4)), [leaf], motion=Drive(at(2.2, -0.85, 9), 1.0)))
    sun = np.array([0.5, -0.6, -0.35]) / np.linalg.norm([0.5, 0.6, 0.35])
    light = Light(Sun(tuple(sun.tolist()), (2.2, 2.0, 1.7)))
    return Scene(bodies, light, Route(np.array([[0.0, 0, 0], [0, 0, 100]]), 10.0, 1.2, 1.8))


class Drive:
    """Straight ahead."""

    def __init__(self, start: np.ndarray, speed: float) -> None:
        self.start, self.speed = start, speed

    def pose(self, time: float) -> np.ndarray:
        """Body to world at a time, s."""
        moved = self.start.copy()
        moved[2, 3] += self.speed * time
        return moved


def at(x: float, y: float, z: float) -> np.ndarray:
    """The pose of what only stands elsewhere."""
    pose = np.eye(4)
    pose[:3, 3] = x, y, z
    return pose


def box(size: tuple[float, float, float]) -> Mesh:
    """A box around the origin."""
    corners = np.array([[x, y, z] for x in (-0.5, 0.5) for y in (-0.5, 0.5) for z in (-0.5, 0.5)]) * size
    sides = ((0, 1, 3, 2), (4, 6, 7, 5), (0, 4, 5, 1), (2, 3, 7, 6), (0, 2, 6, 4), (1, 5, 7, 3))
    return Mesh(corners, np.array([face for a, b, c, d in sides for face in ((a, b, c), (a, c, d))], np.int32))


def ball(half: tuple[float, float, float], rings: int = 32) -> Mesh:
    """An ellipsoid of 4 * rings**2 triangles."""
    down, around = np.meshgrid(
        np.linspace(0, np.pi, rings + 1), np.linspace(0, 2 * np.pi, 2 * rings + 1), indexing="ij"
    )
    points = np.stack([np.sin(down) * np.cos(around), np.cos(down), np.sin(down) * np.sin(around)], axis=-1) * half
    first = (np.arange(rings)[:, None] * (2 * rings + 1) + np.arange(2 * rings)).ravel()
    below = first + 2 * rings + 1
    faces = np.concatenate([np.stack([first, below, first + 1], 1), np.stack([first + 1, below, below + 1], 1)])
    return Mesh(points.reshape(-1, 3), faces.astype(np.int32))


def tree(rng: np.random.Generator, leaves: int) -> Mesh:
    """Triangles in a ball of 2 m."""
    place = rng.normal(size=(leaves, 3))
    place *= 2 * np.sqrt(rng.uniform(0.3, 1, (leaves, 1))) / np.linalg.norm(place, axis=1, keepdims=True)
    corners = place[:, None] + rng.normal(size=(leaves, 3, 3)) * 0.15
    return Mesh(corners.reshape(-1, 3), np.arange(3 * leaves, dtype=np.int32).reshape(-1, 3))


def of_street(height: int, width: int) -> Renderer:
    """Frames along the street of this file."""
    caster, focal = Caster(street()), 0.78 * width
    rig = Rig(focal, focal, width / 2, 0.45 * height, width / 2, 0.54, height, width)

    def render(index: int, samples: int, occlusion: bool) -> None:
        caster.frame(rig, at(0, -1.6, 0.5 * index), 0.05 * index, samples=samples, occlusion=occlusion)

    return render


def of_world(name: str, height: int, width: int) -> Renderer:
    """Another scene each time, with everything that belongs to a sample."""
    import torch

    from wilddepth.worlds.catalog import Take, render_batch

    torch.set_num_threads(1)

    def render(index: int, samples: int, occlusion: bool) -> None:
        render_batch(name, 1, [index], height, width, occlusion=occlusion, take=Take(samples=samples))

    return render


def renderer(world: str, size: tuple[int, int]) -> Renderer:
    """What renders pairs of a world; none = the street of this file."""
    return of_world(world, *size) if world else of_street(*size)


def timed(render: Renderer, pairs: int, samples: int, occlusion: bool) -> dict[str, float]:
    """Pairs per second, of the clock and of processor time: from the median pair and from all together."""
    wall, cpu = [], []
    for index in range(pairs):
        begin, used = time.perf_counter(), time.process_time()
        render(index, samples, occlusion)
        wall.append(time.perf_counter() - begin)
        cpu.append(time.process_time() - used)
    return {
        "pairs_per_s": pairs / sum(wall),
        "median_pair_per_s": 1 / statistics.median(wall),
        "pairs_per_cpu_s": pairs / sum(cpu),
        "best_pair_per_cpu_s": 1 / min(cpu),
    }


def peak_mib() -> float:
    """Largest resident memory of this process so far."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def pinned(core: int) -> None:
    """Keep this process on one core, where the system knows how."""
    if hasattr(os, "sched_setaffinity"):
        cores = sorted(os.sched_getaffinity(0))
        os.sched_setaffinity(0, {cores[core % len(cores)]})


def measure(results: "Queue[dict[str, object]]", world: str, size: tuple[int, int], pairs: int) -> None:
    """All cases, in a process of its own."""
    pinned(0)
    renderer(world, size)  # kept code is loaded
    begin = time.process_time()
    render = renderer(world, size)
    prepared, rows = time.process_time() - begin, {}
    for samples, occlusion in CASES:
        render(pairs, samples, occlusion)
        rows[f"{samples}x{samples}{' occlusion' if occlusion else ''}"] = timed(render, pairs, samples, occlusion)
    results.put({"cases": rows, "prepared_cpu_s": prepared, "peak_mib": peak_mib()})


def work(
    results: "Queue[dict[str, object]]", start: Barrier, core: int, world: str, size: tuple[int, int], pairs: int
) -> None:
    """One of several workers: the same pairs as each of them, begun at the same time."""
    pinned(core)
    render = renderer(world, size)
    render(pairs, 1, False)
    start.wait()
    begin = time.perf_counter()
    for index in range(pairs):
        render(index, 1, False)
    results.put({"begin": begin, "end": time.perf_counter(), "peak_mib": peak_mib()})


def workers(count: int, world: str, size: tuple[int, int], pairs: int) -> dict[str, float]:
    """Pairs per second of several workers together, and the largest memory of one."""
    context = multiprocessing.get_context("spawn")
    results, start = context.Queue(), context.Barrier(count)
    processes = [context.Process(target=work, args=(results, start, core, world, size, pairs)) for core in range(count)]
    for process in processes:
        process.start()
    rows = [results.get(timeout=600) for _ in processes]
    for process in processes:
        process.join()
    seconds = max(row["end"] for row in rows) - min(row["begin"] for row in rows)
    return {"pairs_per_s": count * pairs / seconds, "peak_mib": max(row["peak_mib"] for row in rows)}


def alone(world: str, size: tuple[int, int], pairs: int) -> dict[str, dict[str, dict[str, float]]]:
    """All cases of a world."""
    context = multiprocessing.get_context("spawn")
    results = context.Queue()
    process = context.Process(target=measure, args=(results, world, size, pairs))
    process.start()
    found = results.get(timeout=1200)
    process.join()
    return found


def told(world: str, size: tuple[int, int], pairs: int) -> dict[str, object]:
    """Measure one world and print its lines."""
    found = alone(world, size, pairs)
    print(f"{world or 'street of this file'}: {size[0]}x{size[1]}, one core, {pairs} pairs each")
    print(f"  {'samples':16}{'pairs/s':>9}{'median':>9}{'of CPU':>9}{'best':>9}   goal")
    for case, row in found["cases"].items():
        goal = "" if "occlusion" in case else f"{GOALS[int(case[0])]:7.1f}"
        numbers = "".join(f"{value:9.2f}" for value in row.values())
        print(f"  {case:16}{numbers}{goal}")
    if not world:
        print(f"  the street is prepared in {found['prepared_cpu_s']:.2f} s of CPU")
    one, two = (workers(count, world, size, pairs) for count in (1, 2))
    gain = two["pairs_per_s"] / one["pairs_per_s"]
    print(f"  two workers are {gain:.2f} times as fast as one (goal 1.8)")
    print(f"  memory of a worker: {max(one['peak_mib'], two['peak_mib'], found['peak_mib']):.0f} MiB (goal 1536)")
    return {**found, "one_worker": one, "two_workers": two, "gain": gain}


def main() -> None:
    """Measure, print, and keep the numbers where that is asked for."""
    options = arguments()
    height, width = map(int, options.size.split("x"))
    rows = {world or "prepared street": told(world, (height, width), options.pairs) for world in ["", *options.world]}
    if options.evidence:
        from wilddepth.engine.environment import environment
        from wilddepth.formats.atomic import write_text
        from wilddepth.plain import dump_json

        numbers = {"size": [height, width], "pairs": options.pairs, "goals": GOALS, "worlds": rows}
        write_text(EVIDENCE, dump_json({"environment": environment(), "numbers": numbers}) + "\n")
        print(f"written: {EVIDENCE}")


if __name__ == "__main__":
    main()
