"""One worker at a time holds a job, and the row says who."""

import threading
from datetime import timedelta

import pytest
from sqlalchemy import func, select, text, update
from sqlalchemy.exc import DBAPIError

from wrangler.extensions import db
from wrangler.models import Job, JobState
from wrangler.services.database_clock import database_now
from wrangler.services.jobs import leases, pending
from wrangler.services.jobs.leases import Verdict
from wrangler.services.leases import Claim

LEASE = {"lease_seconds": 60}


def claimed(job_id, worker="one"):
    return leases.claim(job_id, worker=worker, **LEASE)


def renewed(held, progress=None):
    db.session.rollback()  # on SQLite nobody else writes while this session may
    with db.engine.begin() as connection:
        return leases.renew(connection, held, progress=progress, **LEASE)


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

    assert renewed(held, (0.4, "Filling")) is Verdict.CONTINUE
    job = db.session.get_one(Job, held.row_id)
    assert (job.progress, job.stage) == (0.4, "Filling")

    job.cancel_requested_at = database_now()
    db.session.commit()
    assert renewed(held, (0.5, "Filling")) is Verdict.CANCELLED


def test_a_heartbeat_of_an_older_attempt_is_lost(make_job):
    first = claimed(make_job())
    let_the_lease_run_out(first.row_id)
    leases.reap()
    db.session.get_one(Job, first.row_id).available_at = database_now()
    db.session.commit()
    second = claimed(first.row_id, "two")

    assert renewed(first, (0.9, "")) is Verdict.LOST
    assert renewed(second, (0.1, "")) is Verdict.CONTINUE


def test_an_expired_lease_goes_back_to_the_queue_with_a_back_off(make_job):
    held = claimed(make_job())
    let_the_lease_run_out(held.row_id)

    assert leases.reap() == 1

    job = db.session.get_one(Job, held.row_id, populate_existing=True)
    assert (job.state, job.worker) == (JobState.QUEUED, None)
    assert job.available_at > database_now()


def test_a_lease_that_still_runs_is_left_alone(make_job):
    held = claimed(make_job())

    assert leases.reap() == 0
    assert db.session.get_one(Job, held.row_id).state is JobState.RUNNING


def test_after_the_last_attempt_a_lost_job_fails_and_reports_it(make_job):
    held = claimed(make_job(max_attempts=1))
    let_the_lease_run_out(held.row_id)

    leases.reap()

    job = db.session.get_one(Job, held.row_id, populate_existing=True)
    assert job.state is JobState.FAILED
    assert job.error["code"] == "WORKER_LOST"
    assert job.finished_at is not None


def test_a_lost_job_that_was_cancelled_ends_cancelled(make_job):
    held = claimed(make_job())
    db.session.get_one(Job, held.row_id).cancel_requested_at = database_now()
    let_the_lease_run_out(held.row_id)

    leases.reap()

    assert db.session.get_one(Job, held.row_id, populate_existing=True).state is JobState.CANCELLED


def test_a_job_that_was_handed_back_loses_no_attempt(make_job):
    held = claimed(make_job(max_attempts=1))

    assert leases.hand_back(held)
    assert claimed(held.row_id, "two").attempt == 2


def test_only_the_newest_claim_can_hand_back(make_job):
    held = claimed(make_job())
    leases.hand_back(held)

    assert not leases.hand_back(held)


def test_a_job_that_was_cancelled_is_not_handed_back_where_nobody_would_claim_it(make_job):
    held = claimed(make_job())
    db.session.get_one(Job, held.row_id).cancel_requested_at = database_now()
    db.session.commit()

    assert not leases.hand_back(held)


def test_a_failure_that_was_not_the_jobs_own_is_tried_again_later_until_the_attempts_are_used_up(make_job):
    held = claimed(make_job(max_attempts=2))

    assert leases.try_again(held, "lost")
    job = db.session.get_one(Job, held.row_id, populate_existing=True)
    assert (job.state, job.attempt) == (JobState.QUEUED, 1)
    assert job.available_at > database_now()

    job.available_at = database_now()
    db.session.commit()
    assert not leases.try_again(claimed(held.row_id), "lost")


def test_each_attempt_waits_longer(make_job):
    waits = []
    job_id = make_job(max_attempts=5)
    for _ in range(4):
        db.session.get_one(Job, job_id, populate_existing=True).available_at = database_now()
        db.session.commit()
        leases.try_again(claimed(job_id), "lost")
        waits.append((db.session.get_one(Job, job_id, populate_existing=True).available_at - database_now()).seconds)
        db.session.commit()

    assert waits == [4, 9, 19, 19]


def test_a_renewal_without_progress_is_no_change_for_watchers(make_job):
    held = claimed(make_job())
    before = db.session.get_one(Job, held.row_id, populate_existing=True).updated_at
    db.session.commit()

    renewed(held)

    assert db.session.get_one(Job, held.row_id, populate_existing=True).updated_at == before


def test_a_user_runs_no_more_jobs_at_once_than_allowed(make_job):
    first, second = make_job(), make_job(dispatched_at=database_now())
    limit = {"most_running_of_user": 1}

    held = leases.claim(first, worker="one", **LEASE, **limit)
    assert leases.claim(second, worker="two", **LEASE, **limit) is None
    assert pending.take_unnotified("imputation", again_after_seconds=60, **limit) is None

    leases.hand_back(held)
    db.session.get_one(Job, first, populate_existing=True).dispatched_at = database_now()
    db.session.commit()
    assert pending.take_unnotified("imputation", again_after_seconds=60, **limit) == second


def test_of_many_claims_at_once_no_more_than_allowed_win(rows, make_job):
    ids, start, won = [make_job() for _ in range(8)], threading.Barrier(8), []

    def try_to_claim(job_id):
        with rows.app_context():
            start.wait()
            if leases.claim(job_id, worker="one", most_running_of_user=3, **LEASE) is not None:
                won.append(job_id)

    threads = [threading.Thread(target=try_to_claim, args=(job_id,)) for job_id in ids]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(won) == 3


def test_a_job_whose_notification_was_lost_is_found_once_and_the_most_urgent_first(make_job):
    ids = [make_job(priority=priority) for priority in (0, 5)]
    take = {"queue": "imputation", "again_after_seconds": 60}

    assert [pending.take_unnotified(**take) for _ in range(3)] == [ids[1], ids[0], None]


def test_of_many_waiting_jobs_one_is_taken_whatever_the_database_plans(rows, make_job):
    for number in range(30):
        make_job(priority=number % 3)
    if db.engine.dialect.name == "postgresql":
        for plan in ("hashagg", "hashjoin", "mergejoin", "sort", "material", "memoize"):
            db.session.execute(text(f"SET enable_{plan} = off"))
        db.session.commit()

    pending.take_unnotified("imputation", again_after_seconds=60, most_running_of_user=8)

    assert db.session.scalar(select(func.count()).where(Job.dispatched_at.is_not(None))) == 1


def test_a_job_that_was_just_notified_is_left_to_its_notification(make_job):
    make_job(dispatched_at=database_now())

    assert pending.take_unnotified("imputation", again_after_seconds=60) is None


def test_a_job_of_another_queue_is_left_to_its_workers(make_job):
    make_job()

    assert pending.take_unnotified("analysis", again_after_seconds=60) is None


@pytest.mark.parametrize("state", [state for state in JobState if state.is_final])
def test_a_finished_job_is_never_claimed_renewed_or_reaped(make_job, state):
    job_id = make_job(state=state, finished_at=database_now(), attempt=1)
    held = Claim(job_id, 1)

    assert claimed(job_id) is None
    assert renewed(held, (0.1, "")) is Verdict.LOST
    assert leases.reap() == 0
    assert db.session.get_one(Job, job_id).state is state


@pytest.mark.parametrize(
    "changed", [{"state": JobState.QUEUED, "finished_at": None}, {"attempt": 2}, {"progress": 0.5}]
)
def test_the_database_itself_refuses_to_change_a_finished_job(make_job, changed):
    job_id = make_job(state=JobState.SUCCEEDED, finished_at=database_now(), attempt=1, progress=1.0)

    with pytest.raises(DBAPIError, match="a finished job is never changed"):
        db.session.execute(update(Job).where(Job.id == job_id).values(**changed))
    db.session.rollback()


def test_a_finished_job_outlives_the_job_that_it_repeats(make_job):
    earlier = make_job(state=JobState.FAILED, finished_at=database_now(), attempt=1)
    later = make_job(state=JobState.SUCCEEDED, finished_at=database_now(), attempt=1, rerun_of_id=earlier)

    db.session.delete(db.session.get_one(Job, earlier))
    db.session.commit()

    assert db.session.get_one(Job, later, populate_existing=True).rerun_of_id is None
