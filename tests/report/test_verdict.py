"""The sentence that comes first."""

import numpy as np
import pandas as pd

from wrangler.analyze import correlate, correlation_change, distribution_quality, missingness
from wrangler.report import Evidence, correlation_verdict, imputation_verdict, missingness_verdict


def verdict_of(frame, completed, scores=None):
    mask = frame.isna() & completed.notna()
    quality = distribution_quality(frame, completed, mask)
    return imputation_verdict(frame, completed, mask, Evidence(quality, correlation_change(frame, completed), scores))


def scores(ratio: float) -> pd.DataFrame:
    return pd.DataFrame({"column": ["a"], "ratio": [ratio], "beats_baseline": [ratio < 1]})


FRAME = pd.DataFrame({"a": [1.0, 2, 3, 4, None], "b": [2.0, 4, 6, 8, 10]})


def test_a_good_imputation_has_no_warning():
    frame = pd.DataFrame({"a": [*np.arange(200.0), None], "b": [*np.arange(200.0), 99.5]})
    verdict = verdict_of(frame, frame.fillna(99.5), scores(0.4))
    expected = "1 cell filled in 1 column; held-out error 0.40 of the mean/mode baseline's;"
    assert verdict.sentence.startswith(expected)
    assert verdict.sentence.endswith("no warning.")
    assert verdict.summary["mean_error_ratio"] == 0.4
    assert verdict.summary["columns_beating_baseline"] == 1


def test_a_column_that_does_not_beat_the_baseline_is_named():
    verdict = verdict_of(FRAME, FRAME.fillna(5.0), scores(1.2))
    assert any("a (1.20)" in warning for warning in verdict.warnings)


def test_cells_left_missing_are_counted_and_their_columns_named():
    verdict = verdict_of(FRAME, FRAME, scores(0.5))
    assert verdict.summary["cells_left"] == 1
    assert any(warning.startswith("1 cell still missing, in a") for warning in verdict.warnings)


def test_a_shifted_mean_and_a_moved_correlation_are_warned_of():
    verdict = verdict_of(FRAME, FRAME.fillna(-500.0), scores(0.5))
    text = " ".join(verdict.warnings)
    assert "changed the mean" in text
    assert "changed the spread" in text
    assert "correlation of a with b moved" in text


def test_a_complete_table_is_described_as_complete():
    whole = FRAME.dropna()
    assert "Nothing was missing" in verdict_of(whole, whole).sentence
    assert missingness_verdict(missingness(whole)).sentence == "No cell is missing in the 4 rows and 2 columns."


def test_missing_cells_are_counted_in_the_sentence():
    sentence = missingness_verdict(missingness(FRAME)).sentence
    assert sentence == "1 cell missing (10.0 %) in 1 of 2 columns; most in a (20.0 %); 4 of 5 rows complete."


def test_the_strongest_pair_is_named():
    verdict = correlation_verdict(correlate(FRAME))
    assert "strongest a with b (1.00 on 4 rows)" in verdict.sentence
    assert verdict.summary["strong_pairs"] == 1


def test_hostile_names_are_escaped_in_html():
    frame = FRAME.rename(columns={"a": "<script>alert(1)</script>"})
    html = missingness_verdict(missingness(frame))._repr_mimebundle_()["text/html"]
    assert "<script" not in html


def test_cells_that_do_not_apply_and_were_filled_are_warned_of():
    completed = FRAME.fillna(5.0)
    evidence = Evidence(
        distribution_quality(FRAME, completed, FRAME.isna()),
        correlation_change(FRAME, completed),
        reasons=pd.DataFrame({"a": ["observed"] * 4 + ["not_applicable"], "b": "observed"}),
    )
    verdict = imputation_verdict(FRAME, completed, FRAME.isna(), evidence)
    [warning] = [text for text in verdict.warnings if "no value applies" in text]
    assert warning.endswith("a (1 cell).")
    assert not any("no value applies" in text for text in verdict_of(FRAME, completed).warnings)
