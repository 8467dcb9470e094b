"""What one more running kernel costs in memory, forked and started plainly."""

import threading
import time
from collections.abc import Callable
from pathlib import Path

import psutil
from jupyter_client.manager import start_new_kernel

from benchmarks.measuring.notebook import CELLS, KIND, PARAMETERS, new_folder, write_notebook
from wrangler.notebook import Outcome, RunSpec, supervise
from wrangler.notebook.templates import catalog

KERNELS = 2
SPARE_SECONDS = 2.0  # until the next spare stands ready: both times that memory is counted there is one
WAIT = """
import os, time
with open("pid", "w") as file:
    file.write(str(os.getpid()))
while not os.path.exists("go"):
    time.sleep(0.05)
"""


def pss_bytes(pid: int) -> int:
    """What a process holds, with its part of what it shares."""
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:"))


def private_bytes(pid: int) -> int:
    """What a process shares with nobody: what the machine gets back when it ends."""
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii").splitlines()
    return sum(int(line.split()[1]) * 1024 for line in lines if line.startswith("Private_"))


def one_more_forked(parent: Path) -> tuple[int, int]:
    """What the second run at work adds: its kernel alone, and with its runner and what the fork server gives up."""
    notebook = write_notebook(parent / "template", WAIT)
    template = catalog.templates(notebook.parent)[KIND]
    folders = [new_folder(parent, f"forked {number}") for number in range(KERNELS)]
    outcomes: list[Outcome] = []

    def run(folder: Path) -> None:
        outcomes.append(supervise(RunSpec(template, {}, folder, 300), lambda _: True, heartbeat_seconds=1.0))

    this = psutil.Process()
    threads, held = [], []
    for folder in folders:
        threads.append(threading.Thread(target=run, args=(folder,)))
        threads[-1].start()
        _until(lambda folder=folder: (folder / "pid").exists() and (folder / "pid").read_text() != "")
        time.sleep(SPARE_SECONDS)
        held.append(sum(pss_bytes(process.pid) for process in this.children(recursive=True)))
    kernel = psutil.Process(int((folders[-1] / "pid").read_text()))
    found = private_bytes(kernel.pid), held[-1] - held[-2]
    for thread, folder in zip(threads, folders, strict=True):
        (folder / "go").touch()
        thread.join()
    assert all(outcome.succeeded for outcome in outcomes), outcomes
    return found


def one_more_plain(parent: Path) -> int:
    """What the second of two plain kernels adds that have run the same cells."""
    started, held = [], []
    for number in range(KERNELS):
        folder = new_folder(parent, f"plain {number}")
        started.append(start_new_kernel(cwd=str(folder)))
        for source in (PARAMETERS, *CELLS):
            reply = started[-1][1].execute_interactive(source, output_hook=lambda _: None, timeout=120)
            assert reply["content"]["status"] == "ok", reply["content"]
        held.append(sum(pss_bytes(manager.provisioner.process.pid) for manager, _ in started))
    for manager, client in started:
        client.stop_channels()
        manager.shutdown_kernel(now=True)
    return held[-1] - held[-2]


def _until(is_so: Callable[[], bool]) -> None:
    while not is_so():
        time.sleep(0.05)
