"""What a report says of several methods."""

import numpy as np
import pandas as pd
import pytest

from wrangler import report

FRAME = pd.DataFrame({"a": [1.0, 2, 3, 4, None], "b": [2.0, 4, 6, 8, 10]})
COMPLETED = {"good": FRAME.fillna(5.0), "bad": FRAME.fillna(-50.0)}
MASKS = {name: FRAME.isna() for name in COMPLETED}


def ranking(**seconds: float) -> pd.DataFrame:
    errors = {"good": (0.5, 0.4, 0.6), "near": (0.55, 0.45, 0.65), "mean": (1.0, 0.9, 1.1)}
    table = pd.DataFrame.from_dict(errors, orient="index", columns=["error", "low", "high"]).rename_axis("method")
    times = [seconds.get(name, 1.0) for name in errors]
    return table.assign(columns=2, best_in=1, beats_baseline=1, seconds=times, peak_bytes=[1e6, np.nan, 0])


def test_the_best_method_is_advised():
    verdict = report.comparison_verdict(ranking(), {})
    assert verdict.sentence.startswith("good has the smallest error: 0.50")
    assert verdict.summary["advised"] == "good"
    assert verdict.summary["not_distinguished"] == ["near"]


def test_a_much_faster_method_within_the_interval_is_named():
    verdict = report.comparison_verdict(ranking(good=10.0, near=0.1), {})
    assert "near (0.55) takes 0.1 seconds" in verdict.sentence


def test_methods_that_do_not_beat_the_baseline_are_warned_of():
    verdict = report.comparison_verdict(ranking().loc[["mean"]], {"odd": "no numbers"})
    assert any("No method beats" in warning for warning in verdict.warnings)
    assert any("odd refused the table: no numbers" in warning for warning in verdict.warnings)


def test_no_measurement_is_stated_as_such():
    assert "No method could be measured" in report.comparison_verdict(ranking().iloc[:0], {}).sentence
    assert isinstance(report.ranking_picture(ranking().iloc[:0]), report.Note)


def test_methods_are_listed_with_what_they_cost_and_the_refused_last():
    table = report.ranking_table(ranking(), {"odd": "no numbers"}).frame
    assert table.index.tolist() == ["good", "near", "mean", "odd"]
    assert table.loc["good", "memory"] == "1 MB"
    assert table.loc["odd", "error, 95 %"] == "refused: no numbers"


def test_methods_that_were_left_out_are_named_with_the_reason():
    why = {"slow": "about 750 s of the 96 s left"}
    verdict = report.comparison_verdict(ranking(), {}, why)

    assert report.ranking_table(ranking(), {}, why).frame.loc["slow", "error, 95 %"] == f"left out: {why['slow']}"
    assert verdict.warnings == [f"slow was left out: {why['slow']}"]
    assert verdict.summary["left_out"] == ["slow"]


@pytest.mark.parametrize("completed", [COMPLETED, {}])
def test_pictures_stand_side_by_side(completed):
    picture = report.methods_side_by_side(FRAME, completed, MASKS)
    assert isinstance(picture, report.Picture if completed else report.Note)


def test_what_would_change_in_the_correlations_is_reported_by_method():
    table = report.correlations_by_method(FRAME, COMPLETED).frame
    assert table["method"].tolist() == ["good", "bad"]
    assert table["within 0.05"].tolist() == [True, False]


def test_errors_stand_by_column_with_their_intervals():
    scores = pd.DataFrame({"method": ["bad", "good"], "column": ["a", "a"], "ratio": [1.0, 0.5]})
    table = report.errors_by_column(
        scores.assign(ratio_low=scores["ratio"] - 0.2, ratio_high=scores["ratio"] + 0.2)
    ).frame
    assert table.loc["a"].to_dict() == {
        "good": "0.50\xa0(0.30\xa0to\xa00.70)",
        "bad": "1.00\xa0(0.80\xa0to\xa01.20)",
    }
    same = scores.assign(ratio_low=scores["ratio"] - 1e-4, ratio_high=scores["ratio"] + 1e-4)
    assert report.errors_by_column(same).frame.loc["a"].tolist() == ["0.50", "1.00"]
    assert isinstance(report.errors_by_column(pd.DataFrame()), report.Note)
