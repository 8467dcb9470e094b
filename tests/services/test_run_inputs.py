"""What a run finds in its folder."""

import json
import uuid

import pytest

from wrangler.cli.lab import NOTEBOOK
from wrangler.errors import NotFound
from wrangler.extensions import db
from wrangler.models import Artifact, Job, JobKind, JobState
from wrangler.services.database_clock import database_now
from wrangler.services.jobs import run_inputs
from wrangler.services.storage import Storage


@pytest.fixture
def storage(tmp_path):
    return Storage(tmp_path / "data")


@pytest.fixture
def imputed(make_job, storage):
    """A finished impute job with the files that it left."""
    job_id = make_job(state=JobState.SUCCEEDED, finished_at=database_now(), attempt=1, peak_memory_bytes=7)
    folder = storage.published(job_id, 1)
    folder.mkdir(parents=True)
    for name in run_inputs.COMPARED_FILES:
        (folder / name).write_text(name)
    return str(job_id)


@pytest.fixture
def lay_out(make_job, storage, tmp_path):
    """Lays out the folder of a comparison of these jobs."""

    def do(*jobs):
        job = db.session.get_one(Job, make_job(kind=JobKind.COMPARE, parameters={"jobs": list(jobs)}))
        table = storage.table(job.dataset_id)
        table.parent.mkdir(parents=True, exist_ok=True)
        table.write_text("table")
        folder = tmp_path / "run"
        folder.mkdir()
        run_inputs.lay_out(job, storage, folder)
        return folder

    return do


def test_a_comparison_finds_copies_of_what_its_jobs_left(imputed, lay_out, storage):
    folder = lay_out(imputed)
    own = folder / "jobs" / imputed

    assert (folder / "input.parquet").read_text() == "table"
    assert json.loads((own / "job.json").read_text())["peak_memory_bytes"] == 7
    (own / "result.json").write_text("changed")
    assert (storage.published(uuid.UUID(imputed), 1) / "result.json").read_text() == "result.json"


def test_what_other_jobs_left_is_not_kept_twice(imputed, lay_out):
    folder = lay_out(imputed)
    run_inputs.take_away(folder)

    assert sorted(path.name for path in folder.iterdir()) == ["dataset.json", "input.parquet"]


def test_a_job_that_was_deleted_meanwhile_is_named(imputed, lay_out):
    gone = str(uuid.uuid4())
    with pytest.raises(NotFound, match=f"Job {gone}, which was to be compared, has been deleted") as refusal:
        lay_out(imputed, gone)
    assert refusal.value.code == "compared_job_gone"


def test_a_job_whose_files_are_lost_is_named(imputed, lay_out, storage):
    storage.remove_job(uuid.UUID(imputed))
    with pytest.raises(NotFound) as refusal:
        lay_out(imputed)
    assert refusal.value.code == "compared_job_gone"


def test_a_table_that_the_store_has_lost_is_named(make_job, storage, tmp_path):
    with pytest.raises(NotFound) as refusal:
        run_inputs.lay_out(db.session.get_one(Job, make_job()), storage, tmp_path)
    assert refusal.value.code == "dataset_gone"


def test_a_run_finds_the_missing_reasons_of_its_table(make_job, storage, tmp_path):
    job = db.session.get_one(Job, make_job())
    reported, untold = {"refused": 3, "missing": 1}, {"missing": 4}
    job.dataset.columns = [
        {"name": "a", "missing_reasons": reported},
        {"name": "b", "missing_reasons": untold},
        {"name": "c"},
    ]
    for path in (storage.table(job.dataset_id), storage.markers(job.dataset_id)):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(path.name)
    run_inputs.lay_out(job, storage, tmp_path)

    assert json.loads((tmp_path / "markers.json").read_text()) == {"a": reported}
    assert (tmp_path / "markers.parquet").read_text() == "markers.parquet"


def test_a_notebook_is_laid_out_for_jupyterlab_though_a_job_that_it_compared_is_gone(rows, make_job, settings):
    storage, gone = Storage(settings.data_dir), str(uuid.uuid4())
    job_id = make_job(
        kind=JobKind.COMPARE,
        parameters={"jobs": [gone]},
        state=JobState.SUCCEEDED,
        finished_at=database_now(),
        attempt=1,
    )
    for path in (storage.published(job_id, 1) / NOTEBOOK, storage.table(db.session.get_one(Job, job_id).dataset_id)):
        path.parent.mkdir(parents=True)
        path.write_text("{}")
    db.session.add(Artifact(job_id=job_id, attempt=1, name=NOTEBOOK, media_type="-", bytes=2, sha256="0" * 64))
    db.session.commit()

    response = rows.test_cli_runner().invoke(args=["lab", str(job_id), "--prepare-only"])

    assert response.exit_code == 0, response.output
    assert f"Job {gone}, which was to be compared, has been deleted." in response.output
    [folder] = storage.lab.iterdir()
    assert {NOTEBOOK, "input.parquet"} <= {path.name for path in folder.iterdir()}
