"""The child that runs one notebook: `python -m wrangler.notebook.runner CHANNEL SUPERVISOR_PID`, in the run's folder.

It ends with its supervisor, ends its kernel and whatever that started, and leaves a report that says the truth.
"""

import math
import os
import resource
import socket
import sys
import threading
import time
from dataclasses import asdict
from pathlib import Path

from nbclient.exceptions import DeadKernelError
from nbformat import NotebookNode
from papermill.engines import papermill_engines
from papermill.execute import execute_notebook

from wrangler.notebook import failures, settlement
from wrangler.notebook.channel import Channel
from wrangler.notebook.document import read_document
from wrangler.notebook.engine import CellStopped, RunEngine
from wrangler.notebook.limits import adopt_orphans, die_with_parent
from wrangler.notebook.outcome import RunError
from wrangler.notebook.result import read_result
from wrangler.notebook.spec import ORDER_FILE, RESULT_FILE, TEMPLATE_FILE, Order
from wrangler.notebook.tree import end_descendants

_ENGINE = "wrangler"
_KILL_PAUSE_SECONDS = 0.1


class Obedience(threading.Thread):
    """Listens to the supervisor: ends the kernel when told to stop, and everything when the supervisor is gone."""

    def __init__(self, channel: Channel) -> None:
        super().__init__(daemon=True)
        self._channel = channel
        self.reason: RunError | None = None

    def run(self) -> None:
        for message in self._channel.messages():
            if message["type"] == "stop":
                self.reason = RunError(**message["error"])
                self._keep_ending()
        end_descendants(os.getpid())
        os._exit(1)

    def _keep_ending(self) -> None:
        """A kernel that is only just being started has to go too, so once is not enough."""
        while True:
            end_descendants(os.getpid())
            time.sleep(_KILL_PAUSE_SECONDS)


def main(arguments: list[str]) -> None:
    descriptor, supervisor_pid = (int(argument) for argument in arguments)
    die_with_parent(supervisor_pid)
    adopt_orphans()
    folder = Path.cwd()
    channel = Channel(socket.socket(fileno=descriptor))
    obedience = Obedience(channel)
    obedience.start()
    failure = run(Order.read(folder / ORDER_FILE), folder, channel, obedience)
    end_descendants(os.getpid())
    channel.send("finished", error=asdict(failure) if failure else None, **_used())


def run(order: Order, folder: Path, channel: Channel, obedience: Obedience) -> RunError | None:
    """Execute, settle, publish; gives the failure, if any, as it stands in the report."""
    engine = RunEngine(folder, channel, _whole_seconds(order.cell_timeout_seconds))
    template = read_document((folder / TEMPLATE_FILE).read_text(encoding="utf-8"))
    failure = _execute(template, order, engine)
    failure = obedience.reason or failure
    if failure is None:
        _, failure = read_result(folder / RESULT_FILE, order.kind)
    notebook = engine.notebook if engine.notebook is not None else template
    settled = settlement.mark(notebook, failure)
    settlement.publish(notebook, folder, title=order.title)
    return settled


def _execute(template: NotebookNode, order: Order, engine: RunEngine) -> RunError | None:
    papermill_engines.register(_ENGINE, engine)
    try:
        execute_notebook(template, None, parameters=order.parameters, engine_name=_ENGINE, progress_bar=False)
    except CellStopped as stop:
        return stop.failure
    except DeadKernelError:
        return failures.exited_early()  # after the last cell: every earlier death is a CellStopped
    except RuntimeError as error:
        return failures.kernel_did_not_start(str(error))
    return None


def _whole_seconds(seconds: float | None) -> int | None:
    return None if seconds is None else max(1, math.ceil(seconds))


def _used() -> dict[str, float]:
    """Processor time of this process and of all that it has waited for, and the largest of them."""
    usages = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return {
        "cpu_seconds": sum(usage.ru_utime + usage.ru_stime for usage in usages),
        "peak_memory_bytes": max(usage.ru_maxrss for usage in usages) * 1024,
    }


if __name__ == "__main__":
    main(sys.argv[1:])
