"""The making of missing cells."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from tests.impute.tables import people
from wrangler.analyze.normal_em import fit_normal, pattern_sums
from wrangler.impute import ImputationError, Pattern, UnsuitableTable
from wrangler.impute.evaluation import ampute

FROM_R = pd.read_csv(Path(__file__).with_name("data") / "ampute.csv", comment="#")
CORRELATED = np.full((3, 3), 0.5) + 0.5 * np.eye(3)
WEIGHTS = {
    "MCAR": (None, None),
    "MAR": ({"b": 1, "c": 2}, {"a": 1, "c": -1}),
    "MNAR": ({"a": 1}, {"a": 1, "b": 2}),
}
ODDS = ((1, 2, 3, 4), (3, 1, 1, 3))


def normal(rows: int = 20_000) -> pd.DataFrame:
    cells = np.random.default_rng(0).multivariate_normal(np.zeros(3), CORRELATED, rows)
    return pd.DataFrame(cells, columns=list("abc"))


def pattern(number: int, mechanism: str, side: str) -> Pattern:
    form = {"odds": ODDS[number]} if side == "odds" else {"side": side}
    weights = WEIGHTS[mechanism][number]
    return Pattern(missing=["ab"[number]], frequency=(0.7, 0.3)[number], weights=weights, **form)


@pytest.mark.parametrize("row", FROM_R.to_dict("records"), ids=lambda row: f"{row['mechanism']}-{row['side']}")
def test_cells_are_removed_as_by_mice_for_r(row):
    table = normal()
    patterns = [pattern(number, row["mechanism"], row["side"]) for number in (0, 1)]
    incomplete = ampute(table, share=row["share"], mechanism=row["mechanism"], patterns=patterns, random_state=1)
    lost = incomplete.isna()
    shares = [lost.any(axis=1).mean(), lost["a"].mean(), lost["b"].mean()]
    assert shares == pytest.approx([row["incomplete"], row["lost_a"], row["lost_b"]], abs=0.012)
    for each in patterns:
        name = each.missing[0]
        alone = ampute(table, share=row["share"], mechanism=row["mechanism"], patterns=[each], random_state=2)
        score = sum(weight * table[other] for other, weight in (each.weights or {"c": 1}).items())
        messages = np.corrcoef(alone[name].isna(), score)[0, 1]
        assert messages == pytest.approx(row[f"correlation_{name}"], abs=0.03)


@pytest.mark.parametrize("side", ["right", "left", "mid", "tail"])
def test_the_share_is_met_however_skewed_the_score(side):
    skewed = np.exp(2 * normal(50_000))
    each = Pattern(missing=["a"], side=side)
    assert ampute(skewed, share=0.1, mechanism="MAR", patterns=[each], random_state=0)["a"].isna().mean() == (
        pytest.approx(0.1, abs=0.005)
    )


def test_cells_of_a_pattern_are_lost_together():
    lost = ampute(people(), mechanism="MAR", patterns=[Pattern(missing=["y", "c"])], random_state=0).isna()
    assert lost["y"].any()
    assert lost["y"].equals(lost["c"])
    assert not lost[["x", "n"]].any(axis=None)


def test_groups_of_the_score_are_hit_in_the_ratio_of_the_odds():
    table = normal()
    each = Pattern(missing=["a"], weights={"c": 1}, odds=[0, 1, 3])
    lost = ampute(table, share=0.2, mechanism="MAR", patterns=[each], random_state=0)["a"].isna()
    assert lost.groupby(pd.qcut(table["c"], 3, labels=False)).mean().tolist() == pytest.approx(
        [0, 0.15, 0.45], abs=0.02
    )


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (Pattern(missing=["w"]), "no column 'w'"),
        (Pattern(missing=[]), "at least one column"),
        (Pattern(missing=["x"], weights={"x": 1}), "makes the mechanism MNAR"),
        (Pattern(missing=["x"], weights={"y": np.nan}), "weights"),
        (Pattern(missing=["x", "y", "n", "c"]), "leaves none"),
        (Pattern(missing=["x"], side="up"), "side"),
        (Pattern(missing=["x"], odds=[0, 0]), "odds"),
        (Pattern(missing=["x"], odds=[0, 0, 0, 1]), "too many"),
        (Pattern(missing=["x"], frequency=0), "frequency"),
    ],
)
def test_a_pattern_that_cannot_be_laid_is_refused(given, message):
    with pytest.raises(ImputationError, match=message):
        ampute(people(), share=0.4, mechanism="MAR", patterns=[given], random_state=0)


def test_columns_and_patterns_are_not_given_together():
    with pytest.raises(ImputationError, match="not both"):
        ampute(people(), columns=["x"], patterns=[Pattern(missing=["x"])])


@pytest.mark.parametrize("mechanism", ["MCAR", "MAR", "MNAR"])
def test_the_wanted_share_is_lost(mechanism):
    incomplete = ampute(people(4000), share=0.3, mechanism=mechanism, columns=["y", "c"], random_state=0)
    assert incomplete[["y", "c"]].isna().mean().to_numpy() == pytest.approx([0.3, 0.3], abs=0.03)
    assert incomplete["x"].notna().all()


def test_large_cells_are_lost_more_often_when_not_at_random():
    complete = people(4000)
    incomplete = ampute(complete, mechanism="MNAR", columns=["y"], random_state=0)
    assert complete["y"][incomplete["y"].isna()].mean() > complete["y"].mean() * 1.2


def test_cells_are_lost_by_the_other_columns_when_at_random():
    complete = people(4000)
    incomplete = ampute(complete, mechanism="MAR", columns=["y", "n", "c"], random_state=0)
    assert complete["x"][incomplete["y"].isna()].mean() > 0.3


def test_when_every_column_loses_cells_at_random_the_means_can_still_be_estimated():
    """EM under a normal model is consistent under MAR (Little and Rubin 2020); within four standard errors here.

    Each column went by columns that lost cells themselves before, which is MNAR: EM means were off by up to 0.317.
    """
    complete = normal(10_000)
    incomplete = ampute(complete, share=0.3, mechanism="MAR", random_state=1)
    assert incomplete.isna().mean().to_numpy() == pytest.approx(np.full(3, 0.3), abs=0.02)
    estimate = fit_normal(pattern_sums(incomplete.to_numpy()), 3)
    assert estimate.mean == pytest.approx(complete.mean().to_numpy(), abs=4 * 1.2 / np.sqrt(10_000))
    assert np.abs(incomplete.mean() - complete.mean()).min() > 0.1  # whereas dropping the missing cells is biased


@pytest.mark.parametrize("share", [0.05, 0.3, 0.6])
def test_in_each_row_a_column_that_stays_decides(share):
    complete = normal(2_000).assign(d=1.0, e=np.arange(2_000.0))
    lost = ampute(complete, share=share, mechanism="MAR", random_state=0).isna()
    assert not lost.all(axis=1).any()
    assert lost.mean().to_numpy() == pytest.approx(np.full(5, share), abs=4 * np.sqrt(share * (1 - share) / 2_000))


@pytest.mark.parametrize(("columns", "share"), [(["x"], 0.3), (["x", "y"], 0.5)])
def test_mar_without_a_column_to_depend_on_is_refused(columns, share):
    with pytest.raises(ImputationError, match="must keep a column"):
        ampute(people()[columns], share=share, mechanism="MAR")


@pytest.mark.parametrize("mechanism", ["MCAR", "MAR", "MNAR"])
@pytest.mark.parametrize("side", ["columns", "patterns"])
def test_the_share_is_that_of_the_observed_cells(mechanism, side):
    """Where half of `a` is missing already, by `b`, 0.20 was asked and .056 hidden under MAR, .277 under MNAR."""
    complete = normal()
    table = complete.assign(a=complete["a"].where(complete["b"] < 0.2))
    chosen = {"columns": ["a"]} if side == "columns" else {"patterns": [Pattern(missing=["a"])]}
    incomplete = ampute(table, share=0.2, mechanism=mechanism, random_state=0, **chosen)
    assert incomplete["a"].isna()[table["a"].notna()].mean() == pytest.approx(0.2, abs=0.015)


def test_odds_of_groups_meet_the_share_of_the_observed_cells_too():
    complete = normal()
    table = complete.assign(a=complete["a"].where(complete["c"] < 0.2))
    given = [Pattern(missing=["a"], weights={"c": 1}, odds=[1, 2, 3])]
    incomplete = ampute(table, share=0.2, mechanism="MAR", patterns=given, random_state=0)
    assert incomplete["a"].isna()[table["a"].notna()].mean() == pytest.approx(0.2, abs=0.015)


def test_integers_with_missing_cells_stay_integers():
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
        ampute(people().assign(z=1j), mechanism="MNAR", random_state=0)
