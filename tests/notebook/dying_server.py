"""A fork server whose first spare dies with the folder in its hand: `python -m tests.notebook.dying_server`."""

import os
import signal
import sys

from wrangler.notebook.forkserver import server


class DyingServer(server.Server):
    """Hands the first run to a spare that is gone before the worker has the answer."""

    _has_killed = False

    def _hand_over(self, folder: str, channel: int) -> int:
        pid = super()._hand_over(folder, channel)
        if not self._has_killed:
            self._has_killed = True
            os.kill(pid, signal.SIGKILL)
            os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)
        return pid


if __name__ == "__main__":
    server.Server = DyingServer
    server.main(sys.argv[1:])
