"""The child that runs one notebook, in the run's folder.

    python -m wrangler.notebook.runner.main CHANNEL SUPERVISOR_PID [--isolated]

It ends with its supervisor, and ends its kernel and whatever that started. This module is light: the kernel starts
while `execute` loads papermill.
"""

import os
import socket
import sys
import threading
import time
from pathlib import Path

from wrangler.notebook.kernel import launch_kernel
from wrangler.notebook.protocol import Channel, RunError
from wrangler.sandbox import adopt_orphans, die_with_parent, end_descendants, isolation

_KILL_PAUSE_SECONDS = 0.1


class CommandListener(threading.Thread):
    """Listens to the supervisor: ends the kernel when asked to stop, and everything when the supervisor is gone."""

    def __init__(self, channel: Channel) -> None:
        super().__init__(daemon=True)
        self._channel = channel
        self.reason: RunError | None = None

    def run(self) -> None:
        for message in self._channel.messages():
            if message["type"] == "stop":
                self.reason = RunError(**message["error"])
                self._keep_ending()
        end_descendants()
        os._exit(1)

    def _keep_ending(self) -> None:
        """A kernel that is only just being started has to go too, so once is not enough."""
        while True:
            end_descendants()
            time.sleep(_KILL_PAUSE_SECONDS)


def main(arguments: list[str]) -> None:
    descriptor, supervisor_pid = (int(argument) for argument in arguments[:2])
    if isolation.FLAG in arguments:
        isolation.enter(Path.cwd(), supervisor_pid)
    else:
        die_with_parent(supervisor_pid)
    adopt_orphans()
    connection, process = launch_kernel()
    channel = Channel(socket.socket(fileno=descriptor))
    listener = CommandListener(channel)
    listener.start()
    from wrangler.notebook.kernel import Kernel
    from wrangler.notebook.runner.execute import execute_run

    execute_run(Path.cwd(), channel, listener, lambda: Kernel(connection, process))


if __name__ == "__main__":
    main(sys.argv[1:])
