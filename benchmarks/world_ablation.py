"""What matters when a network is trained on worlds: short trainings that differ in one thing, scored on real pairs.

    python benchmarks/world_ablation.py --data DIR [--only NAME] [--threads N] [--evidence]

DIR holds real pairs with truth as `SAMPLES` names them; nothing is learned from them. Every variant trains MADNet's
coarse levels only (the finest level costs three times as much and hardly moves these scores), and its run folder is
kept in runs/ablation: what is there is not run again, and what was cut off goes on. Some two to six minutes each on one
core. --evidence writes docs/evidence/world_ablation.json once all of them are done.
"""

import argparse
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file

from wilddepth.engine.environment import environment
from wilddepth.engine.evaluate import evaluate
from wilddepth.engine.infer import Predictor
from wilddepth.formats.atomic import write_text
from wilddepth.methods.supervised import Supervised, SupervisedConfig
from wilddepth.networks.madnet import MADNet
from wilddepth.plain import dump_json
from wilddepth.recipe import read
from wilddepth.sources.open import open_source
from wilddepth.verbs.train import train

ROOT = Path(__file__).resolve().parents[1]
KEPT = ROOT / "runs" / "ablation"
EVIDENCE = ROOT / "docs" / "evidence" / "world_ablation.json"
SAMPLES = {
    "kitti": ("kitti2015", "kitti2015-noc", "d1_all"),
    "cones": ("middlebury/2003/cones", "middlebury", "bad3"),
    "motorcycle": ("middlebury/2014/motorcycle", "middlebury", "bad3"),
    "playground": ("eth3d_twoview/playground", "eth3d", "bad3"),
}
"""Name -> folder, protocol, metric in percent."""
WORLD = "data.source=worlds:all?height=256&width=640"
SCRATCH = (
    *(WORLD, "data.pairs=2000", "data.growth=1.0", "checkpoint_every=100"),
    *("stages.0.steps=250", "stages.1.steps=750", "stages.0.batch=4", "stages.1.batch=4"),
)
"""From nothing: what gets matching going."""
TAUGHT = (
    *(WORLD, "data.pairs=800", "data.growth=1.0", "checkpoint_every=100", "network.weights=madnet-flying"),
    *("stages.0.steps=50", "stages.0.batch=4", "stages.0.warm_up=50", "stages.0.settings.finest=3"),
    *("stages.1.steps=350", "stages.1.batch=4", "stages.1.final_learning_rate=2.0e-4"),
)
"""From weights that know flying shapes only: what a world teaches."""
VARIANTS: Mapping[str, Sequence[str]] = {
    "from nothing": SCRATCH,
    "from nothing, no matching loss": (*SCRATCH, "stages.0.settings.matching=0.0", "stages.1.settings.matching=0.0"),
    "from nothing, no curriculum": (*SCRATCH, "stages.0.settings.finest=3"),
    "all worlds": TAUGHT,
    "all worlds, 2x2 samples": (*TAUGHT, f"{WORLD}&samples=2"),
    "all worlds, ideal cameras": (*TAUGHT, f"{WORLD}&sensor=ideal"),
    "streets": (*TAUGHT, WORLD.replace("all", "street")),
    "rooms": (*TAUGHT, WORLD.replace("all", "indoor")),
    "flying objects": (*TAUGHT, WORLD.replace("all", "flying")),
    "flat worlds": (*TAUGHT, WORLD.replace("all", "flat-all")),
}
"""Name -> what differs from the recipe `madnet-worlds-1`."""
AVERAGED = ("from nothing", "all worlds")
"""Their raw weights are scored beside the averaged ones."""


def scores(network: MADNet, data: Path) -> dict[str, float]:
    """Percent of wrong pixels on each sample, of level 3's disparities."""
    predictor = Predictor(Supervised(network, SupervisedConfig(finest=3)), device="cpu", precision="fp32")
    found = {}
    for name, (folder, protocol, metric) in SAMPLES.items():
        source = open_source(str(data / folder))
        result = evaluate(lambda sample: predictor(sample, confidence=False), source, protocol)
        found[name] = float(result.mean[metric])
    return found


def network_of(run: Path, prefix: str) -> MADNet:
    """The averaged or the raw weights of a run's last checkpoint."""
    tensors = load_file(run / "checkpoints" / "last.safetensors")
    network = MADNet()
    network.load_state_dict(
        {name.removeprefix(prefix): value for name, value in tensors.items() if name.startswith(prefix)}
    )
    return network.eval().to(memory_format=torch.channels_last)  # type: ignore[call-overload]


def run(name: str, data: Path, threads: int | None) -> dict[str, Any]:
    """Train a variant, or go on with it, and score it."""
    out = KEPT / name.replace(" ", "-")
    recipe = read("madnet-worlds-1").with_overrides(VARIANTS[name])
    done = train(recipe, out=out, resume=(out / "recipe.yaml").is_file(), threads=threads, say=print)
    return {
        "variant": name,
        "changes": list(VARIANTS[name]),
        "steps": done["steps"],
        "seconds": done["seconds"],
        "averaged": scores(network_of(out, "average/network."), data),
        "raw": scores(network_of(out, "model/network."), data),
    }


def table(rows: Sequence[Mapping[str, Any]]) -> str:
    """Markdown."""
    head = "| variant | KITTI D1-all | cones bad3 | motorcycle bad3 | playground bad3 |\n|---|---|---|---|---|"
    lines = [(row["variant"], row["averaged"]) for row in rows]
    lines += [(f"{row['variant']}, weights not averaged", row["raw"]) for row in rows if row["variant"] in AVERAGED]
    cells = [f"| {name} | " + " | ".join(f"{found[sample]:.1f}" for sample in SAMPLES) + " |" for name, found in lines]
    return "\n".join([head, *cells])


def main() -> None:
    """Run what has not been run, print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="folder of the real samples")
    parser.add_argument("--only", choices=list(VARIANTS), action="append", help="this variant; may be given again")
    parser.add_argument("--threads", type=int, help="all cores if not given")
    parser.add_argument("--evidence", action="store_true", help=f"write {EVIDENCE.name}")
    options = parser.parse_args()
    for name in options.only or VARIANTS:
        kept = KEPT / f"{name}.json"
        if not kept.is_file():
            write_text(kept, dump_json(run(name, options.data, options.threads)) + "\n")
    rows = [json.loads((KEPT / f"{name}.json").read_text()) for name in VARIANTS if (KEPT / f"{name}.json").is_file()]
    print(table(rows))
    if options.evidence:
        if len(rows) < len(VARIANTS):
            raise SystemExit(f"{len(VARIANTS) - len(rows)} of {len(VARIANTS)} variants have not been run")
        write_text(EVIDENCE, dump_json({"environment": environment(), "numbers": rows}) + "\n")
        print(f"written: {EVIDENCE}")


if __name__ == "__main__":
    main()
