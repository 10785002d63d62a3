"""The frame of the command: it answers at once, and says what went wrong in one line and an exit status."""

import importlib
import pkgutil
import resource
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

import wilddepth
from wilddepth import cli
from wilddepth.cli.__main__ import VERBS, main
from wilddepth.cli.words import field_help, parse
from wilddepth.errors import ConfigError, OutputError, SampleError, WeightsError


def command(words: Sequence[str], **more: Any) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-m", "wilddepth.cli", *words], capture_output=True, text=True, **more)


def verb_module(verb: str) -> ModuleType:
    return importlib.import_module(f"wilddepth.cli.{verb}")


def test_help_takes_less_than_half_a_second_of_cpu():
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = command(["--help"])
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert done.returncode == 0
    assert "adapt" in done.stdout
    assert (after.ru_utime - before.ru_utime) + (after.ru_stime - before.ru_stime) < 0.5


@pytest.mark.parametrize("words", [["--help"], *([verb, "--help"] for verb in VERBS), ["train", "x", "--out", "y"]])
def test_nothing_heavy_is_imported_before_a_verb_works(words: list[str]):
    script = (
        "import sys; from wilddepth.cli.__main__ import main; main(sys.argv[1:]); "
        "heavy = {'torch', 'numpy', 'cv2', 'numba', 'matplotlib', 'rich'} & sys.modules.keys(); sys.exit(str(heavy))"
    )
    done = subprocess.run([sys.executable, "-c", script, *words], capture_output=True, text=True)
    assert done.stderr.splitlines()[-1] == "set()"


def test_help_names_every_verb_and_each_verb_is_a_module():
    modules = {info.name for info in pkgutil.iter_modules(cli.__path__)}
    with_options = {name for name in modules - {"__main__"} if hasattr(verb_module(name), "Options")}
    assert with_options == set(VERBS)
    for verb, text in VERBS.items():
        assert (verb_module(verb).__doc__ or "").splitlines()[0] == text
        assert callable(verb_module(verb).run)


@pytest.mark.parametrize("verb", VERBS)
def test_every_word_of_a_verb_is_explained(verb: str, capsys: pytest.CaptureFixture[str]):
    texts = field_help(verb_module(verb).Options)
    assert {"json", "quiet", "dry_run"} <= texts.keys()
    assert main([verb, "--help"]) == 0
    printed = capsys.readouterr().out
    assert all(
        "--" + name.replace("_", "-") in printed or name.upper() in printed for name in texts if name != "overrides"
    )


def test_the_version_is_printed(capsys: pytest.CaptureFixture[str]):
    assert main(["--version"]) == 0
    assert capsys.readouterr().out == f"wilddepth {wilddepth.__version__}\n"


@pytest.mark.parametrize(
    "words, message",
    [
        ([], "choose a verb: demo, predict"),
        (["predct"], "unknown verb 'predct'; did you mean 'predict'?"),
        (["predict"], "the following arguments are required: --out"),
        (["predict", "--out", "x"], "the following arguments are required: SOURCE"),
        (["predict", "pairs"], "the following arguments are required: --out"),
        (["predict", "pairs", "--out", "x", "--limit", "0"], "--limit: 0 is out of range; give a number 1 or more"),
        (["predict", "pairs", "--out", "x", "--limit", "few"], "'few' is not a whole number"),
        (["predict", "pairs", "--out", "x", "--threads", "0"], "--threads: 0 is out of range"),
        (["predict", "pairs", "--out", "x", "--seed", "-1"], "--seed: -1 is out of range"),
        (["predict", "pairs", "--out", "x", "--precision", "fp8"], "invalid choice: 'fp8'"),
        (["predict", "pairs", "--out", "x", "--overwrit"], "unrecognized arguments: --overwrit; see wilddepth predict"),
        (["predict", "pairs", "--out", "x", "--overwrite", "--resume"], "contradict each other"),
        (["adapt", "pairs", "--out", "x", "--minutes", "0"], "--minutes: 0.0 is out of range; give a number above 0"),
        (["adapt", "pairs", "--out", "x", "--minutes", "nan"], "--minutes: nan is out of range"),
        (["evaluate", "pairs", "--weights", "a", "--predictions", "b"], "--weights and --predictions are two things"),
        (["train", "no-such-recipe", "--out", "x"], "unknown recipe 'no-such-recipe'"),
        (["train", "madnet-flying", "batsh=4", "--out", "x"], "unknown key 'batsh'; did you mean 'batch'"),
        (["train", "madnet-flying", "--out", "x", "--weights", "os.system"], "network.weights: 'os.system' is not a"),
    ],
)
def test_a_mistake_in_the_words_is_one_line_and_status_2(
    words: list[str], message: str, capsys: pytest.CaptureFixture[str]
):
    assert main(words) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err.startswith("wilddepth: error: ")
    assert printed.err.count("\n") == 1
    assert message in printed.err


def failing(monkeypatch: pytest.MonkeyPatch, error: BaseException) -> int:
    def run(options: object) -> None:
        raise error

    monkeypatch.setattr(verb_module("demo"), "run", run)
    return main(["demo"])


@pytest.mark.parametrize("kind", [ConfigError, SampleError, WeightsError, OutputError])
def test_every_error_of_the_users_is_one_line_and_status_2(
    kind: type[Exception], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    assert failing(monkeypatch, kind("left/1.png is\n  0 bytes long;\tcopy it again")) == 2
    assert capsys.readouterr().err == "wilddepth: error: left/1.png is 0 bytes long; copy it again\n"


def test_a_fault_of_ours_is_status_1_and_shows_where(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    assert failing(monkeypatch, ZeroDivisionError("by zero")) == 1
    lines = capsys.readouterr().err.splitlines()
    assert lines[0] == "Traceback (most recent call last):"
    assert lines[-1].startswith("wilddepth: fault: ZeroDivisionError: by zero; this is a mistake of ours")


def test_an_interrupt_is_status_130(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]):
    assert failing(monkeypatch, KeyboardInterrupt()) == 130
    assert capsys.readouterr().err == "wilddepth: interrupted\n"


def test_the_status_reaches_the_shell():
    done = command(["predict"])
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("wilddepth: error: ")


@pytest.mark.parametrize("words, status", [(["--help"], 0), (["--version"], 0), (["demo", "--help"], 0)])
def test_a_reader_that_went_away_is_no_fault(words: list[str], status: int):
    process = subprocess.Popen(
        [sys.executable, "-m", "wilddepth.cli", *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.close()  # before anything was printed: every write meets a broken pipe
    with process.stderr:
        assert process.stderr.read() == ""
    assert process.wait() == status


@pytest.mark.parametrize(
    "words",
    [
        ["demo"],
        ["predict", "worlds:flat-flying?frames=3", "--out", "results"],
        ["adapt", "worlds:flat-flying?frames=3", "--out", "results", "--json", "result.json"],
        ["train", "madnet-flying", "batch=4", "--out", "results"],
        ["evaluate", "worlds:flat-flying?frames=3", "--out", "results"],
    ],
)
def test_a_dry_run_says_what_would_be_done_and_writes_nothing(
    words: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    monkeypatch.chdir(tmp_path)
    assert main([*words, "--device", "cpu", "--dry-run"]) == 0
    printed = capsys.readouterr().out
    assert f"verb: {words[0]}\n" in printed
    assert "device: cpu\n" in printed
    assert ("pairs: 3\n" in printed) == ("worlds:flat-flying?frames=3" in words)
    assert not list(tmp_path.iterdir())


def test_a_dry_run_decides_what_was_left_open(capsys: pytest.CaptureFixture[str]):
    assert main(["demo", "--out", "no/such/folder", "--dry-run"]) == 0
    assert "device: auto" not in capsys.readouterr().out


@pytest.mark.parametrize(
    "words, message",
    [
        (["predict", "no-such-folder", "--out", "x"], "no-such-folder"),
        (["predict", "worlds:flyng", "--out", "x"], "unknown world 'flyng'"),
        (["predict", "worlds:flat-flying", "--out", "full"], "full is not empty and holds no earlier run"),
        (["train", "madnet-flying", "--out", "full"], "full is not empty and holds no earlier run"),
    ],
)
def test_a_dry_run_refuses_what_the_run_would_refuse(
    words: list[str],
    message: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "file").write_text("")
    assert main([*words, "--dry-run"]) == 2
    assert message in capsys.readouterr().err


def test_a_dry_run_of_training_shows_the_recipe_with_its_overrides(capsys: pytest.CaptureFixture[str]):
    assert main(["train", "madnet-flying", "--out", "x", "batch=3", "--seed", "7", "--dry-run"]) == 0
    printed = capsys.readouterr().out
    assert "  batch: 3\n" in printed
    assert "  seed: 7\n" in printed


def test_overrides_may_stand_before_and_after_flags():
    options = verb_module("train").Options
    for words in (
        ["r", "a=1", "b=2", "--out", "x"],
        ["r", "--out", "x", "a=1", "b=2"],
        ["--out", "x", "r", "a=1", "b=2"],
    ):
        parsed = parse(options, words, prog="train")
        assert (parsed.recipe, parsed.overrides, parsed.out) == ("r", ("a=1", "b=2"), Path("x"))
    assert parse(options, ["r", "--out", "x"], prog="train").overrides == ()
