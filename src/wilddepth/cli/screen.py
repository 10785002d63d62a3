"""What a person reads: the only place of the package that prints."""

import os
import sys
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from wilddepth.cli.common import ScreenOptions
from wilddepth.formats.atomic import write_text
from wilddepth.plain import dump_json, plain


def say(text: str) -> None:
    """Print a text and end its line; when nobody reads any more (`| head`) the work goes on in silence."""
    try:
        # A name that the terminal has no letters for is shown as escapes instead of ending the run.
        encoding = sys.stdout.encoding or "utf-8"
        print(text.rstrip("\n").encode(encoding, "backslashreplace").decode(encoding), flush=True)
    except BrokenPipeError:
        silence()


def silence() -> None:
    """Send what is still printed nowhere, so that closing a broken pipe at the end raises nothing."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    os.close(nowhere)


def table(rows: Sequence[Mapping[str, object]]) -> str:
    """Rows with equal keys as aligned columns; numbers with three places, on the right; missing values as a dash."""
    if not rows:
        return "(nothing)"
    columns = {key: [key, *(_cell(row.get(key)) for row in rows)] for key in rows[0]}
    texts = [key for key in rows[0] if isinstance(rows[0][key], str)]
    lines = zip(*(_aligned(cells, left=key in texts) for key, cells in columns.items()), strict=True)
    return "\n".join("  ".join(line).rstrip() for line in lines)


def finish(options: ScreenOptions, result: Mapping[str, Any], ending: str = "") -> None:
    """Show a result and, where --json asks for it, write it for programs; nan becomes null there.

    Args:
        options: `json` and `quiet` are looked at.
        result: plain values and dataclasses. `protocol` and `mean` are printed in front; the rows of `images` are
            printed as a table.
        ending: printed last: where things are, what to type next.

    Raises:
        OutputError: when the file cannot be written.
    """
    if options.json is not None:
        write_text(options.json, dump_json(result) + "\n")
    if options.quiet:
        return
    rows = [dict(row) for row in result.get("images", ())]
    if "mean" in result:
        rows.append({"key": "mean", **result["mean"]})
    if "protocol" in result:
        say("protocol: " + ", ".join(f"{key} {value}" for key, value in plain(result["protocol"]).items()))
    for text in (table(rows) if rows else "", ending):
        if text:
            say(text)


def _cell(value: object) -> str:
    if value is None or value != value:  # nan differs from itself
        return "-"
    return f"{value:.3f}" if isinstance(value, float) else str(value)


def _aligned(cells: Sequence[str], *, left: bool) -> list[str]:
    width = max(map(len, cells))
    return [cell.ljust(width) if left else cell.rjust(width) for cell in cells]


def progress(options: ScreenOptions) -> Callable[[str, int, int, float | None], None]:
    """What verbs tell how far they are: (what is being done, done, of, seconds left or None); silent with --quiet.

    On a terminal one line is written over; in a file there is a line at every tenth.
    """
    if options.quiet:
        return lambda what, done, total, left: None
    return _overwritten if sys.stderr.isatty() else _by_tenths()


def _overwritten(what: str, done: int, total: int, left: float | None) -> None:
    sys.stderr.write(f"\r\033[K{_far(what, done, total, left)}" + ("\n" if done == total else ""))
    sys.stderr.flush()


def _by_tenths() -> Callable[[str, int, int, float | None], None]:
    told: dict[str, int] = {}

    def tell(what: str, done: int, total: int, left: float | None) -> None:
        tenth = 10 * done // max(total, 1)
        if told.get(what) != tenth:
            told[what] = tenth
            sys.stderr.write(_far(what, done, total, left) + "\n")
            sys.stderr.flush()

    return tell


def _far(what: str, done: int, total: int, left: float | None) -> str:
    return f"{what} {done}/{total}" + ("" if left is None or done == total else f", {_duration(left)} left")


def _duration(seconds: float) -> str:
    minutes = round(seconds / 60)
    if minutes >= 60:
        return f"{minutes // 60} h {minutes % 60} min"
    return f"{minutes} min" if seconds >= 60 else f"{round(seconds)} s"
