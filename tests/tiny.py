"""Tiny pairs whose disparity is known exactly, a method with one weight, and MADNets to put them through."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from wilddepth.cli.__main__ import main
from wilddepth.formats.disparity_png import write_kitti_disparity
from wilddepth.formats.image import write_image
from wilddepth.geometry.camera import Camera
from wilddepth.label import Label
from wilddepth.method import Method, Outputs, Part
from wilddepth.networks.madnet import MADNet, initialise
from wilddepth.networks.stereo import channels_last
from wilddepth.objective import Objective
from wilddepth.prediction import Prediction, Quantity
from wilddepth.proxies.algorithm import Labels
from wilddepth.proxies.fusion import Fused
from wilddepth.sample import Sample
from wilddepth.sources.source import Scene, Source
from wilddepth.truth import Truth

HEIGHT, WIDTH = 64, 64
FOCAL, BASELINE = 100.0, 0.2


def picture(seed: int, height: int = HEIGHT, width: int = 160) -> Tensor:
    """Smooth noise (1 3 h w) in 0..1 with structure at 3 px and more."""
    noise = torch.rand(1, 3, height // 3 + 2, width // 3 + 2, generator=torch.Generator().manual_seed(seed))
    return functional.interpolate(noise, scale_factor=3, mode="bilinear", align_corners=False)[..., :height, :width]


def plane(
    disparity: int, seed: int = 0, *, height: int = HEIGHT, width: int = WIDTH, doffs: float | None = None
) -> Sample:
    """A fronto-parallel plane of one whole raw disparity; with `doffs` also calibrated."""
    scene, start = picture(seed, height, width + 64), 32
    sample = Sample(
        image=scene[..., start : start + width],
        right=scene[..., start + disparity : start + disparity + width],
        keys=(f"plane-{seed}",),
    )
    if doffs is None:
        return sample
    left = Camera.single(FOCAL, FOCAL, width / 2, height / 2, height, width)
    right = replace(left, centre_x=left.centre_x + doffs)
    return replace(sample, camera=left, right_camera=right, baseline=torch.tensor([BASELINE]))


def labelled(sample: Sample, disparity: float, *names: str) -> Sample:
    """The sample with the same constant label of both views under each name."""
    height, width = sample.size
    label = Label("test", disparity=torch.full((sample.image.shape[0], 1, height, width), float(disparity)))
    return replace(sample, labels={**dict.fromkeys(names, label), **{f"right/{n}": label for n in names}})


def matched(key: str, sample: Sample) -> dict[str, Label]:
    """Proxies of both views from the images alone: the one whole disparity at which they agree best."""
    pair = sample.stereo()
    views = (pair.left[0].permute(1, 2, 0).numpy(), pair.right[0].permute(1, 2, 0).numpy())
    found = labelled(replace(sample, labels={}), whole_disparity(*views, -8), "sgm").labels
    return {name: replace(label, confidence=torch.ones_like(label.disparity)) for name, label in found.items()}


def whole_disparity(left: np.ndarray, right: np.ndarray, lowest: int = 0) -> int:
    """The one disparity below 32 at which two views (h w 3) agree best."""
    width = left.shape[1]

    def apart(d: int) -> float:
        mine, other = left[:, max(d, 0) : width + min(d, 0)], right[:, max(-d, 0) : width - max(d, 0)]
        return float(np.abs(mine.astype(np.float32) - other).mean())

    return min(range(lowest, 32), key=apart)


def quick_labels(left: np.ndarray, right: np.ndarray, settings: object, lowest: int) -> Labels:
    """A label maker that takes no time: one disparity everywhere."""
    disparity = np.full(left.shape[:2], whole_disparity(left, right, lowest), np.float32)
    fused = Fused(disparity, np.ones_like(disparity))
    return fused, fused


class Planes(Source):
    """Planes as scenes with exact truth."""

    text, layout = "planes", "world"

    def __init__(self, disparities: tuple[int, ...] = (6, 6, 6), **options: float) -> None:
        self.disparities, self.options = disparities, options
        self.opened: list[int] = []

    def __len__(self) -> int:
        return len(self.disparities)

    def key(self, index: int) -> str:
        return f"plane-{index}"

    def load(self, index: int) -> Scene:
        self.opened.append(index)
        sample = plane(self.disparities[index], index, **self.options)
        true = torch.full((1, 1, *sample.size), float(self.disparities[index]))
        return Scene(sample, Truth(valid=torch.ones_like(true, dtype=torch.bool), disparity=true), self.key(index))

    def describe(self) -> str:
        return "planes"


def network(seed: int = 0) -> MADNet:
    """A MADNet that hands coarser disparities on, in the memory layout it is used in."""
    net = MADNet(generator=torch.Generator().manual_seed(seed))
    initialise(net, "pass-through", generator=torch.Generator().manual_seed(seed))
    channels_last(net)
    return net


def silent(disparity: float = 0.0) -> MADNet:
    """A MADNet that predicts one disparity everywhere, at every level, until it learns."""
    net = network()
    with torch.no_grad():
        for chain in (*net.decoders.values(), net.context):
            chain[-1].weight.zero_()
        for chain in net.decoders.values():
            chain[-1].bias.fill_(-disparity / 20)
    return net


def uneven(disparity: float = 6.0) -> MADNet:
    """A MADNet whose predictions change from pixel to pixel, some pixels around a disparity."""
    net = network()
    with torch.no_grad():
        net.decoders["2"][-1].bias.sub_(disparity / 20)
    return net


def write_pairs(
    folder: Path,
    disparities: tuple[int, ...] = (6, 9),
    *,
    truth: bool = False,
    height: int = HEIGHT,
    width: int = WIDTH,
) -> Path:
    """Planes as a folder: left/ and right/, or KITTI 2015's training/ with truth and calibration."""
    for index, disparity in enumerate(disparities):
        sample = plane(disparity, index, height=height, width=width)
        views = [(view[0] * 255).round().byte().permute(1, 2, 0).numpy() for view in (sample.image, sample.right)]
        names = (
            [f"training/image_{n}/{index:06d}_10.png" for n in (2, 3)]
            if truth
            else [f"left/{index}.png", f"right/{index}.png"]
        )
        for name, view in zip(names, views, strict=True):
            write_image(folder / name, np.ascontiguousarray(view))
        if truth:
            map_ = np.full((height, width), disparity, np.float32)
            for kind in ("occ", "noc"):
                write_kitti_disparity(folder / f"training/disp_{kind}_0/{index:06d}_10.png", map_)
            right = -FOCAL * BASELINE
            calibration = folder / f"training/calib_cam_to_cam/{index:06d}.txt"
            calibration.parent.mkdir(parents=True, exist_ok=True)
            rows = f"{FOCAL} 0 {width / 2} {{}} 0 {FOCAL} {height / 2} 0 0 0 1 0"
            calibration.write_text(
                f"S_rect_02: {width} {height}\nP_rect_02: {rows.format(0)}\nP_rect_03: {rows.format(right)}\n"
            )
    return folder


def command(verb: str, *words: object) -> int:
    """The status of `wilddepth VERB ...` on one thread of the CPU, in float32."""
    precision = [] if verb == "train" else ["--precision", "fp32"]
    return main([verb, *map(str, words), "--device", "cpu", "--threads", "1", *precision])


@dataclass(frozen=True)
class LineConfig:
    """Settings of `Line`."""

    goal: float = 3.0
    factor: float = 1.0


class Line(Method):
    """One weight w that should be `goal` times the red of the first pixel: objective (w - goal r)^2 / 2 * factor."""

    def __init__(self, start: float = 0.0, config: LineConfig | None = None) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.tensor([start]))
        self.config = config or LineConfig()
        self.seen: list[tuple[LineConfig, bool]] = []

    def value(self) -> float:
        return float(self.weight.detach())

    def forward(self, sample: Sample, *, isolate_parts: bool = False) -> Outputs:
        self.seen.append((self.config, self.training))
        return Outputs((self.weight.view(1, 1, 1, 1).expand(sample.image.shape[0], 1, *sample.size),))

    def prediction(self, outputs: Outputs, sample: Sample) -> Prediction:
        return Prediction(outputs.disparities[-1], Quantity.DISPARITY_PX)

    def objective(
        self,
        outputs: Outputs,
        sample: Sample,
        *,
        part: str | None = None,
        generator: torch.Generator | None = None,
    ) -> Objective:
        error = outputs.disparities[-1][:, 0, 0, 0] - self.config.goal * sample.image[:, 0, 0, 0]
        total = self.config.factor * (error**2).mean() / 2
        return Objective(total, {"error": error.detach().abs().mean()})

    def parts(self) -> Mapping[str, Part]:
        return {"all": Part("all", ("weight",), 0)}


def line(net: MADNet, settings: Mapping[str, float]) -> Line:
    """What another package would offer to build `Line`."""
    return Line(config=LineConfig(**settings))


class Ones:
    """A feed of white pictures."""

    def batch(self, step: int, size: int) -> Sample:
        return Sample(image=torch.ones(size, 3, 2, 2), right=torch.ones(size, 3, 2, 2), keys=("white",) * size)
