"""Influx, outflux and monotone tables."""

import pandas as pd
import pytest

from tests.analyze.tables import NHANES
from wrangler.analyze import influx_outflux, is_monotone, missingness


def test_influx_and_outflux_are_those_of_mice():
    """`flux(nhanes)` of mice 3.15.0 for R."""
    flux = influx_outflux(missingness(NHANES))
    assert flux["influx"].tolist() == pytest.approx([0, 0.1643835616, 0.1232876712, 0.2191780822])
    assert flux["outflux"].tolist() == pytest.approx([1, 0.1111111111, 0.1481481481, 0.1111111111])
    assert flux["present"].tolist() == pytest.approx([1, 0.64, 0.68, 0.60])


def test_a_complete_column_takes_nothing_in_and_gives_all():
    flux = influx_outflux(missingness(pd.DataFrame({"a": [1, 2], "b": [None, 1.0]})))
    assert flux.loc["a", ["influx", "outflux"]].tolist() == [0, 1]


def test_a_complete_table_has_no_outflux():
    assert influx_outflux(missingness(pd.DataFrame({"a": [1, 2]})))["outflux"].isna().all()


@pytest.mark.parametrize(
    ("frame", "monotone"),
    [
        (pd.DataFrame({"a": [1, 2, 3], "b": [1, 2, None], "c": [1, None, None]}), True),
        (pd.DataFrame({"a": [1, None], "b": [None, 2]}), False),
        (NHANES, False),
        (pd.DataFrame({"a": [1, 2]}), True),
    ],
)
def test_monotone_tables_are_recognized(frame, monotone):
    assert is_monotone(missingness(frame)) is monotone
