"""The notifications: what travels, and what forged or broken messages can do."""

import json
import os
import pickle  # noqa: TID251 - what an attacker would send
import time
import uuid

import pytest

from wrangler.queue_names import QUEUES
from wrangler.queues import JobQueues, notify_queue
from wrangler.tasks.consumer import QuietConsumer


@pytest.fixture(params=["sqlite", pytest.param("redis", marks=pytest.mark.servers)])
def queues(request, make_settings):
    url = "" if request.param == "sqlite" else request.getfixturevalue("redis").database()
    made = JobQueues(make_settings(redis_url=url))
    for huey in made.hueys.values():
        huey.storage.flush_queue()
    yield made
    for huey in made.hueys.values():
        huey.storage.close()


@pytest.fixture
def handled(queues):
    """The jobs that a real consumer of the imputation queue was notified for."""
    received = []
    queues.handle_with(lambda _queue, job_id: received.append(job_id), received.append)
    consumer = QuietConsumer(queues.hueys["imputation"], workers=1, periodic=False, max_delay=0.1)
    consumer.start()
    yield received
    consumer.stop(graceful=True)
    for _, thread in consumer.worker_threads:
        thread.join()


def wait_for(condition):
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline, "nothing came"
        time.sleep(0.02)


def test_a_message_is_json_with_the_job_and_its_priority_alone(queues):
    job_id = uuid.uuid4()
    queues.notify("imputation", job_id, 3)

    message = queues.hueys["imputation"].storage.dequeue()

    assert json.loads(bytes(message)) == {"job": str(job_id), "priority": 3}


def test_each_queue_keeps_its_own_messages(queues):
    queues.notify("analysis", uuid.uuid4())

    assert queues.depths() == {name: int(name == "analysis") for name in QUEUES}


def test_a_notification_reaches_the_consumer(queues, handled):
    job_id = uuid.uuid4()
    queues.notify("imputation", job_id)

    wait_for(lambda: handled)
    assert handled == [job_id]


def test_the_more_urgent_job_is_notified_first(queues):
    usual, urgent = uuid.uuid4(), uuid.uuid4()
    queues.notify("imputation", usual, 0)
    queues.notify("imputation", urgent, 50)

    storage = queues.hueys["imputation"].storage
    assert [json.loads(bytes(storage.dequeue()))["job"] for _ in range(2)] == [str(urgent), str(usual)]


class Bomb:
    def __init__(self, path):
        self.path = str(path)

    def __reduce__(self):
        return os.mkdir, (self.path,)


def test_a_forged_pickle_runs_nothing_and_the_consumer_goes_on(queues, handled, tmp_path):
    storage = queues.hueys["imputation"].storage
    for forged in (pickle.dumps(Bomb(tmp_path / "boom")), b"\xff", b"{}", b'{"job": "../../etc"}', b'{"job": [1]}'):
        storage.enqueue(forged)
    job_id = uuid.uuid4()
    queues.notify("imputation", job_id)

    wait_for(lambda: handled)
    assert handled == [job_id]
    assert not (tmp_path / "boom").exists()


def test_a_queue_out_of_reach_loses_nothing_and_raises_nothing(make_settings):
    queues = JobQueues(make_settings(redis_url="redis://127.0.0.1:1/0"))

    assert queues.notify("imputation", uuid.uuid4()) is False


def test_queues_that_cannot_even_be_opened_lose_nothing_and_raise_nothing(make_app, make_settings, tmp_path):
    app = make_app(make_settings())
    (tmp_path / "var" / "queue.sqlite3").mkdir()

    assert notify_queue(app, "imputation", uuid.uuid4()) is False
