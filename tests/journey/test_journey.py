"""From a table with missing cells to an executed report, over HTTP, through a real worker and a real kernel."""

import hashlib
import json

import httpx
import pandas as pd
import pytest

from wrangler.client import Refused
from wrangler.examples import PENGUINS


@pytest.fixture(scope="module")
def person(installation):
    return installation.person()


@pytest.fixture(scope="module")
def dataset(person):
    return person.upload(PENGUINS)


@pytest.fixture(scope="module")
def imputed(person, dataset):
    """An impute job that has ended, with all that was seen of it on the way."""
    seen = []
    job = person.wait(person.submit("impute", dataset["id"], seed=3), seen.append)
    return job, seen


@pytest.fixture(scope="module")
def folder(person, dataset, imputed, tmp_path_factory):
    """Everything that the job left, and the table it began with."""
    job, _ = imputed
    target = tmp_path_factory.mktemp("artifacts")
    for artifact in person.artifacts(job):
        person.fetch(job, artifact["name"], target / artifact["name"])
    person.save(f"/datasets/{dataset['id']}/download", target / "input.parquet", format="parquet")
    return target


def test_the_upload_is_typed_and_its_missing_cells_are_counted(dataset):
    columns = {column["name"]: column for column in dataset["columns"]}

    assert dataset["rows"] == 344
    assert {name: column["missing"] for name, column in columns.items() if column["missing"]} == {
        "bill_length_mm": 2,
        "bill_depth_mm": 2,
        "flipper_length_mm": 2,
        "body_mass_g": 2,
        "sex": 11,
    }
    assert [columns[name]["type"] for name in ("sex", "body_mass_g", "bill_depth_mm")] == ["text", "integer", "number"]


def test_an_impute_job_succeeds_and_reports_its_progress(imputed):
    job, seen = imputed

    assert job["state"] == "succeeded", job["error"]
    fractions = [one["progress"] for one in seen]
    assert fractions == sorted(fractions)
    assert len({one["stage"] for one in seen}) > 2


def test_every_observed_cell_is_unchanged_and_none_is_missing(folder):
    before, after = pd.read_parquet(folder / "input.parquet"), pd.read_parquet(folder / "imputed.parquet")

    pd.testing.assert_frame_equal(after.where(before.notna(), before), before, check_exact=True)
    assert not after.isna().any().any()


def test_the_result_names_the_dataset_by_its_own_sha256(folder, dataset):
    named = json.loads((folder / "result.json").read_text())["dataset"]

    assert named["sha256"] == dataset["sha256"] == hashlib.sha256(PENGUINS.read_bytes()).hexdigest()
    assert named["parquet_sha256"] == hashlib.sha256((folder / "input.parquet").read_bytes()).hexdigest()


def test_text_stays_text_and_integers_stay_integers(folder):
    before, after = pd.read_parquet(folder / "input.parquet"), pd.read_parquet(folder / "imputed.parquet")

    assert list(after.dtypes) == list(before.dtypes)
    assert after["sex"].dtype == "str"
    assert set(after["sex"]) == {"male", "female"}
    assert after["body_mass_g"].dtype == "Int64"


def test_the_mask_marks_the_cells_that_were_missing_and_no_other(folder):
    before, mask = pd.read_parquet(folder / "input.parquet"), pd.read_parquet(folder / "mask.parquet")

    pd.testing.assert_frame_equal(mask.astype(bool), before.isna())


def test_the_audit_shows_the_method_and_the_held_out_error_of_each_filled_column(folder):
    result = json.loads((folder / "result.json").read_text())

    filled = {column["name"]: column for column in result["columns"] if column["filled"]}
    assert set(filled) == {"bill_length_mm", "bill_depth_mm", "flipper_length_mm", "body_mass_g", "sex"}
    assert result["summary"]["cells_filled"] == 19
    scored = {score["column"]: score for score in result["scores"]}
    assert set(scored) == set(filled)
    assert all(score["baseline_error"] > 0 for score in scored.values())


def test_the_executed_notebook_has_run_every_cell(folder):
    cells = json.loads((folder / "report.ipynb").read_text())["cells"]

    code = [cell for cell in cells if cell["cell_type"] == "code"]
    assert all(cell["execution_count"] for cell in code)
    assert any(
        "image/png" in output.get("data", {}) or "image/svg+xml" in output.get("data", {})
        for cell in code
        for output in cell["outputs"]
    )


def test_the_artifacts_match_their_hashes(person, imputed, folder):
    for artifact in person.artifacts(imputed[0]):
        content = (folder / artifact["name"]).read_bytes()
        assert (len(content), hashlib.sha256(content).hexdigest()) == (artifact["bytes"], artifact["sha256"])


def test_the_notebook_is_handed_out_as_a_file_and_the_report_as_a_sandboxed_page(person, installation, imputed):
    token = person._http.headers["Authorization"]
    base = f"{installation.url}/api/v1/jobs/{imputed[0]['id']}"

    notebook = httpx.get(f"{base}/notebook", headers={"Authorization": token})
    report = httpx.get(f"{base}/report", headers={"Authorization": token})

    assert notebook.headers["Content-Disposition"] == "attachment; filename=report.ipynb"
    assert report.headers["Content-Type"] == "text/html; charset=utf-8"
    assert report.headers["Content-Security-Policy"].startswith("sandbox; default-src 'none'")
    assert "<script" not in report.text


def test_the_completed_table_is_a_dataset_of_its_own(person, dataset, imputed):
    completed = person.get(f"/datasets/{imputed[0]['completed_dataset_id']}")

    assert completed["parent_id"] == dataset["id"]
    assert completed["job_id"] == imputed[0]["id"]
    assert all(column["missing"] == 0 for column in completed["columns"])
    assert person.get(f"/datasets/{completed['id']}/rows", limit=1)["total"] == 344


def test_every_filled_cell_has_its_missing_reason_and_the_method_that_filled_it(person, tmp_path):
    file = tmp_path / "answers.csv"
    responses = [("refused", "unknown", "", str(20 + row % 7))[row % 4] for row in range(80)]
    file.write_text("age,x\n" + "".join(f"{age},{row % 7}\n" for row, age in enumerate(responses)))
    dataset = person.upload(file, missing_markers=["refused", "unknown", ""])
    job = person.wait(person.submit("impute", dataset["id"], method="mean", holdout=0))
    files = (f"{name}.parquet" for name in ("missing_reasons", "cells"))
    kinds, cells = (pd.read_parquet(person.fetch(job, name, tmp_path / name)) for name in files)

    assert job["state"] == "succeeded", job["error"]
    assert pd.crosstab(kinds["age"], cells["age"])["mean"].to_dict() == {
        "missing": 20,
        "observed": 0,
        "refused": 20,
        "unknown": 20,
    }
    assert not {"markers.parquet", "markers.json"} & {one["name"] for one in person.artifacts(job)}


@pytest.mark.parametrize("kind", ["analyze", "correlate", "compare"])
def test_the_other_kinds_of_jobs_leave_a_report_too(person, dataset, kind):
    job = person.wait(person.submit(kind, dataset["id"]))

    assert job["state"] == "succeeded", job["error"]
    assert {"report.ipynb", "report.html", "result.json"} <= {one["name"] for one in person.artifacts(job)}


def test_finished_jobs_are_set_beside_each_other(installation, person, dataset, imputed):
    other = person.wait(person.submit("impute", dataset["id"], method="mean", seed=3))
    job = person.wait(person.compare([imputed[0], other]))

    assert job["state"] == "succeeded", job["error"]
    assert job["result"]["job_ids"] == {"auto": imputed[0]["id"], "mean": other["id"]}
    assert job["result"]["advised"] == "auto"
    assert "report.html" in {one["name"] for one in person.artifacts(job)}
    assert not (installation.data_dir / "artifacts" / job["id"] / "1" / "jobs").exists()


def test_a_job_can_be_run_again_with_a_change(person, imputed):
    job = person._call("POST", f"/jobs/{imputed[0]['id']}/rerun", json={"parameters": {"method": "median"}})

    assert job["rerun_of_id"] == imputed[0]["id"]
    assert job["parameters"]["method"] == "median"
    assert person.wait(job)["state"] == "succeeded"


def test_nobody_else_sees_any_of_it(installation, dataset, imputed):
    stranger = installation.person()

    for path in (f"/datasets/{dataset['id']}", f"/jobs/{imputed[0]['id']}", f"/jobs/{imputed[0]['id']}/artifacts"):
        with pytest.raises(Refused) as refusal:
            stranger.get(path)
        assert refusal.value.status == 404


def test_the_command_line_shows_the_job(installation, imputed):
    shown = installation.flask("job", "show", imputed[0]["id"])

    assert shown.returncode == 0, shown.stderr
    assert "succeeded" in shown.stdout
    assert "imputed.parquet" in shown.stdout


def test_the_doctor_finds_everything_well(installation):
    reported = installation.flask("doctor")

    assert reported.returncode == 0, reported.stdout + reported.stderr
    assert reported.stdout.count(" ok ") == 8, reported.stdout


def test_the_lab_folder_holds_the_notebook_beside_its_data(installation, imputed):
    reported = installation.flask("lab", imputed[0]["id"], "--prepare-only")

    assert reported.returncode == 0, reported.stderr
    (folder,) = (installation.data_dir / "lab").glob(f"impute-*-{imputed[0]['id'][:8]}")
    assert {path.name for path in folder.iterdir()} == {"report.ipynb", "input.parquet", "dataset.json"}
