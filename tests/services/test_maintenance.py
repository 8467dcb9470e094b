"""Regular maintenance is done in one place in each period, and its absence is noticed."""

import threading
from datetime import timedelta

import pytest

from wrangler.extensions import db
from wrangler.models import MaintenanceTask, Worker
from wrangler.services import health, maintenance
from wrangler.services.database_clock import database_now
from wrangler.services.health import State


def move_back_in_time(seconds):
    for task_name in db.session.query(MaintenanceTask):
        task_name.started_at -= timedelta(seconds=seconds)
        if task_name.finished_at is not None:
            task_name.finished_at -= timedelta(seconds=seconds)
    db.session.commit()


def test_a_maintenance_task_is_done_once_in_each_period(rows):
    assert [maintenance.begin("sweep", worker) for worker in ("one", "two", "one")] == [True, False, False]

    move_back_in_time(maintenance.PERIOD_SECONDS["sweep"])

    assert [maintenance.begin("sweep", worker) for worker in ("one", "two")] == [True, False]


def test_of_many_workers_at_once_one_does_it(rows):
    start, mine = threading.Barrier(8), []

    def try_to_begin(name):
        with rows.app_context():
            start.wait()
            if maintenance.begin("sweep", name):
                mine.append(name)

    threads = [threading.Thread(target=try_to_begin, args=(str(i),)) for i in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(mine) == 1


@pytest.mark.parametrize(
    ("periods", "state", "reported"), [(2.9, State.OK, ""), (3.1, State.DEGRADED, "Not done for 3 periods: health.")]
)
def test_a_maintenance_task_that_nobody_does_any_more_raises_the_alarm(rows, periods, state, reported):
    maintenance.begin("health", "one")
    maintenance.finish("health", status="ok")
    move_back_in_time(maintenance.PERIOD_SECONDS["health"] * periods)

    found = health.check_maintenance()

    assert found.state is state
    assert found.message.startswith(reported)


def test_a_maintenance_task_that_was_never_done_raises_the_alarm_when_there_was_time_for_it(rows):
    long_ago = database_now() - timedelta(hours=1)
    db.session.add(Worker(name="host:1", queues=["imputation"], seen_at=long_ago, created_at=long_ago))
    db.session.commit()

    assert "reap, health, sweep" in health.check_maintenance().message
