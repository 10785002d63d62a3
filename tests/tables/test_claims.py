"""Orders in closed form: better means lower by more than the pooled standard deviation."""

import math

import pytest

from wilddepth.tables.claims import compare, judge
from wilddepth.tables.result import Measured, Result, Spread, number, pooled, spread
from wilddepth.tables.table import Claim, Column, Row

BAD = Column("target", "bad3", "bad 3")


def rows(**published: float) -> dict[str, Row]:
    return {name: Row(name, name, published={"target/bad3": value}) for name, value in published.items()}


def test_the_spread_of_seeds():
    assert Spread((1.0, 2.0, 3.0)).mean == 2
    assert Spread((1.0, 2.0, 3.0)).deviation == 1  # sqrt((1 + 0 + 1) / 2)
    assert math.isnan(Spread((1.0,)).deviation)
    assert math.isnan(Spread(()).mean)


def test_the_pooled_deviation_weighs_by_degrees_of_freedom():
    # variances 1 (2 degrees) and 4 (1 degree): (2 * 1 + 1 * 4) / 3 = 2
    first, second = Spread((1.0, 2.0, 3.0)), Spread((0.0, math.sqrt(8.0)))
    assert pooled(first, second) == pytest.approx(math.sqrt(2))
    assert pooled(first, Spread((5.0,))) == 1  # what has one value adds nothing
    assert math.isnan(pooled(Spread((1.0,)), Spread((2.0,))))


@pytest.mark.parametrize(
    ("better", "worse", "verdict"),
    [
        ((1.0, 2.0, 3.0), (3.5, 4.0, 4.5), "holds"),  # 2 apart, pooled 0.79
        ((1.0, 2.0, 3.0), (2.0, 3.0, 4.0), "does not hold"),  # 1 apart, pooled 1: not more
        ((3.0, 3.0), (2.0, 2.0), "does not hold"),
        ((2.0,), (3.0,), "not decided"),
        ((3.0,), (2.0,), "not decided"),  # one seed refutes no more than it confirms
        ((2.0, 2.0), (3.0,), "holds"),
        ((), (3.0,), "not measured"),
    ],
)
def test_one_row_against_another(better: tuple[float, ...], worse: tuple[float, ...], verdict: str):
    assert compare("x", "y", {"x": Spread(better), "y": Spread(worse)})[0] == verdict


def test_a_row_of_which_a_seed_diverged_beats_nothing():
    other = Spread((9.0, 9.1))
    found = compare("x", "y", {"x": Spread((1.0, 1.1), failed=1), "y": other})
    assert found == ("does not hold", "x 1.05, y 9.05: 1 of the seeds of x diverged")
    assert compare("x", "y", {"x": Spread((), failed=2), "y": other}) == ("does not hold", "every seed of x diverged")
    assert compare("y", "x", {"x": Spread((), failed=2), "y": other})[0] == "not measured"


def test_a_seed_that_diverged_counts_in_no_column():
    def result(seed: int, numbers: dict[str, float], failed: str = "") -> Result:
        part = Measured("g", 1, 1, 1.0, 0.1, {"target": 2}, numbers, failed=failed)
        return Result("x", seed, "", False, {"p": part})

    three = [
        result(0, {"target/bad3": 30.0, "target/epe": 1.0}),
        result(1, {"target/bad3": 32.0, "target/epe": 2.0}),
        result(2, {"target/bad3": 100.0, "target/epe": math.inf}, "the objective is nan"),
    ]
    for metric, values in (("bad3", (30.0, 32.0)), ("epe", (1.0, 2.0))):
        assert spread(three, "g", Column("target", metric, metric)) == Spread(values, failed=1)


def test_a_claim_holds_only_where_every_pair_does():
    claim = Claim("x and y beat z", ("x", "y"), ("z",), "target/bad3")
    spreads = {"x": Spread((1.0, 1.1)), "y": Spread((1.0, 1.2)), "z": Spread((5.0,))}
    assert judge(claim, spreads, rows(x=1, y=2, z=3)).verdict == "holds"
    assert judge(claim, spreads, rows(x=1, y=2, z=3)).words == ""
    lost = judge(claim, {**spreads, "y": Spread((6.0, 6.1))}, rows(x=1, y=2, z=3))
    assert lost.verdict == "does not hold"
    assert lost.words == "y 6.05, z 5.00: not lower"
    assert judge(claim, {"x": spreads["x"], "z": spreads["z"]}, rows(x=1, y=2, z=3)).verdict == "not measured"


def test_whether_the_published_figures_keep_the_order():
    claim = Claim("x and y beat z", ("x", "y"), ("z",), "target/bad3")
    assert judge(claim, {}, rows(x=1, y=2, z=3)).published is True
    assert judge(claim, {}, rows(x=1, y=3, z=3)).published is False
    assert judge(claim, {}, {**rows(x=1, z=3), "y": Row("y", "y")}).published is None


def measured(images: int, value: float, *, group: str = "g") -> Measured:
    return Measured(group, 1, 1, 1.0, 0.5, {"target": images}, {"target/bad3": value})


def test_parts_of_a_group_count_by_their_images():
    parts = {"p": measured(3, 10.0), "q": measured(1, 2.0), "other": measured(9, 99.0, group="h")}
    result = Result("x", 0, "", False, parts)
    assert number(result, "g", BAD) == 8  # (3 * 10 + 1 * 2) / 4
    assert number(result, "g", Column("", "seconds", "time")) == 0.5
    assert math.isnan(number(result, "nowhere", BAD))
