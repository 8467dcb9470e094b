"""The cost of a job is shown when it is requested, and one beyond the limits is refused; no worker runs here."""

import dataclasses

import pytest

from tests.conftest import PASSWORD
from wrangler.errors import InvalidInput
from wrangler.examples import PENGUINS
from wrangler.impute import METHODS
from wrangler.models import Dataset, JobKind
from wrangler.services import accounts
from wrangler.services.jobs import costs

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


@pytest.mark.parametrize("name", [name for name in METHODS if name != "auto"])
def test_every_method_declares_its_cost_and_options_that_it_has(name):
    cost, growth = METHODS[name].cost, METHODS[name].imputer.growth
    options = {field.name for field in dataclasses.fields(METHODS[name].imputer)}

    assert cost is not None
    assert {option for option in (cost.effort, growth.cap) if option} <= options


@pytest.mark.parametrize("name", METHODS)
def test_every_method_can_be_estimated(name):
    assert cost({"method": name}).seconds > costs.NOTEBOOK_SECONDS


def table_of(rows=100_000, columns=10, **column):
    """A dataset's row, without any table: number columns with one missing cell each unless said otherwise."""
    return Dataset(
        rows=rows, columns=[{"name": f"x{n}", "missing": 1, "type": "number"} | column for n in range(columns)]
    )


def cost(parameters, table=None, kind=JobKind.IMPUTE):
    return costs.estimate_cost(kind, parameters, table or table_of())


def beyond_reading(parameters, table=None, kind=JobKind.IMPUTE):
    """Seconds without the notebook and without reading, which a method of no cost would take as well."""
    table = table or table_of()
    cells = table.rows * len(table.columns)
    return cost(parameters, table, kind).seconds - costs.NOTEBOOK_SECONDS - costs.CELL_SECONDS * cells


FOREST = {"method": "forest"}


@pytest.mark.parametrize("table", [table_of(rows=0), table_of(rows=None)], ids=["no rows", "not imported"])
def test_nothing_is_estimated_of_a_table_without_rows(table):
    assert cost(FOREST, table) is None


def test_nothing_is_estimated_of_a_method_that_has_no_figures():
    assert cost({"method": "own"}) is None
    assert cost({"method": "mean", "per_column": {"x0": {"method": "own"}}}) is None


def test_the_range_is_a_fourth_to_four_times_the_time_and_half_to_twice_the_memory():
    reported = cost(FOREST)
    work, size = reported.seconds - costs.NOTEBOOK_SECONDS, reported.bytes - costs.NOTEBOOK_BYTES
    assert reported.seconds_range == pytest.approx((work / 4, costs.NOTEBOOK_SECONDS + work * 4), rel=0.01)
    assert reported.bytes_range == pytest.approx((size / 2, costs.NOTEBOOK_BYTES + size * 2), rel=0.01)


def test_reading_takes_time_and_memory_by_the_cell_and_more_for_each_further_table():
    one, ten = (cost({"method": "constant"}, table_of(rows, 10)) for rows in (1_000_000, 10_000_000))
    assert 8 < (ten.seconds - costs.NOTEBOOK_SECONDS) / (one.seconds - costs.NOTEBOOK_SECONDS) < 12
    assert 8 < (ten.bytes - costs.NOTEBOOK_BYTES) / (one.bytes - costs.NOTEBOOK_BYTES) < 12
    jobs = [cost({"methods": ["constant"], "jobs": ["-"] * count}, kind=JobKind.COMPARE) for count in (1, 101)]
    cells = 100_000 * 10
    assert jobs[1].seconds - jobs[0].seconds == pytest.approx(100 * cells * costs.COPY_SECONDS, abs=0.2)
    assert jobs[1].bytes - jobs[0].bytes == pytest.approx(100 * cells * costs.COPY_BYTES, rel=0.01)


def test_a_check_on_hidden_cells_fits_and_fills_once_more():
    assert beyond_reading({**FOREST, "holdout": 0.1}) == pytest.approx(2 * beyond_reading(FOREST), rel=0.02)


def test_a_comparison_of_one_method_costs_what_its_check_costs():
    checked = beyond_reading({**FOREST, "holdout": 0.1})
    assert beyond_reading({"methods": ["forest"]}, kind=JobKind.COMPARE) == pytest.approx(checked, rel=0.02)


def test_memory_of_compared_methods_is_that_of_the_largest_and_of_column_methods_their_sum():
    compared = [cost({"methods": methods}, kind=JobKind.COMPARE).bytes for methods in (["mean"], ["forest"])]
    both = cost({"methods": ["mean", "forest"]}, kind=JobKind.COMPARE).bytes
    assert max(compared) <= both < sum(compared) - costs.NOTEBOOK_BYTES
    own = cost({"method": "mean", "per_column": {"x0": FOREST}}).bytes
    assert own > cost({"method": "mean"}).bytes


def test_a_column_that_is_excluded_or_not_asked_for_costs_nothing_to_fill():
    whole = beyond_reading(FOREST)
    assert beyond_reading({**FOREST, "columns": ["x0", "x1"]}) < whole / 2
    assert beyond_reading({**FOREST, "exclude": [f"x{n}" for n in range(5)]}) < whole / 2


def test_a_column_without_missing_cells_costs_nothing_to_fill():
    table = table_of()
    complete = Dataset(rows=table.rows, columns=[{**c, "missing": int(c["name"] < "x2")} for c in table.columns])
    assert beyond_reading(FOREST, complete) < beyond_reading(FOREST, table) / 2


def test_a_method_of_one_column_adds_its_own_cost_and_takes_the_column_from_the_others():
    base, own = (beyond_reading(FOREST | {"per_column": choice}) for choice in ({}, {"x0": {"method": "mean"}}))
    assert own < base
    assert beyond_reading({"method": "mean", "per_column": {"x0": FOREST}}) > beyond_reading({"method": "mean"})


def test_twice_the_trees_take_twice_the_time():
    few, many = (beyond_reading({**FOREST, "options": {"trees": trees}}) for trees in (100, 200))
    assert many == pytest.approx(2 * few, rel=0.05)


def test_groups_are_fitted_each_on_its_own_rows():
    table = table_of(distinct=20)
    assert beyond_reading({**FOREST, "group_by": ["x0"]}, table) > 2 * beyond_reading(FOREST, table)


def test_choosing_a_method_costs_less_on_fewer_rows_and_more_where_rows_have_an_order():
    auto = {"method": "auto"}
    usual = beyond_reading(auto)
    assert beyond_reading({**auto, "options": {"race_rows": 3_000}}) < usual
    assert beyond_reading({**auto, "order_by": "x0"}) > usual


def test_texts_of_many_levels_cost_more_than_numbers_where_a_method_reads_all_levels():
    numbers, texts = (table_of(5_000, 400, type=kind, distinct=20) for kind in ("number", "text"))
    assert beyond_reading({"method": "pmm"}, texts) > 2 * beyond_reading({"method": "pmm"}, numbers)


@pytest.mark.parametrize(
    ("limits", "sentence"),
    [({"job_deadline_seconds": 20, "job_cell_seconds": 900}, "20 s"), ({"job_cell_seconds": 20}, "20 s")],
)
def test_the_lower_of_both_time_limits_is_warned_of(make_settings, limits, sentence):
    reported = costs.JobCost(10.0, 1, (5.0, 40.0), (1, 2))
    assert costs.warnings_of(reported, make_settings(**limits)) == [
        f"The job may need 40 s, and is ended beyond {sentence}."
    ]


def test_memory_beyond_the_limit_is_warned_of_and_refused_by_its_least(make_settings):
    limit = 100 * 2**20
    settings = make_settings(job_memory_bytes=limit)
    fits, may, cannot = (
        costs.JobCost(1.0, 1, (1.0, 1.0), span) for span in ((1, limit), (limit, 2 * limit), (limit + 1, 2 * limit))
    )
    assert costs.warnings_of(fits, settings) == []
    assert costs.warnings_of(may, settings) == ["The job may need 200 MiB, and is ended beyond 100 MiB."]
    costs.refuse_beyond_limits(may, settings)
    with pytest.raises(InvalidInput, match="too large for this server: Would take 100 MiB at least"):
        costs.refuse_beyond_limits(cannot, settings)
