"""Row 26 of the fault matrix: reapers and dispatchers that are doubled, killed half-way, slow, or absent."""

import signal
import sys
import threading
import time
import uuid
from collections import Counter
from collections.abc import Callable
from datetime import timedelta

import pytest

from tests.farm import SmallInstallation
from wrangler.extensions import db
from wrangler.models import JobState, MaintenanceTask, Worker
from wrangler.services import maintenance
from wrangler.services.database_clock import database_now
from wrangler.services.jobs import leases, pending

JOBS = 12
AT_ONCE = 6
KILLED_REAPER = """
import os, signal
from sqlalchemy import event
from sqlalchemy.engine import Engine
from wrangler.app import create_app
from wrangler.services import maintenance
from wrangler.services.jobs import leases
with create_app().app_context():
    assert maintenance.begin("reap", "the one that dies")
    event.listen(Engine, "commit", lambda connection: os.kill(os.getpid(), signal.SIGKILL))
    leases.reap()
"""


@pytest.fixture(autouse=True)
def _nothing_else_is_to_be_done(installation: SmallInstallation) -> None:
    installation.delete_jobs()
    installation.work("1 + 1")
    with installation.app.app_context():
        db.session.query(MaintenanceTask).delete()
        db.session.commit()


def lost_jobs(installation: SmallInstallation, number: int) -> list[uuid.UUID]:
    """Jobs whose worker was lost: they run, and their leases have run out."""
    jobs = [installation.submit() for _ in range(number)]
    with installation.app.app_context():
        for job_id in jobs:
            leases.claim(job_id, worker="lost", lease_seconds=0)
    return jobs


def at_once(installation: SmallInstallation, work: Callable[[], None]) -> None:
    start = threading.Barrier(AT_ONCE)

    def begin() -> None:
        with installation.app.app_context():
            start.wait()
            work()

    threads = [threading.Thread(target=begin) for _ in range(AT_ONCE)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def test_row_26_many_reapers_at_once_take_each_lost_job_back_once(installation: SmallInstallation) -> None:
    jobs, reaped = lost_jobs(installation, JOBS), []
    at_once(installation, lambda: reaped.append(leases.reap()))

    assert sum(reaped) == JOBS
    assert {installation.job(job_id).state for job_id in jobs} == {JobState.QUEUED}


def test_row_26_many_dispatchers_at_once_take_each_waiting_job_once(installation: SmallInstallation) -> None:
    jobs, taken = [installation.submit() for _ in range(JOBS)], []

    def take_all() -> None:
        while (job_id := pending.take_unnotified("analysis", again_after_seconds=60)) is not None:
            taken.append(job_id)

    at_once(installation, take_all)

    assert Counter(taken) == Counter(jobs)


def test_row_26_a_dispatcher_too_slow_to_start_its_job_is_overtaken_and_the_job_is_claimed_once(
    installation: SmallInstallation,
) -> None:
    job_id = installation.submit()
    with installation.app.app_context():
        slow = pending.take_unnotified("analysis", again_after_seconds=0.2)
        assert pending.take_unnotified("analysis", again_after_seconds=60) is None
        time.sleep(0.3)
        other = pending.take_unnotified("analysis", again_after_seconds=0.2)
        claims = [leases.claim(found, worker="one", lease_seconds=60) for found in (other, slow)]

    assert (slow, other) == (job_id, job_id)
    assert [claim is not None for claim in claims] == [True, False]
    assert installation.job(job_id).attempt == 1


@pytest.mark.slow
def test_row_26_a_reaper_killed_half_way_has_done_nothing_and_the_next_one_does_it(
    installation: SmallInstallation,
) -> None:
    jobs = lost_jobs(installation, 3)
    with installation.process(sys.executable, "-c", KILLED_REAPER) as reaper:
        assert reaper.wait() == -signal.SIGKILL
    assert {installation.job(job_id).state for job_id in jobs} == {JobState.RUNNING}

    with installation.app.app_context():
        assert not maintenance.begin("reap", "another"), "it is done once in each period, by whomever"
        make_older(maintenance.PERIOD_SECONDS["reap"])
        assert maintenance.begin("reap", "another")
        assert leases.reap() == 3


def test_row_26_an_absent_reaper_raises_the_alarm(installation: SmallInstallation) -> None:
    def maintainer() -> dict:
        return installation.app.test_client().get("/health").json["checks"]["maintenance"]

    with installation.app.app_context():
        db.session.query(Worker).delete()
        now = database_now()
        started_at = now - timedelta(hours=1)
        db.session.add(Worker(id=uuid.uuid4(), name="gone", queues=["default"], seen_at=now, created_at=started_at))
        db.session.commit()
        for name in maintenance.PERIOD_SECONDS:
            maintenance.begin(name, "gone")
            maintenance.finish(name)
    assert maintainer()["status"] == "ok"
    with installation.app.app_context():
        make_older(maintenance.SHORTEST_ALARM_SECONDS + 1)

    assert maintainer()["status"] == "degraded"
    assert "reap" in maintainer()["message"]


def make_older(seconds: float) -> None:
    """Have so much time go by for the reaper's row."""
    row = db.session.get_one(MaintenanceTask, "reap", populate_existing=True)
    row.started_at -= timedelta(seconds=seconds)
    if row.finished_at is not None:
        row.finished_at -= timedelta(seconds=seconds)
    db.session.commit()
