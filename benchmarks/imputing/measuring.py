"""One measurement in a process of its own, forked from one that has imported everything and holds the table.

So imports cost nobody, a time-out can end what does not respond, and the memory seen is what the method adds. The
parent must run nothing on OpenMP: its threads do not survive a fork.
"""

import multiprocessing
import os
import resource
import signal
import time
import warnings
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from threadpoolctl import threadpool_limits

from benchmarks.imputing.methods import Method
from benchmarks.imputing.peers import Timed
from benchmarks.imputing.scores import scores_of
from benchmarks.imputing.tasks import IncompleteTable

LOOK_SECONDS = 0.005
SCORING_SECONDS = 600


@dataclass(frozen=True)
class Terms:
    """Processor seconds until a method is ended, so that a busy machine ends nobody early; threads it may use."""

    budget: float
    threads: int


def measure(method: Method, task: IncompleteTable, seed: int, terms: Terms) -> dict[str, Any]:
    """`status` (done, failed, late, absent), and when done `seconds`, `cpu_seconds`, `bytes` on top, and scores."""
    if not method.is_installed():
        return {"status": "absent", "reason": "not installed"}
    ours, theirs = multiprocessing.get_context("fork").Pipe()
    process = multiprocessing.get_context("fork").Process(target=_work, args=(theirs, method, task, seed, terms))
    process.start()
    theirs.close()
    try:
        return _watch(ours, process.pid or 0, terms)
    finally:
        if process.is_alive():
            os.killpg(process.pid or 0, signal.SIGKILL)
        process.join()


def _watch(predictions: Connection, pid: int, terms: Terms) -> dict[str, Any]:
    predictions.recv()
    before, peak = _anonymous_bytes(pid), 0
    predictions.send("go")
    while not predictions.poll(LOOK_SECONDS):
        peak = max(peak, _anonymous_bytes(pid))
        if _used_seconds(pid) > terms.budget:
            return {"status": "late", "reason": f"not finished in {terms.budget:.0f} s"}
    try:
        took = predictions.recv()
        if took["status"] == "done":
            if not predictions.poll(SCORING_SECONDS):
                return {"status": "failed", "reason": "scoring did not finish"}
            took |= predictions.recv()
    except EOFError:
        return {"status": "failed", "reason": "the process ended without a result (out of memory?)"}
    return {**took, "bytes": max(0, peak - before)}


def _work(parent: Connection, method: Method, task: IncompleteTable, seed: int, terms: Terms) -> None:
    os.setsid()
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    warnings.simplefilter("ignore")
    with threadpool_limits(limits=terms.threads):
        parent.send("ready")
        parent.recv()
        used, began = _cpu_seconds(), time.perf_counter()
        try:
            made = method.run(task.frame, seed, terms.threads)
        except Exception as error:  # noqa: BLE001 - a peer may fail by whatever it likes; the reason is the result
            parent.send({"status": "failed", "reason": f"{type(error).__name__}: {error}"[:300]})
            return
        taken = time.perf_counter() - began, _cpu_seconds() - used
        seconds, cpu_seconds = (made.seconds, made.cpu_seconds) if isinstance(made, Timed) else taken
        parent.send({"status": "done", "seconds": seconds, "cpu_seconds": cpu_seconds})
    frame = made.frame if isinstance(made, Timed) else made
    try:
        parent.send({} if frame is None else asdict(scores_of(task, frame)))
    except Exception as error:  # noqa: BLE001 - the same
        parent.send({"status": "failed", "reason": f"{type(error).__name__}: {error}"[:300]})


def _cpu_seconds() -> float:
    """Of this process and the ones that it has waited for."""
    used = [resource.getrusage(whose) for whose in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(each.ru_utime + each.ru_stime for each in used)


def _anonymous_bytes(pid: int) -> int:
    """What a process and its children hold that is no file's; 0 where the system does not report."""
    return sum(map(_own_bytes, _family(pid)))


def _own_bytes(pid: int) -> int:
    try:
        lines = Path(f"/proc/{pid}/status").read_text(encoding="ascii").splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) * 1024 for line in lines if line.startswith("RssAnon:")), 0)


def _used_seconds(pid: int) -> float:
    """Processor time of a process and its children so far."""
    return sum(map(_own_seconds, _family(pid)))


def _own_seconds(pid: int) -> float:
    try:
        fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _family(pid: int) -> Iterator[int]:
    yield pid
    for threads in Path(f"/proc/{pid}/task").glob("*/children"):
        try:
            children = threads.read_text(encoding="ascii").split()
        except OSError:
            continue
        for child in children:
            yield from _family(int(child))
