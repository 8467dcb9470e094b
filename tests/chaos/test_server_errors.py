"""An answer of 5xx that was not promised is in the accounts with its request and the log of the server."""

import http.server
import threading
from http import HTTPStatus

import pytest

from tests.chaos import report
from tests.chaos.evidence import Evidence
from tests.chaos.load import Caller
from tests.chaos.records import EventLog
from wrangler.app import create_app
from wrangler.config import Environment, Settings
from wrangler.web import access


@pytest.fixture
def log(tmp_path):
    return tmp_path / "web.log"


@pytest.fixture
def responses(log):
    """Starts a server that answers each request with a status and headers, and logs each."""
    servers = []

    def start(status: int, headers: dict[str, str], logged: str) -> str:
        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                with log.open("a") as file:
                    file.write(logged.format(id=self.headers["X-Request-ID"], path=self.path))
                self.send_response(status)
                for name, value in (headers | {"Content-Length": "4"}).items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(b"oops")

            def log_message(self, *_: object) -> None:
                """The test's own log is enough."""

        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        servers.append(server)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        return f"http://127.0.0.1:{server.server_port}"

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


def called(url: str, log) -> EventLog:
    event_log = EventLog(web_log=log)
    caller = Caller(url, "token", event_log)
    caller.call("POST", "/jobs", "submit", json={"seed": 7})
    caller.close()
    return event_log


OTHER = "2026-11-30T10:00:00Z [info ] answered request_id=other\n"
OWN = (
    "2026-11-30T10:00:01Z [error] Exception on {path} request_id={id}\nTraceback (most recent call last):\nOops: here\n"
)
OF_GUNICORN = "[2026-11-30 10:00:01 +0000] [7] [ERROR] Error handling request {path}\nTraceback\nOops: there\n"


@pytest.mark.parametrize(("logged", "traceback"), [(OWN, "Oops: here"), (OF_GUNICORN, "Oops: there")])
def test_a_server_error_is_kept_with_its_request_and_its_traceback(responses, log, logged, traceback):
    log.write_text("2026-11-30T09:00:00Z an earlier event\n")
    [error] = called(responses(500, {}, OTHER + logged + OTHER), log).server_errors

    assert (error.method, error.path, error.body) == ("POST", "/api/v1/jobs", '{"seed":7}')
    assert (error.status, error.response) == (500, "oops")
    assert traceback in error.log
    assert "other" not in error.log
    assert "earlier" not in error.log


@pytest.mark.parametrize(
    ("status", "headers", "number"), [(503, {"Retry-After": "5"}, 0), (503, {}, 1), (502, {}, 1), (409, {}, 0)]
)
def test_a_promised_503_is_no_server_error(responses, log, status, headers, number):
    assert len(called(responses(status, headers, OWN), log).server_errors) == number


def test_the_report_shows_server_errors(responses, log, tmp_path):
    event_log = called(responses(500, {}, OWN), log)
    evidence = Evidence(event_log, tmp_path, jobs=[], artifacts=[], tables=[], ledger=[], temporary=tmp_path / "none")
    made = report.make(evidence, command="make chaos", engine="servers", seconds=1.0, control=None)

    for text in (made.to_markdown(), made.to_json()):
        assert all(part in text for part in ("/api/v1/jobs", "seed", "Oops: here"))


def test_the_log_of_a_real_application_names_the_request(monkeypatch, tmp_path, capsys, log, responses):
    """The form of the lines that this reads is the one that Wrangler writes."""
    app = create_app(Settings(env=Environment.TESTING, data_dir=tmp_path, log_level="INFO"))
    app.config["PROPAGATE_EXCEPTIONS"] = False
    monkeypatch.setitem(app.view_functions, "health.show_alive", access.public(lambda: 1 / 0))
    response = app.test_client().get("/healthz", headers={"X-Request-ID": "the-id"})
    assert response.status_code == HTTPStatus.INTERNAL_SERVER_ERROR
    written = capsys.readouterr().err.replace("the-id", "{id}")
    [error] = called(responses(500, {}, OTHER + written.replace("{}", "")), log).server_errors

    assert "ZeroDivisionError" in error.log
    assert "other" not in error.log
