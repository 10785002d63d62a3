"""Draws how packaged networks were trained: the error on their rendered crops, step by step.

    python benchmarks/training_curves.py NAME=RUN [NAME=RUN ...]

RUN is the folder that `wilddepth train` wrote. For each, docs/pictures/training-NAME.svg shows the mean error of the
coarsest level and of the finest that is trained at the time, and docs/evidence/training_NAME.json holds the numbers
with the commit, hardware and date of the run.
"""

import json
import re
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from wilddepth.formats.atomic import write_text
from wilddepth.networks.stereo import SCALE
from wilddepth.report.curve import WIDTH, Chart, smoothed, svg
from wilddepth.report.drawing import colour
from wilddepth.report.markup import element, joined

DOCS = Path(__file__).resolve().parents[1] / "docs"
LEVEL = re.compile(r"level(\d)$")
VARIABLE = re.compile(r"var\(--[\w-]+,(#[0-9a-f]+)\)")


def rows(run: Path) -> list[dict[str, Any]]:
    """What was logged, a row every so many steps."""
    return [json.loads(line) for line in (run / "log.jsonl").read_text().splitlines()]


def errors(row: Mapping[str, Any]) -> dict[int, float]:
    """Level -> mean error, px of the full resolution."""
    found = {int(match[1]): SCALE * float(value) for key, value in row.items() if (match := LEVEL.match(key))}
    return dict(sorted(found.items(), reverse=True))


def stages(recipe: Mapping[str, Any]) -> list[tuple[int, str]]:
    """The step that each later stage begins at."""
    done, found = 0, []
    for before, stage in zip(recipe["stages"], recipe["stages"][1:], strict=False):
        done += before["steps"]
        found.append((done, f"from here level {stage['settings'].get('finest', 0)}"))
    return found


def chart(name: str, logged: Sequence[Mapping[str, Any]], recipe: Mapping[str, Any]) -> Chart:
    """Coarsest and finest level over steps."""
    steps = [row["step"] for row in logged]
    each = [list(errors(row).values()) for row in logged]
    coarsest, finest = [levels[0] for levels in each], [levels[-1] for levels in each]
    curves = (*smoothed("coarsest level", steps, coarsest), *smoothed("finest level trained", steps, finest))
    return Chart(f"Training {name}", "step", "mean error on crops, px", curves, tuple(stages(recipe)), from_zero=True)


def standing_alone(drawn: Chart) -> str:
    """The drawing as a file: with fixed colours, a ground and its legend."""
    plain = VARIABLE.sub(r"\1", str(svg(drawn))).replace(
        "<svg", '<svg xmlns="http://www.w3.org/2000/svg" font-family="sans-serif"', 1
    )
    words = joined(
        *(
            element("text", label, x=390, y=14 + 15 * place, text_anchor="end", fill=VARIABLE.sub(r"\1", colour(place)))
            for place, label in enumerate(curve.label for curve in drawn.curves if not curve.faint)
        )
    )
    ground = '<rect width="100%" height="100%" fill="#ffffff"/>'
    plain = plain.replace(f"0 0 {WIDTH} ", f"0 0 {WIDTH + 12} ", 1)  # room for the last number under the axis
    return plain.replace("</title>", f"</title>{ground}", 1).replace("</svg>", f"{words}</svg>") + "\n"


def main(words: Sequence[str]) -> None:
    """Draw each run."""
    for word in words:
        name, _, folder = word.partition("=")
        run = Path(folder)
        logged, recipe = rows(run), yaml.safe_load((run / "recipe.yaml").read_text())
        write_text(DOCS / "pictures" / f"training-{name}.svg", standing_alone(chart(name, logged, recipe)))
        numbers = [
            {"step": row["step"], **{f"level {k}": round(e, 3) for k, e in errors(row).items()}} for row in logged
        ]
        where = json.loads((run / "environment.json").read_text())
        told = {
            "environment": {key: value for key, value in where.items() if key != "command"},
            "command": f"wilddepth train {name}",
            "seconds": logged[-1]["seconds"],
            "error on crops, px": numbers[:: max(len(numbers) // 100, 1)],
        }
        write_text(DOCS / "evidence" / f"training_{name}.json", json.dumps(told) + "\n")


if __name__ == "__main__":
    main(sys.argv[1:])
