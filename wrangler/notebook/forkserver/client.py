"""The worker's end of its fork server: started when needed, replaced when dead or stale, done without if need be."""

import atexit
import json
import shutil
import socket
import subprocess
import sys
import threading
import time
from dataclasses import dataclass
from pathlib import Path

import psutil

from wrangler.notebook.forkserver import orphans
from wrangler.sandbox import PROJECT_ROOT, server_environment

SERVER_MODULE = "wrangler.notebook.forkserver.server"
_MESSAGE_BYTES = 65_536
_LONGEST_PRELOAD_SECONDS = 90.0
_LONGEST_REPLY_SECONDS = 10.0
_PAUSE_AFTER_FAILURE_SECONDS = 60.0
_SPARES_TRIED = 2
_LOADED = [PROJECT_ROOT / "wrangler" / package for package in ("analyze", "impute", "notebook", "report")]


class ServerLost(Exception):
    """The fork server ended or does not answer."""


@dataclass
class _Server:
    """One fork server process."""

    process: subprocess.Popen[bytes]
    line: socket.socket
    directory: Path
    code: tuple[int, int]
    started: float
    is_ready: bool = False

    def becomes_ready(self, seconds: float) -> bool:
        """Whether the server is loaded in this time; also True when it is late or gone: a start shows it."""
        if self.is_ready or time.monotonic() > self.started + _LONGEST_PRELOAD_SECONDS:
            return True
        self.line.settimeout(seconds)
        try:
            self.is_ready = bool(self.line.recv(_MESSAGE_BYTES))
        except TimeoutError:
            return False
        except OSError:
            return True
        return True

    def start_runner(self, folder: Path, channel: int) -> psutil.Process:
        if not self.becomes_ready(_LONGEST_REPLY_SECONDS) or not self.is_ready:
            raise ServerLost("it does not get ready")
        for _ in range(_SPARES_TRIED):
            try:
                socket.send_fds(self.line, [str(folder).encode()], [channel])
            except OSError as error:
                raise ServerLost(str(error)) from error
            runner = _living(self._receive(_LONGEST_REPLY_SECONDS)["pid"])
            if runner:
                return runner
        raise ServerLost("its spares die")

    def _receive(self, seconds: float) -> dict[str, int]:
        self.line.settimeout(seconds)
        try:
            message = self.line.recv(_MESSAGE_BYTES)
        except OSError as error:
            raise ServerLost(str(error)) from error
        if not message:
            raise ServerLost("it ended")
        reply: dict[str, int] = json.loads(message)
        return reply


def _living(pid: int) -> psutil.Process | None:
    """The process; None if it has died: the line of a spare takes a folder until the last of its threads is gone."""
    try:
        process = psutil.Process(pid)
        return None if process.status() == psutil.STATUS_ZOMBIE else process
    except psutil.NoSuchProcess:
        return None


class ForkServerClient:
    """The fork server of this process, if there is one."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._server: _Server | None = None
        self._former: list[_Server] = []
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

    def is_ready(self, seconds: float) -> bool:
        """Wait so long for the server to be warm; True when it is, or when there is none to wait for."""
        with self._lock:
            server = self._usable()
            return server is None or server.becomes_ready(seconds)

    def preload(self) -> None:
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
            for server in self._former:
                server.process.wait()
            self._reap_children()

    def _usable(self) -> _Server | None:
        """The server there is, unless it is dead or has loaded other code than is on disk now: then a new one."""
        code = _code()
        if self._server and (self._server.process.poll() is not None or self._server.code != code):
            self._discard()
        if self._server is None and time.monotonic() >= self._not_before:
            self._server = _start(code)
        return self._server

    def _discard(self) -> None:
        if self._server:
            self._server.line.close()  # the command to end; runs that it has started are brought to theirs
            self._former.append(self._server)
        self._server = None
        self._reap_children()

    def _reap_children(self) -> None:
        """Forget servers that have ended, and remove what those have left that were killed."""
        ended = [server for server in self._former if server.process.poll() is not None]
        for server in ended:
            shutil.rmtree(server.directory, ignore_errors=True)
        self._former = [server for server in self._former if server not in ended]


def _start(code: tuple[int, int]) -> _Server:
    directory = orphans.new_run_directory()
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
    return _Server(process, ours, directory, code, time.monotonic())


def _code() -> tuple[int, int]:
    """What the code that a server loads looks like on the disk: how many modules, and when the newest was written."""
    times = [path.stat().st_mtime_ns for package in _LOADED for path in package.rglob("*.py")]
    return len(times), max(times)
