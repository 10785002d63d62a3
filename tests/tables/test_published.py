"""The tables as data: published figures, drives, and that every row can be built."""

import re

import pytest

from tiny import network
from wilddepth import recipe
from wilddepth.methods import catalog as methods
from wilddepth.metrics import protocols
from wilddepth.sources.grammar import parse
from wilddepth.tables.catalog import TABLES, table
from wilddepth.tables.kitti_raw import DOMAINS
from wilddepth.tables.proxies import PROXIES
from wilddepth.tables.runner import settings_of
from wilddepth.tables.table import Pick, Row, Scale
from wilddepth.worlds.table import world

PAMI = """
a 10.86 1.73 10.86 1.73
b 5.04 1.28 5.04 1.28
c 4.01 1.07 4.20 1.09
d 3.59 1.00 5.15 1.14
e 3.10 0.97 3.80 1.05
f 3.17 0.98 3.78 1.05
g 2.73 0.93 3.71 1.09
h 2.79 1.01 3.63 1.09
i 2.96 0.96 3.66 1.04
j 3.15 1.01 3.88 1.08
k 2.58 0.91 3.39 1.01
l 2.84 0.99 3.75 1.07
m 2.61 0.92 3.37 1.01
n 2.77 0.99 3.54 1.07
"""
"""Table 2 of the journal paper, as the talk shows it."""
SCALES = [(each, scale) for each in TABLES.values() for scale in each.scales.values()]
ROWS = [(each, row) for each in TABLES.values() for row in each.rows]


@pytest.mark.parametrize("line", PAMI.split("\n")[1:-1])
def test_the_published_figures_of_stereo_adaptation(line: str):
    name, *figures = line.split()
    row = table("pami-stereo").row(name)
    keys = ("target/bad3", "target/epe", "similar/bad3", "similar/epe")
    assert dict(row.published) == dict(zip(keys, map(float, figures), strict=True))


def test_the_published_row_of_the_leaderboard():
    found = {row.name: tuple(row.published.values()) for row in table("madnet").rows}
    assert found == {"dispnetc": (4.34, 0.06), "stereonet": (4.83, 0.02), "madnet": (4.66, 0.02)}
    assert all(row.supervised for row in table("madnet").rows)


def test_rows_without_published_figures_have_none():
    assert not any(row.published for row in table("second-step").rows)
    small = [row for row in table("pami-stereo").rows if row.start == "quarter"]
    assert [row.name for row in small] == ["a-dispnetc", "b-dispnetc", "k-dispnetc"]
    assert not any(row.published for row in small)


def test_the_domains_hold_all_71_drives_once():
    assert {name: len(drives) for name, drives in DOMAINS.items()} == {
        "City": 28,
        "Residential": 21,
        "Campus": 10,
        "Road": 12,
    }
    every = [drive for drives in DOMAINS.values() for drive in drives]
    assert len(set(every)) == 71
    assert all(re.fullmatch(r"2011_\d\d_\d\d_drive_\d{4}_sync", drive) for drive in every)
    assert DOMAINS["Campus"][0] == "2011_09_28_drive_0016_sync"
    assert DOMAINS["Road"][-1] == "2011_10_03_drive_0047_sync"


def test_each_fold_is_scored_on_itself_and_on_the_three_others():
    parts = table("pami-stereo").scales["full"].parts
    assert [part.name for part in parts] == list(DOMAINS)
    for part in parts:
        assert part.scored["target"] == part.learn
        others = set(part.scored["similar"][0].keys)
        assert others == {drive for name, drives in DOMAINS.items() if name != part.name for drive in drives}
        assert not others & set(part.learn[0].keys)


@pytest.mark.parametrize(("each", "row"), ROWS, ids=lambda value: value.name)
def test_every_row_is_built_from_names_that_there_are(each: object, row: Row):
    assert set(row.proxies) <= PROXIES.keys()
    if row.method is not None:
        methods.build(row.method, network(), settings_of(row))
    else:
        assert not row.settings
        assert not row.proxies
    assert row.supervised == (row.method == "supervised")


@pytest.mark.parametrize(("each", "scale"), SCALES, ids=lambda value: getattr(value, "name", ""))
def test_every_scale_has_what_its_rows_name(each: object, scale: Scale):
    assert each.protocol in protocols.PROTOCOLS  # type: ignore[attr-defined]
    scale_name = next(name for name, found in each.scales.items() if found is scale)  # type: ignore[attr-defined]
    for row in each.chosen(scale_name):  # type: ignore[attr-defined]
        assert row.start in scale.starts
    for start in scale.starts.values():
        assert start.recipe in recipe.names()
    for part in scale.parts:
        assert {c.scored_on for c in each.columns if c.scored_on} == part.scored.keys()  # type: ignore[attr-defined]
    assert scale.differences


def worlds(scale: Scale) -> list[Pick]:
    return [pick for part in scale.parts for pick in part.picks() if pick.source.startswith("worlds:")]


def test_rendered_targets_are_worlds_that_no_training_has_seen():
    for name in ("pami-stereo", "second-step"):
        found = worlds(table(name).scales["mini"])
        assert found
        assert all(world(parse(pick.source).world.name).role == "held_out" for pick in found)  # type: ignore[union-attr]


@pytest.mark.parametrize("name", ["pami-stereo", "second-step", "madnet"])
def test_mini_needs_no_data_and_never_scores_what_it_tuned_truth_on(name: str):
    part = table(name).scales["mini"].parts[0]
    assert not any(pick.needs_data for pick in part.picks())
    seen = {*part.labelled, *(part.learn if name == "madnet" else ())}
    unseen = {*part.scored.get("similar", ()), *part.scored.get("held out", ())}
    assert not seen & unseen


@pytest.mark.parametrize(("each", "claim"), [(each, claim) for each in TABLES.values() for claim in each.claims])
def test_every_claim_names_rows_and_a_column_of_its_table(each: object, claim: object):
    for name in (*claim.better, *claim.worse):  # type: ignore[attr-defined]
        each.row(name)  # type: ignore[attr-defined]
    each.column(claim.column)  # type: ignore[attr-defined]
    assert not set(claim.better) & set(claim.worse)  # type: ignore[attr-defined]


def test_the_label_counts_of_the_second_step():
    rows = {row.name: row for row in table("second-step").rows}
    counts = {name: row.pairs for name, row in rows.items() if row.supervised}
    assert counts == {"truth-1": 1, "truth-5": 5, "truth-20": 20, "truth-all": None}
    assert rows["truth-0"].method is None
    for proxy in ("ad", "sgm"):
        used = {
            suffix: (
                rows[f"{proxy}-{suffix}"].settings["smoothness"] > 0,
                rows[f"{proxy}-{suffix}"].settings["reconstruction"] > 0,
            )
            for suffix in ("c", "c-s", "c-r", "all")
        }
        assert used == {"c": (False, False), "c-s": (True, False), "c-r": (False, True), "all": (True, True)}
