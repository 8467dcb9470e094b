"""Rows 1 to 3 of the fault matrix: workers that are killed, asked to stop, or frozen.

These are long because a lease of seconds has to run out, the next look for lost jobs to come, and a back-off to pass,
while two workers with their fork servers live; all of that on either backend.
"""

import os
import signal
import time

import psutil
import pytest

from tests.farm import LEASE_SECONDS, SLACK_SECONDS, SmallInstallation, are_gone, is_working, wait_until
from wrangler.models import Job, JobState

pytestmark = pytest.mark.kernel
REPLACED_WITHIN_SECONDS = 90


@pytest.fixture(autouse=True)
def _nothing_else_is_to_be_done(installation: SmallInstallation) -> None:
    installation.delete_jobs()
    installation.hold()


def pid_of_worker(job: Job) -> int:
    return int(job.worker.rpartition(":")[2])


def test_row_01_a_worker_killed_while_running_is_replaced_and_one_result_published(
    installation: SmallInstallation,
) -> None:
    """It is long because the lease of a killed worker must run out."""
    with installation.worker() as one, installation.worker() as two:
        job_id = installation.submit()
        killed = pid_of_worker(installation.wait(job_id, is_working))
        assert killed in (one.pid, two.pid)
        os.kill(killed, signal.SIGKILL)
        killed_at = time.monotonic()
        installation.release()
        job = installation.wait(job_id)
        took = time.monotonic() - killed_at

        assert (job.state, job.attempt) == (JobState.SUCCEEDED, 2)
        assert pid_of_worker(job) not in (killed, None)
        assert took < REPLACED_WITHIN_SECONDS
        assert installation.published(job_id) == [2]
        assert installation.executions(job_id) == 2
        wait_until(lambda: not installation.processes_of_runs(), SLACK_SECONDS)


def test_row_02_a_worker_asked_to_stop_finishes_within_the_grace(installation: SmallInstallation) -> None:
    with installation.worker(JOB_GRACE_SECONDS="60") as process:
        first, second = installation.submit(), installation.submit()
        installation.wait(first, is_working)
        process.send_signal(signal.SIGTERM)
        time.sleep(LEASE_SECONDS + 1)  # the lease must be renewed during the grace too
        assert process.poll() is None
        installation.release()
        job = installation.wait(first)
        assert process.wait(SLACK_SECONDS) == 0

    assert (job.state, job.attempt) == (JobState.SUCCEEDED, 1)
    assert installation.published(first) == [1]
    assert installation.job(second).state is JobState.QUEUED, "a worker that drains takes nothing new"
    assert installation.processes_of_runs() == []


def test_row_02_a_job_that_outlasts_the_grace_is_handed_back_at_once_and_loses_no_attempt(
    installation: SmallInstallation,
) -> None:
    with installation.worker(JOB_GRACE_SECONDS="0.2", JOB_LEASE_SECONDS="60") as process:
        job_id = installation.submit()
        before = installation.wait(job_id, is_working)
        process.send_signal(signal.SIGTERM)
        job = installation.wait(job_id, lambda job: job.state is JobState.QUEUED)
        assert process.wait(SLACK_SECONDS) == 0

    assert (job.stage, job.worker, job.lease_until) == ("handed back", None, None)
    assert (job.attempt, job.hand_backs) == (before.attempt, before.hand_backs + 1)
    assert job.available_at <= job.updated_at, "there is no back-off for a deploy"
    assert installation.processes_of_runs() == []
    assert not (installation.settings.data_dir / "runs" / str(job_id) / "1").exists()


def test_row_03_a_worker_frozen_longer_than_its_lease_is_fenced_and_publishes_nothing(
    installation: SmallInstallation,
) -> None:
    with installation.worker() as one, installation.worker() as two:
        job_id = installation.submit()
        frozen = psutil.Process(pid_of_worker(installation.wait(job_id, is_working)))
        assert frozen.pid in (one.pid, two.pid)
        kernels = installation.processes_of_runs()
        assert kernels
        installation.freeze(frozen)
        second = installation.wait(job_id, lambda job: job.attempt == 2 and is_working(job))
        assert pid_of_worker(second) != frozen.pid
        frozen.resume()
        wait_until(lambda: are_gone(kernels), SLACK_SECONDS, "the fenced worker left its kernel alive")
        assert installation.job(job_id).attempt == 2
        installation.release()
        job = installation.wait(job_id)

        assert (job.state, job.attempt) == (JobState.SUCCEEDED, 2)
        assert installation.published(job_id) == [2]
        wait_until(lambda: not (installation.settings.data_dir / "runs" / str(job_id) / "1").exists(), SLACK_SECONDS)
        assert frozen.is_running(), "it goes on with other jobs"


def test_row_03_a_worker_frozen_after_its_notebook_ended_does_not_publish_over_the_second(
    installation: SmallInstallation,
) -> None:
    """The kernel of a frozen worker goes on, and its result lies ready when the worker wakes up."""
    with installation.worker() as one, installation.worker() as two:
        job_id = installation.submit()
        frozen = psutil.Process(pid_of_worker(installation.wait(job_id, is_working)))
        assert frozen.pid in (one.pid, two.pid)
        installation.freeze(frozen)
        installation.release()
        wait_until((installation.settings.data_dir / "runs" / str(job_id) / "1" / "result.json").exists, SLACK_SECONDS)
        job = installation.wait(job_id)
        frozen.resume()
        wait_until(lambda: not (installation.settings.data_dir / "runs" / str(job_id) / "1").exists(), SLACK_SECONDS)

        assert (job.state, job.attempt, installation.published(job_id)) == (JobState.SUCCEEDED, 2, [2])
        assert installation.job(job_id).finished_at == job.finished_at
