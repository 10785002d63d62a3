"""Say where data sets are got from, and what of one is on disk.

Nothing is downloaded. check looks at names only and says what is missing first; page prints docs/data.md.

  wilddepth data
  wilddepth data show kitti_raw
  wilddepth data check ./kitti
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from wilddepth.cli.common import ScreenOptions
from wilddepth.cli.screen import finish, say, table
from wilddepth.cli.words import positional
from wilddepth.errors import ConfigError
from wilddepth.plain import dump_yaml

USES = {
    "predict": "predicting and adapting",
    "metres": "depth in metres",
    "score": "scoring",
    "sequence": "following the camera",
}


@dataclass(frozen=True, kw_only=True)
class Options(ScreenOptions):
    """What is asked.

    Attributes:
        action: the ACTION: list all data sets, show one of them, check what of one is on disk, or print the page of the
            documentation.
        what: after show, the name of a data set; after check, a folder.
        layout: after check, which data set the folder should be; found by looking at it if not given.
    """

    action: Literal["list", "show", "check", "page"] = positional(default="list")
    what: Annotated[str | None, "WHAT"] = positional(default=None)
    layout: Annotated[str | None, "NAME"] = None

    def __post_init__(self) -> None:
        if self.action in ("show", "check") and self.what is None:
            wanted = "the name of a data set" if self.action == "show" else "a folder"
            raise ConfigError(f"data {self.action} needs {wanted}; see wilddepth data --help")
        if self.action in ("list", "page") and self.what is not None:
            raise ConfigError(
                f"data {self.action} takes no further word; did you mean: wilddepth data check {self.what}?"
            )
        if self.layout is not None and self.action != "check":
            raise ConfigError("--layout goes with check only; see wilddepth data --help")


def run(options: Options) -> None:
    """Answer."""
    if options.dry_run:
        say(dump_yaml({"verb": "data", "action": options.action, "what": options.what, "layout": options.layout}))
        return
    if options.action == "page":
        from wilddepth.data.known.page import page

        say(page())
        return
    from wilddepth.verbs.data import datasets

    if options.action == "check":
        result = datasets(options.layout, folder=options.what)
        finish(options, result, checked(result))
        return
    result = datasets(options.what)
    finish(options, result, listed(result) if options.what is None else shown(result["datasets"][0]))


def listed(result: Mapping[str, Any]) -> str:
    """A row for each data set."""
    rows = [
        {"layout": of["name"], "data set": of["title"], "licence": licence(of), "page": of["page"] or "-"}
        for of in result["datasets"]
    ]
    return f"{table(rows)}\n\nwilddepth data show LAYOUT says more; wilddepth data check DIR what is on disk"


def shown(of: Mapping[str, Any]) -> str:
    """One data set."""
    lines = [f"{of['name']}: {of['title']}"]
    if not of["own"]:
        lines += [f"page: {of['page']}", f"licence: {licence(of)}"]
    lines += [f"smallest useful part: {of['smallest']}", f"lies as: {of['shape']}", *of["notes"]]
    downloads = [
        {
            "download": one["name"],
            "size": one["size"] or "not verified",
            "known by": one["evidence"] or "-",
            "needed": "yes" if one["needed"] else "no",
        }
        for one in of["downloads"]
    ]
    return "\n".join(lines) + (f"\n\n{table(downloads)}" if downloads else "")


def licence(of: Mapping[str, Any]) -> str:
    """The licence of a data set, or that we do not know it."""
    return "yours" if of["own"] else of["licence"] or "not verified"


def checked(result: Mapping[str, Any]) -> str:
    """What is there, what can be done with it, and what is missing first."""
    uses = USES if result["views"] == "rectified pairs" else {**USES, "predict": "everything"}
    rows = [
        {
            "part": row["part"],
            "needed for": uses[row["use"]],
            "files": row["files"],
            "first": near(row["first"], result),
        }
        for row in result["parts"]
    ]
    lines = [f"{result['folder']}: {result['layout']}, {result['title']}", table(rows)]
    scenes = result["scenes"]
    if scenes is not None:
        lines.append(
            f"scenes: {scenes['count']}, {scenes['pairs']} with both views, {scenes['calibrated']} with calibration, "
            f"{scenes['with_truth']} with truth"
        )
    if result["views"] != "rectified pairs":
        lines += result["notes"]
    able = [USES[use] for use, fine in result["usable_for"].items() if fine]
    nothing = "nothing before it is rectified" if result["views"] == "unrectified pairs" else "nothing yet"
    lines.append(f"enough for: {', '.join(able) or nothing}")
    lines.append(f"missing first: {result['missing']}" if result["missing"] else "nothing is missing")
    lines += [f"to do: {result['fetch']}"] if result["fetch"] else []
    return "\n".join(lines)


def near(path: str | None, result: Mapping[str, Any]) -> str:
    """A file as seen from the folder."""
    return "-" if path is None else os.path.relpath(path, result["folder"])
