"""The cost of a job is reported when it is ordered, and one that the limits cannot hold is refused; no worker runs here."""

import dataclasses

import pytest

from tests.conftest import PASSWORD
from wrangler.examples import PENGUINS
from wrangler.impute import METHODS, multiple_imputation
from wrangler.models import Dataset, JobKind
from wrangler.services import accounts
from wrangler.services.jobs import cost_constants, costs

HUGE_FOREST = {"method": "forest", "options": {"trees": 2000}}


@pytest.fixture
def submit(make_app, make_settings):
    """Orders an impute job of the penguins on a server with the given limits."""

    def send(parameters=None, kind="impute", **limits):
        app = make_app(make_settings(**limits))
        with app.app_context():
            accounts.register("ada@example.org", PASSWORD, "Ada")
        client = app.test_client(use_cookies=False)
        reported = client.post("/api/v1/auth/token", json={"email": "ada@example.org", "password": PASSWORD})
        headers = {"Authorization": f"Bearer {reported.json['access_token']}"}
        with PENGUINS.open("rb") as file:
            table = client.post("/api/v1/datasets", data={"file": (file, "penguins.csv")}, headers=headers).json
        body = {"kind": kind, "dataset_id": table["id"], "parameters": parameters or {}}
        return client.post("/api/v1/jobs", json=body, headers=headers)

    return send


def test_an_accepted_job_shows_its_estimated_cost(submit):
    response = submit()

    estimate = response.json["estimate"]
    assert estimate["seconds_range"][0] <= estimate["seconds"] <= estimate["seconds_range"][1]
    assert estimate["bytes_range"][0] <= estimate["bytes"] <= estimate["bytes_range"][1]
    assert response.json["warnings"] == []


@pytest.mark.parametrize(
    ("parameters", "limits"),
    [({}, {"job_memory_bytes": 1}), (HUGE_FOREST, {"job_deadline_seconds": 1}), (HUGE_FOREST, {"job_cell_seconds": 1})],
)
def test_a_job_that_the_limits_cannot_hold_is_refused(submit, parameters, limits):
    response = submit(parameters, **limits)

    assert (response.status_code, response.mimetype) == (422, "application/problem+json")
    assert (response.json["type"], response.json["code"]) == ("urn:wrangler:problem:job_too_costly", "job_too_costly")
    assert [error["pointer"] for error in response.json["errors"]] == ["/parameters"]


def test_a_job_that_may_reach_a_limit_is_accepted_with_a_warning(submit):
    response = submit(HUGE_FOREST, job_deadline_seconds=30)

    assert response.status_code == 202
    assert "30 s" in response.json["warnings"][0]


def test_a_time_budget_makes_a_costly_job_acceptable(submit):
    options = {**HUGE_FOREST["options"], "time_budget_seconds": 0.1}

    assert submit(HUGE_FOREST | {"options": options}, job_deadline_seconds=1).status_code == 202


def seconds(kind, parameters):
    """What is estimated beyond the notebook's own, of a table of a hundred thousand rows."""
    table = Dataset(rows=100_000, columns=[{"name": f"x{number}", "missing": 1} for number in range(10)])
    return costs.estimate_cost(kind, parameters, table).seconds - costs.NOTEBOOK_SECONDS


def test_draws_cost_as_often_as_they_are_drawn_less_what_they_share():
    few, many = (seconds(JobKind.IMPUTE, {"method": "mice", "draws": draws, "holdout": 0.1}) for draws in (5, 100))

    assert 15 * few < many < 20 * few


def test_draws_are_estimated_by_the_cost_of_the_substituted_method():
    asked, used = (seconds(JobKind.IMPUTE, {"method": method, "draws": 20}) for method in ("auto", "mice"))

    assert asked == used


def test_a_comparison_costs_the_sum_of_its_methods():
    methods = ["forest", "boosted", "knn"]
    alone = [seconds(JobKind.COMPARE, {"methods": [method]}) for method in methods]

    assert seconds(JobKind.COMPARE, {"methods": methods}) == pytest.approx(sum(alone), rel=0.1)  # read once


def test_a_comparison_costs_no_more_than_its_time_budget():
    methods = {"methods": ["forest", "boosted"]}

    assert seconds(JobKind.COMPARE, {**methods, "time_budget_seconds": 3.0}) < 4 < seconds(JobKind.COMPARE, methods)


def test_a_comparison_that_the_limits_cannot_hold_is_refused(submit):
    assert submit({"methods": ["mean"]}, kind="compare", job_memory_bytes=1).json["code"] == "job_too_costly"


def test_ten_times_as_many_columns_cost_draws_more_than_neighbours():
    """As their algorithms do; by pairs of columns, both would cost a hundred times as much."""

    def expected(method, count):
        columns = [{"name": f"x{number}", "missing": 300 * (number % 2), "type": "number"} for number in range(count)]
        table = Dataset(rows=2_000, columns=columns)
        return costs.estimate_cost(JobKind.IMPUTE, {"method": method}, table).seconds - costs.NOTEBOOK_SECONDS

    draws, neighbours = (expected(method, 500) / expected(method, 50) for method in ("pmm", "knn"))
    assert draws > 150
    assert neighbours < 60


def test_analyses_are_not_estimated(submit):
    response = submit(kind="analyze", job_memory_bytes=1)

    assert (response.status_code, response.json["estimate"]) == (202, None)


@pytest.mark.parametrize("name", METHODS)
def test_the_server_knows_the_figures_and_the_limits_of_every_method(name):
    imputer = METHODS[name].imputer()
    usual = {field.name: field.default for field in dataclasses.fields(imputer)}

    if name == "auto":
        assert usual["race_rows"] == cost_constants.RACED_ROWS
        rivals = imputer.growth.rivals
        assert set(cost_constants.RIVALS) == set(rivals(cost_constants.FEW_ROWS + 1, is_ordered=False))
        assert {*cost_constants.RIVALS, *cost_constants.RIVALS_IN_ORDER, *cost_constants.RIVALS_ON_FEW_ROWS} == set(
            rivals(cost_constants.FEW_ROWS, is_ordered=True)
        )
    else:
        assert name in cost_constants.FIGURES
        cap = imputer.growth.cap
        assert cost_constants.CAPS.get(name) == ((cap, usual[cap]) if cap else None)


def test_the_server_knows_what_draws_and_how_often_by_default():
    assert (cost_constants.DRAWING, cost_constants.FEWEST_CHECKED_DRAWS) == (
        multiple_imputation.DRAWING,
        multiple_imputation.FEWEST_DRAWS,
    )
    assert cost_constants.EFFORTS[cost_constants.DRAWING] == ("draws", METHODS[cost_constants.DRAWING].imputer().draws)
