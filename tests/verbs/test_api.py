"""The verbs as Python calls."""

import inspect
import subprocess
import sys
from pathlib import Path

import pytest

import wilddepth
from tiny import plane
from wilddepth.cli.__main__ import VERBS

NAMES = {"data": "datasets", "proxies": "proxy_labels", "worlds": "render_world"}
"""Verbs whose call has another name: `wilddepth.data`, `wilddepth.proxies` and `wilddepth.worlds` are packages."""


def test_every_verb_is_a_call_of_the_same_name():
    calls = {verb: NAMES.get(verb, verb) for verb in VERBS}
    assert set(wilddepth.__all__) == {"__version__", "predictor", "find_settings", *calls.values()}
    assert set(wilddepth.__all__) <= set(dir(wilddepth))
    for verb, name in calls.items():
        call = getattr(wilddepth, name)
        assert inspect.isfunction(call)
        assert call.__name__ == name
        assert call.__module__ == f"wilddepth.verbs.{verb}"
        assert inspect.getdoc(call)


def test_torch_is_imported_with_the_first_call_that_is_asked_for():
    script = (
        "import sys, wilddepth; assert 'torch' not in sys.modules; from wilddepth import predict; "
        "assert 'torch' in sys.modules; assert wilddepth.predict is predict; print('fine')"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert (done.stdout, done.stderr) == ("fine\n", "")


def test_weights_can_be_called(weights: Path):
    predict = wilddepth.predictor(str(weights), device="cpu", precision="fp32")
    found = predict(plane(7))
    assert float((found.values - 4).abs().max()) < 1e-4
    assert found.confidence is not None


def test_what_is_not_there_is_not_there():
    with pytest.raises(AttributeError, match="module 'wilddepth' has no attribute 'adopt'"):
        wilddepth.adopt  # noqa: B018
