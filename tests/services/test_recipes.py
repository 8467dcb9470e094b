"""Recipes: saved parameters that never change, only get a next version."""

from tests.conftest import Caller
from wrangler.examples import PENGUINS

RECIPES = "/api/v1/recipes"


def test_a_saved_recipe_is_there_with_its_location(user: Caller) -> None:
    saved = user.post(RECIPES, json={"name": "careful", "parameters": {"method": "knn"}})

    assert saved.status_code == 201
    assert user.get(saved.headers["Location"]).json == saved.json


def test_the_same_name_makes_the_next_version(user: Caller, other: Caller) -> None:
    versions = [user.post(RECIPES, json={"name": "careful", "parameters": {}}).json["version"] for _ in range(3)]

    assert versions == [1, 2, 3]
    assert other.post(RECIPES, json={"name": "careful", "parameters": {}}).json["version"] == 1


def test_a_change_leaves_the_version_before_as_it_was(user: Caller) -> None:
    first = user.post(RECIPES, json={"name": "careful", "parameters": {"method": "knn"}})
    second = user.patch(first.headers["Location"], json={"parameters": {"method": "mean"}})

    assert (second.status_code, second.json["version"], second.json["name"]) == (201, 2, "careful")
    assert user.get(first.headers["Location"]).json["parameters"] == {"method": "knn"}


def test_one_version_can_go(user: Caller) -> None:
    first = user.post(RECIPES, json={"name": "careful", "parameters": {}}).headers["Location"]
    second = user.post(RECIPES, json={"name": "careful", "parameters": {}}).headers["Location"]

    assert user.delete(first).status_code == 204
    assert user.get(first).status_code == 404
    assert user.get(second).status_code == 200


def test_a_name_is_cleaned_of_what_cannot_be_seen(user: Caller) -> None:
    saved = user.post(RECIPES, json={"name": " care\u202eful\n ", "parameters": {}})

    assert saved.json["name"] == "careful"


def test_an_invisible_name_is_refused(user: Caller) -> None:
    assert user.post(RECIPES, json={"name": "\u200b\u202e", "parameters": {}}).status_code == 422


def test_a_recipe_that_no_job_could_take_is_refused_by_field(user: Caller) -> None:
    refused = user.post(RECIPES, json={"name": "odd", "parameters": {"method": "magic"}})

    assert (refused.status_code, refused.json["errors"][0]["pointer"]) == (422, "/parameters/method")


def test_a_recipe_applied_to_a_dataset_is_an_impute_job(user: Caller) -> None:
    with PENGUINS.open("rb") as file:
        dataset = user.post("/api/v1/datasets", data={"file": (file, "penguins.csv")}).json
    recipe = user.post(RECIPES, json={"name": "careful", "parameters": {"method": "knn"}}).headers["Location"]

    job = user.post(f"{recipe}/apply", json={"dataset_id": dataset["id"], "seed": 5})

    assert job.status_code == 202
    assert (job.json["kind"], job.json["parameters"]["method"], job.json["seed"]) == ("impute", "knn", 5)
