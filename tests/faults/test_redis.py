"""Rows 13 to 15 of the fault matrix: a Redis that dies, hangs, forgets, repeats itself and lies."""

import contextlib
import signal
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import redis as client
from flask.testing import FlaskClient

from tests.conftest import PASSWORD
from tests.farm import GENEROUS_SETTINGS, SmallInstallation, installed, is_working
from tests.servers import RedisServer
from wrangler.models import JobState

pytestmark = [pytest.mark.kernel, pytest.mark.servers]
LONGEST_REQUEST_SECONDS = 20.0  # for ever, if nobody gave up on Redis; the rest is for a machine that is busy


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    """A Redis that these tests may mistreat."""
    server = RedisServer(tmp_path_factory.mktemp("mistreated"))
    server.start()
    yield server
    server.kill()


@pytest.fixture(scope="module")
def installation(
    tmp_path_factory: pytest.TempPathFactory, server: RedisServer, postgres
) -> Iterator[SmallInstallation]:
    """Throttling on, because its counts lie in the same Redis; one worker, which must outlive all of it."""
    different = {"database_url": postgres(), "redis_url": server.url, "ratelimit_enabled": True}
    with (
        installed(tmp_path_factory.mktemp("redis"), **different) as installation,
        installation.worker(**GENEROUS_SETTINGS) as worker,
    ):
        yield installation
        assert worker.poll() is None, "the worker did not outlive its Redis"


@pytest.fixture(autouse=True)
def _nothing_else_is_to_be_done(installation: SmallInstallation) -> None:
    installation.delete_jobs()
    installation.hold()


@contextmanager
def dead(server: RedisServer) -> Iterator[None]:
    """Killed, and started again empty."""
    server.kill()
    try:
        yield
    finally:
        server.start()


@contextmanager
def frozen(server: RedisServer) -> Iterator[None]:
    """As behind a network that swallows everything: connections are taken, and nothing answers."""
    server.signal(signal.SIGSTOP)
    try:
        yield
    finally:
        server.signal(signal.SIGCONT)


@pytest.fixture
def submit(installation: SmallInstallation) -> Callable[[], uuid.UUID]:
    """Orders a job over HTTP; the answer must be 202, and come soon."""
    web: FlaskClient = installation.app.test_client(use_cookies=False)
    login = web.post("/api/v1/auth/token", json={"email": "ada@example.org", "password": PASSWORD})
    headers = {"Authorization": f"Bearer {login.json['access_token']}"}

    def post() -> uuid.UUID:
        started = time.monotonic()
        response = web.post(
            "/api/v1/jobs", json={"kind": "analyze", "dataset_id": installation.dataset_id}, headers=headers
        )
        took = time.monotonic() - started
        assert response.status_code == 202, response.json
        assert took < LONGEST_REQUEST_SECONDS
        return uuid.UUID(response.json["id"])

    return post


def assert_each_ran_once(installation: SmallInstallation, jobs: list[uuid.UUID]) -> None:
    for job_id in jobs:
        job = installation.wait(job_id)
        assert (job.state, job.attempt) == (JobState.SUCCEEDED, 1)
        assert (installation.published(job_id), installation.executions(job_id)) == ([1], 1)


def test_row_13_a_redis_that_is_killed_and_comes_back_empty_loses_no_job(
    installation: SmallInstallation, server: RedisServer, submit: Callable[[], uuid.UUID]
) -> None:
    jobs = [submit() for _ in range(3)]
    installation.wait(jobs[0], is_working)
    with dead(server):
        jobs += [submit() for _ in range(2)]
    with contextlib.closing(client.Redis.from_url(server.url)) as connection:
        assert connection.dbsize() == 0
    jobs += [submit() for _ in range(2)]
    installation.release()

    assert_each_ran_once(installation, jobs)


def test_row_14_submits_return_in_time_and_jobs_finish_while_redis_is_a_black_hole(
    installation: SmallInstallation, server: RedisServer, submit: Callable[[], uuid.UUID]
) -> None:
    installation.release()
    with frozen(server):
        assert_each_ran_once(installation, [submit() for _ in range(4)])

    assert_each_ran_once(installation, [submit() for _ in range(2)])


def test_row_14_submits_return_in_time_and_jobs_finish_while_redis_is_dead(
    installation: SmallInstallation, server: RedisServer, submit: Callable[[], uuid.UUID]
) -> None:
    installation.release()
    with dead(server):
        assert_each_ran_once(installation, [submit() for _ in range(4)])

    assert_each_ran_once(installation, [submit() for _ in range(2)])


def test_row_15_a_flushed_queue_loses_no_job(
    installation: SmallInstallation, server: RedisServer, submit: Callable[[], uuid.UUID]
) -> None:
    jobs = [submit() for _ in range(3)]
    installation.wait(jobs[0], is_working)
    with contextlib.closing(client.Redis.from_url(server.url)) as connection:
        connection.flushall()
    installation.release()

    assert_each_ran_once(installation, jobs)


def test_row_15_doubled_and_forged_messages_run_nothing_twice_and_no_code(
    installation: SmallInstallation, server: RedisServer, submit: Callable[[], uuid.UUID], tmp_path: Path
) -> None:
    from wrangler.queues import queues_of

    huey = queues_of(installation.app).hueys["analysis"]
    jobs = [submit() for _ in range(2)]
    installation.wait(jobs[0], is_working)
    for forged in (
        b"cos\nmkdir\n(S'%s'\ntR." % str(tmp_path / "boom").encode(),  # a pickle that calls os.mkdir
        b"\xff",
        b"{}",
        b'{"maintenance_task": "__import__"}',
        b'{"job": "../../etc"}',
        b'{"job": "%s"}' % str(uuid.uuid4()).encode(),
        *(b'{"job": "%s"}' % str(job_id).encode() for job_id in jobs * 5),
    ):
        huey.storage.enqueue(forged, priority=50)
    jobs.append(submit())
    installation.release()

    assert_each_ran_once(installation, jobs)
    for job_id in jobs:
        huey.storage.enqueue(b'{"job": "%s"}' % str(job_id).encode())
    assert_each_ran_once(installation, [submit()])
    assert_each_ran_once(installation, jobs)
    assert not (tmp_path / "boom").exists()
