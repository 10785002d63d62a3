"""`wilddepth predict`: disparity, colour preview, confidence and metres for every pair of a source."""

import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

import numpy as np

from wilddepth.engine.infer import Predictor
from wilddepth.engine.run import RunFolder
from wilddepth.engine.weights import chosen_network, told_when_enlarged
from wilddepth.formats import image as images
from wilddepth.formats.array import write_array
from wilddepth.formats.atomic import write_bytes
from wilddepth.formats.disparity_png import LARGEST_KITTI_DISPARITY, write_kitti_disparity
from wilddepth.formats.pfm import write_pfm
from wilddepth.plain import dump_yaml
from wilddepth.prediction import Prediction
from wilddepth.report.picture import disparity_picture
from wilddepth.sample import Sample
from wilddepth.sources.folder import FolderSource
from wilddepth.sources.open import open_source
from wilddepth.sources.source import Source
from wilddepth.verbs.common import Say, look_at_all, machine, plain_method, quiet

FOLDERS = ("disparity", "preview", "confidence", "depth")


def predict(
    source: str,
    *,
    weights: str = "madnet-worlds",
    out: Path | str,
    layout: str | None = None,
    split: str | None = None,
    limit: int | None = None,
    enlarge: float | None = None,
    overwrite: bool = False,
    resume: bool = False,
    file_format: Literal["png", "pfm"] = "png",
    device: str = "auto",
    precision: str = "auto",
    compile_network: bool = False,
    seed: int = 0,
    threads: int | None = None,
    say: Say = quiet,
) -> Mapping[str, Any]:
    """Predict every pair of a source and write what is known of each pixel.

    Args:
        source: see the grammar of sources.
        weights: a packaged name, a safetensors file or a run folder.
        out: gets `disparity/KEY.png` (16 bits, px * 256, 0 = none; or `.pfm`), `preview/KEY.png`, `confidence/KEY.png`
            (8 bits, 255 = sure), and `depth/KEY.npy` (m) where focal length and baseline are known. Disparities are raw
            pixels; a map that 16 bits cannot hold (below 0, as principal points that differ make it, or above 255.99)
            is written as PFM.
        layout: how a folder is laid out; None = look.
        split: part of the source.
        limit: first pairs only.
        enlarge: so many times pictures are enlarged before the network sees them; None = as the weights say.
        overwrite: replace an earlier run in `out`.
        resume: skip pairs whose files are there; everything else must be as it was.
        file_format: of the disparity.
        device: "auto", "cpu" or "cuda".
        precision: "auto", "fp32" or "bf16".
        compile_network: compile the network first.
        seed: of everything random (prediction itself draws nothing).
        threads: CPU threads; None = all.
        say: told of progress.

    Returns:
        Pairs predicted and skipped, seconds a pair, where things are.

    Raises:
        WildDepthError: for a source, weights or folder that cannot be used.
    """
    RunFolder.check(out, overwrite=overwrite, resume=resume)
    scenes = open_source(source, layout=layout, split=split, limit=limit, with_truth=False)
    look_at_all(scenes)
    scenes[0].sample.stereo()
    network = chosen_network(weights, enlarge)
    place = machine(
        network, device=device, precision=precision, compile_network=compile_network, seed=seed, threads=threads
    )
    predictor = Predictor(plain_method(network), device=place.device, precision=place.precision, compile=place.compile)
    recipe = {"verb": "predict", "source": source, "layout": scenes.layout, "split": split, "weights": weights}
    # The input is good: only now a folder is made.
    run = RunFolder.create(
        out,
        overwrite=overwrite,
        resume=resume,
        contents=FOLDERS,
        device=str(place.device),
        recipe=dump_yaml(
            {**recipe, **told_when_enlarged(network), "format": file_format, "precision": place.precision}
        ),
    )
    todo = [index for index in range(len(scenes)) if not (run.resumed and done(run.path, scenes, index))]
    seconds: list[float] = []
    for index in todo:
        sample = scenes[index].sample
        begin = time.monotonic()
        prediction = predictor(sample)
        seconds.append(time.monotonic() - begin)
        write_prediction(run.path, scenes.key(index), prediction, sample, file_format)
        say("predict", len(seconds), len(todo), float(np.mean(seconds)) * (len(todo) - len(seconds)))
    result = {
        "pairs": len(seconds),
        "skipped": len(scenes) - len(todo),
        "weights": weights,
        "precision": place.precision,
        "seconds_a_pair": float(np.median(seconds)) if seconds else float("nan"),
        "out": str(run.path),
    }
    run.write_metrics(result)
    return result


def predictor(
    weights: str = "madnet-worlds",
    *,
    enlarge: float | None = None,
    device: Literal["auto", "cpu", "cuda"] = "auto",
    precision: Literal["auto", "fp32", "bf16"] = "auto",
    compile_network: bool = False,
) -> Predictor:
    """Weights as a call: sample in, disparity (px) and confidence (0..1) out.

    Args:
        weights: a packaged name, a safetensors file or a run folder.
        enlarge: so many times pictures are enlarged before the network sees them; None = as the weights say.
        device: see `Predictor`.
        precision: see `Predictor`.
        compile_network: compile at the first call.

    Raises:
        WeightsError: for weights that cannot be used.
        ConfigError: for an `enlarge` outside 1..4.
    """
    network = chosen_network(weights, enlarge)
    return Predictor(plain_method(network), device=device, precision=precision, compile=compile_network)


def preview_file(folder: Path, key: str) -> Path:
    """The last file written for a pair: where it is, all are."""
    return folder / "preview" / f"{key}.png"


def done(folder: Path, scenes: Source, index: int) -> bool:
    """Whether a pair has been predicted, and none of its files on disk was changed since."""
    last = preview_file(folder, scenes.key(index))
    if not last.is_file():
        return False
    if not isinstance(scenes, FolderSource):
        return True
    files = scenes.files[index]
    used = (files.left, files.right, None if files.calibration is None else files.calibration.path)
    return all(path.stat().st_mtime_ns <= last.stat().st_mtime_ns for path in used if path is not None)


def write_prediction(folder: Path, key: str, prediction: Prediction, sample: Sample, file_format: str) -> None:
    """All files of one pair, the preview last.

    Raises:
        OutputError: when one cannot be written.
    """
    disparity = prediction.disparity()[0, 0].float().cpu().numpy()
    if file_format == "png" and disparity.min() >= 0 and disparity.max() <= LARGEST_KITTI_DISPARITY:
        # only for what lies between 0, which means "none", and half a step
        write_kitti_disparity(folder / "disparity" / f"{key}.png", disparity, outside="saturate")
    else:
        write_pfm(folder / "disparity" / f"{key}.pfm", disparity)
    if prediction.confidence is not None:
        grey = (prediction.confidence[0, 0].float().cpu().numpy() * 255).round().astype(np.uint8)
        write_bytes(folder / "confidence" / f"{key}.png", images.encoded_png(grey))
    if sample.camera is not None and sample.baseline is not None:
        depth = prediction.depth(sample.camera, sample.baseline, doffs=sample.doffs())
        write_array(folder / "depth" / f"{key}.npy", depth[0, 0].float().cpu().numpy())
    beyond_infinity = disparity + float(sample.doffs()[0])  # colours begin at infinite depth
    images.write_image(preview_file(folder, key), disparity_picture(beyond_infinity))
