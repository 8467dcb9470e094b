"""Ordering jobs over HTTP; no worker runs here."""

import io
import uuid

import pytest

from wrangler.examples import PENGUINS
from wrangler.extensions import db
from wrangler.models import Job, JobState
from wrangler.models.columns import now

JOBS = "/api/v1/jobs"


@pytest.fixture
def dataset(user):
    with PENGUINS.open("rb") as file:
        return user.post("/api/v1/datasets", data={"file": (file, "penguins.csv")}).json


@pytest.fixture
def submit(user, dataset):
    """Orders a job on the dataset; what differs from a plain impute job is named."""

    def send(caller=user, headers=None, **different):
        body = {"kind": "impute", "dataset_id": dataset["id"], "parameters": {}, **different}
        return caller.post(JOBS, json=body, headers=headers or {})

    return send


def pointers(response):
    return [error["pointer"] for error in response.json["errors"]]


def test_a_submission_returns_202_with_its_location(user, submit):
    response = submit()

    assert response.status_code == 202
    assert response.headers["Location"] == f"{JOBS}/{response.json['id']}"
    assert response.headers["Retry-After"] == "1"
    assert user.get(response.headers["Location"]).json == response.json
    assert (response.json["state"], response.json["attempt"], response.json["error"]) == ("queued", 0, None)


def test_a_submission_shows_the_parameters_with_their_defaults(submit):
    parameters = submit(parameters={"method": "median"}).json["parameters"]

    assert parameters["method"] == "median"
    assert parameters["holdout"] == 0.1
    assert not {"seed", "dataset_file", "dataset_name"} & set(parameters)


@pytest.mark.parametrize(
    ("parameters", "pointer"),
    [
        ({"method": "magic"}, "/parameters/method"),
        ({"colour": "red"}, "/parameters/colour"),
        ({"method": 7}, "/parameters/method"),
        ({"columns": ["sex", "age"]}, "/parameters/columns/1"),
        ({"exclude": ["nobody"]}, "/parameters/exclude/0"),
        ({"order_by": "when"}, "/parameters/order_by"),
        ({"group_by": ["team"]}, "/parameters/group_by/0"),
        ({"per_column": {"age": {"method": "mean"}}}, "/parameters/per_column/age"),
        ({"per_column": {"sex": {"method": "magic"}}}, "/parameters/per_column/sex/method"),
        ({"bounds": {"body_mass_g": [9000, 1000]}}, "/parameters/bounds/body_mass_g"),
        ({"bounds": {"body_mass_g": [1]}}, "/parameters/bounds/body_mass_g"),
        ({"bounds_policy": "wrap"}, "/parameters/bounds_policy"),
        ({"round_to": {"age": 1}}, "/parameters/round_to/age"),
        ({"round_to": {"body_mass_g": 0}}, "/parameters/round_to/body_mass_g"),
        ({"allowed": {"sex": []}}, "/parameters/allowed/sex"),
        ({"allowed": {"sex": [None]}}, "/parameters/allowed/sex"),
        ({"allowed": {"age": [1]}}, "/parameters/allowed/age"),
        ({"predictors": {"sex": ["island", "age"]}}, "/parameters/predictors/sex/1"),
        ({"predictors": {"age": ["sex"]}}, "/parameters/predictors/age"),
        ({"predictors": {"sex": ["island"]}, "exclude": ["island"]}, "/parameters/predictors/sex/0"),
        ({"rules": [{"column": "sex"}]}, "/parameters/rules/0"),
        ({"rules": [{"column": "age", "at_least": 1}]}, "/parameters/rules/0/column"),
        ({"rules": [{"column": "sex", "equals": {"column": "age"}}]}, "/parameters/rules/0/equals/column"),
        ({"rules": [{"column": "sex", "equals": "male", "if": 1}]}, "/parameters/rules/0/if"),
        ({"rules": "sex = male"}, "/parameters/rules"),
        ({"options": {"time_budget_seconds": -1}}, "/parameters/options/time_budget_seconds"),
        ({"method": "knn", "options": {"neighbours": 3}}, "/parameters/options/neighbours"),
        ({"holdout": 0.9}, "/parameters/holdout"),
        ({"method": "knn", "draws": 5}, "/parameters/draws"),
        ({"draws": 0}, "/parameters/draws"),
        ({"seed": 3}, "/parameters/seed"),
        ({"dataset_file": "/etc/passwd"}, "/parameters/dataset_file"),
    ],
)
def test_a_parameter_that_does_not_fit_is_named(submit, parameters, pointer):
    response = submit(parameters=parameters)

    assert response.status_code == 422
    assert pointer in pointers(response)


def test_every_parameter_of_an_imputation_can_be_ordered(submit):
    parameters = {
        "predictors": {"sex": ["body_mass_g"], "*": ["species", "island"]},
        "bounds": {"body_mass_g": [2000, None]},
        "bounds_policy": "reflect",
        "round_to": {"body_mass_g": 25},
        "allowed": {"sex": ["male", "female"]},
        "rules": [{"column": "body_mass_g", "at_most": 5000, "when": {"column": "sex", "is": "female"}}],
        "add_indicator": True,
        "options": {"time_budget_seconds": 60},
    }

    response = submit(parameters=parameters)

    assert response.status_code == 202
    assert parameters.items() <= response.json["parameters"].items()


@pytest.mark.parametrize(
    "different", [{"kind": "guess"}, {"seed": -1}, {"seed": 1.5}, {"priority": 10**9}, {"owner": 1}]
)
def test_an_invalid_job_request_is_refused(submit, different):
    response = submit(**different)

    assert response.status_code == 422
    assert pointers(response) == [f"/{name}" for name in different]


def test_identifiers_and_targets_are_not_imputed_unless_named(user, submit, dataset):
    user.patch(f"/api/v1/datasets/{dataset['id']}", json={"columns": [{"name": "sex", "role": "target"}]})

    assert "sex" in submit().json["parameters"]["exclude"]
    assert "sex" not in submit(parameters={"columns": ["sex"]}).json["parameters"]["exclude"]


def test_somebody_elses_dataset_cannot_be_used(submit, other):
    assert submit(other).status_code == 404


def test_the_same_idempotency_key_with_the_same_request_gives_the_same_job(submit):
    key = {"Idempotency-Key": "abc"}

    first, second = submit(headers=key), submit(headers=key)

    assert (first.status_code, second.status_code) == (202, 202)
    assert first.json["id"] == second.json["id"]


def test_the_same_idempotency_key_with_another_request_is_refused(submit):
    key = {"Idempotency-Key": "abc"}
    submit(headers=key)

    response = submit(headers=key, seed=5)

    assert (response.status_code, response.json["code"]) == (409, "idempotency_key_reused")


def test_two_people_may_use_the_same_idempotency_key(user, other, submit, dataset):
    key = {"Idempotency-Key": "abc"}
    theirs = other.post("/api/v1/datasets", data={"file": (io.BytesIO(b"a,b\n1,\n2,3\n"), "t.csv")}).json

    mine, others = submit(headers=key), submit(other, headers=key, dataset_id=theirs["id"])

    assert mine.json["id"] != others.json["id"]


def test_a_queued_job_is_cancelled_at_once_and_stays_cancelled(user, submit):
    job = submit().json

    first, second = (user.post(f"{JOBS}/{job['id']}/cancel") for _ in range(2))

    assert first.json["state"] == "cancelled"
    assert second.json["state"] == "cancelled"
    assert first.json["finished_at"] == second.json["finished_at"]


def test_a_waiting_job_cannot_be_deleted_and_a_cancelled_one_can(user, submit):
    job = submit().json

    assert user.delete(f"{JOBS}/{job['id']}").json["code"] == "job_not_finished"
    user.post(f"{JOBS}/{job['id']}/cancel")
    assert user.delete(f"{JOBS}/{job['id']}").status_code == 204
    assert user.get(f"{JOBS}/{job['id']}").status_code == 404


@pytest.fixture
def failed(app, submit):
    """The id of a job that failed."""

    def make(**different):
        job_id = submit(**different).json["id"]
        with app.app_context():
            job = db.session.get_one(Job, uuid.UUID(job_id))
            job.state, job.finished_at = JobState.FAILED, now()
            db.session.commit()
        return job_id

    return make


def test_a_failed_job_is_retried_as_a_new_one_just_like_it(user, failed):
    earlier = user.get(f"{JOBS}/{failed(seed=7, priority=3, parameters={'method': 'median'})}").json

    response = user.post(f"{JOBS}/{earlier['id']}/retry")

    assert (response.status_code, response.json["state"]) == (202, "queued")
    assert response.json["rerun_of_id"] == earlier["id"]
    same = ("kind", "dataset_id", "parameters", "seed", "priority")
    assert [response.json[name] for name in same] == [earlier[name] for name in same]
    assert user.get(f"{JOBS}/{earlier['id']}").json == earlier


def test_a_waiting_job_is_not_retried(user, submit):
    response = user.post(f"{JOBS}/{submit().json['id']}/retry")

    assert (response.status_code, response.json["code"]) == (409, "job_not_finished")


def test_somebody_elses_job_is_not_retried(other, failed):
    assert other.post(f"{JOBS}/{failed()}/retry").status_code == 404


def test_many_finished_jobs_are_deleted_at_once_and_the_waiting_ones_stay(user, submit, failed):
    waiting, ended = submit().json["id"], [failed() for _ in range(3)]

    response = user.delete(f"{JOBS}?state=failed&state=cancelled")

    assert (response.status_code, response.json) == (200, {"deleted": len(ended)})
    assert [job["id"] for job in user.get(JOBS).json["items"]] == [waiting]


def test_jobs_are_deleted_by_their_ids(user, submit, failed):
    kept, gone, waiting = failed(), failed(), submit().json["id"]

    assert user.delete(f"{JOBS}?id={gone}&id={waiting}").json == {"deleted": 1}
    assert {job["id"] for job in user.get(JOBS).json["items"]} == {kept, waiting}


def test_jobs_are_deleted_by_the_instant_of_their_end(user, failed):
    failed()

    assert user.delete(f"{JOBS}?finished_before=2020-01-01T00:00:00Z").json == {"deleted": 0}
    assert user.delete(f"{JOBS}?finished_before=2999-01-01T00:00:00Z").json == {"deleted": 1}


def test_nobody_deletes_the_jobs_of_others(user, other, failed):
    job_id = failed()

    assert other.delete(f"{JOBS}?id={job_id}").json == {"deleted": 0}
    assert user.get(f"{JOBS}/{job_id}").status_code == 200


@pytest.mark.parametrize("query", ["", "?state=queued", "?finished_before=2020-01-01", "?colour=red", "?id=7"])
def test_a_choice_that_is_none_deletes_nothing_and_is_explained(user, failed, query):
    failed()

    response = user.delete(f"{JOBS}{query}")

    assert (response.status_code, response.mimetype) == (422, "application/problem+json")
    assert len(user.get(JOBS).json["items"]) == 1


def test_a_dataset_with_waiting_jobs_cannot_be_deleted(user, submit, dataset):
    submit()

    response = user.delete(f"/api/v1/datasets/{dataset['id']}")

    assert (response.status_code, response.json["code"]) == (409, "dataset_in_use")


def test_a_job_without_a_report_yet_reports_it(user, submit):
    job = submit().json

    for part in ("notebook", "report", "artifacts/result.json"):
        response = user.get(f"{JOBS}/{job['id']}/{part}")
        assert (response.status_code, response.json["code"]) == (404, "artifact_not_found")


@pytest.mark.parametrize(
    "name", ["../../../../etc/passwd", "..%2f..%2fwrangler.sqlite3", "%2fetc%2fpasswd", "report.ipynb%00"]
)
def test_no_path_leads_out_of_a_jobs_artifacts(user, submit, name):
    path = f"{JOBS}/{submit().json['id']}/artifacts/{name}"

    assert user.get(path, follow_redirects=True).status_code == 404


def test_more_unfinished_jobs_than_allowed_are_refused_for_a_while(make_app, make_settings):
    from tests.conftest import PASSWORD
    from wrangler.services import accounts

    app = make_app(make_settings(job_max_queued_per_user=1))
    with app.app_context():
        accounts.register("ada@example.org", PASSWORD, "Ada")
    client = app.test_client(use_cookies=False)
    reported = client.post("/api/v1/auth/token", json={"email": "ada@example.org", "password": PASSWORD})
    headers = {"Authorization": f"Bearer {reported.json['access_token']}"}
    table = client.post("/api/v1/datasets", data={"file": (io.BytesIO(b"a,b\n1,\n2,3\n"), "t.csv")}, headers=headers)
    body = {"kind": "analyze", "dataset_id": table.json["id"]}

    first, second = (client.post(JOBS, json=body, headers=headers) for _ in range(2))

    assert (first.status_code, second.status_code, second.json["code"]) == (202, 429, "too_many_jobs")
    assert int(second.headers["Retry-After"]) > 0


def test_jobs_are_listed_newest_first_and_by_state(user, other, submit):
    ids = [submit().json["id"] for _ in range(3)]
    user.post(f"{JOBS}/{ids[0]}/cancel")

    assert [job["id"] for job in user.get(JOBS).json["items"]] == ids[::-1]
    assert [job["id"] for job in user.get(f"{JOBS}?state=cancelled").json["items"]] == ids[:1]
    assert other.get(JOBS).json["items"] == []


def test_every_method_and_every_template_describes_what_it_takes(client, user):
    methods = client.get("/api/v1/methods").json["items"]
    templates = {item["kind"]: item for item in user.get("/api/v1/templates").json["items"]}

    assert {
        "mean",
        "median",
        "mode",
        "constant",
        "random",
        "ffill",
        "bfill",
        "interpolate",
        "knn",
        "iterative",
        "auto",
    } <= {method["name"] for method in methods}
    assert all(method["options_schema"]["type"] == "object" for method in methods)
    assert {"impute", "analyze", "correlate", "compare"} <= set(templates)
    assert "method" in templates["impute"]["parameters_schema"]["properties"]


def test_an_unknown_job_returns_404(user):
    assert user.get(f"{JOBS}/{uuid.uuid4()}").status_code == 404


def test_an_unknown_method_of_filling_is_named(submit):
    response = submit(kind="correlate", parameters={"fill_by": "magic"})
    assert response.status_code == 422
    assert pointers(response) == ["/parameters/fill_by"]


def test_a_comparison_of_methods_can_be_ordered(submit):
    response = submit(kind="compare", parameters={"methods": ["mean", "knn"]})
    assert response.status_code == 202
    assert response.json["kind"] == "compare"


@pytest.mark.parametrize(
    ("parameters", "pointer"),
    [
        ({"methods": ["mean", "magic"]}, "/parameters/methods/1"),
        ({"methods": []}, "/parameters/methods"),
        ({"holdout": 0}, "/parameters/holdout"),
        ({"time_budget_seconds": -1.0}, "/parameters/time_budget_seconds"),
        ({"time_budget_seconds": "long"}, "/parameters/time_budget_seconds"),
    ],
)
def test_a_comparison_that_makes_no_sense_is_refused(submit, parameters, pointer):
    response = submit(kind="compare", parameters=parameters)
    assert response.status_code == 422
    assert pointer in pointers(response)


def test_the_schema_of_results_is_published(client):
    schema = client.get("/api/v1/schemas/result.json").json
    assert schema["$schema"].endswith("2020-12/schema")
    assert {"dataset", "seed", "versions", "columns", "events", "scores"} <= set(schema["required"])
    assert "parquet_sha256" in schema["$defs"]["DatasetFacts"]["required"]
