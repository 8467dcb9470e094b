"""`flask serve` keeps a web server and a worker running, and ends them with itself."""

import contextlib
import signal
import socket
import time
from collections.abc import Callable, Iterator
from http import HTTPStatus
from pathlib import Path

import httpx
import psutil
import pytest

from tests.cli.conftest import Started
from tests.farm import are_gone, wait_until
from tests.servers import free_port

pytestmark = pytest.mark.slow
HURRIED = ("--restart-pause", "0.1")
STOP_SECONDS = 60
NEVER_STEADY = ("--steady-after", "3600")
WEB_SERVER, WORKER = "gunicorn", "huey_worker.py"


class Served:
    """A `flask serve` process, its children and what they printed."""

    def __init__(self, process: psutil.Process, port: int, log: Path) -> None:
        self.process = process
        self.url = f"http://127.0.0.1:{port}"
        self.log = log

    def child(self, name: str) -> psutil.Process | None:
        """The child that runs this program, once it does."""
        for child in self.process.children():
            with contextlib.suppress(psutil.Error):
                if name in child.cmdline():
                    return child
        return None

    def wait_for(self, name: str, other_than: psutil.Process | None = None) -> psutil.Process:
        found: list[psutil.Process] = []

        def is_there() -> bool:
            child = self.child(name)
            if child is None or child == other_than:
                return False
            found.append(child)
            return True

        wait_until(is_there, message_on_timeout=f"no {name} runs")
        return found[0]

    def is_healthy(self) -> bool:
        try:
            response = httpx.get(f"{self.url}/health")
        except httpx.TransportError:
            return False
        return response.status_code == HTTPStatus.OK and response.json()["status"] == "ok"


@pytest.fixture
def serve(
    start_flask: Callable[..., Started], tmp_path: Path
) -> Callable[..., contextlib.AbstractContextManager[Served]]:
    @contextlib.contextmanager
    def start(*options: str) -> Iterator[Served]:
        port = free_port()
        with start_flask("serve", "--port", str(port), *options) as process:
            yield Served(psutil.Process(process.pid), port, tmp_path / "flask.log")

    return start


@pytest.fixture
def served(serve) -> Iterator[Served]:
    with serve(*HURRIED) as served:
        yield served


def test_a_killed_child_is_started_again_and_said_to_be(served: Served) -> None:
    wait_until(served.is_healthy)
    for name in (WEB_SERVER, WORKER):
        killed = served.wait_for(name)
        killed.kill()
        served.wait_for(name, other_than=killed)

    wait_until(served.is_healthy)
    log = served.log.read_text()
    assert "the web server was ended by SIGKILL (failure 1 of 5); next start in 0.1 s" in log
    assert "the worker was ended by SIGKILL (failure 1 of 5); next start in 0.1 s" in log
    assert log.count("is started again") == 2


def test_the_pauses_grow_until_serve_gives_up_and_names_the_child(serve) -> None:
    with serve(*HURRIED, *NEVER_STEADY, "--most-failures", "3") as served:
        killed = None
        for _ in range(3):
            killed = served.wait_for(WORKER, other_than=killed)
            killed.kill()
        web_server = served.wait_for(WEB_SERVER)
        status = served.process.wait(STOP_SECONDS)

    log = served.log.read_text()
    assert status == 1
    assert "(failure 1 of 3); next start in 0.1 s" in log
    assert "(failure 2 of 3); next start in 0.2 s" in log
    assert "Error: The worker was ended by SIGKILL, which is its failure 3 in a row" in log
    assert are_gone([web_server])


def test_a_child_that_ran_well_for_a_while_begins_a_new_row_of_failures(serve) -> None:
    with serve(*HURRIED, "--most-failures", "2", "--steady-after", "0.5") as served:
        killed = None
        for _ in range(3):
            killed = served.wait_for(WORKER, other_than=killed)
            time.sleep(0.5)  # it runs well
            killed.kill()
        served.wait_for(WORKER, other_than=killed)

        assert served.log.read_text().count("the worker was ended by SIGKILL (failure 1 of 2)") == 3


def test_ctrl_c_ends_everything(served: Served) -> None:
    wait_until(served.is_healthy)

    assert_that_all_end(served, signal.SIGINT)


def test_sigterm_ends_everything_also_while_it_starts(served: Served) -> None:
    served.wait_for(WEB_SERVER)
    served.wait_for(WORKER)

    assert_that_all_end(served, signal.SIGTERM)


def assert_that_all_end(served: Served, number: signal.Signals) -> None:
    family = served.process.children(recursive=True)
    served.process.send_signal(number)
    status = served.process.wait(STOP_SECONDS)

    assert status == 0, served.log.read_text()
    assert are_gone(family)
    assert "Traceback" not in served.log.read_text()


def test_children_end_with_a_serve_that_is_killed(served: Served) -> None:
    family = [served.wait_for(WEB_SERVER), served.wait_for(WORKER)]
    served.process.kill()

    wait_until(lambda: are_gone(family), STOP_SECONDS, "the killed serve left its children behind")


def test_a_port_that_is_in_use_is_named_at_once(start_flask: Callable[..., Started], tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with start_flask("serve", "--port", str(port)) as process:
            status = process.wait(STOP_SECONDS)

    assert status == 1
    assert f"Error: Port {port} cannot be used" in (tmp_path / "flask.log").read_text()
