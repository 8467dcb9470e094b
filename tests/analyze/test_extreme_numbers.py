"""Every statistic of a table on columns whose squares, sums or ranges a float64 cannot hold."""

from fractions import Fraction

import numpy as np
import pandas as pd
import pytest

from tests.hostile_numbers import COLUMNS, all_together, beside_others
from wrangler import analyze

pytestmark = pytest.mark.slow

KINDS = [*COLUMNS, "all together"]
EVERY_KIND = pytest.mark.parametrize("kind", KINDS)
EVERY_COLUMN = pytest.mark.parametrize("kind", [kind for kind in COLUMNS if kind != "date limits"])


def table(kind: str) -> pd.DataFrame:
    return all_together() if kind == "all together" else beside_others(kind)


def completed(frame: pd.DataFrame, seed: int) -> pd.DataFrame:
    """Missing cells filled with observed ones drawn at random."""
    random, filled = np.random.default_rng(seed), frame.copy()
    for name in frame:
        known = frame[name].dropna().to_numpy()
        drawn = pd.Series(random.choice(known, len(frame)), dtype=frame[name].dtype)
        filled[name] = frame[name].where(frame[name].notna(), drawn)
    return filled


def finite_cells(column: pd.Series) -> list[Fraction]:
    """The finite cells as exact numbers."""
    return [Fraction(cell) for cell in column.dropna().tolist() if np.isfinite(float(cell))]


def exact_moments(column: pd.Series) -> tuple[float, float]:
    """Mean and standard deviation by exact arithmetic, the root taken of a number of some size."""
    cells = finite_cells(column)
    mean = sum(cells) / len(cells)
    unit = max(abs(cell - mean) for cell in cells) or Fraction(1)
    share = float(sum(((cell - mean) / unit) ** 2 for cell in cells) / len(cells)) ** 0.5
    return float(mean), float(unit * Fraction(share))


def infinite(found: pd.DataFrame) -> list[str]:
    numbers = found.select_dtypes("number")
    return [name for name in numbers if np.isinf(numbers[name].to_numpy(dtype=float)).any()]


@EVERY_KIND
def test_alerts_and_suggestions_are_given(kind):
    frame = table(kind)
    assert set(analyze.column_alerts(frame)["column"]) <= set(frame)
    suggested = analyze.suggest_methods(frame, analyze.associate(frame))
    assert len(suggested) == frame.isna().any().sum()


@EVERY_KIND
@pytest.mark.parametrize("method", analyze.CORRELATION_METHODS)
def test_correlations_lie_between_minus_one_and_one(kind, method):
    found = analyze.correlate(table(kind), method)
    matrix = found.matrix.to_numpy()
    assert (np.abs(matrix[~np.isnan(matrix)]) <= 1).all()
    assert infinite(analyze.correlation_intervals(found)) == []


@pytest.mark.parametrize("scale", [2.0**1000, 2.0**-1000, 2.0**-1070])
def test_correlation_does_not_depend_on_the_unit(scale):
    random = np.random.default_rng(1)
    frame = pd.DataFrame({"x": random.integers(-1000, 1000, 50) / 1.0, "y": random.normal(size=50)})
    frame.loc[::7, "x"] = np.nan
    scaled = frame.assign(x=frame["x"] * scale)
    for method in analyze.CORRELATION_METHODS:
        pd.testing.assert_frame_equal(analyze.correlate(scaled, method).matrix, analyze.correlate(frame, method).matrix)
    assert analyze.little_test(scaled).statistic == pytest.approx(analyze.little_test(frame).statistic)
    inflation = [analyze.collinearity(part).inflation.sort_index() for part in (scaled, frame)]
    pd.testing.assert_frame_equal(*inflation)


def test_the_earliest_date_is_not_late():
    column = pd.Series(pd.array([-(2**63) + 1, 2**63 - 1], dtype="int64")).astype("datetime64[ns]")
    assert analyze.as_numbers(column).tolist() == pytest.approx([-(2**63) / 8.64e13, 2**63 / 8.64e13])


@pytest.mark.parametrize("dtype", ["Int64", "UInt64"])
def test_whole_numbers_that_a_float_cannot_part_are_correlated(dtype):
    start = 2**62 if dtype == "Int64" else 2**64 - 100
    frame = pd.DataFrame({"x": pd.array([start + n for n in range(50)], dtype=dtype), "y": np.arange(50.0)})
    assert analyze.correlate(frame).matrix.loc["x", "y"] == pytest.approx(1.0)


@EVERY_KIND
def test_collinearity_and_associations_are_measured(kind):
    frame = table(kind)
    inflation = analyze.collinearity(frame).inflation
    assert (inflation["vif"] >= 1 - 1e-9).all()
    strength = analyze.associate(frame).strongest()["strength"]
    assert strength.dropna().between(0, 1).all()


@EVERY_KIND
def test_littles_test_has_a_p_value_or_a_reason(kind):
    found = analyze.little_test(table(kind))
    assert found.was_done or found.notes


@EVERY_KIND
def test_predictors_of_missing_cells_are_named(kind):
    frame = pd.concat([table(kind)] * 3, ignore_index=True)
    found = analyze.missingness_predictors(frame)
    assert found["auc"].dropna().between(0, 1).all()
    assert infinite(found) == []


@EVERY_COLUMN
def test_moments_before_and_after_are_those_of_exact_arithmetic(kind):
    frame = beside_others(kind)
    after = completed(frame, 1)
    found = analyze.distribution_quality(frame, after, frame.isna()).loc["hostile"]
    for part, column in (("before", frame["hostile"]), ("after", after["hostile"])):
        mean, std = exact_moments(column)
        assert found[f"mean_{part}"] == pytest.approx(mean, rel=1e-12, abs=max(1e-12 * std, 5e-324))
        assert found[f"std_{part}"] == pytest.approx(std, rel=1e-9, abs=5e-324)


@EVERY_KIND
def test_quality_is_finite(kind):
    frame = table(kind)
    found = analyze.distribution_quality(frame, completed(frame, 1), frame.isna())
    assert infinite(found) == []
    numbers = found[found["kind"] != "text"]
    assert numbers[["mean_before", "mean_after", "std_before", "std_after"]].notna().all(axis=None)


@EVERY_KIND
def test_changes_of_correlations_are_measured(kind):
    frame = table(kind)
    after = completed(frame, 1)
    assert 0 <= analyze.correlation_change(frame, after).largest <= 2
    assert infinite(analyze.correlation_by_rows(frame, after)) == []


@EVERY_KIND
def test_differences_and_spreads_of_draws_are_finite(kind):
    frame = table(kind)
    tables, mask = [completed(frame, seed) for seed in range(3)], frame.isna()
    pairs = analyze.fill_differences(frame, {"a": tables[0], "b": tables[1]}, {"a": mask, "b": mask})
    assert infinite(pairs) == []
    assert infinite(analyze.cell_spread(tables, mask)) == []
    assert infinite(analyze.draw_spread(tables, frame, mask)) == []


def test_the_spread_of_one_cell_is_in_the_unit_of_its_column():
    tables = [pd.DataFrame({"x": [1e308, value]}) for value in (1e308, -1e308)]
    mask = pd.DataFrame({"x": [False, True]})
    assert analyze.cell_spread(tables, mask)["x"].tolist()[1] == pytest.approx(np.sqrt(2) * 1e308)


def test_a_spread_that_no_float_holds_is_missing():
    largest = np.finfo(float).max
    tables = [pd.DataFrame({"x": [1.0, value]}) for value in (largest, -largest)]
    mask = pd.DataFrame({"x": [False, True]})
    assert analyze.cell_spread(tables, mask)["x"].isna().all()


@pytest.mark.parametrize("scale", [2.0**1000, 2.0**-1000])
def test_pooled_estimates_do_not_depend_on_the_unit(scale):
    estimates, errors = pd.DataFrame({"b": [1.0, 1.5, 1.2]}), pd.DataFrame({"b": [0.2, 0.3, 0.25]})
    plain, found = analyze.pool(estimates, errors).loc["b"], analyze.pool(estimates * scale, errors * scale).loc["b"]
    for name in ("estimate", "standard_error", "low", "high"):
        assert found[name] == pytest.approx(plain[name] * scale)
    for name in ("degrees_of_freedom", "p_value", "relative_increase", "missing_information"):
        assert found[name] == pytest.approx(plain[name])
    assert np.isnan(found["within"]) if scale > 1 else found["within"] == 0
