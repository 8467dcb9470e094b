"""Forking a child of the fork server and the size of its messages."""

import os
import traceback
from collections.abc import Callable

MESSAGE_BYTES = 65_536


def fork(child: Callable[[], None]) -> int:
    """Fork; the child does its work and ends, whatever happens in it. Gives the child's pid."""
    pid = os.fork()
    if pid:
        return pid
    status = 1
    try:
        child()
        status = 0
    except BaseException:  # noqa: BLE001 - the edge of a process: nothing may run on into the parent's code
        traceback.print_exc()
    finally:
        os._exit(status)
