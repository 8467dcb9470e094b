"""Which finished jobs may be compared; no worker runs here."""

import uuid

import pytest

from wrangler.examples import PENGUINS
from wrangler.extensions import db
from wrangler.models import Job, JobState
from wrangler.models.columns import now

JOBS = "/api/v1/jobs"


@pytest.fixture
def upload():
    def send(caller):
        with PENGUINS.open("rb") as file:
            return caller.post("/api/v1/datasets", data={"file": (file, "penguins.csv")}).json["id"]

    return send


@pytest.fixture
def dataset(user, upload):
    return upload(user)


@pytest.fixture
def finished(app, user, dataset):
    """An impute job of the penguins that has ended, well unless said otherwise."""

    def make(caller=user, of=dataset, kind="impute", state=JobState.SUCCEEDED):
        job_id = caller.post(JOBS, json={"kind": kind, "dataset_id": of}).json["id"]
        with app.app_context():
            job = db.session.get_one(Job, uuid.UUID(job_id))
            if state.is_final:
                job.state, job.finished_at = state, now()
            db.session.commit()
        return job_id

    return make


@pytest.fixture
def compare(user, dataset):
    def send(jobs, caller=user, **more):
        body = {"kind": "compare", "dataset_id": dataset, "parameters": {"jobs": jobs, **more}}
        return caller.post(JOBS, json=body)

    return send


def test_finished_jobs_of_one_dataset_can_be_compared(compare, finished):
    pair = [finished(), finished()]
    response = compare([pair[0].upper(), pair[1]])

    assert response.status_code == 202
    assert response.json["parameters"]["jobs"] == pair
    assert response.json["parameters"]["methods"] == []


def test_a_comparison_of_jobs_can_be_run_again(user, compare, finished):
    job = compare([finished(), finished()]).json
    again = user.post(f"{JOBS}/{job['id']}/rerun", json={})

    assert (again.status_code, again.json["parameters"]) == (202, job["parameters"])


@pytest.mark.parametrize(
    ("different", "words"),
    [
        ({"kind": "analyze"}, "is of the kind analyze"),
        ({"state": JobState.FAILED}, "is failed"),
        ({"state": JobState.QUEUED}, "is queued"),
    ],
)
def test_a_job_that_is_no_finished_imputation_is_refused_by_its_place(compare, finished, different, words):
    response = compare([finished(), finished(**different)])

    assert response.status_code == 422
    assert [error["pointer"] for error in response.json["errors"]] == ["/parameters/jobs/1"]
    assert words in response.json["detail"]


def test_a_job_of_another_dataset_is_refused(user, compare, finished, upload):
    response = compare([finished(of=upload(user)), finished()])

    assert response.status_code == 422
    assert "/parameters/jobs/0" in [error["pointer"] for error in response.json["errors"]]
    assert "completed another dataset" in response.json["detail"]


def test_somebody_else_s_job_does_not_exist(compare, finished, other, upload):
    theirs, unknown = finished(caller=other, of=upload(other)), str(uuid.uuid4())
    responses = [compare([finished(), job]).json for job in (theirs, unknown)]

    details = [response["detail"].replace(job, "") for response, job in zip(responses, (theirs, unknown), strict=True)]
    assert details[0] == details[1] == "The jobs cannot be compared: There is no job ."


@pytest.mark.parametrize(
    ("jobs", "more", "pointer"),
    [
        ([0], {}, "/parameters/jobs"),
        ([0] * 9, {}, "/parameters/jobs"),
        ([0, 0], {}, "/parameters/jobs/1"),
        ([0, "../../etc"], {}, "/parameters/jobs/1"),
        ([0, 7], {}, "/parameters/jobs/1"),
        ([0, 1], {"methods": ["mean"]}, "/parameters/methods"),
    ],
)
def test_a_choice_of_jobs_that_makes_no_sense_is_refused(compare, finished, jobs, more, pointer):
    known = [finished(), finished()]
    response = compare([known[job] if job in {0, 1} else job for job in jobs], **more)

    assert response.status_code == 422
    assert pointer in [error["pointer"] for error in response.json["errors"]]
