"""What a report shows of several completed tables, and the files that hold them."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from wrangler import report
from wrangler.analyze import cell_spread, correlation_change, distribution_quality, draw_spread
from wrangler.report import Evidence, imputation_verdict
from wrangler.report.pictures.draws import share_interval

FRAME = pd.DataFrame({"n": [1.0, 2.0, 3.0, None], "t": ["x", None, "x", "y"]})
TABLES = [FRAME.fillna({"n": number, "t": "x"}) for number in (2.0, 3.0)]
COVERAGE = pd.DataFrame({"column": ["n"], "cells": [400], "coverage": [0.5], "standard_error": [0.025], "width": [1.0]})


def test_the_uncertainty_of_several_tables_is_shown():
    table = report.draws_table(draw_spread(TABLES, FRAME, FRAME.isna()))
    assert isinstance(table, report.Table)
    assert table.frame.index.tolist()[0] == "n"


def test_a_pooled_date_is_shown_as_a_date():
    dates = pd.DataFrame({"d": pd.to_datetime(["2020-01-01", "2020-01-03", "2020-01-05", None])})
    drawn = [dates.fillna({"d": pd.Timestamp(day)}) for day in ("2020-01-02", "2020-01-04")]
    shown = report.draws_table(draw_spread(drawn, dates, dates.isna())).frame
    assert shown.iloc[0, 3].startswith("mean date 2020-01-03 (20")


def test_one_table_is_described_as_one():
    assert "above 1" in report.draws_table(None).text


def test_chains_that_have_not_mixed_come_first():
    r_hat = pd.DataFrame(
        {"column": ["a", "b"], "mean": [1.0, 2.5], "standard_deviation": [1.1, 1.0], "by_chance": [1.6, 1.6]}
    )
    table = report.chains_table(r_hat)
    assert table.frame["mixed"].to_dict() == {"b": "no", "a": "yes"}


def test_without_chains_a_sentence_says_so():
    assert "above 1" in report.chains_table(None).text


def test_intervals_and_rounds_are_drawn():
    rounds = pd.DataFrame({"equations": [1, 1, 2], "iteration": [1, 2, 1], "change": [0.5, 0.0, 0.4]})
    assert "50 %" in report.coverage_picture(COVERAGE).alt
    assert "2 sets" in report.convergence_picture(rounds).alt


@pytest.mark.parametrize(("inside", "cells"), [(20, 20), (0, 15), (90, 100)])
def test_the_interval_of_a_coverage_is_that_of_wilson(inside, cells):
    """Also where all hidden cells lie inside, which 1.96 standard errors of 0 took for certain; by scipy."""
    expected = stats.binomtest(inside, cells).proportion_ci(method="wilson")
    low, high = share_interval(pd.Series([inside / cells]), pd.Series([cells]))
    assert (low[0], high[0]) == (pytest.approx(expected.low, abs=1e-6), pytest.approx(expected.high, abs=1e-6))


def test_draws_that_differ_too_little_are_warned_of():
    quality = distribution_quality(FRAME, TABLES[0], FRAME.isna())
    change = correlation_change(FRAME, TABLES[0])
    verdict = imputation_verdict(FRAME, TABLES[0], FRAME.isna(), Evidence(quality, change, None, COVERAGE))
    assert any("n (50 %)" in warning for warning in verdict.warnings)
    assert verdict.summary["interval_coverage"] == 0.5


def test_every_cell_has_its_origin(tmp_path):
    left = TABLES[0].assign(t=FRAME["t"])
    mask = FRAME.isna() & left.notna()
    cells = pd.read_parquet(report.write_cells(left, mask, {"n": "knn"}, tmp_path))
    assert cells["n"].tolist() == ["observed", "observed", "observed", "knn"]
    assert cells["t"].tolist() == ["observed", "missing", "observed", "observed"]


def test_draws_are_written_below_each_other_as_other_programs_read_them(tmp_path):
    files = report.write_draws(TABLES, cell_spread(TABLES, FRAME.isna()), tmp_path)
    long = pd.read_parquet(files[0])
    assert long[".imp"].tolist() == [1] * 4 + [2] * 4
    assert long[".id"].tolist() == [1, 2, 3, 4] * 2
    pd.testing.assert_frame_equal(long.iloc[4:, 2:].reset_index(drop=True), TABLES[1])
    assert np.isclose(pd.read_parquet(files[1])["n"][3], np.sqrt(0.5))


def test_moved_correlations_have_their_verdict():
    before = pd.DataFrame({"a": [1.0, 2, 3, 4, None], "b": [2.0, 4, 6, 8, 0]})
    table = report.moved_correlations(correlation_change(before, before.fillna(50.0))).frame
    assert table["within 0.05"].tolist() == [False]
