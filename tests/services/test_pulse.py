"""Whoever holds a lease renews it from a thread, and knows when it may be somebody else's."""

import threading
import time
from collections.abc import Callable

from sqlalchemy.exc import OperationalError

from tests.farm import wait_until
from wrangler.services.heartbeat import Lease, Pulse

AWAY = OperationalError("UPDATE", {}, Exception("gone"))


def pulse(beat: Callable[[str | None], bool], *, seconds: int = 60, since: float = 0.0) -> Pulse[str, bool]:
    lease = Lease(seconds, time.monotonic() - since)
    return Pulse(beat, lease, held=True, lost=False, pause_seconds=0.01, job_id="1")


def test_news_are_carried_up_once_and_each_later_beat_only_renews():
    heard: list[str | None] = []
    with pulse(lambda news: not heard.append(news)) as one:
        wait_until(lambda: one.tell("half") and heard)
        wait_until(lambda: one.tell("half") and len(heard) > 2)
        wait_until(lambda: one.tell("done") and "done" in heard)

    assert [news for news in heard if news] == ["half", "done"]


def test_the_answer_is_carried_down():
    with pulse(lambda _: False) as one:
        assert one.answer
        wait_until(lambda: not one.tell("half"))


def test_a_lease_is_renewed_while_nothing_is_told():
    beaten = threading.Event()

    def beat(news: str | None) -> bool:
        assert news is None
        beaten.set()
        return True

    with pulse(beat, seconds=1):
        assert beaten.wait(60)


def test_news_that_the_database_did_not_hear_are_told_again():
    heard: list[str | None] = []

    def beat(news: str | None) -> bool:
        heard.append(news)
        if len(heard) == 1:
            raise AWAY
        return True

    with pulse(beat) as one:
        wait_until(lambda: one.tell("half") and len(heard) > 2)

    assert heard[:3] == ["half", "half", None]


def test_a_database_that_is_silent_for_a_lease_has_given_it_to_somebody_else():
    def beat(_: str | None) -> bool:
        raise AWAY

    with pulse(beat, seconds=1) as one:
        assert one.tell("half")
        wait_until(lambda: not one.answer)


def test_a_lease_that_was_taken_long_ago_is_not_held():
    assert not pulse(lambda _: True, seconds=60, since=61).answer
