"""Lists in pages: whole, without repetition, by a cursor that cannot be forged."""

import re
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import update

from tests.conftest import Caller
from wrangler.extensions import db
from wrangler.models import Recipe
from wrangler.models.columns import now

RECIPES = "/api/v1/recipes"


@pytest.fixture
def seven(user: Caller) -> list[str]:
    """Ids of seven recipes, newest first."""
    made = [user.post(RECIPES, json={"name": f"r{number}", "parameters": {}}).json["id"] for number in range(7)]
    return made[::-1]


def _walk(user: Caller, limit: int) -> list[list[str]]:
    pages, path = [], f"{RECIPES}?limit={limit}"
    while path:
        response = user.get(path)
        assert response.status_code == 200
        pages.append([item["id"] for item in response.json["items"]])
        link = re.fullmatch(r'<([^>]+)>; rel="next"', response.headers.get("Link", ""))
        assert (link is None) == (response.json["next"] is None)
        path = link.group(1) if link else ""
    return pages


@pytest.mark.parametrize("limit", [1, 2, 3, 7, 8, 100])
def test_following_the_links_shows_each_row_once_newest_first(user: Caller, seven: list[str], limit: int) -> None:
    pages = _walk(user, limit)

    assert [row for page in pages for row in page] == seven
    assert all(len(page) <= limit for page in pages)


def test_rows_of_one_instant_are_neither_skipped_nor_repeated(app: Flask, user: Caller, seven: list[str]) -> None:
    with app.app_context():
        db.session.execute(update(Recipe).values(created_at=now()))
        db.session.commit()

    shown = [row for page in _walk(user, 2) for row in page]
    assert sorted(shown) == sorted(seven)


def test_a_row_that_comes_in_between_disturbs_nothing(user: Caller, seven: list[str]) -> None:
    first = user.get(f"{RECIPES}?limit=3").json
    user.post(RECIPES, json={"name": "late", "parameters": {}})
    second = user.get(f"{RECIPES}?limit=4&cursor={first['next']}").json

    assert [item["id"] for item in first["items"] + second["items"]] == seven


def test_twenty_rows_are_a_page_unless_asked(app: Flask, user: Caller) -> None:
    for number in range(21):
        user.post(RECIPES, json={"name": f"r{number}", "parameters": {}})

    assert len(user.get(RECIPES).json["items"]) == 20


def test_a_filter_stays_in_the_next_link(user: Caller, seven: list[str]) -> None:
    for _ in range(3):
        user.post(RECIPES, json={"name": "r1", "parameters": {}})

    assert "name=r1" in user.get(f"{RECIPES}?name=r1&limit=2").headers["Link"]


def test_an_empty_list_is_a_list(user: Caller) -> None:
    assert user.get(RECIPES).json == {"items": [], "next": None}


@pytest.mark.parametrize("cursor", ["", "x", "WzEsMl0.AAAA", "%00", "é", "1' OR '1'='1", "a" * 401])
def test_a_made_up_cursor_is_refused(user: Caller, cursor: str) -> None:
    response = user.get(RECIPES, query_string={"cursor": cursor})

    assert response.status_code == 422
    assert response.json["errors"][0]["pointer"] == "/cursor" or cursor == "%00"


def test_a_cursor_of_another_list_is_refused(user: Caller, seven: list[str]) -> None:
    cursor = user.get(f"{RECIPES}?limit=1").json["next"]

    assert user.get("/api/v1/me/tokens", query_string={"cursor": cursor}).status_code == 422


def test_a_changed_cursor_is_refused(user: Caller, seven: list[str]) -> None:
    cursor = user.get(f"{RECIPES}?limit=1").json["next"]
    changed = ("A" if cursor[0] != "A" else "B") + cursor[1:]

    assert user.get(RECIPES, query_string={"cursor": changed}).status_code == 422


def test_pages_hold_rows_from_before_the_epoch_of_paging(app: Flask, user: Caller, seven: list[str]) -> None:
    with app.app_context():
        db.session.execute(update(Recipe).where(Recipe.name == "r0").values(created_at=now() - timedelta(days=20_000)))
        db.session.commit()

    assert [row for page in _walk(user, 1) for row in page] == seven
