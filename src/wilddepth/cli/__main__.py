"""`wilddepth VERB ...`: finds the verb, runs it, and turns what went wrong into one line and an exit status.

0 done, 1 our fault, 2 the user's input, 130 interrupted. A verb's module is imported when the verb is chosen: the frame
itself must answer at once.
"""

import importlib
import logging
import sys
import traceback
from collections.abc import Sequence

from wilddepth import __version__
from wilddepth.cli.screen import say, silence
from wilddepth.cli.words import parse
from wilddepth.errors import ConfigError, WildDepthError
from wilddepth.plain import closest

# Each is a module of this folder with `Options` and `run(options)`; the text is the first line of its docstring.
VERBS = {
    "demo": "Adapt to an unknown domain on built-in data, and show before and after.",
    "predict": "Depth or disparity with confidence for rectified pairs.",
    "adapt": "Adapt a network to your own rectified pairs, without labels, with a report.",
    "train": "Train a network by a recipe.",
    "proxies": "Make labels and their confidence for every pair, without ground truth.",
    "doctor": "Is this input fit for use? Rows, sides, brightness, frozen frames, calibration.",
    "rectify": "Make rectified pairs of distorted or unrectified ones, by their calibration.",
    "evaluate": "Score weights or stored predictions under a named protocol.",
    "reproduce": "Run a published table, ours beside theirs.",
    "convert": "Convert a public checkpoint to safetensors, checked against the network it claims to be.",
    "worlds": "List, show and render procedural worlds with exact truth.",
    "data": "Say where data sets are got from, and what of one is on disk.",
    "bench": "Measure how fast pairs are predicted on this machine.",
}

DONE, OUR_FAULT, USER_INPUT, INTERRUPTED = 0, 1, 2, 130


def usage() -> str:
    """What `wilddepth --help` prints."""
    verbs = "\n".join(f"  {verb:<10}{text}" for verb, text in VERBS.items())
    return (
        "usage: wilddepth VERB ... [--help]\n\n"
        "Depth in the wild, without labels: adapt a stereo network to your own images and see that it got better.\n\n"
        f"verbs:\n{verbs}\n\n"
        "wilddepth VERB --help    the words of a verb\n"
        "wilddepth --version      the version\n\n"
        "exit status: 0 done, 1 a fault of ours, 2 something in your input to mend, 130 interrupted"
    )


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command.

    Args:
        argv: the words after `wilddepth`; those of this process if None.

    Returns:
        The exit status.
    """
    words = list(sys.argv[1:] if argv is None else argv)
    try:
        return _guarded(words)
    finally:
        _flush()


def _guarded(words: list[str]) -> int:
    try:
        return _dispatch(words)
    except WildDepthError as error:
        return _complain(f"error: {error}", USER_INPUT)
    except KeyboardInterrupt:
        return _complain("interrupted", INTERRUPTED)
    except SystemExit as stop:  # argparse leaves this way after --help
        return stop.code if isinstance(stop.code, int) else DONE
    except Exception as fault:  # noqa: BLE001  # the last place that can say anything about it
        return _confess(fault)


def _dispatch(words: list[str]) -> int:
    if not words:
        raise ConfigError(f"choose a verb: {', '.join(VERBS)}; see wilddepth --help")
    if words[0] in ("-h", "--help", "help"):
        say(usage())
        return DONE
    if words[0] == "--version":
        say(f"wilddepth {__version__}")
        return DONE
    return _run(words[0], words[1:])


def _run(verb: str, words: list[str]) -> int:
    if verb not in VERBS:
        raise ConfigError(f"unknown verb {verb!r}; {closest(verb, list(VERBS))}; see wilddepth --help")
    module = importlib.import_module(f"wilddepth.cli.{verb}")
    options = parse(module.Options, words, prog=f"wilddepth {verb}", description=module.__doc__ or "")
    level = logging.WARNING if options.quiet else logging.INFO
    logging.basicConfig(level=level, format="%(message)s", stream=sys.stderr)
    module.run(options)
    return DONE


def _complain(text: str, status: int) -> int:
    # One line whatever the message holds, so that scripts can read it; a file name cannot steer the terminal.
    line = " ".join(text.split())
    shown = "".join(sign if sign.isprintable() else sign.encode("unicode_escape").decode() for sign in line)
    sys.stderr.write(f"wilddepth: {shown}\n")
    return status


def _confess(fault: Exception) -> int:
    traceback.print_exception(fault)
    return _complain(
        f"fault: {type(fault).__name__}: {fault}; this is a mistake of ours, not of yours: please report it with the "
        "lines above",
        OUR_FAULT,
    )


def _flush() -> None:
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        silence()


if __name__ == "__main__":
    sys.exit(main())
