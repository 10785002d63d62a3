"""Writes docs/evidence/NAME.json: numbers with the command, commit, hardware and date that they come from."""

import json
from collections.abc import Mapping
from pathlib import Path

from wilddepth.engine.environment import environment

FOLDER = Path(__file__).resolve().parents[1] / "docs" / "evidence"


def write_evidence(name: str, numbers: Mapping[str, object]) -> Path:
    """Keep the numbers of a proof."""
    path = FOLDER / f"{name}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({"environment": environment(), "numbers": numbers}, indent=2, default=float) + "\n")
    return path
