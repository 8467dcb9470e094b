"""Draws, their pooling, and the making of holes."""

import numpy as np
import pandas as pd
import pytest

from wrangler.impute import ImputationError, MiceImputer, PMMImputer, UnsuitableTable, ampute, pool


def people(rows: int = 500, seed: int = 0) -> pd.DataFrame:
    random = np.random.default_rng(seed)
    x = random.normal(size=rows)
    return pd.DataFrame(
        {
            "x": x,
            "y": np.exp(x / 2 + random.normal(0, 0.5, rows)),
            "n": pd.Series(random.poisson(np.exp(x / 3))),
            "c": np.where(x + random.normal(0, 0.5, rows) > 0, "up", "down"),
        }
    )


def test_matched_cells_are_observed_ones():
    complete = people()
    holed = ampute(complete, columns=["y", "n"], random_state=0)
    filled = PMMImputer(random_state=0).fit_transform(holed)
    for name in ("y", "n"):
        assert set(filled[name]) <= set(holed[name].dropna())


def test_matching_keeps_the_spread_that_a_mean_would_lose():
    complete = people(2000)
    holed = ampute(complete, columns=["y"], share=0.4, random_state=0)
    filled = PMMImputer(random_state=0).fit_transform(holed)
    assert filled["y"].std() == pytest.approx(complete["y"].std(), rel=0.1)


def test_levels_are_drawn_in_their_proportions():
    complete = people(2000)
    holed = ampute(complete, columns=["c"], share=0.4, random_state=0)
    filled = PMMImputer(random_state=0).fit_transform(holed)
    assert (filled["c"] == "up").mean() == pytest.approx((complete["c"] == "up").mean(), abs=0.03)


def test_draws_differ_only_in_filled_cells():
    holed = ampute(people(), columns=["y", "c"], random_state=0)
    imputer = MiceImputer(draws=3, random_state=0).fit(holed)
    first, second, third = imputer.transform_draws(holed)
    pd.testing.assert_frame_equal(first, imputer.transform(holed))
    assert not second["y"].equals(third["y"])
    known = holed["y"].notna()
    assert second["y"][known].equals(third["y"][known])


def test_pooled_draws_are_less_certain_than_complete_cells():
    complete = people(400)
    complete["y"] = np.log(complete["y"])
    holed = ampute(complete, columns=["y"], share=0.5, mechanism="MAR", random_state=1)
    imputer = MiceImputer(draws=10, random_state=0).fit(holed)
    means = [(table["y"].mean(), table["y"].var() / len(table)) for table in imputer.transform_draws(holed)]
    pooled = pool(*zip(*means, strict=True), complete_freedom=len(holed) - 1)
    assert pooled.standard_error**2 > pooled.within + pooled.between
    low, high = pooled.interval(0.99)
    assert low < complete["y"].mean() < high


def test_rubins_rules_by_hand():
    pooled = pool([1.0, 2.0, 3.0], [1.0, 1.0, 1.0])
    assert pooled.estimate == 2.0
    assert (pooled.within, pooled.between) == (1.0, 1.0)
    assert pooled.standard_error == pytest.approx(np.sqrt(1 + 4 / 3))
    assert pooled.degrees_of_freedom == pytest.approx(2 / (4 / 7) ** 2)


def test_barnard_and_rubin_by_hand():
    old, observed = 2 / (4 / 7) ** 2, 21 / 23 * 20 * (1 - 4 / 7)
    pooled = pool([1.0, 2.0, 3.0], [1.0, 1.0, 1.0], complete_freedom=20)
    assert pooled.degrees_of_freedom == pytest.approx(old * observed / (old + observed))


def test_equal_draws_pool_to_the_complete_answer():
    pooled = pool([5.0, 5.0], [4.0, 4.0], complete_freedom=10)
    assert (pooled.standard_error, pooled.between) == (2.0, 0.0)
    assert 0 <= pooled.missing_information < 0.2


@pytest.mark.parametrize(("estimates", "variances"), [([1.0], [1.0]), ([1.0, 2.0], [1.0]), ([1.0, 2.0], [1.0, -1.0])])
def test_what_cannot_be_pooled_is_refused(estimates, variances):
    with pytest.raises(ImputationError, match="pool"):
        pool(estimates, variances)


@pytest.mark.parametrize("mechanism", ["MCAR", "MAR", "MNAR"])
def test_the_wanted_share_is_lost(mechanism):
    holed = ampute(people(4000), share=0.3, mechanism=mechanism, columns=["y", "c"], random_state=0)
    assert holed[["y", "c"]].isna().mean().to_numpy() == pytest.approx([0.3, 0.3], abs=0.03)
    assert holed["x"].notna().all()


def test_large_cells_are_lost_more_often_when_not_at_random():
    complete = people(4000)
    holed = ampute(complete, mechanism="MNAR", columns=["y"], random_state=0)
    assert complete["y"][holed["y"].isna()].mean() > complete["y"].mean() * 1.2


def test_cells_are_lost_by_the_other_columns_when_at_random():
    complete = people(4000)
    holed = ampute(complete, mechanism="MAR", columns=["y", "n", "c"], random_state=0)
    assert complete["x"][holed["y"].isna()].mean() > 0.3


def test_integers_with_holes_stay_integers():
    assert ampute(people(), columns=["n"], random_state=0)["n"].dtype == "Int64"


@pytest.mark.parametrize(
    ("options", "message"),
    [({"share": 0}, "share"), ({"mechanism": "mar"}, "mechanism"), ({"columns": ["z"]}, "no column 'z'")],
)
def test_what_cannot_be_amputed_is_refused(options, message):
    with pytest.raises(ImputationError, match=message):
        ampute(people(), **options)


def test_a_column_without_an_order_is_refused_by_name():
    with pytest.raises(UnsuitableTable, match="'z'"):
        ampute(people().assign(z=1j), random_state=0)
