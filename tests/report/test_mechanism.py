"""What a report says of why cells are missing, and no more than that."""

import numpy as np
import pandas as pd
import pytest

from wrangler import analyze, report


@pytest.fixture(scope="module")
def at_random() -> pd.DataFrame:
    rng = np.random.default_rng(1)
    frame = pd.DataFrame({"age": rng.normal(50, 10, 800), "income": rng.lognormal(size=800)})
    frame.loc[rng.random(800) < 1 / (1 + np.exp(-(frame["age"] - 60) / 4)), "income"] = np.nan
    return frame


def test_the_verdict_warns_where_rows_must_not_be_dropped(at_random):
    little = analyze.little_test(at_random)
    predicted = analyze.missingness_predictors(at_random, random_state=0)
    verdict = report.missingness_verdict(analyze.missingness(at_random), little, predicted)
    assert any("dropping incomplete rows may bias estimates" in warning for warning in verdict.warnings)
    assert any("missing in income" in warning for warning in verdict.warnings)
    assert verdict.summary["mcar_p_value"] < 0.001
    assert verdict.summary["columns_predicted"] == ["income"]


def test_the_table_names_what_predicts_and_the_figures_of_the_test(at_random):
    shown = report.mechanism_table(analyze.missingness_predictors(at_random, random_state=0)).frame
    assert shown.loc["income", "best single predictor"] == "age"
    figures = report.little_table(analyze.little_test(at_random)).frame.set_index("what")["value"]
    assert figures["p-value"] == "<\N{NO-BREAK SPACE}0.001"


def test_a_test_that_was_not_done_states_why():
    figures = report.little_table(analyze.little_test(pd.DataFrame({"t": ["a", None]}))).frame
    assert figures.loc[figures["what"] == "left out: holds text", "value"].item() == "t"
    assert figures["what"].tolist()[-1] == "note"


def test_a_monotone_pattern_is_described_as_one():
    dropout = pd.DataFrame({"first": [1.0, 2, 3], "second": [1.0, 2, None], "third": [1.0, None, None]})
    assert "is monotone" in report.monotone_note(analyze.missingness(dropout)).text
    assert "not monotone" in report.monotone_note(analyze.missingness(dropout.assign(first=[None, 2, 3]))).text


@pytest.mark.parametrize("show", [report.alerts_table, report.suggestions_table, report.mechanism_table])
def test_nothing_to_show_is_a_sentence(show):
    assert isinstance(show(pd.DataFrame()), report.Note)


def test_remarks_and_suggestions_are_listed(at_random):
    assert "skewed" in report.alerts_table(analyze.column_alerts(at_random)).frame["alert"].tolist()
    suggested = report.suggestions_table(analyze.suggest_methods(at_random, analyze.associate(at_random)))
    assert suggested.frame.index.tolist() == ["income"]


def test_a_table_too_small_for_any_evidence_has_a_verdict_without_it():
    frame = pd.DataFrame({"only": ["x"]})
    predicted = analyze.missingness_predictors(frame)
    assert report.missingness_verdict(analyze.missingness(frame), None, predicted).warnings == []


def test_a_held_out_error_is_not_taken_at_its_word_when_cells_are_not_missing_at_random(at_random):
    completed = at_random.fillna({"income": 1.0})
    quality = analyze.distribution_quality(at_random, completed, at_random.isna())
    change = analyze.correlation_change(at_random, completed)
    scores = pd.DataFrame({"column": ["income"], "ratio": [0.5], "beats_baseline": [True]})
    evidence = report.Evidence(quality, change, scores, little=analyze.little_test(at_random))
    verdict = report.imputation_verdict(at_random, completed, at_random.isna(), evidence)
    assert any("may be larger than on the hidden ones" in warning for warning in verdict.warnings)
