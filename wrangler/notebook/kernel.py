"""The kernel of a run: ipykernel under the limits of the run, without a TCP port and with a bounded voice."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import zmq
from ipykernel.iostream import IOPubThread, OutStream
from ipykernel.ipkernel import IPythonKernel
from ipykernel.kernelapp import IPKernelApp
from ipykernel.zmqshell import ZMQInteractiveShell
from zmq.eventloop.zmqstream import ZMQStream

from wrangler.notebook.launch import KERNEL_ARGUMENTS
from wrangler.notebook.limits import die_with_parent, leave_network, restrict
from wrangler.notebook.spec import Order

# More than the runner keeps of a whole cell, so that the runner is the one who cuts and says so.
_UNSENT_CHARACTERS = 4_000_000


class BoundedStream(OutStream):
    """Standard output that forgets what is printed faster than it can be sent: a flood must not fill the memory."""

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
    """Hears what forked children print over a Unix socket; ipykernel's own way is a TCP port on the loopback."""

    def __init__(self, socket: zmq.Socket[Any], session: Any, directory: Path) -> None:  # noqa: ANN401 - traitlets
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
    shell_class = RunShell


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


def serve(connection: Path) -> None:
    """Be the kernel that listens where the connection file says, until told to end."""
    app = RunKernelApp.instance()
    app.initialize(["-f", str(connection), *KERNEL_ARGUMENTS])  # type: ignore[no-untyped-call]
    app.start()  # type: ignore[no-untyped-call]


def main(arguments: list[str]) -> None:
    order_file, connection, parent_pid = arguments
    limits = Order.read(Path(order_file)).limits
    if not limits.network:
        leave_network()
    die_with_parent(int(parent_pid))
    restrict(limits)
    serve(Path(connection))


if __name__ == "__main__":
    main(sys.argv[1:])
