"""Missing reasons: why cells are missing, as their markers show."""

import json
from pathlib import Path

import pandas as pd
import pytest

from wrangler import report

FRAME = pd.DataFrame({"income": [1.0, None, None, None], "age": [None, 2, None, 4.0], "city": ["x", None, "y", "z"]})


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """As an import leaves it: income was refused, unknown or just empty, age was always refused."""
    (tmp_path / "markers.json").write_text(json.dumps({"income": {"refused": 1, "unknown": 1}, "age": {"refused": 2}}))
    kinds = pd.Categorical(["unknown", "refused", "unknown", None], categories=["refused", "unknown"])
    pd.DataFrame({"income": kinds}).to_parquet(tmp_path / "markers.parquet")
    return tmp_path


def test_each_missing_cell_has_its_reason_and_the_others_are_observed(folder):
    kinds = report.missing_reasons(FRAME, folder)
    assert kinds["income"].tolist() == ["observed", "refused", "unknown", "missing"]
    assert kinds["age"].tolist() == ["refused", "observed", "refused", "observed"]
    assert kinds["city"].tolist() == ["observed", "missing", "observed", "observed"]


def test_without_files_about_markers_a_missing_cell_is_just_missing(tmp_path):
    kinds = report.missing_reasons(FRAME, tmp_path)
    assert kinds["income"].tolist() == ["observed", "missing", "missing", "missing"]
    assert isinstance(report.missing_reasons_table(kinds), report.Note)


def test_kinds_are_counted_by_column(folder):
    kinds = report.missing_reasons(FRAME, folder)
    assert report.missing_reason_counts(kinds).to_dict() == {
        "income": {"missing": 1, "refused": 1, "unknown": 1},
        "age": {"refused": 2},
        "city": {"missing": 1},
    }


def test_columns_with_missing_reasons_are_shown_with_them(folder):
    table = report.missing_reasons_table(report.missing_reasons(FRAME, folder)).frame
    assert table.loc["income"].to_dict() == {"refused": 1, "unknown": 1, "no reason given": 1}
    assert table.loc["age"].to_dict() == {"refused": 2, "unknown": 0, "no reason given": 0}
    assert "city" not in table.index


def test_the_file_has_the_shape_of_the_table_and_plain_words(folder, tmp_path):
    path = report.write_missing_reasons(report.missing_reasons(FRAME, folder), tmp_path)
    kept = pd.read_parquet(path)
    assert (path.name, kept.shape, kept.columns.tolist()) == (
        "missing_reasons.parquet",
        FRAME.shape,
        FRAME.columns.tolist(),
    )
    assert pd.crosstab(kept["income"], kept["age"]).loc["unknown", "refused"] == 1


def test_gaps_without_a_marker_do_not_take_the_reasons_of_others(tmp_path):
    (tmp_path / "markers.json").write_text(json.dumps({"income": {"refused": 1}, "city": {"refused": 3}}))
    kinds = report.missing_reasons(FRAME, tmp_path)
    assert set(kinds["income"]) == {"observed", "missing"}
    assert set(kinds["city"]) == {"observed", "refused"}
