"""The life of a spare: fork a kernel, connect to it, wait for a run, and be that run's runner."""

import os
import socket
import sys
from pathlib import Path

from wrangler.notebook.forkserver.fork import MESSAGE_BYTES, fork
from wrangler.notebook.kernel import Kernel, KernelLost, apply_environment, launch_kernel, serve, write_connection
from wrangler.notebook.protocol import INSTRUCTIONS_FILE, LOG_FILE, Channel, RunInstructions
from wrangler.notebook.runner import CommandListener, execute_run
from wrangler.sandbox import adopt_orphans, die_with_parent, end_descendants, leave_network, outlive_parent

# Loaded ahead of time too, but only here: it registers itself with the kernel's shell.
_PRELOAD_CELL = "import matplotlib_inline.backend_inline as _; del _"
_ADOPT = "__import__('wrangler.notebook.kernel.environment', fromlist=['become']).become({folder!r})"


class ForkedProcess:
    """A forked child with the part of `Popen`'s interface that a kernel manager uses."""

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self._returncode: int | None = None

    def poll(self) -> int | None:
        if self._returncode is None:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            self._returncode = os.waitstatus_to_exitcode(status) if pid else None
        return self._returncode


def live(line: socket.socket, run_directory: Path) -> None:
    """Stand ready in `run_directory`; when the line brings a folder and a channel, run what lies there."""
    os.setsid()
    die_with_parent(os.getppid())
    adopt_orphans()
    os.chdir(run_directory)
    kernel = _ready_kernel(run_directory, line)
    message, descriptors, _, _ = socket.recv_fds(line, MESSAGE_BYTES, 1)
    if not message:
        end_descendants()
        return
    outlive_parent()  # from here on the supervisor decides, not the fork server
    channel = Channel(socket.socket(fileno=descriptors[0]))
    listener = CommandListener(channel)
    listener.start()
    folder = Path(message.decode())
    _move_to(folder)
    execute_run(folder, channel, listener, lambda: _adopted(kernel, folder))


def _ready_kernel(run_directory: Path, line: socket.socket) -> Kernel:
    """Fork the kernel while this process has a single thread still, and connect to it."""
    connection = write_connection(run_directory)
    runner_pid = os.getpid()

    def child() -> None:
        line.close()
        os.setsid()
        leave_network()
        die_with_parent(runner_pid)
        serve(connection)

    kernel = Kernel(connection, ForkedProcess(fork(child)))
    kernel.execute_silently(_PRELOAD_CELL)
    return kernel


def _move_to(folder: Path) -> None:
    """Work in the folder, with its environment and its log."""
    os.chdir(folder)
    apply_environment(RunInstructions.read(Path(INSTRUCTIONS_FILE)).environment)
    log = os.open(LOG_FILE, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    for stream in (sys.stdout, sys.stderr):
        os.dup2(log, stream.fileno())
    os.close(log)


def _adopted(kernel: Kernel, folder: Path) -> Kernel:
    """The spare kernel, made this run's own; a fresh one if the spare died while it waited."""
    try:
        kernel.execute_silently(_ADOPT.format(folder=str(folder)))
    except KernelLost as loss:
        sys.stderr.write(f"The spare kernel is lost ({loss}); a fresh one is started.\n")
        return Kernel(*launch_kernel())
    return kernel
