"""The sentences that explain why a run failed and what to do about it."""

import signal

from wrangler.notebook.protocol.outcome import ErrorCode, RunError

_MEMORY_ERRORS = {"MemoryError", "_ArrayMemoryError", "ArrayMemoryError", "OutOfMemoryException", "ArrowMemoryError"}
_LONGEST_MESSAGE = 2_000


def cell_failed(exception: str, message: str) -> RunError:
    """An exception left a cell."""
    if exception in _MEMORY_ERRORS:
        return out_of_memory(f"{exception}: {message}")
    if exception == "SystemExit":
        return exited_early()
    text = message[:_LONGEST_MESSAGE].strip() or "no message"
    return RunError(ErrorCode.CELL_FAILED, text, exception=exception)


def exited_early() -> RunError:
    return RunError(
        ErrorCode.EXITED_EARLY,
        "The notebook ended itself before its last cell, so its result is not complete. "
        "Take the call of exit() out of the notebook.",
    )


def kernel_died(returncode: int | None) -> RunError:
    """The process that ran the cells is gone, and nobody asked it to go."""
    if returncode == 0:
        return exited_early()
    how = f"ended with exit status {returncode}" if returncode is None or returncode > 0 else _signalled(-returncode)
    return RunError(
        ErrorCode.KERNEL_DIED,
        f"The process that ran the notebook {how}. Run the job again; if it dies in the same cell, "
        "try fewer rows or columns, or another method.",
    )


def kernel_did_not_start(detail: str) -> RunError:
    return RunError(
        ErrorCode.KERNEL_DIED,
        f"The process that runs the notebook did not start ({detail}). Run the job again; "
        "if it stays so, ask the operator to look at the worker.",
    )


def out_of_memory(detail: str) -> RunError:
    return RunError(
        ErrorCode.OUT_OF_MEMORY,
        f"The run needed more memory than it may have ({detail}). "
        "Try fewer rows or columns, or a method that needs less, such as median.",
    )


def too_many_processes(count: int, limit: int) -> RunError:
    return RunError(
        ErrorCode.TOO_MANY_PROCESSES,
        f"The run had {count} processes at once and may have {limit}. "
        "Look for a loop in the notebook that starts processes, or ask the operator for a higher JOB_PROCESSES.",
    )


def too_much_written(what: str) -> RunError:
    return RunError(
        ErrorCode.TOO_MUCH_WRITTEN,
        f"The run wrote more than it may: {what}. Write fewer or smaller files, "
        "or ask the operator for a higher CUSTOM_JOB_BYTES.",
    )


def cell_timed_out(seconds: float) -> RunError:
    return RunError(
        ErrorCode.TIMED_OUT,
        f"One cell ran longer than its limit of {seconds:g} s. "
        "Try fewer rows or columns, a faster method, or a higher limit.",
    )


def run_timed_out(seconds: float) -> RunError:
    return RunError(
        ErrorCode.TIMED_OUT,
        f"The run was not finished after its limit of {seconds:g} s. "
        "Try fewer rows or columns, a faster method, or a higher limit.",
    )


def stopped() -> RunError:
    return RunError(
        ErrorCode.STOPPED,
        "The run was stopped before it was finished: its job was cancelled, or its worker had to end.",
    )


def result_missing() -> RunError:
    return RunError(
        ErrorCode.RESULT_MISSING,
        "All cells ran, but the notebook wrote no result.json. Its last cell has to write one.",
    )


def result_invalid(detail: str) -> RunError:
    return RunError(
        ErrorCode.RESULT_INVALID,
        f"All cells ran, but result.json is not what it has to be: {detail}. Correct the notebook.",
    )


def runner_died(log_tail: str) -> RunError:
    text = f" Its last output: {log_tail.strip()[-_LONGEST_MESSAGE:]}" if log_tail.strip() else ""
    return RunError(
        ErrorCode.RUNNER_DIED,
        "The process that watches over the notebook ended before the notebook did. Run the job again." + text,
    )


def _signalled(number: int) -> str:
    try:
        return f"was ended by the signal {signal.Signals(number).name}"
    except ValueError:
        return f"was ended by the signal {number}"
