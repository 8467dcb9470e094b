"""The profile of columns whose squares, sums or ranges a float64 cannot hold."""

import json
import math

import pandas as pd
import pytest

from tests.hostile_numbers import COLUMNS, all_together
from wrangler.tables import column_profile
from wrangler.tables.column_profile import profile

NUMBERS = [kind for kind in COLUMNS if kind != "date limits"]


@pytest.fixture(params=[column_profile.WIDE_COLUMNS, 1], ids=["few columns", "many columns"])
def profiled(request, tmp_path, monkeypatch):
    monkeypatch.setattr(column_profile, "WIDE_COLUMNS", request.param)
    all_together().to_parquet(tmp_path / "table.parquet", index=False)
    found = profile(tmp_path / "table.parquet")
    json.dumps(found, allow_nan=False)
    return {column["name"]: column for column in found["columns"]}


def test_each_column_has_its_figures(profiled):
    for kind in NUMBERS:
        column = profiled[kind]
        assert math.isfinite(column["mean"])
        assert all(math.isfinite(value) for value in column["quantiles"].values())
        assert list(column["quantiles"].values()) == sorted(column["quantiles"].values())
        # The deviation of the two largest numbers, with n - 1 as divisor, is larger than they are.
        assert (column["std"] is None) == (kind == "limits")


def test_each_histogram_counts_every_finite_number(profiled):
    for kind in NUMBERS:
        histogram = profiled[kind]["histogram"]
        assert sum(histogram["counts"]) == profiled[kind]["count"] - profiled[kind]["infinite"]
        assert all(math.isfinite(edge) for edge in histogram["edges"])
        assert histogram["edges"] == sorted(histogram["edges"])


@pytest.mark.parametrize("scale", [2.0**1000, 2.0**-1000])
def test_figures_do_not_depend_on_the_unit(scale, tmp_path):
    plain = pd.DataFrame({"x": [1.0, 2.5, -3.0, 4.0, 7.5, 0.0]})
    plain.to_parquet(tmp_path / "plain.parquet")
    (plain * scale).to_parquet(tmp_path / "scaled.parquet")
    [one], [two] = (profile(tmp_path / f"{name}.parquet")["columns"] for name in ("plain", "scaled"))
    assert two["histogram"]["counts"] == one["histogram"]["counts"]
    for name in ("mean", "std", "min", "max"):
        assert two[name] == pytest.approx(one[name] * scale)


def test_whole_numbers_that_a_float_cannot_part_have_a_deviation(tmp_path):
    pd.DataFrame({"x": [2**62 + n for n in range(5)]}).to_parquet(tmp_path / "t.parquet")
    [column] = profile(tmp_path / "t.parquet")["columns"]
    assert column["std"] == pytest.approx(math.sqrt(2.5))
    assert sum(count > 0 for count in column["histogram"]["counts"]) == 5
