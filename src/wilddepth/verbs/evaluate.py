"""`wilddepth evaluate`: metrics under a named protocol, of weights or of saved predictions."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from wilddepth.engine.evaluate import Evaluation, evaluate_files
from wilddepth.engine.evaluate import evaluate as evaluate_scenes
from wilddepth.engine.infer import Predictor
from wilddepth.engine.run import RunFolder
from wilddepth.engine.weights import load_network
from wilddepth.errors import ConfigError
from wilddepth.sources.open import open_source
from wilddepth.verbs.common import Machine, Say, look_at_all, machine, plain_method, protocol_for, quiet


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
    device: str = "auto",
    precision: str = "auto",
    compile_network: bool = False,
    seed: int = 0,
    threads: int | None = None,
    say: Say = quiet,
) -> Mapping[str, Any]:
    """Score weights, or a folder of saved predictions, against the truth of a source.

    Args:
        source: see the grammar of sources; must hold truth.
        weights: a packaged name, a safetensors file or a run folder.
        predictions: folder of saved disparities (a folder that `predict` wrote will do).
        protocol: name of a protocol; None = the layout's own.
        out: gets `metrics.json` and `environment.json`.
        overwrite: replace an earlier run in `out`.
        layout: how a folder is laid out; None = look.
        split: part of the source.
        limit: first pairs only.
        device: "auto", "cpu" or "cuda".
        precision: "auto", "fp32" or "bf16".
        compile_network: compile the network first.
        seed: of everything random.
        threads: CPU threads; None = all.
        say: told of progress.

    Returns:
        `{"protocol": ..., "mean": ..., "images": [...]}`, percentages as percent.

    Raises:
        ConfigError: unless exactly one of `weights` and `predictions` is given, and for an unknown protocol.
        SampleError: when nothing can be scored.
    """
    if (weights is None) == (predictions is None):
        raise ConfigError("give exactly one of weights and predictions to score")
    if out is not None:
        RunFolder.check(out, overwrite=overwrite)
    scenes = open_source(source, layout=layout, split=split, limit=limit)
    rule = protocol_for(scenes.layout, protocol)
    look_at_all(scenes, truth=True)
    if predictions is not None:
        result = evaluate_files(disparity_folder(Path(predictions)), scenes, rule, progress=counter(say, len(scenes)))
        place = None
    else:
        network, _ = load_network(str(weights))
        place = machine(
            network, device=device, precision=precision, compile_network=compile_network, seed=seed, threads=threads
        )
        predictor = Predictor(
            plain_method(network), device=place.device, precision=place.precision, compile=place.compile
        )
        result = evaluate_scenes(
            lambda sample: predictor(sample, confidence=False), scenes, rule, progress=counter(say, len(scenes))
        )
    if out is not None:
        write(result, Path(out), overwrite, place)
    return result.as_json()


def disparity_folder(folder: Path) -> Path:
    """The folder of disparities itself, or the one inside what `predict` wrote."""
    inside = folder / "disparity"
    return inside if inside.is_dir() else folder


def counter(say: Say, total: int) -> Any:
    """Counts rows as they come."""
    done = [0]

    def count(key: str, row: Mapping[str, float]) -> None:
        done[0] += 1
        say("evaluate", done[0], total, None)

    return count


def write(result: Evaluation, out: Path, overwrite: bool, place: Machine | None) -> None:
    """The numbers as a run folder."""
    device = "cpu" if place is None else str(place.device)
    run = RunFolder.create(out, overwrite=overwrite, device=device)
    run.write_metrics(result.as_json())
