"""Imports that can be watched, and imports that nobody waits for."""

import io
import json
import threading
import time
import uuid

import pytest

from tests.web.test_datasets import BAD_FILES, CSV, upload
from wrangler.config import settings_of
from wrangler.extensions import db
from wrangler.models import Dataset, DatasetStatus
from wrangler.services.imports import leases, run
from wrangler.services.leases import Claim
from wrangler.services.storage import Storage

pytestmark = pytest.mark.slow

ASYNC = {"Prefer": "respond-async"}
BIG_ROWS = 400_000


def upload_later(caller, content=CSV, headers=ASYNC, **form):
    data = {"file": (io.BytesIO(content), "people.csv"), **form}
    return caller.post("/api/v1/datasets", data=data, headers=headers)


def upload_big(caller):
    """A table whose import takes some seconds."""
    lines = (f"{i},{i % 97}.5,text {i % 1013},{i * 7 % 10007},x{i},{i % 9 or ''}\n" for i in range(BIG_ROWS))
    response = upload(caller, ("a,b,c,d,e,f\n" + "".join(lines)).encode())
    response.request.environ["wsgi.input"].close()  # the test client keeps a large body in a file
    return response


def work(app):
    """What a worker does with the next upload that waits."""
    with app.app_context():
        hold = leases.claim_next(lease_seconds=60)
        if hold is not None:
            run.import_for_worker(hold, settings_of(app), lambda: False)
        return hold


def during(call):
    """Answers of a call, again and again while an upload goes on, until it has ended."""
    thread = threading.Thread(target=call)
    thread.start()
    while thread.is_alive():
        yield
        time.sleep(0.1)
    thread.join()


@pytest.fixture
def waiting(user):
    """An upload that waits for a worker."""
    return upload_later(user).json


def test_an_import_can_be_watched_from_another_request_before_the_upload_returns(user):
    responses, seen = [], []

    for _ in during(lambda: responses.append(upload_big(user))):
        items = user.get("/api/v1/datasets?status=importing").json["items"]
        seen += [(item["id"], item["progress"], item["stage"], item["rows"]) for item in items]

    (response,) = responses
    assert (response.status_code, response.json["rows"], response.json["progress"]) == (201, BIG_ROWS, 1.0)
    assert {dataset_id for dataset_id, _, _, _ in seen} == {response.json["id"]}
    shares = [share for _, share, _, _ in seen]
    assert shares == sorted(shares)
    assert len(set(shares)) > 1
    assert {"converting", "describing"} & {stage for _, _, stage, _ in seen}
    assert {rows for _, _, _, rows in seen} == {None}


def test_an_asynchronous_upload_returns_as_soon_as_it_is_stored(app, user, settings):
    response = upload_later(user)

    assert response.status_code == 202
    assert response.headers["Location"] == f"/api/v1/datasets/{response.json['id']}"
    assert response.headers["Retry-After"] == "1"
    assert response.headers["Preference-Applied"] == "respond-async"
    assert (response.json["status"], response.json["rows"], response.json["progress"]) == ("uploaded", None, 0.0)
    assert Storage(settings.data_dir).source(uuid.UUID(response.json["id"])).read_bytes() == CSV

    work(app)

    ready = user.get(response.headers["Location"]).json
    usual = upload(user).json
    assert (ready["status"], ready["progress"], ready["stage"]) == ("ready", 1.0, "")
    assert [ready[name] for name in ("rows", "columns", "format")] == [
        usual[name] for name in ("rows", "columns", "format")
    ]
    assert user.get(f"{response.headers['Location']}/rows").json["total"] == 3


@pytest.mark.parametrize(
    ("prefer", "status"),
    [
        ("respond-async, wait=5", 202),
        ("return=minimal , Respond-Async;x=1", 202),
        ("return=representation", 201),
        ("no-respond-async", 201),
        ("", 201),
    ],
)
def test_the_preference_is_read_as_rfc_7240_has_it(user, prefer, status):
    assert upload_later(user, headers={"Prefer": prefer}).status_code == status


def test_import_options_and_names_hold_for_later_imports_too(app, user):
    made = upload_later(user, b"a;b\n1;0,5\n", options=json.dumps({"delimiter": ";", "decimal": ","}), name="crew").json

    work(app)

    dataset = user.get(f"/api/v1/datasets/{made['id']}").json
    assert dataset["name"] == "crew"
    assert [column["type"] for column in dataset["columns"]] == ["integer", "number"]


@pytest.mark.parametrize("name", [name for name in BAD_FILES if name != "zip bomb"])
def test_a_bad_file_fails_later_with_the_message_of_a_422(app, user, settings, name):
    content, _ = BAD_FILES[name]
    refusal = upload(user, content, "people.csv").json
    made = upload_later(user, content).json

    work(app)

    dataset = user.get(f"/api/v1/datasets/{made['id']}").json
    error = dataset["error"]
    assert dataset["status"] == "failed"
    assert (error["code"], error["message"]) == (refusal["code"], refusal["detail"])
    assert error["errors"] == refusal.get("errors", [])
    assert error.get("lines") == refusal.get("lines")
    assert [item["id"] for item in user.get("/api/v1/datasets?status=failed").json["items"]] == [made["id"]]
    assert list((settings.data_dir / "datasets").iterdir()) == []


def test_options_that_do_not_fit_the_file_are_pointed_at_later_too(app, user):
    made = upload_later(user, options='{"types": {"nobody": "text"}}').json

    work(app)

    error = user.get(f"/api/v1/datasets/{made['id']}").json["error"]
    assert [one["pointer"] for one in error["errors"]] == ["/options/types/nobody"]


def test_what_is_not_ready_cannot_be_used_and_reports_it(user, waiting):
    path = f"/api/v1/datasets/{waiting['id']}"
    body = {"kind": "analyze", "dataset_id": waiting["id"]}

    refused = [
        user.get(f"{path}/rows"),
        user.get(f"{path}/profile"),
        user.get(f"{path}/download"),
        user.post(f"{path}/versions", json={}),
        user.post("/api/v1/jobs", json=body),
    ]

    assert {(response.status_code, response.json["code"]) for response in refused} == {(409, "dataset_not_ready")}


@pytest.mark.parametrize("status", ["uploaded", "importing", "failed"])
def test_a_dataset_can_be_deleted_whatever_became_of_it(app, user, settings, status):
    made = upload_later(user, b"" if status == "failed" else CSV).json
    if status == "importing":
        with app.app_context():
            leases.claim_next(lease_seconds=60)
    elif status == "failed":
        work(app)
    path = f"/api/v1/datasets/{made['id']}"
    assert user.get(path).json["status"] == status

    assert user.delete(path).status_code == 204

    assert user.get(path).status_code == 404
    assert list((settings.data_dir / "datasets").iterdir()) == []


def test_an_import_whose_dataset_is_deleted_meanwhile_ends_and_leaves_nothing(user, settings):
    responses = []
    for _ in during(lambda: responses.append(upload_big(user))):
        for item in user.get("/api/v1/datasets?status=importing").json["items"]:
            user.delete(f"/api/v1/datasets/{item['id']}")

    (response,) = responses
    assert (response.status_code, response.json["code"]) == (409, "dataset_deleted")
    assert user.get("/api/v1/datasets").json["items"] == []
    assert list((settings.data_dir / "datasets").iterdir()) == []


def test_an_import_that_another_process_has_taken_over_is_published_once(app, user, waiting):
    dataset_id = uuid.UUID(waiting["id"])
    with app.app_context():
        slow = leases.claim_next(lease_seconds=0)
        leases.reap(Storage(settings_of(app).data_dir), max_attempts=3)
    assert work(app) == Claim(dataset_id, 2)
    published_at = user.get(f"/api/v1/datasets/{dataset_id}").json["updated_at"]

    with app.app_context():
        run.import_for_worker(slow, settings_of(app), lambda: False)

    dataset = user.get(f"/api/v1/datasets/{dataset_id}").json
    assert (dataset["status"], dataset["updated_at"]) == ("ready", published_at)


def test_the_same_upload_under_the_same_key_makes_one_dataset(app, user):
    key = ASYNC | {"Idempotency-Key": "abc"}
    first = upload_later(user, headers=key)
    again = upload_later(user, headers=key)
    work(app)
    later = upload_later(user, headers={"Idempotency-Key": "abc"})

    assert [response.status_code for response in (first, again, later)] == [202, 202, 201]
    assert first.json["id"] == again.json["id"] == later.json["id"]
    assert work(app) is None


def test_a_key_finds_its_dataset_in_the_list(user, other):
    made = upload_later(user, headers={"Idempotency-Key": "abc"}).json
    upload_later(user)
    upload_later(other, headers={"Idempotency-Key": "abc"})

    found = user.get("/api/v1/datasets?idempotency_key=abc").json["items"]

    assert [item["id"] for item in found] == [made["id"]]


@pytest.mark.parametrize("different", [{"content": b"a\n1\n"}, {"name": "other"}, {"options": '{"header": true}'}])
def test_a_key_that_was_used_for_another_upload_is_refused(user, different):
    upload_later(user, headers={"Idempotency-Key": "abc"})

    response = upload_later(user, headers={"Idempotency-Key": "abc"}, **different)

    assert (response.status_code, response.json["code"]) == (409, "idempotency_key_reused")
    assert len(user.get("/api/v1/datasets").json["items"]) == 1


def test_a_key_that_is_no_header_text_is_refused(user):
    response = upload_later(user, headers={"Idempotency-Key": "ä" * 3})

    assert (response.status_code, response.json["errors"][0]["pointer"]) == (422, "/Idempotency-Key")


def test_a_refused_upload_leaves_its_key_free(user):
    key = {"Idempotency-Key": "abc"}
    assert upload_later(user, b"", headers=key).status_code == 422

    assert upload_later(user, headers=key).status_code == 201


def test_two_uploads_at_once_under_one_key_make_one_dataset(app, user):
    start, responses = threading.Barrier(4), []

    def send():
        start.wait()
        responses.append(upload_later(user, headers={"Idempotency-Key": "abc"}))

    threads = [threading.Thread(target=send) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len({response.json["id"] for response in responses}) == 1
    assert {response.status_code for response in responses} <= {201, 202}
    assert len(user.get("/api/v1/datasets").json["items"]) == 1


def test_a_new_version_may_be_imported_later_too(app, user):
    first = upload(user).json
    user.patch(f"/api/v1/datasets/{first['id']}", json={"columns": [{"name": "age", "role": "target"}]})

    response = user.post(f"/api/v1/datasets/{first['id']}/versions", json={}, headers=ASYNC)
    work(app)

    version = user.get(response.headers["Location"]).json
    assert (response.status_code, version["status"], version["parent_id"]) == (202, "ready", first["id"])
    assert {column["name"]: column["role"] for column in version["columns"]}["age"] == "target"


def test_a_waiting_call_returns_when_the_import_has_ended(app, user, waiting):
    path = f"/api/v1/datasets/{waiting['id']}"
    etag = user.get(path).headers["ETag"]
    worker = threading.Timer(0.3, work, [app])
    worker.start()

    response = user.get(f"{path}?wait=30", headers={"If-None-Match": etag})
    worker.join()

    assert response.json["status"] in {"importing", "ready"}
    assert user.get(path, headers={"If-None-Match": etag}).status_code == 200


def test_an_import_that_has_not_come_on_is_not_sent_again(user, waiting):
    path = f"/api/v1/datasets/{waiting['id']}"
    etag = user.get(path).headers["ETag"]

    assert user.get(f"{path}?wait=1", headers={"If-None-Match": etag}).status_code == 304


def test_one_who_uploads_without_end_is_asked_to_wait(make_app, make_settings):
    app = make_app(make_settings(job_max_queued_per_user=2))
    from wrangler.services import accounts

    with app.app_context():
        accounts.register("ada@example.org", "correct horse battery", "Ada")
    client = app.test_client(use_cookies=False)
    reported = client.post("/api/v1/auth/token", json={"email": "ada@example.org", "password": "correct horse battery"})
    headers = ASYNC | {"Authorization": f"Bearer {reported.json['access_token']}"}

    responses = [
        client.post("/api/v1/datasets", data={"file": (io.BytesIO(CSV), "t.csv")}, headers=headers) for _ in range(3)
    ]

    assert [response.status_code for response in responses] == [202, 202, 429]
    assert responses[-1].json["code"] == "too_many_imports"


def test_an_upload_whose_file_has_gone_fails_and_reports_it(app, user, waiting, settings):
    Storage(settings.data_dir).source(uuid.UUID(waiting["id"])).unlink()

    work(app)

    dataset = user.get(f"/api/v1/datasets/{waiting['id']}").json
    assert (dataset["status"], dataset["error"]["code"]) == ("failed", "upload_gone")


def test_a_failure_that_is_not_the_files_is_tried_again_and_given_up_after_some_attempts(app, user, waiting, settings):
    storage = Storage(settings.data_dir)
    with app.app_context():
        for _ in range(3):
            assert leases.claim_next(lease_seconds=-1) is not None
            assert db.session.query(Dataset).one().status is DatasetStatus.IMPORTING
            db.session.remove()
            assert leases.reap(storage, max_attempts=3) == 1

    dataset = user.get(f"/api/v1/datasets/{waiting['id']}").json
    assert (dataset["status"], dataset["error"]["code"]) == ("failed", "import_lost")
    assert list((settings.data_dir / "datasets").iterdir()) == []
