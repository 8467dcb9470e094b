"""Workers and their fork servers without the seconds of processor time that it takes to load each of them.

`python -m tests.zygote SOCKET` has everything loaded, one for each process of pytest, and forks at each request a
process that goes on as if it had been started by `python huey_worker.py ...`: with its own pid, environment, folder,
streams and signals. A worker that was forked has its fork server forked here too; all other processes it starts from
nothing. What a fork cannot show is tested with processes that are started plainly: that a program loads, who is whose
parent, what stands in `/proc/<pid>/environ`, what `sitecustomize` changes.
"""

import contextlib
import json
import os
import runpy
import selectors
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Mapping, Sequence
from functools import partial
from importlib import import_module
from pathlib import Path
from types import SimpleNamespace, TracebackType
from typing import Any, BinaryIO, NamedTuple, Self

from wrangler.notebook.forkserver import client
from wrangler.sandbox import PROJECT_ROOT, server_environment

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


class Forked:
    """What `subprocess.Popen` is for a process that was started plainly."""

    stdin = stdout = None

    def __init__(self, line: "Line", pid: int) -> None:
        self.pid = pid
        self.returncode: int | None = None
        self._line = line

    def poll(self) -> int | None:
        if self.returncode is None:
            self.returncode = self._line.ask({"poll": self.pid})["code"]
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        deadline = None if timeout is None else time.monotonic() + timeout
        while (code := self.poll()) is None:
            if deadline is not None and time.monotonic() > deadline:
                raise subprocess.TimeoutExpired(str(self.pid), timeout or 0.0)
            time.sleep(LOOK_SECONDS)
        return code

    def servers(self) -> list[int]:
        """The fork servers that were forked for this worker; they are not its children."""
        servers: list[int] = self._line.ask({"servers_of": self.pid})["pids"]
        return servers

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


class Line:
    """A connection to the process that forks."""

    def __init__(self, path: str) -> None:
        self._lock = threading.Lock()
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._socket.settimeout(RESPONSE_SECONDS)
        self._socket.connect(path)

    def start(
        self, command: Sequence[str], folder: Path, environment: Mapping[str, str], *descriptors: int, **more: object
    ) -> Forked:
        wanted = {"command": list(command), "folder": str(folder), "environment": dict(environment), **more}
        return Forked(self, self.ask(wanted, *descriptors)["pid"])

    def ask(self, wanted: Mapping[str, object], *descriptors: int) -> dict[str, Any]:
        with self._lock:
            socket.send_fds(self._socket, [json.dumps(wanted).encode()], descriptors)
            answer: dict[str, Any] = json.loads(self._socket.recv(MESSAGE_BYTES))
            return answer

    def close(self) -> None:
        self._socket.close()


class Zygote:
    """The process that forks, and this process's line to it."""

    def __init__(self) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="zygote-"))
        path = str(self._folder / "socket")
        with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as door:
            door.bind(path)
            door.listen()
            command = [sys.executable, "-m", "tests.zygote", str(door.fileno())]
            environment = server_environment(self._folder)
            self._process = subprocess.Popen(
                command, cwd=PROJECT_ROOT, env=environment, pass_fds=(door.fileno(),), stdin=subprocess.DEVNULL
            )
            self._line = Line(path)

    def start(self, command: Sequence[str], folder: Path, environment: Mapping[str, str], log: BinaryIO) -> Forked:
        """A process that runs a script with its arguments, and writes all that it says to the log."""
        return self._line.start(command, folder, environment, log.fileno())

    def close(self) -> None:
        self._line.close()
        self._process.wait()
        shutil.rmtree(self._folder, ignore_errors=True)


class Become(NamedTuple):
    """What a new process is to be."""

    wanted: Mapping[str, Any]
    descriptors: list[int]


class Server:
    """Forks for whoever is connected, until the first who was is gone."""

    def __init__(self, door: socket.socket) -> None:
        self._door = door
        self._selector = selectors.DefaultSelector()
        self._selector.register(door, selectors.EVENT_READ)
        self._lines: list[socket.socket] = []
        self._ended: dict[int, int] = {}
        self._servers: dict[int, list[int]] = {}

    def serve(self) -> Become | None:
        """In a new process: what it is to be; in this one None, at the end."""
        while True:
            for key, _ in self._selector.select():
                line = key.fileobj
                assert isinstance(line, socket.socket)
                if line is self._door:
                    self._lines.append(line.accept()[0])
                    self._selector.register(self._lines[-1], selectors.EVENT_READ)
                    continue
                try:
                    message, descriptors, _, _ = socket.recv_fds(line, MESSAGE_BYTES, 2)
                except ConnectionResetError:
                    message, descriptors = b"", []
                if not message and line is self._lines[0]:
                    return None
                if not message:
                    self._selector.unregister(line)
                    line.close()
                    continue
                become = self._answer(line, json.loads(message), descriptors)
                if become:
                    return become

    def _answer(self, line: socket.socket, wanted: dict[str, Any], descriptors: list[int]) -> Become | None:
        if "poll" in wanted:
            answer: dict[str, Any] = {"code": self._code_of(wanted["poll"])}
        elif "servers_of" in wanted:
            answer = {"pids": [pid for pid in self._servers.get(wanted["servers_of"], []) if pid not in self._ended]}
        else:
            pid = os.fork()
            if not pid:
                self._selector.close()
                for each in (self._door, *self._lines):
                    each.close()
                return Become(wanted, descriptors)
            for descriptor in descriptors:
                os.close(descriptor)
            if wanted.get("is_server"):
                asking = struct.unpack("3i", line.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12))[0]
                self._servers.setdefault(asking, []).append(pid)
            answer = {"pid": pid}
        with contextlib.suppress(
            BrokenPipeError, ConnectionResetError
        ):  # who asked was killed; its line is found closed
            line.send(json.dumps(answer).encode())
        return None

    def _code_of(self, pid: int) -> int | None:
        if pid not in self._ended:
            found, status = os.waitpid(pid, os.WNOHANG)
            if found:
                self._ended[pid] = os.waitstatus_to_exitcode(status)
        return self._ended.get(pid)


def run(become: Become, path: str) -> None:
    """In the new process: take on everything that a start would have given to it, and be the program."""
    wanted, (log, *others) = become
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    for stream in (1, 2):
        os.dup2(log, stream)
    os.close(nothing)
    os.close(log)
    os.chdir(wanted["folder"])
    os.environ.clear()  # noqa: TID251 - that of a child
    os.environ.update(wanted["environment"])  # noqa: TID251 - that of a child
    time.tzset()
    tempfile.tempdir = None
    program, *arguments = wanted["command"]
    if wanted.get("is_server"):
        os.setsid()
        sys.argv = [program, str(others[0]), *arguments[1:]]
        runpy.run_module(program, run_name="__main__")
        return
    client.subprocess = SimpleNamespace(Popen=partial(_fork_server, path), DEVNULL=subprocess.DEVNULL)  # type: ignore[attr-defined]
    sys.argv = [program, *arguments]
    sys.path[0] = str(Path(program).resolve().parent)
    runpy.run_path(program, run_name="__main__")


def _fork_server(
    path: str, argv: Sequence[str], *, cwd: Path, env: Mapping[str, str], pass_fds: tuple[int, ...], **_: object
) -> Forked:
    """What a worker does in place of `subprocess.Popen(argv, ...)` when it starts its fork server."""
    module = argv.index("-m") + 1
    return Line(path).start(argv[module:], cwd, env, 2, *pass_fds, is_server=True)


def main() -> None:
    door = socket.socket(fileno=int(sys.argv[1]))
    path = door.getsockname()
    for name in MODULES:
        import_module(name)
    loading = import_module("wrangler.notebook.forkserver.preload")
    loading.preload()
    loading.preload = lambda: None  # type: ignore[attr-defined]  # a server that is forked here finds it done
    assert len(loading.thread_names()) == 1, "a fork beside other threads is not safe"
    become = Server(door).serve()
    if become:
        run(become, path)


if __name__ == "__main__":
    main()
