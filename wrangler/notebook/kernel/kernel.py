"""The kernel of a run: ipykernel under the limits of the run, without a TCP port and with bounded output."""

import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any, ClassVar

import zmq
from ipykernel import debugger, ipkernel
from ipykernel.iostream import IOPubThread, OutStream
from ipykernel.ipkernel import IPythonKernel
from ipykernel.kernelapp import IPKernelApp
from ipykernel.zmqshell import ZMQInteractiveShell
from zmq.eventloop.zmqstream import ZMQStream

from wrangler.notebook.kernel.launch import KERNEL_ARGUMENTS
from wrangler.notebook.kernel.oom import return_free_memory
from wrangler.notebook.protocol import RunInstructions
from wrangler.sandbox import die_with_parent, leave_network, restrict

if TYPE_CHECKING:
    from jupyter_client.session import Session

# More than the runner keeps of a whole cell, so that the runner does the cutting and notes it.
_UNSENT_CHARACTERS = 4_000_000
_WORKED_SECONDS = 0.05


class _NoModules:
    """`sys` with no modules to list.

    Nobody debugs a run, and ipykernel lists all of them for its debugger: that counts references on every page they
    lie on, and a page that is written to is no longer shared.
    """

    modules: ClassVar[dict[str, ModuleType]] = {}

    def __getattr__(self, name: str) -> object:
        return getattr(sys, name)


debugger._is_debugpy_available = False  # noqa: SLF001 - there is no public switch
vars(ipkernel)["sys"] = _NoModules()


class BoundedStream(OutStream):
    """Standard output that drops what is printed faster than it can be sent: a flood must not fill the memory."""

    _unsent = 0

    def write(self, string: str) -> int | None:  # type: ignore[override]  # as ipykernel's own
        if self._unsent > _UNSENT_CHARACTERS:
            return len(string)
        self._unsent += len(string)
        return super().write(string)

    def _flush_buffers(self) -> Iterator[Any]:
        self._unsent = 0
        yield from super()._flush_buffers()  # type: ignore[no-untyped-call]


class PrivateIOPubThread(IOPubThread):
    """Receives what forked children print over a Unix socket; ipykernel's own way is a TCP port on the loopback."""

    def __init__(self, socket: zmq.Socket[Any], session: "Session", directory: Path) -> None:
        self._directory = directory
        super().__init__(socket, pipe=sys.platform == "linux", session=session)  # type: ignore[no-untyped-call]

    def _setup_pipe_in(self) -> None:
        # Through an open descriptor the path stays short and stays right when the notebook changes its directory.
        directory = os.open(self._directory, os.O_RDONLY)
        self._address = f"ipc:///proc/{os.getpid()}/fd/{directory}/children"
        self._pipe_uuid = os.urandom(16)
        pipe_in = self.socket.context.socket(zmq.PULL)
        pipe_in.linger = 0
        pipe_in.bind(self._address)
        self._pipe_in = ZMQStream(pipe_in, self.io_loop)
        self._pipe_in.on_recv(self._handle_pipe_msg)

    def _setup_pipe_out(self) -> tuple[zmq.Context[Any], zmq.Socket[Any]]:
        context: zmq.Context[Any] = zmq.Context()
        pipe_out = context.socket(zmq.PUSH)
        pipe_out.linger = 3000  # as in ipykernel: wait so long for the parent to listen
        pipe_out.connect(self._address)
        return context, pipe_out


class RunShell(ZMQInteractiveShell):
    """IPython's shell without its second copy of everything printed, which it keeps in memory for an export."""

    takes_progress = True

    @contextmanager
    def _tee(self, channel: str) -> Iterator[None]:  # noqa: ARG002 - IPython's signature
        yield


class RunKernel(IPythonKernel):
    """ipykernel's kernel with this run's shell.

    After a cell that has worked a while it gives free memory back: glibc keeps what temporary arrays held, here 6 MB a
    kernel, and to look for it takes 3 ms.
    """

    shell_class = RunShell

    async def do_execute(self, *arguments: object, **options: object) -> object:
        began = time.monotonic()
        reply = await super().do_execute(*arguments, **options)  # type: ignore[no-untyped-call]
        if time.monotonic() - began > _WORKED_SECONDS:
            return_free_memory()
        return reply


class RunKernelApp(IPKernelApp):
    """ipykernel's application with this run's streams and shell."""

    outstream_class = f"{__name__}.BoundedStream"
    kernel_class = RunKernel
    parent_handle = 1  # nobody's: `die_with_parent` is quicker than ipykernel's poller

    def init_iopub(self, context: zmq.Context[Any]) -> None:
        self.iopub_socket = context.socket(zmq.XPUB)
        self.iopub_socket.linger = 1000
        self.iopub_port = self._bind_socket(self.iopub_socket, self.iopub_port)  # type: ignore[no-untyped-call]
        self.configure_tornado_logger()  # type: ignore[no-untyped-call]
        thread: Any = PrivateIOPubThread(self.iopub_socket, self.session, Path(self.abs_connection_file).parent)
        thread.start()
        self.iopub_thread, self.iopub_socket = thread, thread.background_socket

    def init_code(self) -> None:
        """Nothing: a run has no start-up files, and to note the loaded modules for the user would unshare 5 MB."""


def serve(connection: Path) -> None:
    """Be the kernel that listens on the sockets of the connection file, until asked to end."""
    app = RunKernelApp.instance()
    app.initialize(["-f", str(connection), *KERNEL_ARGUMENTS])  # type: ignore[no-untyped-call]
    app.start()  # type: ignore[no-untyped-call]


def main(arguments: list[str]) -> None:
    instructions_file, connection, parent_pid = arguments
    limits = RunInstructions.read(Path(instructions_file)).limits
    if not limits.network:
        leave_network()
    die_with_parent(int(parent_pid))
    restrict(limits)
    serve(Path(connection))


if __name__ == "__main__":
    main(sys.argv[1:])
