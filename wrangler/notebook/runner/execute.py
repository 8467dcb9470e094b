"""What a runner does: run the notebook by Papermill, finalize the report, publish it, report to the supervisor."""

import resource
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Protocol

from nbclient.exceptions import DeadKernelError
from nbformat import NotebookNode
from papermill.engines import papermill_engines
from papermill.execute import execute_notebook

from wrangler.notebook.documents import read_document
from wrangler.notebook.kernel import Kernel, KernelLost
from wrangler.notebook.protocol import (
    INSTRUCTIONS_FILE,
    RESULT_FILE,
    TEMPLATE_FILE,
    Channel,
    RunError,
    RunInstructions,
    failures,
    read_result,
)
from wrangler.notebook.runner import finalize
from wrangler.notebook.runner.engine import CellStopped, RunEngine
from wrangler.sandbox import end_descendants

_ENGINE = "wrangler"


class StopRequest(Protocol):
    """What the supervisor has asked for since the start."""

    reason: RunError | None


def execute_run(folder: Path, channel: Channel, stop_request: StopRequest, kernel: Callable[[], Kernel]) -> None:
    """Run the notebook that lies in the folder, end every process below this one, and report how it went."""
    failure = _run(folder, channel, stop_request, kernel)
    end_descendants()
    channel.send("finished", error=asdict(failure) if failure else None, **_used())


def _run(folder: Path, channel: Channel, stop_request: StopRequest, kernel: Callable[[], Kernel]) -> RunError | None:
    """Execute, finalize, publish; gives the failure, if any, as it stands in the report."""
    instructions = RunInstructions.read(folder / INSTRUCTIONS_FILE)
    engine = RunEngine(folder, channel, instructions, kernel)
    template = read_document((folder / TEMPLATE_FILE).read_text(encoding="utf-8"))
    failure = _execute(template, instructions, engine)
    failure = stop_request.reason or failure
    if failure is None:
        _, failure = read_result(folder / RESULT_FILE, instructions.kind)
    notebook = engine.notebook if engine.notebook is not None else template
    finalized = finalize.mark(notebook, failure)
    finalize.publish(notebook, folder, title=instructions.title)
    return finalized


def _execute(template: NotebookNode, instructions: RunInstructions, engine: RunEngine) -> RunError | None:
    papermill_engines.register(_ENGINE, engine)
    try:
        execute_notebook(template, None, parameters=instructions.parameters, engine_name=_ENGINE, progress_bar=False)
    except CellStopped as stop:
        return stop.failure
    except DeadKernelError:
        return failures.exited_early()  # after the last cell: every earlier death is a CellStopped
    except KernelLost as loss:
        return failures.kernel_did_not_start(str(loss))
    return None


def _used() -> dict[str, float]:
    """Processor time of this process and of all that it has waited for, and the largest of them."""
    usages = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return {
        "cpu_seconds": sum(usage.ru_utime + usage.ru_stime for usage in usages),
        "peak_memory_bytes": max(usage.ru_maxrss for usage in usages) * 1024,
    }
