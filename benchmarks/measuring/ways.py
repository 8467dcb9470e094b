"""Three ways of running one notebook once: papermill's command line, papermill in a warm process, Wrangler's runner."""

import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from benchmarks.measuring.notebook import KIND, new_folder, seconds_in_cells, write_notebook
from wrangler.notebook import RunSpec, supervise
from wrangler.notebook.templates import catalog

DEADLINE_SECONDS = 300


@dataclass(frozen=True)
class Taken:
    """Wall time of one run, and the part of it that its cells took."""

    wall_seconds: float
    cell_seconds: float


def papermill_command(notebook: Path, folder: Path) -> None:
    """One job as Notebooker runs it: a process with papermill for each."""
    papermill = Path(sys.executable).with_name("papermill")
    argv = [papermill, notebook, folder / "report.ipynb", "-p", "seed", "1", "--cwd", folder, "--no-progress-bar"]
    subprocess.run(argv, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def papermill_warm(notebook: Path, folder: Path) -> None:
    from papermill.execute import execute_notebook

    output = str(folder / "report.ipynb")
    execute_notebook(str(notebook), output, parameters={"seed": 1}, cwd=str(folder), progress_bar=False)


def wrangler_run(notebook: Path, folder: Path) -> None:
    template = catalog.templates(notebook.parent)[KIND]
    spec = RunSpec(template, {"seed": 1}, folder, DEADLINE_SECONDS)
    outcome = supervise(spec, lambda _: True, heartbeat_seconds=1.0)
    if not outcome.succeeded:
        raise SystemExit(f"Wrangler's run failed: {outcome.error}")


WAYS = {"command": papermill_command, "warm": papermill_warm, "wrangler": wrangler_run}


def in_turn(parent: Path, runs: int) -> dict[str, list[Taken]]:
    """Each way `runs` times, one after another in turn, after one run of each that does not count."""
    notebook = write_notebook(parent / "template")
    taken: dict[str, list[Taken]] = {way: [] for way in WAYS}
    for number in range(-1, runs):
        for way, one in _once(parent, notebook, number):
            if number >= 0:
                taken[way].append(one)
                print(f"  {way:9} {one.wall_seconds:6.2f} s, cells {one.cell_seconds:5.2f} s", flush=True)
    return taken


def _once(parent: Path, notebook: Path, number: int) -> Iterator[tuple[str, Taken]]:
    for way, run in WAYS.items():
        folder = new_folder(parent, f"{way} {number}")
        began = time.perf_counter()
        run(notebook, folder)
        wall = time.perf_counter() - began
        yield way, Taken(wall, seconds_in_cells(folder / "report.ipynb"))
