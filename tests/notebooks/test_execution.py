"""Each notebook on the real penguins: its files, its numbers, and a clean page.

The first test of each kind is long because it starts a kernel from nothing, as JupyterLab does.
"""

import json

import jsonschema
import numpy as np
import pandas as pd
import pytest

from tests.notebooks.conftest import run_forked
from wrangler.notebook.protocol.result import Result, result_schema

pytestmark = [pytest.mark.kernel, pytest.mark.slow]

KINDS = ["impute", "analyze", "correlate", "compare"]


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
    jsonschema.validate(result, result_schema(), jsonschema.Draft202012Validator)
    assert result["dataset"] | {"parquet_sha256": None} == {
        "name": "penguins.csv",
        "rows": 344,
        "columns": 8,
        "sha256": None,
        "parquet_sha256": None,
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


def test_rules_and_indicators_reach_the_files(tmp_path, penguins):
    rule = {"column": "body_mass_g", "equals": 4000, "when": {"column": "species", "is": "Adelie"}}
    folder = run_forked("impute", penguins, tmp_path, rules=[rule], add_indicator=True, holdout=0.0).folder
    completed = pd.read_parquet(folder / "imputed.parquet")
    assert completed["body_mass_g"][3] == 4000
    assert completed["sex_missing"].equals(penguins["sex"].isna())
    assert pd.read_parquet(folder / "mask.parquet").columns.tolist() == penguins.columns.tolist()


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
    again = run_forked("impute", penguins, tmp_path, dataset_name="penguins.csv", seed=1)
    for name in ("imputed.parquet", "mask.parquet", "penguins_imputed.csv"):
        assert (first.folder / name).read_bytes() == (again.folder / name).read_bytes()
    assert result_of(first) | {"durations_seconds": None} == result_of(again) | {"durations_seconds": None}
    pictures = [
        [o["data"]["image/png"] for o in run.outputs() if "image/png" in o.get("data", {})] for run in (first, again)
    ]
    assert pictures[0] == pictures[1]


def test_an_excluded_column_is_neither_filled_nor_lost(penguins, tmp_path):
    run = run_forked("impute", penguins, tmp_path, method="median", exclude=["sex"], holdout=0.0)
    completed = pd.read_parquet(tmp_path / "imputed.parquet")
    assert completed["sex"].isna().sum() == 11
    summary = result_of(run)["summary"]
    assert summary["cells_left"] == 11
    assert summary["mean_error_ratio"] is None


@pytest.mark.parametrize("kind", KINDS)
def test_a_table_of_one_column_and_one_row_has_a_report(kind, tmp_path):
    run_forked(kind, pd.DataFrame({"only": ["x"]}), tmp_path, **({"method": "mode"} if kind == "impute" else {}))
    assert (tmp_path / "result.json").is_file()


def test_several_draws_leave_their_tables_and_their_spread(penguins, tmp_path):
    run = run_forked("impute", penguins, tmp_path, draws=3, seed=1)
    result = result_of(run)
    assert {"imputed_draws.parquet", "spread.parquet", "cells.parquet"} <= set(result["files"])
    assert len(pd.read_parquet(tmp_path / "imputed_draws.parquet")) == 3 * len(penguins)
    assert 0 < result["summary"]["most_missing_information"] < 1
    assert result["recipe"]["draws"] == 3
    assert "dataset_file" not in result["recipe"]


def test_the_result_names_its_recipe(run):
    recipe = result_of(run)["recipe"]
    assert recipe["exclude"] == []
    assert not {"seed", "dataset_file", "dataset_name"} & set(recipe)


def test_every_cell_of_an_imputation_has_its_origin(executed, penguins):
    cells = pd.read_parquet(executed("impute").folder / "cells.parquet")
    methods = {column["name"]: column["method"] for column in result_of(executed("impute"))["columns"]}
    assert set(cells["sex"][penguins["sex"].isna()]) == {methods["sex"]}
    assert set(cells["year"]) == {"observed"}


def test_finished_jobs_are_set_beside_each_other(penguins, tmp_path):
    for job, method in (("a", "mean"), ("b", "linear")):
        folder = tmp_path / "jobs" / job
        folder.mkdir(parents=True)
        run_forked("impute", penguins, folder, method=method, seed=1)
    run = run_forked("compare", penguins, tmp_path, jobs=["a", "b"], methods=[], dataset_name="penguins")
    result = result_of(run)

    assert (result["summary"]["advised"], result["summary"]["job_ids"]) == ("linear", {"mean": "a", "linear": "b"})
    assert result["summary"]["warnings"] == []
    assert {score["job"] for score in result["scores"]} == {"mean", "linear"}
    differences = {one["column"]: one for one in result["differences"]}
    assert (differences["body_mass_g"]["filled"], differences["body_mass_g"]["differing"]) == (2, 2)
    assert pd.read_csv(tmp_path / "penguins_jobs.csv")["job"].tolist() == ["linear", "mean"]


def test_every_missing_cell_has_the_reason_of_its_marker(penguins, tmp_path):
    missing = penguins["sex"].isna()
    kinds = pd.Series(pd.Categorical(["refused"] * 5 + [None] * (len(penguins) - 5))).where(missing)
    kinds[missing.to_numpy().nonzero()[0][:4]] = "refused"
    pd.DataFrame({"sex": kinds}).to_parquet(tmp_path / "markers.parquet")
    (tmp_path / "markers.json").write_text(json.dumps({"sex": {"refused": 4}}))
    run = run_forked("impute", penguins, tmp_path, method="mode", holdout=0)

    kinds = pd.read_parquet(tmp_path / "missing_reasons.parquet")
    cells, mask = pd.read_parquet(tmp_path / "cells.parquet"), pd.read_parquet(tmp_path / "mask.parquet")
    assert kinds.shape == cells.shape == mask.shape == penguins.shape
    assert ((kinds != "observed") == mask).all(axis=None)
    assert pd.crosstab(kinds["sex"], cells["sex"]).loc[["missing", "refused"], "mode"].tolist() == [7, 4]
    columns = {column["name"]: column for column in result_of(run)["columns"]}
    assert columns["sex"]["missing_reasons"] == {"missing": 7, "refused": 4}
