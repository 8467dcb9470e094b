"""Errors on cells that were hidden on purpose."""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import wasserstein_distance

from tests.campaign import short_or_whole
from tests.impute.tables import people
from wrangler.impute import ImputationError, holdout_score, make_imputer
from wrangler.impute.evaluation import ampute
from wrangler.impute.evaluation.holdout import hidden_cells
from wrangler.impute.evaluation.mechanisms import withhold_cells
from wrangler.impute.evaluation.metrics import (
    f1,
    intervals_of_errors,
    intervals_of_shares,
    mean_of,
    root_of,
    wasserstein,
)

MECHANISMS = ["mcar", "mar", "mnar", "pattern"]


def incomplete_people(rows: int = 1500) -> pd.DataFrame:
    return ampute(people(rows), columns=["y", "n", "c"], share=0.2, random_state=0)


def test_the_score_of_the_baseline_equals_the_baseline(mixed):
    scores = holdout_score(make_imputer("mean"), mixed, random_state=0).set_index("column")
    numbers = scores[scores["metric"] == "rmse"]
    np.testing.assert_allclose(numbers["ratio"], 1.0, atol=0.05)
    assert not scores.loc["sex", "beats_baseline"]


def test_a_good_method_beats_the_baseline_in_the_score(mixed):
    scores = holdout_score(make_imputer("linear"), mixed, random_state=0).set_index("column")
    assert scores.loc["height", "beats_baseline"]
    assert scores.loc["height", "ratio"] < 0.9
    assert scores.loc["height", "cells"] == pytest.approx(mixed["height"].notna().sum() * 0.1, rel=0.4)
    assert "key" not in scores.index


def test_the_score_is_the_same_for_the_same_seed(mixed):
    imputer = make_imputer("random", random_state=0)
    pd.testing.assert_frame_equal(
        holdout_score(imputer, mixed, random_state=5), holdout_score(imputer, mixed, random_state=5)
    )


def test_dates_are_scored_in_seconds(mixed):
    scores = holdout_score(make_imputer("linear"), mixed, random_state=0).set_index("column")
    assert scores.loc["seen", "baseline_error"] == pytest.approx(mixed["age"].std() * 3600 * 24, rel=0.4)


@pytest.mark.parametrize("share", [0, 1, -0.1, 2])
def test_a_share_that_is_no_share_is_refused(share, mixed):
    with pytest.raises(ValueError, match="share: must lie between 0 and 1"):
        holdout_score(make_imputer("mean"), mixed, share=share)


def test_a_table_of_which_nothing_is_known_has_no_scores():
    assert holdout_score(make_imputer("mean"), pd.DataFrame({"a": [np.nan] * 9})).empty


@pytest.mark.parametrize("mechanism", MECHANISMS)
def test_every_mechanism_hides_cells_of_every_incomplete_column(mechanism):
    scores = holdout_score(make_imputer("linear"), incomplete_people(), mechanism=mechanism, random_state=0)
    assert scores["column"].tolist() == ["y", "n", "c"]
    assert (scores["cells"] >= 30).all()
    assert scores.set_index("column").loc["c", "beats_baseline"]


def test_large_cells_are_hidden_when_the_mechanism_is_not_at_random():
    table = incomplete_people()
    hidden = withhold_cells(table, ["y"], "mnar", 0.2, np.random.default_rng(0))["y"]
    assert table["y"][hidden].mean() > 1.2 * table["y"].mean()


def test_by_pattern_the_error_is_nearer_to_that_on_cells_missing_at_random():
    messages = {"pattern": [], "mcar": []}
    for seed in range(6):
        truth = people(1000, seed=seed)
        incomplete = ampute(truth, share=0.3, mechanism="MAR", columns=["y"], random_state=seed)
        imputer, lost = make_imputer("linear"), incomplete["y"].isna()
        true = np.sqrt(((imputer.fit_transform(incomplete)["y"] - truth["y"])[lost] ** 2).mean())
        for mechanism, ratios in messages.items():
            score = holdout_score(imputer, incomplete, mechanism=mechanism, random_state=seed).set_index("column")
            ratios.append(score.loc["y", "error"] / true)
    by_pattern, at_random = (abs(np.log(np.median(ratios))) for ratios in messages.values())
    assert by_pattern < at_random / 2


def test_what_is_missing_together_is_hidden_together_even_from_columns_that_are_not_filled():
    table = people(1000)
    together = np.arange(1000) % 5 == 0
    table = table.assign(y=table["y"].mask(together), c=table["c"].mask(together))
    hidden = hidden_cells(make_imputer("linear", columns=["y"]), table, 0.1, "pattern", 0)
    assert hidden["y"].sum() == 80
    assert (hidden["y"] == hidden["c"]).all()
    assert not (hidden["y"] & together).any()


def test_a_table_without_missing_cells_is_hidden_from_at_random_by_pattern():
    scores = holdout_score(make_imputer("linear"), people(), mechanism="pattern", random_state=0)
    assert set(scores["column"]) == {"x", "y", "n", "c"}


def test_each_measure_of_a_number_agrees_with_its_definition():
    table = incomplete_people()
    scores = holdout_score(make_imputer("linear", random_state=0), table, random_state=0).set_index("column").loc["y"]
    hidden = withhold_cells(table, ["y", "n", "c"], "mcar", 0.1, generator_of(0))["y"]
    filled = make_imputer("linear", random_state=0).fit_transform(without(table, 0))["y"][hidden]
    truth = table["y"][hidden]
    assert scores["rmse"] == scores["error"] == pytest.approx(np.sqrt(((filled - truth) ** 2).mean()))
    assert scores["mae"] == pytest.approx((filled - truth).abs().mean())
    assert scores["wasserstein"] == pytest.approx(wasserstein_distance(truth, filled))
    mean = table["y"][~hidden].mean()
    assert scores["mae_baseline"] == pytest.approx((mean - truth).abs().mean())
    assert np.isnan(scores["log_loss"])


def generator_of(seed: int) -> np.random.Generator:
    return np.random.default_rng(np.random.RandomState(seed).randint(2**31 - 1))


def without(table: pd.DataFrame, seed: int) -> pd.DataFrame:
    hidden = withhold_cells(table, ["y", "n", "c"], "mcar", 0.1, generator_of(seed))
    return table.assign(**{name: table[name].mask(marks) for name, marks in hidden.items()})


def test_draws_keep_the_distribution_that_means_lose():
    scores = {
        method: holdout_score(
            make_imputer(method, random_state=0), incomplete_people(), share=0.3, random_state=0
        ).iloc[0]
        for method in ("linear", "pmm")
    }
    assert scores["pmm"]["wasserstein"] < scores["linear"]["wasserstein"]
    assert scores["linear"]["rmse"] < scores["pmm"]["rmse"]


@pytest.mark.parametrize("method", ["linear", "pmm", "mice", "knn", "boosted"])
def test_probabilities_beat_the_frequencies_of_the_levels(method):
    scores = holdout_score(make_imputer(method, random_state=0), incomplete_people(), random_state=0).set_index(
        "column"
    )
    assert 0 < scores.loc["c", "log_loss"] < scores.loc["c", "log_loss_baseline"] < 0.72
    assert scores.loc["c", "note"] == ""


def test_a_method_without_probabilities_reports_it():
    scores = holdout_score(make_imputer("mode"), incomplete_people(), random_state=0).set_index("column")
    assert np.isnan(scores.loc["c", "log_loss"])
    assert scores.loc["c", "note"] == "'mode' gives no probabilities"


@pytest.mark.parametrize("measure", ["root", "mean", "wasserstein", "f1"])
def test_standard_errors_are_those_of_repeated_samples(measure):
    random = np.random.default_rng(0)
    found = []
    for _ in range(300):
        truth, noise = random.normal(size=(2, 200))
        predictions = 0.5 * truth + 0.3 * noise
        levels = np.digitize(truth, [0, 1]).astype(float), np.digitize(predictions, [0, 1]).astype(float)
        made = {
            "root": root_of((predictions - truth) ** 2),
            "mean": mean_of(abs(predictions - truth)),
            "f1": f1(*levels, 3),
        }
        found.append(made.get(measure) or wasserstein(truth, predictions))
    errors, spreads = np.array([(one.error, one.spread) for one in found]).T
    assert spreads.mean() == pytest.approx(errors.std(), rel=0.15)


def test_an_unknown_mechanism_is_refused():
    with pytest.raises(ImputationError, match="mechanism: must be one of mcar"):
        holdout_score(make_imputer("mean"), people(), mechanism="MAR")


def test_f1_is_that_of_its_definition():
    truth, predictions = np.array([0.0, 0, 0, 1, 1, 2]), np.array([0.0, 0, 1, 1, np.nan, 0])
    assert f1(truth, predictions, 4).error == pytest.approx((4 / 6 + 2 / 4 + 0) / 3)


def test_accuracy_and_error_rate_sum_to_one(mixed):
    scores = holdout_score(make_imputer("linear"), mixed, random_state=0).set_index("column").loc["sex"]
    assert scores["accuracy"] == pytest.approx(1 - scores["error_rate"])
    assert scores["f1_baseline"] < scores["f1"] <= 1


def test_scores_state_which_cells_they_are_measured_on(mixed):
    first, same, other = (
        holdout_score(make_imputer(method), mixed, random_state=seed)["hidden_sha256"].tolist()
        for method, seed in (("mean", 0), ("knn", 0), ("mean", 1))
    )
    assert first == same
    assert not set(first) & set(other)


@pytest.mark.parametrize(("truth", "prediction", "distance"), [([1.0], [3.0], 2.0), ([], [], np.nan)])
def test_the_wasserstein_distance_of_a_cell_is_its_error_and_of_none_unknown(truth, prediction, distance):
    measured = wasserstein(np.array(truth), np.array(prediction))
    assert measured.error == pytest.approx(distance, nan_ok=True)


def draw(kind: str, rng: np.random.Generator, cells: int) -> tuple[np.ndarray, np.ndarray]:
    """Errors of a prediction and of the mean, each cell's with one tail: a hard cell is hard for both."""
    seen, unseen = rng.normal(size=(2, cells))
    tail = 1.0 if kind == "normal" else np.sqrt(3 / rng.chisquare(3, cells))
    return unseen * tail, (seen + unseen) * tail


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["normal", "t3"])
def test_the_interval_of_a_ratio_covers_the_truth(kind):
    """95 % within four standard errors of so many samples; the truth is the square root of a half by construction."""
    rng, samples, covered = np.random.default_rng(1), short_or_whole(300, 3_000), 0
    for _ in range(samples):
        low, high = intervals_of_errors(*draw(kind, rng, 40)).ratio
        covered += low <= np.sqrt(0.5) <= high
    assert covered / samples == pytest.approx(0.95, abs=4 * np.sqrt(0.05 * 0.95 / samples))


def test_a_ratio_is_known_better_than_each_of_its_errors():
    """Errors that go together, on the same cells: by the error's interval alone the ratio's was 2.5 times too wide."""
    baseline, own = np.random.default_rng(2).normal(size=(2, 200))
    found = intervals_of_errors(0.8 * baseline + 0.2 * own, baseline)
    alone = np.divide(found.error, np.sqrt((baseline**2).mean()))
    assert found.ratio[1] - found.ratio[0] < (alone[1] - alone[0]) / 2


def test_the_interval_of_an_error_covers_the_truth():
    rng, covered, given = np.random.default_rng(3), 0, 0
    for _ in range(300):
        low, high = intervals_of_errors(*draw("normal", rng, 200)).error
        given += not np.isnan(low)
        covered += low <= 1 <= high
    assert given > 270
    assert covered / given == pytest.approx(0.95, abs=4 * np.sqrt(0.05 * 0.95 / given))


@pytest.mark.parametrize("cells", [30, 100, 300])
@pytest.mark.parametrize(
    ("draw_errors", "truth"),
    [
        (lambda rng, cells: rng.standard_t(3, cells), np.sqrt(3)),
        (lambda rng, cells: rng.lognormal(size=cells) - np.exp(0.5), np.sqrt(np.exp(2) - np.exp(1))),
    ],
    ids=["t3", "lognormal"],
)
def test_a_wrong_interval_of_an_error_is_seldom_given(draw_errors, truth, cells):
    """In 5 % of the samples at most, within four standard errors; given always, 20 to 30 % of them were wrong."""
    rng, wrong = np.random.default_rng(7), 0
    for _ in range(200):
        errors = draw_errors(rng, cells)
        low, high = intervals_of_errors(errors, errors).error
        wrong += bool(low > truth or high < truth)
    assert wrong / 200 <= 0.05 + 4 * np.sqrt(0.05 * 0.95 / 200)


@pytest.mark.parametrize(
    ("errors", "reason"),
    [
        (np.linspace(-1, 1, 99), "fewer than 100 hidden cells"),
        (np.append(np.ones(199), 30.0), "read the MAE"),
        (np.linspace(-1, 1, 100), None),
    ],
    ids=["few", "one large error", "enough"],
)
def test_why_an_error_has_no_interval_is_said(errors, reason):
    found = intervals_of_errors(errors, errors)
    assert np.isnan(found.error).all() == (reason is not None)
    assert (reason or "") in found.reason


def test_a_score_of_heavy_tailed_errors_has_neither_interval_nor_standard_error():
    values = np.random.default_rng(8).lognormal(sigma=2, size=2_000)
    frame = pd.DataFrame({"a": np.where(np.arange(2_000) % 4 == 0, np.nan, values)})
    score = holdout_score(make_imputer("mean"), frame, random_state=0).iloc[0]
    assert np.isnan(score[["error_low", "error_high", "standard_error", "rmse_standard_error"]].astype(float)).all()
    assert not np.isnan(score[["error", "mae_standard_error", "ratio_low"]].astype(float)).any()
    assert "read the MAE" in score["note"]


def test_the_intervals_of_shares_cover_the_truth():
    rng, covered = np.random.default_rng(4), np.zeros(2)
    for _ in range(300):
        hard = rng.random(60) < 0.5
        wrong, plain = ((hard & (rng.random(60) < share)).astype(float) for share in (0.4, 0.8))
        found = intervals_of_shares(wrong, plain)
        covered += [found.error[0] <= 0.2 <= found.error[1], found.ratio[0] <= 0.5 <= found.ratio[1]]
    assert covered / 300 == pytest.approx([0.95, 0.95], abs=4 * np.sqrt(0.05 * 0.95 / 300))


def test_a_prediction_without_a_wrong_cell_is_not_certain():
    found = intervals_of_shares(np.zeros(20), np.array([1.0, 0.0] * 10))
    assert found.error == (0.0, pytest.approx(0.1611, abs=1e-3))  # Wilson's upper limit: z^2 / (n + z^2)
    assert found.ratio[1] > 0.1


@pytest.mark.parametrize("errors", [np.zeros(0), np.zeros(5), np.array([1.0]), np.full(5, np.inf)])
def test_where_nothing_varies_there_is_no_interval(errors):
    assert np.isnan(intervals_of_errors(errors, errors).ratio).all()


def test_intervals_do_not_depend_on_the_unit():
    errors, baseline = draw("normal", np.random.default_rng(5), 120)
    plain, tiny = (intervals_of_errors(errors * unit, baseline * unit) for unit in (1.0, 1e-250))
    assert tiny.ratio == pytest.approx(plain.ratio)
    assert np.divide(tiny.error, 1e-250) == pytest.approx(plain.error)


def test_scores_hold_their_intervals(mixed):
    scores = holdout_score(make_imputer("linear"), mixed, random_state=0)
    known = scores[scores["ratio_low"].notna()]
    assert len(known)
    assert ((known["ratio_low"] <= known["ratio"]) & (known["ratio"] <= known["ratio_high"])).all()
    known = scores[scores["error_low"].notna()]
    assert len(known)
    assert ((known["error_low"] <= known["error"]) & (known["error"] <= known["error_high"])).all()


def test_cells_are_hidden_along_an_index_of_dates_as_along_order_by():
    days = pd.Series(pd.date_range("2024-01-01", periods=400, freq="D"))
    series = pd.DataFrame({"a": np.sin(np.arange(400) / 9)})
    for start in range(10, 380, 40):
        series.loc[start : start + 7, "a"] = np.nan
    how = {"share": 0.1, "mechanism": "pattern", "random_state": 0}
    by_index = hidden_cells(make_imputer("interpolate"), series.set_index(days), **how)
    by_column = hidden_cells(make_imputer("interpolate", order_by="t"), series.assign(t=days), **how)
    assert (by_index["a"] == by_column["a"]).all()
