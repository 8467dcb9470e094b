"""What a worker logs of its own start, after a night in which nothing ran."""

import sys
import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from tests.farm import SmallInstallation, installed, wait_until
from wrangler.extensions import db
from wrangler.models import MaintenanceTask, Worker
from wrangler.queue_names import QUEUES
from wrangler.services import State, health, maintenance
from wrangler.services.database_clock import database_now
from wrangler.tasks.maintenance import Maintenance

NIGHT = timedelta(hours=10)


@pytest.fixture
def installation(tmp_path: Path) -> Iterator[SmallInstallation]:
    """An installation that was stopped ten hours ago."""
    with installed(tmp_path) as installation:
        with installation.app.app_context():
            then = database_now() - NIGHT
            db.session.add(Worker(name="host:1", queues=list(QUEUES), seen_at=then, created_at=then))
            for name in maintenance.PERIOD_SECONDS:
                db.session.add(MaintenanceTask(name=name, started_at=then, finished_at=then, worker="host:1"))
            db.session.commit()
        yield installation


def maintainer(installation: SmallInstallation, name: str) -> Maintenance:
    return Maintenance(installation.app, installation.settings, name, lambda: None)


def last_health_check(installation: SmallInstallation) -> MaintenanceTask:
    with installation.app.app_context():
        return db.session.get_one(MaintenanceTask, "health")


@pytest.mark.parametrize("name", ["host:1", "host:2"], ids=["same process id", "another"])
def test_a_worker_that_has_just_started_is_well(
    installation: SmallInstallation, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    started = maintainer(installation, name)
    started.do("health")
    assert last_health_check(installation).done != {"status": "ok"}, "it cannot know before its first round"
    started.round(QUEUES)
    started.do("health")

    assert last_health_check(installation).done == {"status": "ok"}
    assert "not healthy" not in capsys.readouterr().err


def test_a_chore_that_a_living_worker_leaves_undone_is_logged(
    installation: SmallInstallation, capsys: pytest.CaptureFixture[str]
) -> None:
    started = maintainer(installation, "host:2")
    started.round(QUEUES)
    with installation.app.app_context():
        row = db.session.scalars(select(Worker).where(Worker.name == "host:2")).one()
        row.created_at -= NIGHT
        db.session.commit()
        assert health.check_maintenance().state is State.DEGRADED
    started.do("health")

    assert "Not done for 3 periods: health, sweep, prune" in capsys.readouterr().err


@pytest.mark.kernel
def test_a_worker_process_logs_no_error_when_it_starts(installation: SmallInstallation) -> None:
    with installation.process(sys.executable, "huey_worker.py"):
        wait_until(lambda: installation.app.test_client().get("/health").json["status"] == "ok")
        threading.Event().wait(3)  # for the periodic tasks, which Huey begins at once

    assert "[error" not in installation.log.read_text()
