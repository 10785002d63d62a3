"""How rendered worlds compare with real pairs: disparity, gradient and local contrast.

    python benchmarks/world_statistics.py --data DIR [--pairs N] [--evidence]

DIR holds real pairs with truth as `SAMPLES` names them; only numbers are taken from them. Prints one table for each
measurement, as percentiles over all pixels. --evidence writes docs/evidence/world_statistics.json, with the whole
histograms.
"""

import argparse
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from wilddepth.engine.environment import environment
from wilddepth.formats.atomic import write_text
from wilddepth.plain import dump_json
from wilddepth.sources.open import open_source
from wilddepth.sources.source import Scene
from wilddepth.worlds.catalog import WORLDS

EVIDENCE = Path(__file__).resolve().parents[1] / "docs" / "evidence" / "world_statistics.json"
SAMPLES = {
    "KITTI 2015": "kitti2015",
    "Middlebury cones": "middlebury/2003/cones",
    "Middlebury motorcycle": "middlebury/2014/motorcycle",
    "ETH3D playground": "eth3d_twoview/playground",
    "FlyingThings": "sceneflow_flyingthings",
}
SIZE = (256, 640)
PERCENTS = (5, 25, 50, 75, 95)
WINDOW = 9
"""Side of the window of the local contrast, px."""


def grey(scene: Scene) -> np.ndarray:
    """The left image (h w), 0..255."""
    image = scene.sample.image[0].permute(1, 2, 0).numpy()
    return cv2.cvtColor(np.ascontiguousarray(image), cv2.COLOR_RGB2GRAY) * 255


def disparities(scene: Scene) -> np.ndarray:
    """Known disparities in percent of the image's width: so that pictures of any size compare."""
    truth = scene.truth
    assert truth is not None
    assert truth.disparity is not None
    return truth.disparity[truth.valid].numpy() / scene.sample.image.shape[-1] * 100


def gradients(scene: Scene) -> np.ndarray:
    """Length of the gradient, grey levels a pixel."""
    image = grey(scene)
    down, along = np.gradient(image)
    return np.hypot(down, along).ravel()


def contrasts(scene: Scene) -> np.ndarray:
    """Standard deviation of the grey levels in a window."""
    image = grey(scene)
    mean, square = (cv2.blur(values, (WINDOW, WINDOW)) for values in (image, image * image))
    return np.sqrt(np.maximum(square - mean * mean, 0)).ravel()


MEASURED: Mapping[str, tuple[Callable[[Scene], np.ndarray], np.ndarray]] = {
    "disparity, % of the width": (disparities, np.linspace(0, 30, 61)),
    "gradient, grey levels a pixel": (gradients, np.linspace(0, 100, 51)),
    f"contrast in {WINDOW}x{WINDOW}, grey levels": (contrasts, np.linspace(0, 100, 51)),
}
"""What is measured, and the edges of its histogram."""


def groups(data: Path, pairs: int) -> Iterator[tuple[str, list[Scene]]]:
    """Real sets, then worlds: a name and its scenes."""
    for name, folder in SAMPLES.items():
        source = open_source(str(data / folder), limit=pairs)
        yield name, [source[number] for number in range(len(source))]
    for name in WORLDS:
        source = open_source(f"worlds:{name}?seed=21&frames={pairs}&height={SIZE[0]}&width={SIZE[1]}")
        yield name, [source[number] for number in range(len(source))]


def numbers(values: np.ndarray, edges: np.ndarray) -> dict[str, Any]:
    """Percentiles and the histogram, whose shares sum to 1 (what lies beyond the last edge counts there)."""
    counts, _ = np.histogram(np.clip(values, edges[0], edges[-1]), edges)
    return {
        "percentiles": [float(value) for value in np.percentile(values, PERCENTS)],
        "shares": [float(share) for share in counts / counts.sum()],
    }


def main() -> None:
    """Measure, print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="folder of the real samples")
    parser.add_argument("--pairs", type=int, default=12, help="of each set and world")
    parser.add_argument("--evidence", action="store_true", help=f"write {EVIDENCE.name}")
    options = parser.parse_args()
    found: dict[str, dict[str, Any]] = {}
    for name, scenes in groups(options.data, options.pairs):
        found[name] = {
            what: numbers(np.concatenate([measure(scene) for scene in scenes]), edges)
            for what, (measure, edges) in MEASURED.items()
        }
    for what in MEASURED:
        print(f"\n| {what} | " + " | ".join(f"{percent} %" for percent in PERCENTS) + " |")
        print("|---" * (len(PERCENTS) + 1) + "|")
        for name, row in found.items():
            print(f"| {name} | " + " | ".join(f"{value:.1f}" for value in row[what]["percentiles"]) + " |")
    if options.evidence:
        edges = {what: [float(edge) for edge in values] for what, (_, values) in MEASURED.items()}
        write_text(EVIDENCE, dump_json({"environment": environment(), "edges": edges, "numbers": found}) + "\n")
        print(f"written: {EVIDENCE}")


if __name__ == "__main__":
    main()
