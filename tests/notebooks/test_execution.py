"""Each notebook on the real penguins: its files, its numbers, and a clean page."""

import json

import numpy as np
import pandas as pd
import pytest

from tests.notebooks.conftest import execute
from wrangler.notebook.result import Result

pytestmark = [pytest.mark.kernel, pytest.mark.slow]

KINDS = ["impute", "analyze", "correlate"]


@pytest.fixture(params=KINDS)
def run(request, executed):
    return executed(request.param)


def result_of(run):
    return json.loads((run.folder / "result.json").read_text())


def test_nothing_is_printed_on_the_error_stream(run):
    assert [output for output in run.outputs() if output["output_type"] in {"stream", "error"}] == []


def test_the_result_is_what_the_runner_demands(run):
    result = result_of(run)
    Result.model_validate(result)
    assert result["dataset"] | {"sha256_of_file": None} == {
        "name": "penguins.csv",
        "rows": 344,
        "columns": 8,
        "sha256_of_file": None,
    }
    assert result["seed"] == 1
    assert set(result["files"]) <= {path.name for path in run.folder.iterdir()}


def test_every_picture_has_a_description(run):
    pictures = [output for output in run.outputs() if "image/png" in output.get("data", {})]
    assert pictures
    assert all(len(picture["metadata"]["image/png"]["alt"]) > 20 for picture in pictures)


def test_penguins_are_completed_and_observed_cells_stay(executed, penguins):
    folder = executed("impute").folder
    completed, mask = pd.read_parquet(folder / "imputed.parquet"), pd.read_parquet(folder / "mask.parquet")
    assert not completed.isna().any(axis=None)
    assert (mask.to_numpy() == penguins.isna().to_numpy()).all()
    assert completed.dtypes.astype(str).tolist() == penguins.dtypes.astype(str).tolist()
    pd.testing.assert_frame_equal(completed.mask(mask), penguins)
    assert set(completed["sex"]) == {"male", "female"}


def test_the_csv_holds_the_completed_table(executed):
    folder = executed("impute").folder
    completed = pd.read_parquet(folder / "imputed.parquet")
    text = pd.read_csv(folder / "penguins_imputed.csv")
    assert text.columns.tolist() == completed.columns.tolist()
    assert text["sex"].tolist() == completed["sex"].tolist()
    assert np.array_equal(text["bill_length_mm"], completed["bill_length_mm"])


def test_the_summary_of_an_imputation_counts_and_compares(executed):
    result = result_of(executed("impute"))
    summary = result["summary"]
    assert (summary["cells_filled"], summary["columns_filled"], summary["cells_left"]) == (19, 5, 0)
    assert summary["scored_columns"] == 5
    assert 0 < summary["mean_error_ratio"] < 1
    assert {column["name"]: column["filled"] for column in result["columns"] if column["filled"]} == {
        "bill_length_mm": 2,
        "bill_depth_mm": 2,
        "flipper_length_mm": 2,
        "body_mass_g": 2,
        "sex": 11,
    }
    assert {"column", "error", "baseline_error", "ratio"} <= set(result["scores"][0])


def test_the_summary_of_missingness_counts(executed):
    summary = result_of(executed("analyze"))["summary"]
    assert (summary["cells_missing"], summary["complete_rows"], summary["patterns"]) == (19, 333, 3)


def test_the_correlation_file_is_square_and_right(executed, penguins):
    matrix = pd.read_csv(executed("correlate").folder / "penguins_correlation.csv", index_col=0)
    expected = penguins.select_dtypes("number").astype(float).corr()
    assert matrix.index.tolist() == matrix.columns.tolist() == expected.columns.tolist()
    assert np.allclose(matrix, expected)


def test_the_same_seed_gives_the_same_files_and_pictures(executed, penguins, tmp_path):
    first = executed("impute")
    again = execute("impute", penguins, tmp_path, dataset_name="penguins.csv", seed=1)
    for name in ("imputed.parquet", "mask.parquet", "penguins_imputed.csv"):
        assert (first.folder / name).read_bytes() == (again.folder / name).read_bytes()
    assert result_of(first) | {"durations_seconds": None} == result_of(again) | {"durations_seconds": None}
    pictures = [
        [o["data"]["image/png"] for o in run.outputs() if "image/png" in o.get("data", {})] for run in (first, again)
    ]
    assert pictures[0] == pictures[1]


def test_an_excluded_column_is_neither_filled_nor_lost(penguins, tmp_path):
    run = execute("impute", penguins, tmp_path, method="median", exclude=["sex"], holdout=0.0)
    completed = pd.read_parquet(tmp_path / "imputed.parquet")
    assert completed["sex"].isna().sum() == 11
    summary = result_of(run)["summary"]
    assert summary["cells_left"] == 11
    assert summary["mean_error_ratio"] is None


@pytest.mark.parametrize("kind", KINDS)
def test_a_table_of_one_column_and_one_row_has_a_report(kind, tmp_path):
    execute(kind, pd.DataFrame({"only": ["x"]}), tmp_path, **({"method": "mode"} if kind == "impute" else {}))
    assert (tmp_path / "result.json").is_file()
