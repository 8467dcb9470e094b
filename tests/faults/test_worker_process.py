"""Rows 4 and 5 of the fault matrix: main processes that are killed, and processes that see another time."""

import os
import sys
import time
from pathlib import Path

import psutil
import pytest
from sqlalchemy import select

from tests.farm import (
    CONSUMER,
    LEASE_SECONDS,
    SLACK_SECONDS,
    WORKER,
    SmallInstallation,
    are_gone,
    is_working,
    wait_until,
)
from wrangler.config import PROJECT_ROOT
from wrangler.extensions import db
from wrangler.models import JobState, MaintenanceTask

pytestmark = pytest.mark.kernel
HOUR = 3600


@pytest.fixture(scope="module")
def installation(install) -> SmallInstallation:
    return install("embedded")


@pytest.fixture(autouse=True)
def _nothing_else_is_to_be_done(installation: SmallInstallation) -> None:
    installation.delete_jobs()
    installation.hold()


@pytest.mark.parametrize("command", [WORKER, CONSUMER], ids=["worker", "huey_consumer"])
def test_row_04_a_killed_main_process_leaves_no_process_and_no_second_scheduler(
    installation: SmallInstallation, command
) -> None:
    """It is long because it starts both ways of running a worker from nothing, twice."""
    with installation.worker(*command, afresh=True) as process:
        installation.wait(installation.submit(), is_working)
        main = psutil.Process(process.pid)
        family = [*main.children(recursive=True), *installation.processes_of_runs()]
        assert len(family) > 2, "the fork server, a runner and a kernel"
        process.kill()
        process.wait()
        wait_until(lambda: are_gone(family), SLACK_SECONDS, "the killed worker left processes behind")

    assert workers_of(installation) == []
    killed_at = last_reaped(installation)
    with installation.worker(*command, afresh=True) as process:
        wait_until(lambda: last_reaped(installation) not in (None, killed_at))
        with installation.app.app_context():
            names = set(db.session.scalars(select(MaintenanceTask.worker).where(MaintenanceTask.name == "reap")))
        assert {int(name.rpartition(":")[2]) for name in names} == {process.pid}
        assert workers_of(installation) == [process.pid]


def workers_of(installation: SmallInstallation) -> list[int]:
    """The processes that could do anything in this installation's name."""
    mark = str(installation.settings.data_dir)
    found = []
    for process in psutil.process_iter():
        try:
            if process.environ().get("WRANGLER_DATA_DIR") == mark and are_gone([process]) is False:
                found.append(process.pid)
        except psutil.Error:
            continue
    return found


def last_reaped(installation: SmallInstallation):
    with installation.app.app_context():
        return db.session.scalar(select(MaintenanceTask.finished_at).where(MaintenanceTask.name == "reap"))


SHIFTED = """
import datetime, time
SHIFT = {seconds}
real, real_ns, Real = time.time, time.time_ns, datetime.datetime
time.time = lambda: real() + SHIFT
time.time_ns = lambda: real_ns() + SHIFT * 10**9

class Kind(type(Real)):
    def __instancecheck__(cls, instance):
        return isinstance(instance, Real)

class Shifted(Real, metaclass=Kind):
    @classmethod
    def now(cls, tz=None):
        return Real.now(tz) + datetime.timedelta(seconds=SHIFT)
    @classmethod
    def utcnow(cls):
        return Real.utcnow() + datetime.timedelta(seconds=SHIFT)

datetime.datetime = Shifted
"""
REAPER = """
import sys
from datetime import UTC, datetime
from wrangler.app import create_app
from wrangler.services import health
from wrangler.services.jobs import leases
with create_app().app_context():
    for _ in sys.stdin:
        seen = health.check_workers().facts["queues"]["analysis"]["workers"]
        print(leases.reap(), datetime.now(UTC).timestamp(), seen, health.check_maintenance().state, flush=True)
"""


def with_clock(folder: Path, shift: int) -> dict[str, str]:
    """The environment of a process that sees another time than the rest of the machine."""
    folder = folder / f"clock{shift}"
    folder.mkdir()
    (folder / "sitecustomize.py").write_text(SHIFTED.format(seconds=shift))
    return {"PYTHONPATH": os.pathsep.join([str(folder), str(PROJECT_ROOT)])}


def reap_with(reaper) -> int:
    reaper.stdin.write(b"\n")
    reaper.stdin.flush()
    reaped, seen_time, *wells = reaper.stdout.readline().split()
    assert wells == [b"1", b"ok"], "a wrong clock is no reason for an alarm"
    assert abs(float(seen_time) - time.time()) > HOUR / 2, "the reaper's clock is not wrong: this test shows nothing"
    return int(reaped)


@pytest.mark.servers
@pytest.mark.parametrize("shift", [HOUR, -HOUR], ids=["fast", "slow"])
def test_row_05_a_clock_that_is_an_hour_off_reaps_nobody_early_and_makes_no_lease_immortal(
    install, tmp_path: Path, shift: int
) -> None:
    """It is long because a lease must run out, and each process starts from nothing to get a clock of its own."""
    installation = install("servers")
    with (
        installation.worker(afresh=True, **with_clock(tmp_path, shift)) as holder,
        installation.process(sys.executable, "-c", REAPER, **with_clock(tmp_path, -shift)) as reaper,
    ):
        job_id = installation.submit()
        installation.wait(job_id, is_working)
        watched_until = time.monotonic() + LEASE_SECONDS + 1
        while time.monotonic() < watched_until:
            assert reap_with(reaper) == 0, "a live lease was taken"
            time.sleep(0.2)
        assert installation.job(job_id).attempt == 1
        holder.kill()
        holder.wait()

        wait_until(lambda: reap_with(reaper) == 1, LEASE_SECONDS + SLACK_SECONDS, "the lease does not end")
        job = installation.job(job_id)
        assert (job.state, job.attempt) == (JobState.QUEUED, 1)
