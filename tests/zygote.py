"""Worker processes without the three seconds of processor time that it takes to load one.

`python -m tests.zygote DESCRIPTOR` has everything loaded, one for each process of pytest, and forks at each request a
process that goes on as if it had been started by `python huey_worker.py ...`: with its own pid, environment, folder,
streams and signals. What it starts itself it starts from nothing. What a fork cannot show is tested with processes
that are started plainly: that a program loads, what stands in `/proc/<pid>/environ`, what `sitecustomize` changes.
"""

import contextlib
import gc
import json
import os
import runpy
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from importlib import import_module
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO, Self

MESSAGE_BYTES = 200_000
RESPONSE_SECONDS = 120
LOOK_SECONDS = 0.02
MODULES = (
    "wrangler.app",
    "wrangler.tasks.consumer",
    "huey.consumer",
    "psycopg2",
    "redis",
    "sqlalchemy.dialects.postgresql.psycopg2",
    "sqlalchemy.dialects.sqlite",
)
ALONE = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "JE_ARROW_MALLOC_CONF": "background_thread:false"}
"""The environment of a process that must have a single thread, because a fork copies no other."""


class Forked:
    """What `subprocess.Popen` is for a process that was started plainly."""

    stdin = stdout = None

    def __init__(self, zygote: "Zygote", pid: int) -> None:
        self.pid = pid
        self.returncode: int | None = None
        self._zygote = zygote

    def poll(self) -> int | None:
        if self.returncode is None:
            self.returncode = self._zygote.ask({"poll": self.pid})["code"]
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        deadline = None if timeout is None else time.monotonic() + timeout
        while (code := self.poll()) is None:
            if deadline is not None and time.monotonic() > deadline:
                raise subprocess.TimeoutExpired(str(self.pid), timeout or 0.0)
            time.sleep(LOOK_SECONDS)
        return code

    def send_signal(self, number: int) -> None:
        """Its pid is nobody else's before `poll` has reported its end."""
        if self.poll() is None:
            os.kill(self.pid, number)

    def terminate(self) -> None:
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.wait()


class Zygote:
    """This process's end of the line."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._line, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._line.settimeout(RESPONSE_SECONDS)
        root = Path(__file__).parents[1]
        environment = {**os.environ, **ALONE, "PYTHONPATH": str(root)}  # noqa: TID251 - that of a child
        command = [sys.executable, "-m", "tests.zygote", str(theirs.fileno())]
        with theirs:
            self._process = subprocess.Popen(command, cwd=root, env=environment, pass_fds=(theirs.fileno(),))

    def start(self, command: Sequence[str], folder: Path, environment: Mapping[str, str], log: BinaryIO) -> Forked:
        """A process that runs a script with its arguments, and writes all that it says to the log."""
        wanted = {"command": list(command), "folder": str(folder), "environment": dict(environment)}
        return Forked(self, self.ask(wanted, log.fileno())["pid"])

    def ask(self, wanted: Mapping[str, object], *descriptors: int) -> dict[str, Any]:
        with self._lock:
            socket.send_fds(self._line, [json.dumps(wanted).encode()], descriptors)
            response: dict[str, Any] = json.loads(self._line.recv(MESSAGE_BYTES))
            return response

    def close(self) -> None:
        self._line.close()
        self._process.wait()


def serve(line: socket.socket) -> list[str] | None:
    """Fork at each request; gives the arguments of its program in a new process, and None when nobody asks any more."""
    ended: dict[int, int] = {}
    while True:
        message, descriptors, _, _ = socket.recv_fds(line, MESSAGE_BYTES, 1)
        if not message:
            return None
        wanted = json.loads(message)
        if "poll" in wanted:
            response = {"code": code_of(wanted["poll"], ended)}
        else:
            pid = os.fork()
            if not pid:
                line.close()
                return become(wanted, descriptors[0])
            os.close(descriptors[0])
            response = {"pid": pid}
        with contextlib.suppress(BrokenPipeError):
            line.send(json.dumps(response).encode())


def code_of(pid: int, ended: dict[int, int]) -> int | None:
    if pid not in ended:
        found, status = os.waitpid(pid, os.WNOHANG)
        if found:
            ended[pid] = os.waitstatus_to_exitcode(status)
    return ended.get(pid)


def become(wanted: Mapping[str, Any], log: int) -> list[str]:
    """In the new process: take on everything that a start would have given to it."""
    with open(os.devnull, "rb") as nothing:  # noqa: PTH123 - a descriptor is what is wanted
        os.dup2(nothing.fileno(), 0)
    for stream in (1, 2):
        os.dup2(log, stream)
    os.close(log)
    os.chdir(wanted["folder"])
    os.environ.clear()  # noqa: TID251 - that of a child
    os.environ.update(wanted["environment"])  # noqa: TID251 - that of a child
    time.tzset()
    return list(wanted["command"])


def main() -> None:
    line = socket.socket(fileno=int(sys.argv[1]))
    for name in MODULES:
        import_module(name)
    threads = list(Path("/proc/self/task").iterdir())
    assert len(threads) == 1, "a fork beside other threads is not safe"
    gc.collect()
    gc.freeze()
    arguments = serve(line)
    if arguments is not None:
        sys.argv = arguments
        sys.path[0] = str(Path(arguments[0]).resolve().parent)
        runpy.run_path(arguments[0], run_name="__main__")


if __name__ == "__main__":
    main()
