"""What a run can see of the server and reach of the world: nothing, forked or started plainly."""

import contextlib
import ctypes
import os
import socket
from pathlib import Path

import psutil
import pytest

from tests.notebook.conftest import WRITE_RESULT, Runs
from wrangler.notebook import Progress
from wrangler.notebook.forkserver.client import ForkServerClient
from wrangler.notebook.supervisor import supervision

pytestmark = pytest.mark.kernel
SECRET = "hush-5b1f"
PR_GET_DUMPABLE = 3
DUMP = """
import json, os, pathlib, psutil
environments = {"own": dict(os.environ), "born": pathlib.Path("/proc/self/environ").read_text()}
for parent in psutil.Process().parents()[:2]:  # runner, and the fork server if there is one
    environments[parent.pid] = pathlib.Path(f"/proc/{parent.pid}/environ").read_text()
files = [os.readlink(entry) for entry in pathlib.Path("/proc/self/fd").iterdir() if entry.exists()]
json.dump([environments, files], open("seen.json", "w"))
"""


@pytest.fixture(params=["forked", pytest.param("plain", marks=pytest.mark.slow)])
def any_run(request: pytest.FixtureRequest) -> Runs:
    return request.getfixturevalue("run" if request.param == "forked" else "plain_run")


def internet_sockets(pid: int) -> list[str]:
    """TCP, UDP and raw sockets that a process holds, whatever network it is in."""
    tables = [Path(f"/proc/{pid}/net/{kind}{family}") for kind in ("tcp", "udp", "raw") for family in ("", "6")]
    known = {line.split()[9] for table in tables if table.exists() for line in table.read_text().splitlines()[1:]}
    held = []
    for entry in Path(f"/proc/{pid}/fd").iterdir():
        with contextlib.suppress(FileNotFoundError):  # closed in this moment
            held.append(str(entry.readlink()))
    return [name for name in held if name.removeprefix("socket:[").rstrip("]") in known]


def test_no_environment_of_a_run_holds_a_secret_of_the_server(
    any_run: Runs, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> None:
    monkeypatch.setenv("SECRET_KEY", SECRET)
    monkeypatch.setenv("DATABASE_URL", f"postgresql://user:{SECRET}@host/db")
    monkeypatch.setenv("SOME_TOKEN", SECRET)
    own = ForkServerClient()  # a fork server that is started among these secrets
    request.addfinalizer(own.close)
    monkeypatch.setattr(supervision, "_fork_server", own)

    assert any_run(DUMP, WRITE_RESULT).succeeded

    environments, files = any_run.wrote("seen.json")
    assert len(environments) == len(("own", "born", "parent", "its parent"))
    assert SECRET not in str(environments)
    assert environments["own"]["HOME"] == str(any_run.folder)
    assert not [name for name in files if name.endswith((".db", ".sqlite", ".sqlite3"))]


def test_no_process_of_a_run_has_an_internet_socket(any_run: Runs) -> None:
    seen: dict[int, list[str]] = {}

    def look(progress: Progress) -> bool:
        if "ready" in progress.log_tail:
            for process in psutil.process_iter(["cwd"]):
                if process.info["cwd"] == str(any_run.folder):
                    seen[process.pid] = internet_sockets(process.pid)
            (any_run.folder / "seen").touch()
        return True

    wait = "import os, time\nwhile not os.path.exists('seen'): time.sleep(0.05)"
    assert any_run(f"print('ready', flush=True)\n{wait}", WRITE_RESULT, heartbeat=look).succeeded
    assert len(seen) >= len(("runner", "kernel"))
    assert [sockets for sockets in seen.values() if sockets] == []


def test_a_process_that_starts_runs_is_closed_to_them(run: Runs) -> None:
    """What it was born with could be read in /proc by whoever runs as the same user."""
    run(WRITE_RESULT)
    assert ctypes.CDLL(None).prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) == 0


def test_an_internet_socket_would_be_seen() -> None:
    with socket.create_server(("127.0.0.1", 0)):
        assert internet_sockets(os.getpid())


def test_a_kernel_reaches_neither_the_world_nor_a_server_of_its_own_machine(any_run: Runs) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        any_run(
            "import json, socket\n"
            "def attempt(address):\n"
            "    try:\n"
            "        socket.create_connection(address, timeout=2).close()\n"
            "    except OSError as error:\n"
            "        return error.strerror\n"
            f"tried = [attempt(address) for address in [('192.0.2.1', 80), {server.getsockname()}]]\n"
            "json.dump([socket.if_nameindex(), tried], open('seen.json', 'w'))",
            WRITE_RESULT,
        )
    assert any_run.wrote("seen.json") == [[[1, "lo"]], ["Network is unreachable", "Connection refused"]]
