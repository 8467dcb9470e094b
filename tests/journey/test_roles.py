"""Identifiers and targets through a real worker: left alone with a word about it, and filled when named."""

import json

import pandas as pd
import pytest

INCOMPLETE = ("passenger_id", "outcome", "age")
pytestmark = pytest.mark.kernel


@pytest.fixture(scope="module")
def person(embedded_installation):
    return embedded_installation.person()


@pytest.fixture(scope="module")
def dataset(person, tmp_path_factory):
    rows = [
        f"{n if n % 9 else ''},{n % 2 if n % 7 else ''},{20 + n % 40 if n % 5 else ''},{n * 3 % 11}" for n in range(90)
    ]
    path = tmp_path_factory.mktemp("roles") / "people.csv"
    path.write_text("passenger_id,outcome,age,fare\n" + "\n".join(rows) + "\n")
    return person.upload(path)


def missing_left(person, dataset, target, **parameters):
    """The missing cells of the columns after a job, and the job's events by column."""
    job = person.wait(person.submit("impute", dataset["id"], method="median", **parameters))
    assert job["state"] == "succeeded", job["error"]
    person.fetch(job, "imputed.parquet", target / "imputed.parquet")
    frame = pd.read_parquet(target / "imputed.parquet")
    result = json.loads(person.fetch(job, "result.json", target / "result.json").read_text())
    events = {(event["column"], event["kind"]) for event in result["events"]}
    return {name: int(frame[name].isna().sum()) for name in INCOMPLETE}, events


def test_identifiers_and_targets_are_left_alone_and_reported(person, dataset, tmp_path):
    roles = {column["name"]: column["role"] for column in dataset["columns"]}
    assert (roles["passenger_id"], roles["outcome"]) == ("id", "target")

    missing_cells, events = missing_left(person, dataset, tmp_path)

    assert missing_cells == {"passenger_id": 10, "outcome": 13, "age": 0}
    assert {("passenger_id", "excluded"), ("outcome", "excluded")} <= events


def test_they_are_filled_when_named(person, dataset, tmp_path):
    missing_cells, _ = missing_left(person, dataset, tmp_path, columns=["outcome", "passenger_id"])

    assert (missing_cells["outcome"], missing_cells["passenger_id"]) == (0, 0)
