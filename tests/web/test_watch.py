"""Watching a job over HTTP; the test stands in for the worker, with the services that a worker uses."""

import io
import json
import os
import sqlite3
import threading
import time
import uuid
from datetime import timedelta

import pytest
from sqlalchemy import event

from tests.farm import wait_until
from wrangler.extensions import db
from wrangler.models import Job
from wrangler.notebook.protocol.live_log import LiveLog
from wrangler.services.jobs import leases, results
from wrangler.services.jobs.change_hub import LOOK_SECONDS
from wrangler.services.jobs.leases import Claim
from wrangler.services.storage import Storage
from wrangler.web.context import HUB

pytestmark = pytest.mark.slow

EVENTS = "/api/v1/jobs/{}/events"
LEASE = 60


class Worked:
    """A job that the test works on."""

    def __init__(self, app, job_id):
        self.app = app
        self.id = str(job_id)
        self.storage = Storage(app.extensions["wrangler.settings"].data_dir)
        self.held = Claim(uuid.UUID(self.id), 0)

    @property
    def path(self):
        return f"/api/v1/jobs/{self.id}"

    @property
    def folder(self):
        return self.storage.run(self.held.row_id, self.held.attempt)

    def begin(self):
        with self.app.app_context():
            self.held = leases.claim(self.held.row_id, worker="test", lease_seconds=LEASE)
        self.storage.new_run_folder(self.held.row_id, self.held.attempt)

    def print_line(self, text):
        LiveLog(self.folder).printed(text)

    def renew(self, progress, stage):
        with self.app.app_context(), db.engine.begin() as connection:
            leases.renew(connection, self.held, lease_seconds=LEASE, progress=(progress, stage))

    def fail(self):
        with self.app.app_context():
            results.fail(self.held, "TEST", "Try another table.")


@pytest.fixture
def settings(make_settings):
    return make_settings(job_watchers=2)


@pytest.fixture
def job(app, user):
    """A queued job of `user`."""
    content = b"a,b\n1,2\n3,\n"
    dataset = user.post("/api/v1/datasets", data={"file": (io.BytesIO(content), "t.csv")}).json
    submitted = user.post("/api/v1/jobs", json={"kind": "analyze", "dataset_id": dataset["id"]})
    return Worked(app, submitted.json["id"])


def events_in(text):
    """Kind, id and facts of each event."""
    found = []
    for block in text.split("\n\n"):
        fields = dict(line.split(": ", 1) for line in block.splitlines() if not line.startswith(":"))
        if "data" in fields:
            found.append((fields["event"], fields["id"], json.loads(fields["data"])))
    return found


def log_text(events):
    return "".join(facts["text"] for kind, _, facts in events if kind == "log")


def later(seconds, *calls):
    """Call these one after the other, with a pause before each."""

    def run():
        for call in calls:
            time.sleep(seconds)
            call()

    thread = threading.Thread(target=run)
    thread.start()
    return thread


def test_a_job_that_has_not_changed_is_not_sent_again(user, job):
    etag = user.get(job.path).headers["ETag"]

    response = user.get(job.path, headers={"If-None-Match": etag})

    assert (response.status_code, response.data, response.headers["ETag"]) == (304, b"", etag)


def test_a_heartbeat_that_carries_nothing_new_leaves_the_etag(user, job):
    job.begin()
    job.renew(0.5, "Work")
    first = user.get(job.path)
    job.renew(0.5, "Work")

    assert user.get(job.path).headers["ETag"] == first.headers["ETag"]


def test_a_waiting_call_returns_on_the_change(user, job):
    job.begin()
    etag = user.get(job.path).headers["ETag"]
    change = later(0.3, lambda: job.renew(0.4, "Work"))

    response = user.get(f"{job.path}?wait=30", headers={"If-None-Match": etag})
    change.join()

    assert (response.status_code, response.json["stage"], response.json["progress"]) == (200, "Work", 0.4)


def test_a_waiting_call_without_an_etag_waits_for_the_next_change(user, job):
    change = later(0.3, job.begin)

    response = user.get(f"{job.path}?wait=30")
    change.join()

    assert response.json["state"] == "running"


def test_a_waiting_call_with_an_old_etag_returns_at_once(user, job):
    etag = user.get(job.path).headers["ETag"]
    job.begin()

    response = user.get(f"{job.path}?wait=30", headers={"If-None-Match": etag})

    assert response.json["state"] == "running"
    assert HUB not in job.app.extensions  # nobody had to look


def test_a_waiting_call_ends_without_a_change(user, job):
    etag = user.get(job.path).headers["ETag"]

    assert user.get(f"{job.path}?wait=1", headers={"If-None-Match": etag}).status_code == 304
    assert user.get(f"{job.path}?wait=1").json["state"] == "queued"


def test_a_final_job_is_not_waited_for(user, job):
    job.begin()
    job.fail()

    assert user.get(f"{job.path}?wait=30").json["state"] == "failed"
    assert HUB not in job.app.extensions


@pytest.mark.parametrize("wait", ["31", "-1", "soon", "1.5", ""])
def test_a_wait_out_of_range_is_refused(user, job, wait):
    assert user.get(f"{job.path}?wait={wait}").status_code == 422


def test_the_log_is_read_from_where_one_stopped(user, job):
    assert user.get(f"{job.path}/log").data == b""
    job.begin()
    job.print_line("one\n")
    first = user.get(f"{job.path}/log")
    job.print_line("twö\n")
    second = user.get(f"{job.path}/log?offset={first.headers['X-Log-Offset']}")

    assert (first.text, second.text) == ("one\n", "twö\n")
    assert second.headers["X-Log-Attempt"] == "1"
    assert second.content_type == "text/plain; charset=utf-8"


@pytest.mark.parametrize(("offset", "status"), [("-1", 422), ("x", 422), ("99999", 200)])
def test_an_offset_that_is_none_is_refused_and_one_behind_the_end_gives_nothing(user, job, offset, status):
    job.begin()
    job.print_line("one\n")

    response = user.get(f"{job.path}/log?offset={offset}")

    assert response.status_code == status
    assert status == 422 or (response.data, response.headers["X-Log-Offset"]) == (b"", "4")


@pytest.mark.parametrize("put", [lambda log, secret: log.symlink_to(secret), lambda log, _: os.mkfifo(log)])
def test_what_a_run_puts_in_the_place_of_its_log_is_not_read(user, job, tmp_path, put):
    job.begin()
    secret = tmp_path / "secret"
    secret.write_text("hush")
    put(job.folder / "log.txt", secret)

    assert user.get(f"{job.path}/log").data == b""


def test_the_events_of_a_job_carry_its_changes_its_log_and_its_end(user, job):
    job.begin()
    job.print_line("one\n")
    change = later(0.8, lambda: job.renew(0.5, "Work"), lambda: job.print_line("two\n"), job.fail)

    response = user.get(f"{job.path}/events")
    events = events_in(response.text)
    change.join()

    assert response.mimetype == "text/event-stream"
    assert (response.headers["Cache-Control"], response.headers["X-Accel-Buffering"]) == ("no-store", "no")
    assert response.text.startswith("retry: ")
    assert [facts["stage"] for kind, _, facts in events if kind == "progress"][:2] == ["starting", "Work"]
    assert log_text(events) == "one\ntwo\n"
    assert events[-1][0] == "end"
    assert events[-1][2] == {
        "state": "failed",
        "error": {"code": "TEST", "message": "Try another table.", "cell": None},
    }


def test_the_story_goes_on_after_any_event_with_nothing_lost_and_nothing_twice(user, job):
    job.begin()
    change = later(0.7, *[lambda number=number: job.print_line(f"line {number} ä\n") for number in range(4)], job.fail)
    events = events_in(user.get(f"{job.path}/events").text)
    change.join()
    ids = [event_id for _, event_id, _ in events]

    assert len(set(ids)) == len(ids) > 5
    for place, event_id in enumerate(ids[:-1]):
        rest = events_in(user.get(f"{job.path}/events", headers={"Last-Event-ID": event_id}).text)
        assert log_text(events[: place + 1]) + log_text(rest) == "".join(f"line {number} ä\n" for number in range(4))
        assert rest[-1] == events[-1]


def test_an_event_stream_client_is_asked_to_stop_after_the_end(user, job):
    job.begin()
    job.fail()
    last = events_in(user.get(f"{job.path}/events").text)[-1][1]

    assert user.get(f"{job.path}/events?last_event_id={last}").status_code == 204


@pytest.mark.parametrize("event_id", ["7", "1-2-3", "1-00000000--5", "a" * 200, "1-00000000-" + "9" * 16])
def test_an_id_that_no_event_had_is_refused(user, job, event_id):
    assert user.get(f"{job.path}/events?last_event_id={event_id}").status_code == 422


def test_a_new_attempt_sends_its_log_from_the_beginning(user, job):
    job.begin()
    job.print_line("lost\n")
    with job.app.app_context():
        leases.hand_back(job.held)
    job.begin()
    job.print_line("new\n")
    job.fail()

    rest = events_in(user.get(f"{job.path}/events", headers={"Last-Event-ID": "1-00000000-3"}).text)

    assert log_text(rest) == "new\n"


def test_there_are_places_for_so_many_and_the_next_gets_advice(user, job):
    streams = [user.get(f"{job.path}/events", buffered=False) for _ in range(2)]
    refused = user.get(f"{job.path}/events")
    streams.pop().close()
    admitted = user.get(f"{job.path}/events", buffered=False)

    assert (refused.status_code, refused.json["code"]) == (429, "too_many_watchers")
    assert refused.headers["Retry-After"] == "5"
    assert "?wait=20" in refused.json["detail"]
    assert admitted.status_code == 200
    for stream in (*streams, admitted):
        stream.close()


def test_a_call_without_a_place_to_wait_returns_at_once(user, job):
    waiting = threading.Thread(target=lambda: user.get(f"{job.path}?wait=30"))
    waiting.start()
    wait_until(lambda: HUB in job.app.extensions and job.app.extensions[HUB].waits._value == 0)

    response = user.get(f"{job.path}?wait=30")

    assert (response.status_code, response.json["state"]) == (200, "queued")
    assert waiting.is_alive()
    job.begin()
    job.fail()
    waiting.join()


def test_asking_for_the_headers_alone_keeps_no_place(user, job):
    for _ in range(4):
        assert user.open(f"{job.path}/events", "HEAD").status_code == 200


@pytest.fixture
def looks(app):
    """The queries by which those who watch are served, as they are answered."""
    handled = []
    with app.app_context():
        engine = db.engine

    def note(_connection, _cursor, statement, *_more):
        if "FROM jobs" in statement and "IN (" in statement:
            handled.append(statement)

    event.listen(engine, "after_cursor_execute", note)
    return handled


def test_any_number_who_watch_ask_the_database_together(user, job, looks):
    job.begin()
    began = time.monotonic()
    change = later(1.6, lambda: job.renew(0.5, "Work"), job.fail)
    listeners = [threading.Thread(target=lambda: user.get(f"{job.path}/events").data) for _ in range(2)]
    for listener in listeners:
        listener.start()
    for listener in (*listeners, change):
        listener.join()

    assert 2 <= len(looks) <= (time.monotonic() - began) / LOOK_SECONDS + 2


def test_those_who_watch_and_those_who_write_to_sqlite_do_not_wait_for_each_other(user, job, looks, settings):
    with sqlite3.connect(settings.data_dir / "wrangler.sqlite3", timeout=0, isolation_level=None) as writer:
        writer.execute("BEGIN IMMEDIATE")
        assert user.get(f"{job.path}?wait=2").status_code == 200
        writer.execute("ROLLBACK")
        writer.execute("BEGIN IMMEDIATE")  # nobody holds a transaction

    assert len(looks) >= 2


def test_the_time_left_stands_in_the_job(app, user, job):
    job.begin()
    job.renew(0.5, "Work")
    with app.app_context():
        row = db.session.get_one(Job, job.held.row_id)
        row.started_at = row.heartbeat_at - timedelta(seconds=60)
        db.session.commit()

    assert user.get(job.path).json["expected_seconds_left"] == 60
