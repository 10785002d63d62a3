"""`wilddepth evaluate`: metrics under a named protocol, of weights or of saved predictions."""

import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from wilddepth.engine.evaluate import Evaluation, evaluate_files
from wilddepth.engine.evaluate import evaluate as evaluate_scenes
from wilddepth.engine.infer import Predictor
from wilddepth.engine.run import RunFolder
from wilddepth.engine.weights import chosen_network
from wilddepth.errors import ConfigError, OutputError
from wilddepth.metrics.score import Compared
from wilddepth.report.picture import error_picture, write_png
from wilddepth.sources.open import open_source
from wilddepth.verbs.common import Machine, Say, look_at_all, machine, plain_method, protocol_for, quiet

ERRORS = "errors"


def evaluate(
    source: str,
    *,
    weights: str | None = None,
    predictions: Path | str | None = None,
    protocol: str | None = None,
    out: Path | str | None = None,
    overwrite: bool = False,
    layout: str | None = None,
    split: str | None = None,
    limit: int | None = None,
    confidence: bool = False,
    enlarge: float | None = None,
    device: str = "auto",
    precision: str = "fp32",
    compile_network: bool = False,
    seed: int = 0,
    threads: int | None = None,
    say: Say = quiet,
) -> Mapping[str, Any]:
    """Score weights, or a folder of saved predictions, against the truth of a source.

    Args:
        source: see the grammar of sources; must hold truth.
        weights: a packaged name, a safetensors file or a run folder.
        predictions: folder of saved disparities (a folder that `predict` wrote will do, and then brings confidences).
        protocol: name of a protocol; None = the layout's own.
        out: gets `metrics.json`, `environment.json` and an error map of each image, `errors/KEY.png`: blue is right,
            yellow to red is an outlier of D1, black is not scored.
        overwrite: replace an earlier run in `out`.
        layout: how a folder is laid out; None = look.
        split: part of the source.
        limit: first pairs only.
        confidence: also score the confidence of weights, which takes twice the time; saved predictions are always
            scored with the confidences they bring.
        enlarge: so many times pictures are enlarged before the network sees them; None = as the weights say.
        device: "auto", "cpu" or "cuda".
        precision: "auto", "fp32" or "bf16"; float32 unless asked for, so that weights score alike on every CPU.
        compile_network: compile the network first.
        seed: of everything random.
        threads: CPU threads; None = all.
        say: told of progress.

    Returns:
        `{"protocol": ..., "mean": ..., "images": [...]}`, percentages as percent; with confidences also
        `"reliability"`, and `auc`, `auc_best`, `ause`, `aurg` and `ece` in each row (see `metrics.trust`).

    Raises:
        ConfigError: unless exactly one of `weights` and `predictions` is given, for an `enlarge` outside 1..4 or beside
            `predictions`, and for an unknown protocol.
        SampleError: when nothing can be scored.
    """
    if (weights is None) == (predictions is None):
        raise ConfigError("give exactly one of weights and predictions to score")
    if enlarge is not None and predictions is not None:
        raise ConfigError("enlarge is for weights; saved predictions are scored as they are: leave one of them out")
    if out is not None:
        RunFolder.check(out, overwrite=overwrite)
    scenes = open_source(source, layout=layout, split=split, limit=limit)
    rule = protocol_for(scenes.layout, protocol)
    look_at_all(scenes, truth=True)
    count = counter(say, len(scenes))
    # Nothing is written to `out` before all is scored: an evaluation that fails leaves the earlier one.
    with temporary_folder() as beside:
        pictures = beside / ERRORS
        look = None if out is None else painter(pictures)
        if predictions is not None:
            folder, sure, place = disparity_folder(Path(predictions)), confidence_folder(Path(predictions)), None
            result = evaluate_files(folder, scenes, rule, confidences=sure, progress=count, look=look)
        else:
            network = chosen_network(str(weights), enlarge)
            place = machine(
                network, device=device, precision=precision, compile_network=compile_network, seed=seed, threads=threads
            )
            predictor = Predictor(
                plain_method(network), device=place.device, precision=place.precision, compile=place.compile
            )
            result = evaluate_scenes(
                lambda sample: predictor(sample, confidence=confidence), scenes, rule, progress=count, look=look
            )
        if out is not None:
            write(result, Path(out), overwrite, place, pictures)
    return result.as_json()


@contextmanager
def temporary_folder() -> Iterator[Path]:
    """A folder that is removed at the end.

    Raises:
        OutputError: when it cannot be made.
    """
    try:
        folder = tempfile.TemporaryDirectory(prefix="wilddepth-")
    except OSError as error:
        raise OutputError(f"no temporary folder can be made ({error}); set TMPDIR to a folder with room") from error
    with folder as name:
        yield Path(name)


def painter(folder: Path) -> Callable[[str, Compared], None]:
    """Writes the error map of each image into a folder."""

    def paint(key: str, image: Compared) -> None:
        write_png(folder / f"{key}.png", error_picture(image.values, image.truth, image.scored))

    return paint


def disparity_folder(folder: Path) -> Path:
    """The folder of disparities itself, or the one inside what `predict` wrote."""
    inside = folder / "disparity"
    return inside if inside.is_dir() else folder


def confidence_folder(folder: Path) -> Path | None:
    """The folder of confidences inside what `predict` wrote; None where there is none."""
    inside = folder / "confidence"
    return inside if inside.is_dir() else None


def counter(say: Say, total: int) -> Any:
    """Counts rows as they come."""
    done = [0]

    def count(key: str, row: Mapping[str, float]) -> None:
        done[0] += 1
        say("evaluate", done[0], total, None)

    return count


def write(result: Evaluation, out: Path, overwrite: bool, place: Machine | None, pictures: Path) -> None:
    """The numbers and error maps as a run folder."""
    device = "cpu" if place is None else str(place.device)
    run = RunFolder.create(out, overwrite=overwrite, contents=(ERRORS,), device=device)
    run.write_metrics(result.as_json())
    try:
        shutil.copytree(pictures, run.path / ERRORS)
    except (OSError, shutil.Error) as error:
        raise OutputError(f"cannot write error maps to {run.path / ERRORS} ({error}); choose another --out") from error
