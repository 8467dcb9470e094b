"""The worker's end of its fork server: started when needed, replaced when dead or stale, done without if need be."""

import atexit
import json
import socket
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass
from pathlib import Path

import psutil

from wrangler.notebook.environment import PROJECT_ROOT, server_environment

SERVER_MODULE = "wrangler.notebook.forkserver"
_MESSAGE_BYTES = 65_536
_LONGEST_WARM_UP_SECONDS = 90.0
_LONGEST_ANSWER_SECONDS = 10.0
_PAUSE_AFTER_FAILURE_SECONDS = 60.0
_LOADED = [PROJECT_ROOT / "wrangler" / room for room in ("analyze", "impute", "notebook", "report")]


class ServerLost(Exception):
    """The fork server ended or does not answer."""


@dataclass
class _Server:
    """One fork server process."""

    process: subprocess.Popen[bytes]
    line: socket.socket
    code: tuple[int, int]
    is_ready: bool = False

    def start_runner(self, folder: Path, channel: int) -> psutil.Process:
        if not self.is_ready:
            self._receive(_LONGEST_WARM_UP_SECONDS)
            self.is_ready = True
        try:
            socket.send_fds(self.line, [str(folder).encode()], [channel])
            return psutil.Process(self._receive(_LONGEST_ANSWER_SECONDS)["pid"])
        except (OSError, psutil.NoSuchProcess) as error:
            raise ServerLost(str(error)) from error

    def _receive(self, seconds: float) -> dict[str, int]:
        self.line.settimeout(seconds)
        try:
            message = self.line.recv(_MESSAGE_BYTES)
        except OSError as error:
            raise ServerLost(str(error)) from error
        if not message:
            raise ServerLost("it ended")
        answer: dict[str, int] = json.loads(message)
        return answer


class Warmth:
    """The fork server of this process, if there is one."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._server: _Server | None = None
        self._former: list[subprocess.Popen[bytes]] = []
        self._not_before = 0.0
        atexit.register(self.close)

    def start_runner(self, folder: Path, channel: int) -> psutil.Process | None:
        """Have a forked runner take over this folder and channel; None if it has to be started plainly."""
        with self._lock:
            server = self._usable()
            if server is None:
                return None
            try:
                return server.start_runner(folder, channel)
            except ServerLost:
                self._discard()
                self._not_before = time.monotonic() + _PAUSE_AFTER_FAILURE_SECONDS
                return None

    def warm_up(self) -> None:
        """Start the fork server now, so that the first run need not wait for all of it."""
        with self._lock:
            self._usable()

    @property
    def server_pid(self) -> int | None:
        return self._server.process.pid if self._server else None

    def close(self) -> None:
        """End the fork server and wait for it."""
        with self._lock:
            self._discard()
            for process in self._former:
                process.wait()

    def _usable(self) -> _Server | None:
        """The server there is, unless it is dead or has loaded other code than lies there now: then a new one."""
        code = _code()
        if self._server and (self._server.process.poll() is not None or self._server.code != code):
            self._discard()
        if self._server is None and time.monotonic() >= self._not_before:
            self._server = _start(code)
        return self._server

    def _discard(self) -> None:
        if self._server:
            self._server.line.close()  # the order to end; runs that it has started are brought to theirs
            self._former.append(self._server.process)
        self._server = None
        self._former = [process for process in self._former if process.poll() is None]


def _start(code: tuple[int, int]) -> _Server:
    directory = Path(tempfile.mkdtemp(prefix="wrangler-"))
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    argv = [sys.executable, "-P", "-m", SERVER_MODULE, str(theirs.fileno()), str(directory)]
    with theirs:
        process = subprocess.Popen(
            argv,
            cwd=directory,
            env=server_environment(directory),
            stdin=subprocess.DEVNULL,
            pass_fds=(theirs.fileno(),),
            start_new_session=True,
        )
    return _Server(process, ours, code)


def _code() -> tuple[int, int]:
    """What the code that a server loads looks like on the disk: how many modules, and when the newest was written."""
    times = [path.stat().st_mtime_ns for room in _LOADED for path in room.rglob("*.py")]
    return len(times), max(times)
