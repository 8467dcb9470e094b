"""Whoever holds a lease renews it from a thread, and knows when it may be somebody else's."""

import threading
import time
from collections.abc import Callable

from sqlalchemy.exc import OperationalError

from tests.farm import wait_until
from wrangler.services.leases import Lease, LeaseRenewal

AWAY = OperationalError("UPDATE", {}, Exception("gone"))


def renewal(renew: Callable[[str | None], bool], *, seconds: int = 60, since: float = 0.0) -> LeaseRenewal[str, bool]:
    lease = Lease(seconds, time.monotonic() - since)
    return LeaseRenewal(renew, lease, held=True, lost=False, pause_seconds=0.01, job_id="1")


def test_progress_is_written_once_and_each_later_renewal_only_renews():
    received: list[str | None] = []
    with renewal(lambda news: not received.append(news)) as one:
        wait_until(lambda: one.report("half") and received)
        wait_until(lambda: one.report("half") and len(received) > 2)
        wait_until(lambda: one.report("done") and "done" in received)

    assert [news for news in received if news] == ["half", "done"]


def test_the_reply_is_returned():
    with renewal(lambda _: False) as one:
        assert one.reply
        wait_until(lambda: not one.report("half"))


def test_a_lease_is_renewed_while_nothing_is_reported():
    renewed = threading.Event()

    def renew(news: str | None) -> bool:
        assert news is None
        renewed.set()
        return True

    with renewal(renew, seconds=1):
        assert renewed.wait(60)


def test_progress_that_the_database_did_not_receive_is_sent_again():
    received: list[str | None] = []

    def renew(news: str | None) -> bool:
        received.append(news)
        if len(received) == 1:
            raise AWAY
        return True

    with renewal(renew) as one:
        wait_until(lambda: one.report("half") and len(received) > 2)

    assert received[:3] == ["half", "half", None]


def test_a_lease_counts_as_lost_when_the_database_does_not_reply_for_its_length():
    def renew(_: str | None) -> bool:
        raise AWAY

    with renewal(renew, seconds=1) as one:
        assert one.report("half")
        wait_until(lambda: not one.reply)


def test_a_lease_that_was_taken_long_ago_is_not_held():
    assert not renewal(lambda _: True, seconds=60, since=61).reply
