"""Accounts without HTTP: the rules that hold for the command line too."""

import threading
import uuid
from collections.abc import Iterator

import pytest
from flask import Flask

from tests.conftest import PASSWORD
from wrangler.errors import Conflict, InvalidInput, NotAuthenticated, NotFound
from wrangler.extensions import db
from wrangler.models import Role
from wrangler.services import accounts


@pytest.fixture(autouse=True)
def _context(app: Flask) -> Iterator[None]:
    with app.app_context():
        yield


def test_who_registers_is_a_user() -> None:
    assert accounts.register("ada@example.org", PASSWORD).role is Role.USER


def test_the_command_line_can_make_an_administrator() -> None:
    assert accounts.register("root@example.org", PASSWORD, role=Role.ADMIN).is_admin


def test_the_same_address_registers_once() -> None:
    accounts.register("ada@example.org", PASSWORD)

    with pytest.raises(Conflict, match=r"ada@example\.org"):
        accounts.register(" ADA@example.org", PASSWORD)
    assert accounts.count() == 1


def test_a_password_may_be_composed_in_either_way() -> None:
    accounts.register("ada@example.org", "Zürich-Zürich-1")

    assert accounts.authenticate("ada@example.org", "Zu\u0308rich-Zu\u0308rich-1")


@pytest.mark.parametrize("password", ["x" * 11, "x" * 129])
def test_a_password_has_12_to_128_characters(password: str) -> None:
    with pytest.raises(InvalidInput, match="12 to 128"):
        accounts.register("ada@example.org", password)


def test_a_broken_hash_lets_nobody_in() -> None:
    user = accounts.register("ada@example.org", PASSWORD)
    user.password_hash = "!"
    db.session.commit()

    with pytest.raises(NotAuthenticated):
        accounts.authenticate("ada@example.org", PASSWORD)


def test_who_is_unknown_is_not_found() -> None:
    with pytest.raises(NotFound):
        accounts.find(uuid.uuid4())


@pytest.mark.parametrize("change", [{"role": Role.USER, "active": None}, {"role": None, "active": False}])
def test_the_last_administrator_stays_one(change: dict[str, object]) -> None:
    root = accounts.register("root@example.org", PASSWORD, role=Role.ADMIN)
    closed = accounts.register("old@example.org", PASSWORD, role=Role.ADMIN)
    accounts.administer(closed.id, root.id, role=None, active=False)

    with pytest.raises(Conflict, match="last administrator"):
        accounts.administer(root.id, root.id, **change)  # type: ignore[arg-type]


def test_one_of_two_administrators_may_go() -> None:
    first = accounts.register("a@example.org", PASSWORD, role=Role.ADMIN)
    second = accounts.register("b@example.org", PASSWORD, role=Role.ADMIN)

    assert not accounts.administer(first.id, second.id, role=Role.USER, active=None).is_admin


def test_two_administrators_cannot_remove_each_other_at_once(app: Flask) -> None:
    ids = [accounts.register(f"{name}@example.org", PASSWORD, role=Role.ADMIN).id for name in "ab"]
    db.session.remove()
    outcomes: list[str] = []
    start = threading.Barrier(2)

    def demote(victim: uuid.UUID, by: uuid.UUID) -> None:
        with app.app_context():
            start.wait()
            try:
                accounts.administer(victim, by, role=Role.USER, active=None)
                outcomes.append("done")
            except Conflict:
                outcomes.append("refused")

    threads = [threading.Thread(target=demote, args=pair) for pair in (ids, ids[::-1])]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(outcomes) == ["done", "refused"]
