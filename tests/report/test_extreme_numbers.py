"""Pictures of columns that no axis can show as they are."""

import numpy as np
import pandas as pd
import pytest

from tests.hostile_numbers import COLUMNS, all_together, beside_others
from wrangler import analyze, report
from wrangler.report.elements import Note, Picture
from wrangler.report.files import write_csv
from wrangler.report.pictures.quality import power_of_ten, times_power_of_ten

pytestmark = pytest.mark.slow


def completed(frame: pd.DataFrame) -> pd.DataFrame:
    return pd.DataFrame({name: frame[name].fillna(frame[name].dropna().iloc[0]) for name in frame})


@pytest.mark.parametrize("kind", COLUMNS)
def test_a_column_is_drawn_and_described(kind):
    frame = beside_others(kind)
    assert isinstance(report.distributions(frame, completed(frame), frame.isna()), Picture)
    assert report.overview(frame)._repr_mimebundle_()


def test_a_column_of_infinite_numbers_alone_is_drawn_empty():
    frame = pd.DataFrame({"x": [np.inf, -np.inf, np.nan]})
    assert isinstance(report.distributions(frame, frame.fillna(1.0), frame.isna()), Picture)


@pytest.mark.parametrize(("largest", "power"), [(5e-324, -324), (3e-320, -320), (1e308, 308), (3.0, 0), (0.0, 0)])
def test_values_are_brought_near_one(largest, power):
    values = np.array([largest, -largest])
    assert power_of_ten(values) == power
    drawn = times_power_of_ten(values, -power)
    assert np.isfinite(drawn).all()
    assert largest == 0 or 0.5 <= drawn[0] < 100


def test_columns_missing_in_the_same_rows_have_no_tree():
    frame = pd.DataFrame({name: [1.0, np.nan, 2.0, np.nan] for name in "abc"})
    assert isinstance(report.nullity_dendrogram(analyze.missingness(frame)), Note)


def test_days_before_the_first_instant_are_written(tmp_path):
    column = pd.Series([-(2**63) + 1, 0]).astype("datetime64[ns]")
    write_csv(pd.DataFrame({"x": column}), tmp_path / "x.csv")
    assert "1677-09-21" in (tmp_path / "x.csv").read_text()


def test_methods_are_drawn_side_by_side():
    frame = all_together()
    tables = {"one": completed(frame), "two": completed(frame)}
    assert isinstance(report.methods_side_by_side(frame, tables, dict.fromkeys(tables, frame.isna())), Picture)
