"""The doctor, measured: how many faults of each stated size it finds, and how often it cries wolf.

Limits were set on rendered pairs of other seeds. Minutes on one core; `make soak`.
"""

import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch
from torch import Tensor

from evidence import write_evidence
from wilddepth.checks.finding import Code, Finding
from wilddepth.checks.pair import measure_frames, measure_pair, views_of
from wilddepth.checks.quick import quick_look
from wilddepth.checks.rules import frame_findings, pair_findings
from wilddepth.degrade import lens, rig, sensor, stream, weather
from wilddepth.geometry.camera import Camera
from wilddepth.sample import Sample
from wilddepth.sources.open import open_source
from wilddepth.worlds.catalog import WORLDS, render_batch

pytestmark = pytest.mark.slow
LAYERED = [name for name, entry in WORLDS.items() if entry.renderer == "flat"]
SEED = 16127
"""Of the proof; the limits were set on seeds 3 and 4, and no limit on what this seed shows."""
HEIGHT, WIDTH = 192, 448
CLEAN, FAULTY, UNFELT = 104, 16, 8
"""Pairs of each world: without a fault, with each fault, with each thing that the doctor does not look for."""
BATCH = 8


@dataclass(frozen=True)
class Trial:
    """One pair and what happens to it.

    Attributes:
        sample: the pair.
        before: the pair before it, in a sequence.
        depth: m, for fog.
        rng: draws strengths.
        noise: draws pictures.
    """

    sample: Sample
    before: Sample
    depth: Tensor
    rng: np.random.Generator
    noise: torch.Generator

    def size(self, stated: float) -> float:
        """The stated size for half of the pairs, up to twice that for the others."""
        return stated * (1.0 if self.rng.random() < 0.5 else self.rng.uniform(1, 2))

    def sign(self) -> int:
        return int(self.rng.choice((-1, 1)))


def on_right(fault: Callable[[Trial, Tensor], Tensor]) -> Callable[[Trial], Trial]:
    """A fault of the right view alone."""
    return lambda trial: with_views(trial, trial.sample.image, fault(trial, right_of(trial)))


def on_both(fault: Callable[[Trial, Tensor], Tensor]) -> Callable[[Trial], Trial]:
    return lambda trial: with_views(trial, fault(trial, trial.sample.image), fault(trial, right_of(trial)))


def right_of(trial: Trial) -> Tensor:
    return trial.sample.stereo().right


def with_views(trial: Trial, left: Tensor, right: Tensor) -> Trial:
    return replace(trial, sample=replace(trial.sample, image=left, right=right))


def one_channel(trial: Trial, image: Tensor) -> Tensor:
    factors = torch.ones(1, 3)
    factors[0, trial.rng.integers(3)] = 1 - trial.rng.uniform(0.4, 0.6)
    return sensor.colour_cast(image, factors)


def covered(trial: Trial, image: Tensor) -> Tensor:
    return sensor.noise(stream.black(image), 0.01, 0.0, trial.noise)


def left_frozen(trial: Trial) -> Trial:
    return with_views(trial, trial.before.image, right_of(trial))


def repeated(trial: Trial) -> Trial:
    return with_views(trial, trial.before.image, trial.before.stereo().right)


def of_other_images(trial: Trial) -> Trial:
    """The calibration of images of half or of twice the size, its principal point a little off their middle."""
    factor = float(trial.rng.choice((0.5, 2.0)))
    x, y = (size / 2 * factor * trial.rng.uniform(0.97, 1.03) - 0.5 for size in (WIDTH, HEIGHT))
    camera = Camera.single(factor * WIDTH, factor * WIDTH, x, y, HEIGHT, WIDTH)
    return replace(trial, sample=replace(trial.sample, camera=camera, right_camera=camera))


FAULTS: Mapping[str, tuple[Code, str, Callable[[Trial], Trial]]] = {
    "row offset": ("rows", "1 px", on_right(lambda t, v: rig.row_offset(v, t.sign() * t.size(1.0)))),
    "roll": ("rows", "0.5 degrees of 448 px wide images", on_right(lambda t, v: rig.roll(v, t.sign() * t.size(0.5)))),
    "scale": ("rows", "2 % of 192 px high images", on_right(lambda t, v: rig.scale(v, t.sign() * t.size(2.0)))),
    "swapped views": ("swapped", "-", lambda t: with_views(t, *rig.swapped(t.sample.image, right_of(t)))),
    "exposure": ("exposure", "1.2 stops", on_right(lambda t, v: sensor.gain(v, 2.0 ** -t.size(1.2)))),
    "gamma": ("exposure", "2", on_right(lambda t, v: sensor.gamma(v, t.size(2.0)))),
    "colour cast": ("colour", "40 % of one channel", on_right(one_channel)),
    "defocus": ("blur", "radius 7 px", on_right(lambda t, v: lens.defocus(v, t.size(7.0)))),
    "motion blur": ("blur", "20 px along rows", on_both(lambda t, v: lens.motion_blur(v, t.size(20.0)))),
    "black frame": ("blank", "-", on_right(covered)),
    "one view twice": ("one-view-twice", "-", lambda t: with_views(t, t.sample.image, t.sample.image)),
    "grey and colour": ("grey", "-", on_right(lambda t, v: stream.grey(v))),
    "grey as colour": ("grey", "-", on_both(lambda t, v: stream.grey(v))),
    "frozen frame": ("frozen", "-", left_frozen),
    "duplicate frame": ("duplicate", "-", repeated),
    "intrinsics": ("intrinsics", "factor 2", of_other_images),
}
"""Fault -> the finding it must raise, the smallest size it is stated for, and how it is made."""
STRONGER: Mapping[str, set[str]] = {"gamma": {"blank"}}
"""What may be found instead: the square of a dark view is a black one, and the doctor says that and no more."""

OTHERS: Mapping[str, tuple[str, Callable[[Trial], Trial]]] = {
    "fog": ("visibility 60 m", on_both(lambda t, v: weather.fog(v, t.depth, 60.0))),
    "rain": ("0.3 streaks a thousand pixels", on_both(lambda t, v: weather.rain(v, 0.3, t.noise))),
    "drops": ("5 % of the image", on_both(lambda t, v: lens.drops(v, 0.05, 8.0, t.noise))),
    "dirt": ("5 % of the image", on_both(lambda t, v: lens.dirt(v, 0.05, 8.0, t.noise))),
    "jpeg": ("quality 40", on_both(lambda t, v: lens.jpeg(v, 40))),
    "noise": ("4 % of white", on_both(lambda t, v: sensor.noise(v, 0.04, 0.0, t.noise))),
    "lost rows": ("4 rows", on_both(lambda t, v: lens.lost_rows(v, 4, t.noise))),
}
"""What the doctor does not look for: it must not be taken for a fault of the rig."""


def trials(count: int, first: int) -> Iterator[Trial]:
    """Pairs number `first` and on of every world, each with the pair before it: 1 px to the side, other noise."""
    for world in LAYERED:
        for start in range(first, first + count, BATCH):
            rendered = render_batch(world, SEED, range(start, start + BATCH), HEIGHT, WIDTH, occlusion=False)
            for place in range(BATCH):
                yield trial_of(rendered, place, seed=start + place)


def trial_of(rendered: object, place: int, seed: int) -> Trial:
    sample, truth = rendered.sample, rendered.truth  # type: ignore[attr-defined]
    one = slice(place, place + 1)
    camera = sample.camera.selected(one)
    left, right = sample.image[one], sample.right[one]
    noise = torch.Generator().manual_seed(seed)
    earlier = [sensor.noise(view.roll(1, dims=-1), 0.004, 0.0, noise) for view in (left, right)]
    depth = camera.focal_x * sample.baseline[one] / truth.disparity[one].clamp(min=0.1)
    current = Sample(
        image=left, right=right, camera=camera, right_camera=camera, baseline=sample.baseline[one], keys=("pair",)
    )
    before = Sample(image=earlier[0], right=earlier[1], keys=("before",))
    return Trial(current, before, depth, np.random.default_rng(seed), noise)


def findings(sample: Sample, before: Sample | None) -> list[Finding]:
    """As the doctor finds them."""
    views = views_of(sample)
    found = list(frame_findings(measure_frames(views, None if before is None else views_of(before))))
    if any(each.code in ("blank", "one-view-twice") for each in found):
        return found
    return found + pair_findings(measure_pair(sample, views))


def codes(trial: Trial) -> set[str]:
    return {each.code for each in findings(trial.sample, trial.before)}


def alarms(found: set[str]) -> set[str]:
    """All that a clean pair should not have."""
    return found - {"disparities"}


def false_alarms() -> tuple[int, Counter[str], int, int]:
    """Clean pairs, alarms of each kind, pairs with any, and pairs that are called not fit for use."""
    count, kinds, any_kind, unfit = 0, Counter[str](), 0, 0
    for trial in trials(CLEAN, 0):
        told = findings(trial.sample, trial.before)
        found = alarms({each.code for each in told})
        count, any_kind = count + 1, any_kind + bool(found)
        unfit += any(each.level == "fault" for each in told)
        kinds.update(found)
    return count, kinds, any_kind, unfit


def test_faults_are_found_and_clean_pairs_are_left_alone():
    count, kinds, any_kind, unfit = false_alarms()
    rates = {code: kinds[code] / count for code in sorted({code for code, _, _ in FAULTS.values()} | set(kinds))}
    met: dict[str, list[bool]] = {name: [] for name in FAULTS}
    mistaken: dict[str, list[bool]] = {name: [] for name in OTHERS}
    for number, trial in enumerate(trials(FAULTY, CLEAN)):
        for name, (code, _, fault) in FAULTS.items():
            met[name].append(bool(codes(fault(trial)) & {code, *STRONGER.get(name, ())}))
        if number % FAULTY < UNFELT:
            for name, (_, fault) in OTHERS.items():
                mistaken[name].append(bool(codes(fault(trial)) & {"rows", "swapped"}))
    rows = {
        name: {
            "finding": code,
            "or": sorted(STRONGER.get(name, ())),
            "stated_size": size,
            "pairs": len(met[name]),
            "recall": float(np.mean(met[name])),
            "false_alarms": rates[code],
        }
        for name, (code, size, _) in FAULTS.items()
    }
    others = {
        name: {"size": size, "pairs": len(mistaken[name]), "taken_for_the_rig": float(np.mean(mistaken[name]))}
        for name, (size, _) in OTHERS.items()
    }
    write_evidence(
        "doctor",
        {
            "seed": SEED,
            "size": [HEIGHT, WIDTH],
            "worlds": LAYERED,
            "clean_pairs": count,
            "false_alarms_of_any_kind": any_kind / count,
            "called_not_fit": unfit / count,
            "false_alarms": rates,
            "faults": rows,
            "not_looked_for": others,
            "cpu_seconds_a_pair_1242x375": seconds_a_pair(),
        },
    )
    assert count >= 500
    assert max(rates.values()) <= 0.02
    assert min(row["recall"] for row in rows.values()) >= 0.95
    assert seconds_a_pair() < 1.0


def seconds_a_pair() -> float:
    """CPU seconds for everything at the size of KITTI, the best of three."""
    sample = render_batch("flat-street", SEED, [0], 375, 1242, occlusion=False).sample
    taken = []
    for _ in range(3):
        begin = time.process_time()
        findings(sample, sample)
        taken.append(time.process_time() - begin)
    return min(taken)


# Real pairs, one by one.

RECTIFIED = (
    "kitti2015",
    "kitti_odometry",
    "kitti_raw",
    "karlsruhe",
    "middlebury/2003",
    "middlebury/2014/motorcycle",
    "eth3d_twoview",
    "sceneflow_flyingthings",
)
SURGICAL_DOFFS = 688.361877 - 596.955017
"""Right principal point less left one, from the calibration beside the video."""


def surgical(folder: Path) -> Iterator[Sample]:
    """Frames of the side-by-side video."""
    video = cv2.VideoCapture(str(folder / "surgical_stereo/video_sbs/video.mp4"))
    whole, frame = video.read()
    while whole:
        image = torch.from_numpy(np.ascontiguousarray(frame[:, :, ::-1])).permute(2, 0, 1)[None].float() / 255
        left, right = image.chunk(2, dim=-1)
        camera = Camera.single(1035.0, 1035.0, 596.955, 520.4, *left.shape[-2:])
        other = replace(camera, centre_x=camera.centre_x + SURGICAL_DOFFS)
        yield Sample(image=left, right=right, camera=camera, right_camera=other, keys=("surgical",))
        whole, frame = video.read()


def euroc(folder: Path) -> Iterator[Sample]:
    """Drone pairs that are not rectified."""
    for left in sorted((folder / "euroc_v1_01_micro/mav0/cam0/data").glob("*.png")):
        yield open_source(f"{left},{folder}/euroc_v1_01_micro/mav0/cam1/data/{left.name}")[0].sample


def samples_of(realdata: Path) -> Iterator[tuple[str, Sequence[tuple[str, Sample]]]]:
    for name in RECTIFIED:
        scenes = open_source(str(realdata / name), with_truth=False)
        yield name, [(key, scene.sample) for key, scene in zip(scenes.keys, scenes, strict=True)]
    yield "surgical_stereo", [(str(number), sample) for number, sample in enumerate(surgical(realdata))]
    yield "euroc_v1_01_micro", [(str(number), sample) for number, sample in enumerate(euroc(realdata))]


@pytest.mark.realdata
def test_real_pairs_one_by_one(realdata: Path):
    listed: dict[str, list[dict[str, object]]] = {}
    refused: dict[str, bool] = {}
    for name, samples in samples_of(realdata):
        before: Sample | None = None
        refused[name] = quick_look([sample for _, sample in samples[:5]]).misaligned is not None
        for key, sample in samples:
            found = [asdict(each) for each in findings(sample, before)]
            rows = measure_pair(sample).alignment.rows
            listed.setdefault(name, []).append({"key": key, "rows_px": rows.size_px, "findings": found})
            before = sample
    write_evidence("doctor_real_pairs", {"refused_by_the_quick_look": refused, "pairs": listed})
    assert refused.pop("euroc_v1_01_micro")
    assert not any(refused.values())
    for name, pairs in listed.items():
        faults = [found["code"] for pair in pairs for found in pair["findings"] if found["level"] == "fault"]
        assert faults == (["rows"] * len(pairs) if name.startswith("euroc") else [])
