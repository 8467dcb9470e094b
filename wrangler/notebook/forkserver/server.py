"""The fork server: `python -m wrangler.notebook.forkserver.server WORKER DIRECTORY`, one for each worker process.

It has everything loaded that runs need and one spare standing ready: a runner with a kernel below it and a connected
client. A worker sends the folder of a run and the runner's end of the channel; the spare takes them over and the next
spare is forked. The server itself runs no notebook, opens no socket but the worker's, and has a single thread, because
a fork copies no other. It ends with its worker. Its death ends no run: a runner obeys its supervisor alone.
"""

import contextlib
import json
import os
import selectors
import shutil
import signal
import socket
import sys
from dataclasses import dataclass
from pathlib import Path

import psutil

from wrangler.notebook.forkserver.fork import MESSAGE_BYTES, fork
from wrangler.notebook.forkserver.preload import preload, thread_names
from wrangler.sandbox import adopt_orphans, end_descendants

_MOST_FAILURES = 3


@dataclass(frozen=True)
class Spare:
    """A runner that waits for its run."""

    pid: int
    line: socket.socket

    def give(self, folder: str, channel: int) -> None:
        socket.send_fds(self.line, [folder.encode()], [channel])
        self.line.close()


class Server:
    """Keeps one spare ready, gives it away when asked, and ends whatever is left of runners that died."""

    def __init__(self, worker: socket.socket, directory: Path) -> None:
        self._worker = worker
        self._directory = directory
        self._count = 0
        self._failures = 0
        self._runners: dict[int, Path] = {}
        self._spare: Spare | None = None
        self._is_closing = False
        self._deaths, self._alarm = socket.socketpair()

    def serve(self) -> None:
        """Until the worker is gone and the last of its runs has ended."""
        self._alarm.settimeout(0)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.set_wakeup_fd(self._alarm.fileno(), warn_on_full_buffer=False)
        self._spare = self._fork()
        with selectors.DefaultSelector() as selector:
            selector.register(self._worker, selectors.EVENT_READ, self._receive_request)
            selector.register(self._deaths, selectors.EVENT_READ, self._reap_children)
            while not self._is_closing:
                for key, _ in selector.select():
                    key.data()
            selector.unregister(self._worker)
            self._worker.close()
            while self._runners:
                selector.select()
                self._reap_children()

    def _receive_request(self) -> None:
        """Start what the worker asks for."""
        try:
            message, descriptors, _, _ = socket.recv_fds(self._worker, MESSAGE_BYTES, 1)
        except ConnectionResetError:  # the worker was killed before it had read the last answer
            message, descriptors = b"", []
        if not message:
            self._close()
            return
        (channel,) = descriptors
        pid = self._hand_over(message.decode(), channel)
        os.close(channel)
        with contextlib.suppress(BrokenPipeError):  # the next look at the line finds that the worker is gone
            self._worker.send(json.dumps({"pid": pid}).encode())
        self._spare = self._fork()

    def _close(self) -> None:
        """Take no more requests; the spare ends when its line does."""
        self._is_closing = True
        if self._spare:
            self._spare.line.close()

    def _hand_over(self, folder: str, channel: int) -> int:
        spare, self._spare = self._spare or self._fork(), None
        try:
            spare.give(folder, channel)
        except (BrokenPipeError, ConnectionResetError):  # it died a moment ago
            spare = self._fork()
            spare.give(folder, channel)
        self._failures = 0
        return spare.pid

    def _fork(self) -> Spare:
        self._count += 1
        run_directory = self._directory / str(self._count)
        run_directory.mkdir(mode=0o700)
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)

        def child() -> None:
            ours.close()
            self._close_inherited()
            from wrangler.notebook.forkserver.spare import live

            live(theirs, run_directory)

        pid = fork(child)
        theirs.close()
        self._runners[pid] = run_directory
        return Spare(pid, ours)

    def _close_inherited(self) -> None:
        """In the child: let go of everything that is the server's."""
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        for end in (self._worker, self._deaths, self._alarm):
            end.close()

    def _reap_children(self) -> None:
        """Wait for the dead, end their orphans, and have a spare again - unless spares keep dying."""
        self._deaths.recv(MESSAGE_BYTES)
        while pid := _next_dead():
            run_directory = self._runners.pop(pid, None)
            if run_directory is not None:
                shutil.rmtree(run_directory, ignore_errors=True)
            if self._spare and pid == self._spare.pid and not self._is_closing:
                self._replace_spare(self._spare)
        for child in psutil.Process().children():
            if child.pid not in self._runners:
                child.kill()  # what a run left behind when its runner died; its own children come here next

    def _replace_spare(self, dead: Spare) -> None:
        dead.line.close()
        self._spare = None
        self._failures += 1
        if self._failures < _MOST_FAILURES:
            self._spare = self._fork()
        else:
            self._close()  # the worker finds out, and starts its runs plainly


def _next_dead() -> int:
    try:
        return os.waitpid(-1, os.WNOHANG)[0]
    except ChildProcessError:
        return 0


def main(arguments: list[str]) -> None:
    worker = socket.socket(fileno=int(arguments[0]))
    directory = Path(arguments[1])
    try:
        preload()
        if len(thread_names()) > 1:
            sys.exit(f"Forking is not safe beside these threads: {thread_names()}")
        adopt_orphans()
        worker.send(json.dumps({"ready": os.getpid()}).encode())
        Server(worker, directory).serve()
    except BrokenPipeError:
        pass  # the worker is gone before anything was ready
    finally:
        end_descendants()
        shutil.rmtree(directory, ignore_errors=True)


if __name__ == "__main__":
    main(sys.argv[1:])
