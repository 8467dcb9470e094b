"""Runs of notebooks that are not trusted, in a sandbox: what they try, and what becomes of it."""

import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from tests.notebook.conftest import WRITE_RESULT, Runs
from tests.required import missing_capability
from wrangler.notebook import Outcome
from wrangler.notebook.protocol.outcome import ErrorCode
from wrangler.notebook.supervisor import workdir
from wrangler.sandbox import isolation
from wrangler.sandbox.environment import PROJECT_ROOT

pytestmark = pytest.mark.kernel
SECRET = "hush-91c4"
STORM = """
import os, time
forked = 0
while True:
    try:
        if os.fork() == 0:
            time.sleep(100)
            os._exit(0)
        forked += 1
    except OSError:
        time.sleep(0.01)"""
ATTEMPT = """
import json, os, pathlib, shutil, signal, socket
def attempt(deed):
    try:
        return repr(deed())
    except (OSError, ValueError) as error:
        return type(error).__name__
"""
LINKS = """
import os, pathlib
target = {target!r}
for name in ("report.ipynb", ".report.ipynb.new", "report.html", ".report.html.new", "log.txt", "linked.csv"):
    pathlib.Path(name).unlink(missing_ok=True)
    os.symlink(target, name)
pathlib.Path(".run/runner.log").unlink()
os.symlink(target, ".run/runner.log")
os.mkfifo("pipe.csv")
os.makedirs("/".join(["deep"] * 600))
os.chmod("deep", 0)
pathlib.Path("shut.csv").write_text("a")
os.chmod("shut.csv", 0)
print("printed by the notebook")
"""


class IsolatedRuns(Runs):
    def __call__(self, *cells: str, **changes: object) -> Outcome:
        return super().__call__(*cells, **{"isolated": True, **changes})

    def attempts(self, **deeds: str) -> dict[str, str]:
        """What became of each deed, an expression of Python."""
        tried = ", ".join(f"{name!r}: attempt(lambda: {deed})" for name, deed in deeds.items())
        outcome = self(f"{ATTEMPT}json.dump({{{tried}}}, open('seen.json', 'w'))", WRITE_RESULT)
        assert outcome.succeeded, outcome.error
        return self.wrote("seen.json")


@pytest.fixture
def sandboxed(tmp_path: Path) -> IsolatedRuns:
    problem = isolation.missing_capability()
    if problem:
        missing_capability(f"no namespaces on this machine ({problem})")
    return IsolatedRuns(tmp_path)


@pytest.fixture
def bystander() -> Iterator[subprocess.Popen[bytes]]:
    """Another process of the same user, with a secret in its environment and on its command line."""
    command = [sys.executable, "-c", "import time; time.sleep(120)", SECRET]
    with subprocess.Popen(command, env={"SECRET_KEY": SECRET}) as process:
        yield process
        process.kill()


def test_a_run_in_a_sandbox_computes_as_any_other(sandboxed: IsolatedRuns) -> None:
    outcome = sandboxed(
        "import pandas as pd, matplotlib.pyplot as plt\n"
        "from wrangler.impute import make_imputer\n"
        "table = pd.DataFrame({'a': [1.0, None, 3.0, 4.0]})\n"
        "make_imputer('mean').fit_transform(table).to_csv('filled.csv', index=False)\n"
        "plt.plot([1, 2])",
        WRITE_RESULT,
        memory_bytes=2_000_000_000,
        file_bytes=100_000_000,
        processes=50,
        written_bytes=100_000_000,
    )

    assert outcome.succeeded, outcome.error
    assert [one.name for one in outcome.artifacts] == [
        "filled.csv",
        "log.txt",
        "report.html",
        "report.ipynb",
        "result.json",
    ]


def test_nothing_of_the_machine_can_be_read_in_a_sandbox(sandboxed: IsolatedRuns, tmp_path: Path) -> None:
    (tmp_path / "other-run").mkdir()
    (tmp_path / "other-run" / "input.parquet").write_text(SECRET)
    (tmp_path / "wrangler.sqlite3").write_text(SECRET)
    (sandboxed.folder / "way-out").symlink_to(tmp_path / "wrangler.sqlite3")

    seen = sandboxed.attempts(
        other=f"open({str(tmp_path / 'other-run' / 'input.parquet')!r}).read()",
        database=f"open({str(tmp_path / 'wrangler.sqlite3')!r}).read()",
        link="open('way-out').read()",
        above="sorted(os.listdir('..'))",
        settings=f"open({str(PROJECT_ROOT / 'pyproject.toml')!r}).read()",
        home="os.listdir('/home')",
        sockets="os.listdir('/run')",
        etc="open('/etc/passwd').read()",
    )

    assert seen.pop("above") == repr([sandboxed.folder.name])
    assert set(seen.values()) == {"FileNotFoundError"}


def test_nothing_of_the_machine_can_be_changed_in_a_sandbox(sandboxed: IsolatedRuns) -> None:
    code = PROJECT_ROOT / "wrangler" / "__init__.py"
    seen = sandboxed.attempts(
        code=f"open({str(code)!r}, 'a')",
        mode=f"os.chmod({str(code)!r}, 0o777)",
        time=f"os.utime({str(code)!r})",
        python="open(os.path.join(os.path.dirname(os.__file__), 'sitecustomize.py'), 'w')",
        machine="open('/proc/sys/kernel/core_pattern', 'w')",
    )

    assert set(seen.values()) == {"OSError"}  # a read-only file system


def test_no_other_process_exists_in_a_sandbox(sandboxed: IsolatedRuns, bystander: subprocess.Popen[bytes]) -> None:
    seen = sandboxed.attempts(
        pids="max(int(name) for name in os.listdir('/proc') if name.isdigit())",
        secrets=f"[p for p in pathlib.Path('/proc').glob('[0-9]*/*') if p.name in ('environ', 'cmdline') "
        f"and {SECRET!r} in p.read_text()]",
        kill=f"os.kill({bystander.pid}, signal.SIGKILL)",
    )

    assert int(seen["pids"]) < 100
    assert seen["secrets"] == "[]"
    assert seen["kill"] == "ProcessLookupError"
    assert bystander.poll() is None


def test_killing_every_process_in_a_sandbox_ends_none_outside(
    sandboxed: IsolatedRuns, bystander: subprocess.Popen[bytes]
) -> None:
    outcome = sandboxed(
        "import contextlib, os, signal\n"
        "with contextlib.suppress(OSError): os.kill(-1, signal.SIGKILL)\n"
        "os.kill(os.getpid(), signal.SIGKILL)",
        WRITE_RESULT,
    )

    assert outcome.error
    assert outcome.error.code == ErrorCode.KERNEL_DIED
    assert bystander.poll() is None


def test_no_server_of_the_machine_is_reached_from_a_sandbox(sandboxed: IsolatedRuns, tmp_path: Path) -> None:
    path, name = tmp_path / "postgres.sock", f"wrangler-test-{os.getpid()}"
    with (
        socket.create_server(("127.0.0.1", 0)) as tcp,
        socket.socket(socket.AF_UNIX) as named,
        socket.socket(socket.AF_UNIX) as abstract,
    ):
        named.bind(str(path))
        named.listen()
        abstract.bind(f"\0{name}")
        abstract.listen()
        seen = sandboxed.attempts(
            world="socket.create_connection(('192.0.2.1', 80), timeout=2)",
            machine=f"socket.create_connection({tcp.getsockname()!r}, timeout=2)",
            datagram="socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b'x', ('192.0.2.1', 53))",
            socket_file=f"socket.socket(socket.AF_UNIX).connect({str(path)!r})",
            abstract=f"socket.socket(socket.AF_UNIX).connect({chr(0) + name!r})",
        )

    assert seen == {
        "world": "OSError",
        "machine": "ConnectionRefusedError",
        "datagram": "OSError",
        "socket_file": "FileNotFoundError",
        "abstract": "ConnectionRefusedError",
    }


def test_no_rights_are_had_in_a_sandbox(sandboxed: IsolatedRuns) -> None:
    outcome = sandboxed(
        "import ctypes, json, pathlib, re\n"
        "libc = ctypes.CDLL(None)\n"
        "status = pathlib.Path('/proc/self/status').read_text()\n"
        "rights = [int(found, 16) for found in re.findall(r'Cap(?:Prm|Eff|Bnd|Amb):\\s(\\w+)', status)]\n"
        "denied = [libc.unshare(flag) for flag in (0x10000000, 0x20000, 0x40000000)]\n"
        "denied.append(libc.mount(b'none', b'/tmp', b'tmpfs', 0, b''))\n"
        "json.dump([rights, denied, 'NoNewPrivs:\\t1' in status], open('seen.json', 'w'))",
        WRITE_RESULT,
    )

    assert outcome.succeeded, outcome.error
    assert sandboxed.wrote("seen.json") == [[0, 0, 0, 0], [-1, -1, -1, -1], True]


def test_what_lies_in_the_way_of_the_report_changes_nothing_outside(sandboxed: IsolatedRuns, tmp_path: Path) -> None:
    """Links for the runner to write through, a pipe to wait at, a nest to get lost in, and closed doors."""
    target = tmp_path / "precious"
    target.write_text(SECRET)

    outcome = sandboxed(LINKS.format(target=str(target)), WRITE_RESULT)

    assert target.read_text() == SECRET
    assert SECRET not in json.dumps([one.name for one in outcome.artifacts]) + str(outcome.error)
    assert "shut.csv" in {one.name for one in outcome.artifacts} or not outcome.succeeded
    assert all(path.is_file() and not path.is_symlink() for path in sandboxed.folder.iterdir())
    assert not {"pipe.csv", "deep", "linked.csv"} & {path.name for path in sandboxed.folder.iterdir()}


def test_the_words_of_a_lost_runner_are_not_read_through_a_link(sandboxed: IsolatedRuns, tmp_path: Path) -> None:
    spec = sandboxed.spec(WRITE_RESULT)
    (tmp_path / ".env").write_text(SECRET)
    (sandboxed.folder / ".run").mkdir()
    (sandboxed.folder / ".run" / "runner.log").symlink_to(tmp_path / ".env")

    assert workdir.log_tail(spec) == ""


@pytest.mark.slow
def test_a_process_bomb_is_ended(sandboxed: IsolatedRuns) -> None:
    outcome = sandboxed(STORM, WRITE_RESULT, processes=50)

    assert outcome.error
    assert outcome.error.code == ErrorCode.TOO_MANY_PROCESSES


@pytest.mark.slow
def test_a_fork_bomb_is_held_by_the_task_limit_of_its_sandbox(sandboxed: IsolatedRuns) -> None:
    if not isolation.counts_per_namespace():
        pytest.skip("before Linux 6.14 this limit is the machine's own")
    count = f"{STORM}\n        break\nimport json; json.dump(forked, open('forked.json', 'w'))"

    assert sandboxed(count, WRITE_RESULT).succeeded
    assert 100 < json.loads((sandboxed.folder / "forked.json").read_text()) < isolation.MOST_TASKS


def test_more_memory_than_allowed_is_an_error_of_its_own(sandboxed: IsolatedRuns) -> None:
    outcome = sandboxed("held = bytearray(3_000_000_000)", WRITE_RESULT, memory_bytes=500_000_000)

    assert outcome.error
    assert outcome.error.code == ErrorCode.OUT_OF_MEMORY


@pytest.mark.parametrize(
    "flood",
    [
        "for n in range(10_000):\n    open(f'{n}.bin', 'wb').write(bytes(10_000_000))",
        "import os\nfor n in range(100_000): os.mkdir(str(n))\nimport time; time.sleep(30)",
    ],
    ids=["bytes", "entries"],
)
def test_a_flood_of_files_is_ended(sandboxed: IsolatedRuns, flood: str) -> None:
    outcome = sandboxed(flood, WRITE_RESULT, written_bytes=300_000_000)

    assert outcome.error
    assert outcome.error.code == ErrorCode.TOO_MUCH_WRITTEN


def test_a_single_huge_file_is_refused_to_the_cell_that_writes_it(sandboxed: IsolatedRuns) -> None:
    outcome = sandboxed("open('big', 'wb').truncate(10**9)", WRITE_RESULT, file_bytes=10**6)

    assert outcome.error
    assert (outcome.error.code, outcome.error.exception) == (ErrorCode.CELL_FAILED, "OSError")


def test_a_run_that_ends_leaves_no_process_of_its_sandbox(sandboxed: IsolatedRuns) -> None:
    sandboxed(
        f"import subprocess\nsubprocess.Popen(['sleep', '777.{os.getpid()}'], start_new_session=True)", WRITE_RESULT
    )

    assert not [p for p in psutil.process_iter(["cmdline"]) if p.info["cmdline"] == ["sleep", f"777.{os.getpid()}"]]
