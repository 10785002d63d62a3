"""The folder of one run.

recipe.yaml weights.safetensors metrics.json environment.json log.jsonl report.html checkpoints/

A folder is a run's where an `environment.json` of ours stands in it: it is written first and removed last. Every file
is there wholly or not at all, but for the log, which grows by whole lines; a line that a kill cut short is dropped when
the run goes on.
"""

import json
import os
import shutil
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from wilddepth.engine.environment import environment
from wilddepth.errors import ConfigError, OutputError, SampleError
from wilddepth.formats.atomic import write_text
from wilddepth.formats.content import brief, text
from wilddepth.plain import differences, dump_json, load_yaml

MARKER = "environment.json"
RECIPE = "recipe.yaml"
CONTENTS = (
    "log.jsonl",
    "metrics.json",
    "weights.safetensors",
    "report.html",
    "checkpoints",
    RECIPE,
    MARKER,  # last: until everything else is gone the folder can still be seen to be a run's
)


class RunFolder:
    """A folder that a run writes to.

    Attributes:
        path: the folder.
        resumed: True when an earlier run in it is gone on with.
    """

    def __init__(self, path: Path, *, resumed: bool) -> None:
        self.path = path
        self.resumed = resumed

    @staticmethod
    def check(path: str | os.PathLike[str], *, overwrite: bool = False, resume: bool = False) -> Path:
        """The folder, if `create` would take it; writes nothing, so it can be asked before the input is opened.

        Raises:
            ConfigError: both `overwrite` and `resume`.
            OutputError: not a folder; not empty without either; not a run's although not empty.
        """
        if overwrite and resume:
            raise ConfigError("--overwrite and --resume contradict each other; give one of them")
        folder = Path(path)
        if not folder.is_dir():
            if folder.exists() or folder.is_symlink():
                raise OutputError(f"{folder} is not a folder; choose another --out")
            return folder
        if not _entries(folder):
            return folder
        if not _is_run(folder):
            raise OutputError(f"{folder} is not empty and holds no earlier run; choose another --out")
        if not overwrite and not resume:
            raise OutputError(f"{folder} holds an earlier run; give --overwrite, --resume or another --out")
        return folder

    @classmethod
    def create(
        cls,
        path: str | os.PathLike[str],
        *,
        overwrite: bool = False,
        resume: bool = False,
        contents: Iterable[str] = (),
        device: str = "cpu",
        recipe: str | None = None,
        may_differ: Iterable[str] = (),
    ) -> "RunFolder":
        """Make the folder ready. Open the input first: a bad one should leave no folder.

        An earlier run that cannot be gone on with is left as it is.

        Args:
            path: made if missing.
            overwrite: remove what an earlier run wrote (the names of `CONTENTS` and of `contents`) and nothing else.
            resume: go on with an earlier run; where there is none, start one.
            contents: further names in the folder that this kind of run writes.
            device: where it is computed, for `environment.json`.
            recipe: YAML; in a resumed run it must be the one the run began with. None = this run has none.
            may_differ: keys of the recipe (`data.workers`) that do not change the result.

        Raises:
            ConfigError: see `check`; naming the values that differ, or the stored recipe where it is damaged.
            OutputError: see `check`; the folder cannot be written.
        """
        folder = cls.check(path, overwrite=overwrite, resume=resume)
        resumed = resume and folder.is_dir() and bool(_entries(folder))
        if overwrite and folder.is_dir():
            for name in (*contents, *CONTENTS):
                _remove(folder / name)
        run = cls(folder, resumed=resumed)
        if resumed:
            if recipe is not None:
                run._check_recipe(recipe, may_differ)
            _drop_torn_line(folder / "log.jsonl")
        run._write_environment(device)
        if recipe is not None:
            run.write_recipe(recipe)
        return run

    def _check_recipe(self, recipe: str, may_differ: Iterable[str]) -> None:
        """Compare a recipe with the stored one."""
        path = self.path / RECIPE
        if not path.is_file():
            return
        differing = set(differences(_stored_recipe(path), load_yaml(recipe))) - set(may_differ)
        if differing:
            raise ConfigError(
                f"{self.path} was begun with another recipe ({', '.join(sorted(differing))}); "
                "give the same values, or another --out"
            )

    def write_recipe(self, recipe: str) -> None:
        """Write `recipe.yaml`: YAML text."""
        write_text(self.path / RECIPE, recipe)

    def write_metrics(self, metrics: Mapping[str, Any]) -> None:
        """Write `metrics.json`: plain values and dataclasses; nan becomes null."""
        write_text(self.path / "metrics.json", dump_json(metrics) + "\n")

    def log(self, row: Mapping[str, Any]) -> None:
        """Append one line to `log.jsonl`; it is with the operating system when this returns.

        Raises:
            OutputError: when it cannot be written.
        """
        try:
            with (self.path / "log.jsonl").open("a", encoding="utf-8") as file:
                file.write(dump_json(row, indent=None) + "\n")
        except OSError as error:
            raise OutputError(f"cannot write {self.path / 'log.jsonl'}: {error.strerror}; free some space") from error

    def rows(self) -> list[dict[str, Any]]:
        """The lines of the log so far.

        Raises:
            ConfigError: when one of them is damaged; a line that was cut off at the end is not one.
        """
        path = self.path / "log.jsonl"
        if not path.is_file():
            return []
        try:
            return [_row(line) for line in path.read_text(encoding="utf-8").split("\n")[:-1]]
        except (ValueError, RecursionError) as error:
            raise ConfigError(f"{path} is damaged ({error}); start again with --overwrite") from error

    def rewind(self, step: int) -> None:
        """Drop log lines of steps after `step`: a resumed run does them again from its checkpoint."""
        kept = [row for row in self.rows() if row.get("step", step) <= step]
        write_text(self.path / "log.jsonl", "".join(dump_json(row, indent=None) + "\n" for row in kept))

    def _write_environment(self, device: str) -> None:
        path = self.path / MARKER
        told = environment(device)
        if self.resumed and path.is_file():
            before = json.loads(path.read_text())
            told["begun"] = before.get("begun", before["date"])
            told["resumed"] = [*before.get("resumed", []), told["date"]]
        write_text(path, dump_json(told) + "\n")


def _is_run(folder: Path) -> bool:
    """Whether one of our runs wrote here; anybody may have a file called environment.json."""
    try:
        told = json.loads((folder / MARKER).read_text())
    except (OSError, ValueError, RecursionError):
        return False
    return isinstance(told, dict) and "wilddepth" in told and "date" in told


def _row(line: str) -> dict[str, Any]:
    """A line of the log; `ValueError` where it is none."""
    row = json.loads(line)
    if not isinstance(row, dict) or not isinstance(row.get("step", 0), int):
        raise ValueError(f"no row of a log: {brief(line)}")
    return row


def _stored_recipe(path: Path) -> Any:
    """The recipe that a run was begun with."""
    try:
        return load_yaml(text(path))
    except (ConfigError, SampleError) as error:
        raise ConfigError(f"{path} is damaged ({error}); start again with --overwrite") from error


def _entries(folder: Path) -> list[str]:
    try:
        return os.listdir(folder)
    except OSError as error:
        raise OutputError(f"cannot look into {folder}: {error.strerror}; choose another --out") from error


def _remove(path: Path) -> None:
    try:
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)  # of a link only the link itself
    except OSError as error:
        raise OutputError(f"cannot remove {path}: {error.strerror}; choose another --out") from error


def _drop_torn_line(path: Path) -> None:
    if not path.is_file():
        return
    data = path.read_bytes()
    whole = data.rfind(b"\n") + 1
    if whole < len(data):
        os.truncate(path, whole)
