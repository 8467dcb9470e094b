"""Starting the runner of a run, forked or plainly, and ending it with all that is below it."""

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import psutil

from wrangler.notebook.forkserver import ForkServerClient
from wrangler.notebook.protocol import LOG_FILE, Channel, RunSpec
from wrangler.sandbox import end_run, hide_from_runs, isolation


@contextmanager
def start_runner(
    spec: RunSpec, environment: dict[str, str], fork_server: ForkServerClient | None
) -> Iterator[tuple[psutil.Process, Channel]]:
    """A living runner and the line to it; afterwards nothing of the run is alive."""
    hide_from_runs()
    forked = _fork(spec, fork_server) if fork_server else None
    runner, ours, child = forked or _start_plainly(spec, environment)
    with ours:
        try:
            yield runner, Channel(ours)
        finally:
            end_run(runner, environment)
            if child:
                child.wait()


def _fork(spec: RunSpec, fork_server: ForkServerClient) -> tuple[psutil.Process, socket.socket, None] | None:
    ours, theirs = socket.socketpair()
    with theirs:
        runner = fork_server.start_runner(spec.folder, theirs.fileno())
    if runner is None:
        ours.close()  # should a runner have started after all, it ends now
        return None
    return runner, ours, None


def _start_plainly(
    spec: RunSpec, environment: dict[str, str]
) -> tuple[psutil.Process, socket.socket, subprocess.Popen[bytes]]:
    ours, theirs = socket.socketpair()
    argv = [sys.executable, "-P", "-m", "wrangler.notebook.runner.main", str(theirs.fileno()), str(os.getpid())]
    argv += [isolation.FLAG] if spec.isolated else []
    with theirs, (spec.folder / LOG_FILE).open("wb") as log:
        child = subprocess.Popen(
            argv,
            cwd=spec.folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            pass_fds=(theirs.fileno(),),
            start_new_session=True,
        )
    return psutil.Process(child.pid), ours, child
