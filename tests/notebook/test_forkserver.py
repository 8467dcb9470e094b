"""The fork server may die, grow stale or be refused: no run is lost to it, and nothing outlives its worker."""

import contextlib
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from tests.farm import are_gone, is_gone
from tests.notebook.conftest import WRITE_RESULT, Runs
from wrangler.notebook import Progress, end_orphans
from wrangler.notebook.forkserver.client import ForkServerClient
from wrangler.notebook.forkserver.orphans import new_run_directory
from wrangler.notebook.supervisor import supervision
from wrangler.sandbox.environment import server_environment

pytestmark = pytest.mark.kernel
PARENT = "import json, psutil; json.dump(psutil.Process().parents()[1].cmdline(), open('parent.json', 'w'))"


@pytest.fixture
def fork_server(monkeypatch: pytest.MonkeyPatch) -> Iterator[ForkServerClient]:
    """A fork server of this test's own."""
    own = ForkServerClient()
    monkeypatch.setattr(supervision, "_fork_server", own)
    yield own
    own.close()


@pytest.fixture(scope="module")
def shared() -> Iterator[ForkServerClient]:
    own = ForkServerClient()
    yield own
    own.close()


@pytest.fixture
def kept(shared: ForkServerClient, monkeypatch: pytest.MonkeyPatch) -> ForkServerClient:
    """A fork server that earlier tests have used, if they left it alive: to start one takes seconds."""
    monkeypatch.setattr(supervision, "_fork_server", shared)
    return shared


def server_of(fork_server: ForkServerClient) -> psutil.Process:
    assert fork_server.server_pid is not None
    return psutil.Process(fork_server.server_pid)


def was_forked(run: Runs) -> bool:
    return "wrangler.notebook.forkserver.server" in run.wrote("parent.json")


def eventually(is_so: object, seconds: float = 90.0) -> bool:
    """Whether it comes true within the time, which is long enough for a busy machine."""
    give_up_at = time.monotonic() + seconds
    while not is_so() and time.monotonic() < give_up_at:
        time.sleep(0.05)
    return bool(is_so())


def test_a_run_is_forked_and_its_directory_is_removed(run: Runs, fork_server: ForkServerClient) -> None:
    assert run(PARENT, WRITE_RESULT).succeeded
    assert was_forked(run)
    nests = Path(server_of(fork_server).cwd())
    assert eventually(lambda: [path.name for path in nests.iterdir() if path.name.isdigit()] == ["2"])


def test_a_dead_server_is_replaced(run: Runs, kept: ForkServerClient) -> None:
    run(WRITE_RESULT)
    dead = server_of(kept)
    dead.kill()
    assert eventually(lambda: are_gone([dead]))
    assert run(PARENT, WRITE_RESULT).succeeded
    assert was_forked(run)
    assert server_of(kept) != dead


def test_a_run_outlives_its_server(run: Runs, kept: ForkServerClient) -> None:
    def kill_the_server(progress: Progress) -> bool:
        if "waiting" in progress.log_tail and kept.server_pid is not None:
            with contextlib.suppress(psutil.NoSuchProcess):  # by an earlier beat
                server_of(kept).kill()
        return True

    outcome = run("print('waiting', flush=True)\nimport time; time.sleep(2)", WRITE_RESULT, heartbeat=kill_the_server)
    assert outcome.succeeded, outcome.error


def test_changed_code_makes_a_server_stale(
    run: Runs, fork_server: ForkServerClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    run(WRITE_RESULT)
    stale = server_of(fork_server)
    monkeypatch.setattr("wrangler.notebook.forkserver.client._code", lambda: (0, 0))
    assert run(WRITE_RESULT).succeeded
    assert server_of(fork_server) != stale
    assert eventually(lambda: are_gone([stale]))


def test_without_a_server_the_run_starts_plainly(
    run: Runs, fork_server: ForkServerClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("wrangler.notebook.forkserver.client.SERVER_MODULE", "wrangler.notebook.no_such_module")
    assert run(PARENT, WRITE_RESULT).succeeded
    assert not was_forked(run)


def test_a_dead_spare_kernel_is_replaced_by_a_fresh_one(run: Runs, kept: ForkServerClient) -> None:
    run(WRITE_RESULT)
    (kernel,) = ready_spare(kept).children()
    kernel.kill()
    assert run(WRITE_RESULT).succeeded


def test_a_dead_spare_is_replaced_by_another(run: Runs, kept: ForkServerClient) -> None:
    run(WRITE_RESULT)
    spare = ready_spare(kept)
    spare.kill()
    assert eventually(lambda: are_gone([spare]))
    assert run(PARENT, WRITE_RESULT).succeeded
    assert was_forked(run)


def test_a_spare_that_dies_as_it_is_given_a_run_is_replaced_by_another(
    run: Runs, fork_server: ForkServerClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("wrangler.notebook.forkserver.client.SERVER_MODULE", "tests.notebook.dying_server")
    assert run(PARENT, WRITE_RESULT).succeeded
    assert "tests.notebook.dying_server" in run.wrote("parent.json")


def ready_spare(fork_server: ForkServerClient) -> psutil.Process:
    """The spare, once its kernel listens: before that the two still share what the fork left to both."""
    found: list[psutil.Process] = []

    def is_ready() -> bool:
        nests = Path(server_of(fork_server).cwd())
        found[:] = [
            child for child in server_of(fork_server).children() if not are_gone([child]) and listens(child, nests)
        ]
        return len(found) == 1

    assert eventually(is_ready)
    return found[0]


def listens(child: psutil.Process, nests: Path) -> bool:
    """A runner with work has left its nest for the folder of its run."""
    try:
        run_directory = Path(child.cwd())
    except psutil.Error:
        return False
    return run_directory.parent == nests and any(run_directory.glob("k-*"))


def test_what_a_dead_runner_left_is_ended_by_the_server(run: Runs, fork_server: ForkServerClient) -> None:
    source = (
        "import json, os, signal, time\n"
        "if (child := os.fork()) == 0:\n"
        "    os.setsid()\n"
        "    os.chdir('/')\n"
        "    time.sleep(300)\n"
        "json.dump(child, open('child.json', 'w'))\n"
        "os.kill(os.getppid(), signal.SIGKILL)\n"
        "time.sleep(300)"
    )
    outcome = run(source, WRITE_RESULT)
    assert outcome.error is not None
    assert outcome.error.code == "RUNNER_DIED"
    child = run.wrote("child.json")
    assert eventually(lambda: is_gone(child))


def test_nothing_outlives_a_killed_worker(run: Runs) -> None:
    spec = run.spec("import re; re.match(r'(a+)+$', 'a' * 60 + 'b')", WRITE_RESULT)
    worker = subprocess.Popen([sys.executable, "-c", WORKER, str(spec.template.path.parent), str(run.folder)])
    process = psutil.Process(worker.pid)
    assert eventually((run.folder / "report.ipynb").exists)
    family = process.children(recursive=True)
    assert len(family) >= len(("server", "runner", "kernel"))
    worker.kill()
    worker.wait()
    assert eventually(lambda: all(are_gone([member]) for member in family))


WORKER = """
import sys
import tempfile
from pathlib import Path
from wrangler.notebook import RunSpec, supervise
from wrangler.notebook.templates import catalog
template = catalog.templates(Path(sys.argv[1]))["small"]
supervise(RunSpec(template, {}, Path(sys.argv[2]), 60), lambda _: True, heartbeat_seconds=5)
"""


def test_a_killed_server_leaves_nothing_behind_once_its_worker_ends(run: Runs, fork_server: ForkServerClient) -> None:
    run(WRITE_RESULT)
    killed = server_of(fork_server)
    run_directory = Path(killed.cwd())
    killed.kill()
    fork_server.close()
    assert not run_directory.exists()


def test_the_run_directory_of_a_killed_worker_and_server_is_found(tmp_path: Path) -> None:
    start = "from wrangler.notebook.forkserver.orphans import new_run_directory; print(new_run_directory())"
    environment = {**server_environment(tmp_path), "TMPDIR": tempfile.gettempdir()}
    ended = subprocess.run([sys.executable, "-c", start], env=environment, capture_output=True, text=True, check=True)
    run_directory, ours = Path(ended.stdout.strip()), new_run_directory()
    end_orphans()
    assert (run_directory.exists(), ours.exists()) == (False, True)
    ours.rmdir()


def test_a_run_can_be_stopped_while_the_server_warms_up(run: Runs, fork_server: ForkServerClient) -> None:
    outcome = run(WRITE_RESULT, heartbeat=lambda _: False)

    assert outcome.error is not None
    assert outcome.error.code == "STOPPED"
    assert not (run.folder / "result.json").exists()
