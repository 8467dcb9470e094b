"""Held-out scores as tables: which measures are shown of which column, in which words."""

import numpy as np
import pandas as pd
import pytest

from wrangler import report
from wrangler.impute import compare_methods, holdout_score, make_imputer, with_coverage


@pytest.fixture(scope="module")
def incomplete() -> pd.DataFrame:
    random = np.random.default_rng(0)
    x = random.normal(size=400)
    days = pd.Timestamp("2026-01-01") + pd.to_timedelta(np.round(10 * x), unit="D")
    frame = pd.DataFrame({"x": x, "y": x + random.normal(0, 0.5, 400), "c": np.where(x > 0, "up", "down"), "d": days})
    return frame.mask(pd.DataFrame({name: random.random(400) < (name != "x") * 0.2 for name in frame}))


def shown(table: report.Table) -> pd.DataFrame:
    return table.frame.assign(column=table.frame["column"].str.partition(":")[0]).set_index("column")


def test_each_column_is_judged_by_the_measures_of_its_kind(incomplete):
    table = shown(report.scores_table(holdout_score(make_imputer("linear"), incomplete, random_state=0)))
    assert table.loc["y", "measure"].tolist() == ["RMSE", "MAE", "Wasserstein"]
    assert table.loc["c", "measure"].tolist() == ["accuracy", "F1", "log loss"]
    assert table.loc["d", "measure"].tolist() == ["RMSE, days", "MAE, days", "Wasserstein, days"]


def test_dates_are_judged_in_days(incomplete):
    table = shown(report.scores_table(holdout_score(make_imputer("mean"), incomplete, random_state=0)))
    assert 5 < float(table.loc["d", "baseline"].iloc[0]) < 20


def test_a_measure_stands_with_its_standard_error_beside_the_baseline_s():
    score = {"column": "y", "kind": "number", "metric": "rmse", "cells": 30, "baseline_method": "mean", "ratio": 0.5}
    score |= {"rmse": 1.234, "rmse_standard_error": 0.056, "rmse_baseline": 2.468, "beats_baseline": True}
    table = report.scores_table(pd.DataFrame([score]))
    assert table.frame.loc[0, "column"] == "y: 30 hidden cells, 0.50 of the mean's error"
    assert table.frame.loc[0, ["measured", "baseline"]].tolist() == ["1.23\xa0±\xa00.06", "2.47"]


def test_why_an_error_has_no_standard_error_is_stated():
    score = {"column": "y", "kind": "number", "metric": "rmse", "cells": 300, "baseline_method": "mean", "ratio": 0.5}
    score |= {"rmse": 1.234, "rmse_standard_error": np.nan, "rmse_baseline": 2.468, "beats_baseline": True}
    table = report.scores_table(pd.DataFrame([score | {"note": "read the MAE"}]))
    assert table.frame.loc[0, "measured"] == "1.23 (read the MAE)"


def test_the_coverage_of_intervals_stands_among_the_measures(incomplete):
    scores = holdout_score(make_imputer("mice"), incomplete, random_state=0)
    coverage = pd.DataFrame({"column": ["y"], "coverage": [0.9], "standard_error": [0.05]})
    table = shown(report.scores_table(with_coverage(scores, coverage)))
    assert table.loc["y", "measure"].tolist()[-1] == "in 95 % interval"
    assert table.loc["y", "measured"].tolist()[-1] == "90\xa0±\xa05\xa0%"


def test_why_a_log_loss_is_missing_is_stated(incomplete):
    table = shown(report.scores_table(holdout_score(make_imputer("mode"), incomplete, random_state=0)))
    assert table.loc["c", "measured"].tolist()[-1] == "\N{EN DASH} ('mode' gives no probabilities)"


def test_methods_are_set_beside_each_other_with_the_baseline_last(incomplete):
    scores = compare_methods(incomplete, ["mean", "linear"], random_state=0).scores()
    numbers, levels = report.number_scores(scores), report.level_scores(scores)
    assert shown(numbers).shape == (6, 3)
    assert numbers.frame.index.tolist() == ["linear", "mean", "(mean)"] * 2
    assert levels.frame.index.tolist() == ["linear", "mean", "(mode)"]
    assert levels.frame.columns.tolist() == ["column", "accuracy", "F1", "log loss"]


@pytest.mark.parametrize("make", [report.scores_table, report.number_scores, report.level_scores])
def test_without_scores_a_sentence_stands_in_their_place(make):
    assert isinstance(make(pd.DataFrame()), report.Note)
