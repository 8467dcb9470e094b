"""One worker at a time holds a job, and the row says who."""

import threading
from datetime import timedelta

import pytest

from wrangler.extensions import db
from wrangler.models import Job, JobState
from wrangler.services.clock import database_now
from wrangler.services.jobs import leases
from wrangler.services.jobs.leases import Verdict

LEASE = {"lease_seconds": 60}


def claimed(job_id, worker="one"):
    return leases.claim(job_id, worker=worker, **LEASE)


def let_the_lease_run_out(job_id):
    db.session.get_one(Job, job_id).lease_until = database_now() - timedelta(seconds=1)
    db.session.commit()


def test_a_queued_job_is_claimed_once(make_job):
    job_id = make_job()

    first, second = claimed(job_id, "one"), claimed(job_id, "two")

    assert (first.attempt, second) == (1, None)
    assert db.session.get_one(Job, job_id).worker == "one"


def test_of_many_workers_at_once_one_gets_the_job(rows, make_job):
    job_id, start, won = make_job(), threading.Barrier(8), []

    def try_to_claim(name):
        with rows.app_context():
            start.wait()
            if claimed(job_id, name) is not None:
                won.append(name)

    threads = [threading.Thread(target=try_to_claim, args=(str(i),)) for i in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(won) == 1


def test_a_cancelled_job_is_not_claimed(make_job):
    job_id = make_job(state=JobState.CANCELLED, finished_at=database_now())

    assert claimed(job_id) is None


def test_a_job_that_is_not_due_yet_is_not_claimed(make_job):
    job_id = make_job(available_at=database_now() + timedelta(hours=1))

    assert claimed(job_id) is None


def test_a_heartbeat_carries_progress_up_and_cancellation_down(make_job):
    held = claimed(make_job())

    assert leases.beat(held, progress=0.4, stage="Filling", **LEASE) is Verdict.CONTINUE
    job = db.session.get_one(Job, held.job_id)
    assert (job.progress, job.stage) == (0.4, "Filling")

    job.cancel_requested_at = database_now()
    db.session.commit()
    assert leases.beat(held, progress=0.5, stage="Filling", **LEASE) is Verdict.CANCELLED


def test_a_heartbeat_of_an_older_attempt_is_lost(make_job):
    first = claimed(make_job())
    let_the_lease_run_out(first.job_id)
    leases.reap()
    db.session.get_one(Job, first.job_id).available_at = database_now()
    db.session.commit()
    second = claimed(first.job_id, "two")

    assert leases.beat(first, progress=0.9, stage="", **LEASE) is Verdict.LOST
    assert leases.beat(second, progress=0.1, stage="", **LEASE) is Verdict.CONTINUE


def test_an_expired_lease_goes_back_to_the_queue_with_a_back_off(make_job):
    held = claimed(make_job())
    let_the_lease_run_out(held.job_id)

    assert leases.reap() == 1

    job = db.session.get_one(Job, held.job_id, populate_existing=True)
    assert (job.state, job.worker) == (JobState.QUEUED, None)
    assert job.available_at > database_now()


def test_a_lease_that_still_runs_is_left_alone(make_job):
    held = claimed(make_job())

    assert leases.reap() == 0
    assert db.session.get_one(Job, held.job_id).state is JobState.RUNNING


def test_after_the_last_attempt_a_lost_job_fails_and_says_so(make_job):
    held = claimed(make_job(max_attempts=1))
    let_the_lease_run_out(held.job_id)

    leases.reap()

    job = db.session.get_one(Job, held.job_id, populate_existing=True)
    assert job.state is JobState.FAILED
    assert job.error["code"] == "WORKER_LOST"
    assert job.finished_at is not None


def test_a_lost_job_that_was_cancelled_ends_cancelled(make_job):
    held = claimed(make_job())
    db.session.get_one(Job, held.job_id).cancel_requested_at = database_now()
    let_the_lease_run_out(held.job_id)

    leases.reap()

    assert db.session.get_one(Job, held.job_id, populate_existing=True).state is JobState.CANCELLED


def test_a_job_that_was_handed_back_loses_no_attempt(make_job):
    held = claimed(make_job(max_attempts=1))

    assert leases.hand_back(held)
    assert claimed(held.job_id, "two").attempt == 2


def test_only_the_newest_claim_can_hand_back(make_job):
    held = claimed(make_job())
    leases.hand_back(held)

    assert not leases.hand_back(held)


def test_a_job_that_nobody_picked_up_is_rung_for_again_and_then_left_in_peace(make_job):
    ids = [make_job(priority=priority) for priority in (0, 5)]

    assert [job_id for job_id, _, _ in leases.due_for_a_ring(again_after_seconds=60)] == ids[::-1]
    assert leases.due_for_a_ring(again_after_seconds=60) == []


@pytest.mark.parametrize("state", [state for state in JobState if state.is_final])
def test_a_finished_job_is_never_claimed_beaten_or_reaped(make_job, state):
    job_id = make_job(state=state, finished_at=database_now(), attempt=1)
    held = leases.Claim(job_id, 1)

    assert claimed(job_id) is None
    assert leases.beat(held, progress=0.1, stage="", **LEASE) is Verdict.LOST
    assert leases.reap() == 0
    assert db.session.get_one(Job, job_id).state is state
