"""What a run leaves on disk."""

import hashlib
import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from wrangler.report import Run, safe_stem, write_correlation, write_csv, write_imputation


@given(st.text(max_size=300))
def test_a_file_name_is_safe_whatever_a_table_is_called(name):
    stem = safe_stem(name)
    assert stem
    assert len(stem.encode()) <= 101
    assert not set(stem) & set('/\\:*?"<>|\0\n\r\t ')
    assert not stem.startswith((".", "-"))


@pytest.mark.parametrize(
    ("name", "stem"),
    [
        ("penguins.csv", "penguins"),
        ("../../etc/passwd", "etc_passwd"),
        ("con.csv", "_con"),
        ("\u65e5\u672c.xlsx", "\u65e5\u672c"),
        ("   ", "dataset"),
        ("sales 2021 (final).CSV", "sales_2021_final"),
    ],
)
def test_names_stay_recognisable(name, stem):
    assert safe_stem(name) == stem


def test_a_csv_reads_back_as_it_was(tmp_path):
    frame = pd.DataFrame(
        {
            'quoted "name", with comma': ["plain", 'with "quotes"', "two\nlines", "", None],
            "integer": pd.array([1, None, 3, 4, 5], dtype="Int64"),
            "number": [1e-7, 0.1, None, 1e22, 1 / 3],
            "flag": pd.array([True, None, False, True, True], dtype="boolean"),
            "day": pd.to_datetime(["2020-01-01", None, "2020-01-03", "2020-01-04", "2020-01-05"]),
            "level": pd.Categorical([1, 2, None, 1, 2]),
        }
    )
    write_csv(frame, tmp_path / "t.csv")
    text = (tmp_path / "t.csv").read_text()
    read = pd.read_csv(tmp_path / "t.csv", parse_dates=["day"], keep_default_na=False, na_values={"number": [""]})
    assert read.columns.tolist() == frame.columns.tolist()
    assert read.iloc[:3, 0].tolist() == frame.iloc[:3, 0].tolist()
    assert np.array_equal(read["number"], frame["number"], equal_nan=True)
    assert ",2020-01-03," in text
    assert '\n"",4,' in text, "an empty text stays apart from a missing one"


def test_text_without_awkward_letters_is_not_quoted(tmp_path):
    write_csv(pd.DataFrame({"a": ["x", None], "b": [1, 2]}), tmp_path / "t.csv")
    assert (tmp_path / "t.csv").read_text() == "a,b\nx,1\n,2\n"


def test_an_imputation_leaves_three_files_and_nothing_else(tmp_path):
    completed = pd.DataFrame({"a": [1, 2], "b": ["x", "y"]})
    mask = pd.DataFrame({"a": [False, True], "b": [False, False]})
    files = write_imputation(completed, mask, "my table.csv", tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == {path.name for path in files}
    assert [path.name for path in files] == ["imputed.parquet", "mask.parquet", "my_table_imputed.csv"]
    pd.testing.assert_frame_equal(pd.read_parquet(files[0]), completed)
    pd.testing.assert_frame_equal(pd.read_parquet(files[1]), mask)


def test_a_correlation_file_is_square_with_names_both_ways(tmp_path):
    matrix = pd.DataFrame([[1.0, 0.5], [0.5, 1.0]], index=["a", "b,c"], columns=["a", "b,c"])
    path = write_correlation(matrix, "t", tmp_path)
    read = pd.read_csv(path, index_col=0)
    assert read.index.tolist() == read.columns.tolist() == ["a", "b,c"]


def test_a_result_names_the_dataset_as_the_server_does(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    pd.DataFrame({"a": [1.0]}).to_parquet("input.parquet")
    Path("dataset.json").write_text(json.dumps({"sha256": "ab" * 32}))
    run = Run("analyze", "t", "input.parquet", 0)
    result = json.loads(run.write_result(run.read(), {}).read_text())

    assert result["dataset"]["sha256"] == "ab" * 32
    assert result["dataset"]["parquet_sha256"] == hashlib.sha256(Path("input.parquet").read_bytes()).hexdigest()


def test_a_result_is_strict_json_with_null_for_nothing(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    frame = pd.DataFrame({"a": [1.0, None]})
    frame.to_parquet("input.parquet")
    run = Run("impute", "t", "input.parquet", 3)
    scores = pd.DataFrame({"column": ["a"], "ratio": [np.inf], "cells": np.array([2], dtype="int64")})
    summary = {"ratio": float("nan"), "flag": np.True_, "many": np.arange(2), "missing": pd.NA}
    path = run.write_result(run.read(), summary, scores=scores)
    result = json.loads(path.read_text(), parse_constant=pytest.fail)
    assert result["summary"] == {"ratio": None, "flag": True, "many": [0, 1], "missing": None}
    assert result["scores"] == [{"column": "a", "ratio": None, "cells": 2}]
    assert result["dataset"]["rows"] == 2
    assert len(result["dataset"]["parquet_sha256"]) == 64
    assert result["dataset"]["sha256"] is None
    assert result["seed"] == 3
    assert set(result["durations_seconds"]) == {"read"}


def test_an_unknown_excluded_column_is_refused_by_name(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    pd.DataFrame({"a": [1.0]}).to_parquet("input.parquet")
    with pytest.raises(ValueError, match=r"exclude: there is no column 'b'; the columns are a\."):
        Run("analyze", "t", "input.parquet", 0).read(["b"])
