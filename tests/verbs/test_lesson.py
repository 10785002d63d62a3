"""What an adaptation learns by, as the options say together."""

from pathlib import Path

import pytest

from tiny import network
from wilddepth.errors import ConfigError
from wilddepth.methods import catalog
from wilddepth.methods.domain_adaptation import DomainAdaptation
from wilddepth.methods.label_free import LabelFree, LabelFreeConfig
from wilddepth.verbs.lesson import THRESHOLD, chosen_lesson

UNSUPERVISED = [name for name, entry in catalog.METHODS.items() if not entry.supervised]


def test_without_a_word_it_is_the_default():
    lesson = chosen_lesson()
    built = lesson.build(network())
    assert isinstance(built, LabelFree)
    assert built.config == LabelFreeConfig(threshold=THRESHOLD)
    assert (lesson.method, lesson.signal, list(lesson.teacher.makers)) == ("label-free", "both", ["sgm"])
    assert lesson.teacher.origin("sgm") == "trio"


@pytest.mark.parametrize("method", UNSUPERVISED)
def test_every_label_free_method_of_the_table_can_be_named(method: str):
    lesson = chosen_lesson(method)
    assert type(lesson.build(network())) is catalog.METHODS[method].method
    assert lesson.told()["method"]["name"] == method
    assert ("signal" in lesson.told()) == (method == "label-free")
    assert len(lesson.teacher.makers) == (method not in ("left-right", "active-stereo"))


def test_settings_of_the_method_and_of_the_labels_are_told_apart():
    lesson = chosen_lesson(
        "domain-adaptation", overrides=("method.threshold=0.7", "keep=0.6", "method.weighting=mask", "trio.keep=0.65")
    )
    built = lesson.build(network())
    assert isinstance(built, DomainAdaptation)
    assert (built.config.threshold, built.config.weighting, built.config.learned) == (0.7, "mask", False)
    assert lesson.teacher.makers["sgm"].settings.keep == 0.65
    assert lesson.told()["method"]["settings"]["threshold"] == 0.7


def test_settings_of_the_method_replace_those_of_a_signal():
    lesson = chosen_lesson(signal="photometric", overrides=("method.smoothness=0.5",))
    assert lesson.build(network()).config == LabelFreeConfig(proxy=0.0, photometric=1.0, smoothness=0.5)
    assert lesson.told()["labels"] is None


def test_the_signal_is_what_the_settings_amount_to():
    assert chosen_lesson(overrides=("method.photometric=0",)).signal == "proxy"
    assert chosen_lesson(overrides=("method.proxy=0",)).signal == "photometric"
    assert chosen_lesson(signal="both", overrides=("method.proxy=0.5",)).signal == "both"


def test_two_algorithms_are_two_proxies():
    lesson = chosen_lesson(
        "domain-adaptation", algorithms=("trio", "ad-census"), overrides=("ad-census.keep=0.25", "trio.keep=0.75")
    )
    built = lesson.build(network())
    assert built.config.labels == ("sgm", "ad-census")
    assert [(name, maker.name) for name, maker in lesson.teacher.makers.items()] == [
        ("sgm", "trio"),
        ("ad-census", "ad-census"),
    ]
    assert [maker.settings.keep for maker in lesson.teacher.makers.values()] == [0.75, 0.25]
    assert [told["algorithm"] for told in lesson.told()["labels"]] == ["trio", "ad-census"]


@pytest.mark.parametrize(
    "given, message",
    [
        ({"method": "supervised"}, r"supervised learns from true disparities: use `wilddepth train`"),
        ({"method": "domain-adaption"}, r"unknown method 'domain-adaption'; did you mean 'domain-adaptation'"),
        (
            {"method": "left-right", "signal": "both"},
            r"--signal belongs to the method label-free; left-right has terms of its own",
        ),
        ({"signal": "all"}, r"unknown signal 'all'"),
        (
            {"signal": "photometric", "overrides": ("method.proxy=1",)},
            r"--signal photometric and --set method.KEY=VALUE contradict each other",
        ),
        ({"overrides": ("method.proxy=0", "method.photometric=0")}, r"both 0: nothing is left to learn from"),
        (
            {"overrides": ("method.threshhold=0.7",)},
            r"unknown key 'method.settings.threshhold'; did you mean 'threshold'",
        ),
        ({"overrides": ("method.threshold=7",)}, r"method.settings.threshold: 7.0 is out of range"),
        ({"overrides": ("method.threshold",)}, r"is not method.KEY=VALUE, e.g. method.threshold=0.7"),
        ({"overrides": ("method.label=other",)}, r"method.label follows from what makes the labels"),
        ({"method": "left-right", "algorithms": "trio"}, r"left-right learns from no labels; leave labels"),
        ({"method": "active-stereo", "overrides": ("keep=0.7",)}, r"active-stereo learns from no labels"),
        ({"signal": "photometric", "labels": "folder"}, r"the photometric signal learns from no labels"),
        ({"algorithms": ("trio", "ad-census")}, r"label-free learns from one proxy; .*--method domain-adaptation"),
        (
            {"method": "domain-adaptation", "algorithms": ("trio", "ad-census", "opencv-sgm")},
            r"3 sorts of labels were named; domain-adaptation learns from two at most",
        ),
        ({"method": "domain-adaptation", "algorithms": ("trio", "trio")}, r"trio twice is one and the same proxy"),
        (
            {"method": "domain-adaptation", "algorithms": ("trio", "ad-census"), "overrides": ("keep=0.7",)},
            r"'keep=0.7' does not say whose setting it is; write trio.keep=0.7 or ad-census.keep=0.7",
        ),
        (
            {"method": "domain-adaptation", "algorithms": ("trio", "ad-census"), "settings": "file.json"},
            r"a file holds the settings of one algorithm, and domain-adaptation learns from two",
        ),
        (
            {"method": "domain-adaptation", "algorithms": ("trio", "ad-census"), "labels": "folder"},
            r"learns from 2 proxies: give --labels or --algorithm for each or for none",
        ),
        ({"method": "domain-adaptation", "algorithms": ("trio", "ad-sensus")}, r"unknown algorithm 'ad-sensus'"),
    ],
)
def test_what_does_not_go_together_is_refused(given: dict[str, object], message: str):
    with pytest.raises(ConfigError, match=message):
        chosen_lesson(**given)


def test_the_help_names_every_method():
    text = (Path(catalog.__file__).parents[1] / "cli" / "adapt.py").read_text()
    assert all(name in text for name in UNSUPERVISED)
