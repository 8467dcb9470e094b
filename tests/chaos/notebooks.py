"""The notebooks of a campaign: they sleep, keep a ledger of their own, and end in the way they were ordered to."""

from collections.abc import Collection
from enum import StrEnum
from pathlib import Path

import nbformat
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook


class PlannedEnding(StrEnum):
    """How a notebook ends when nobody disturbs it."""

    SUCCEED = "succeed"
    RAISE = "raise"
    EXIT = "exit"
    SILENT = "silent"  # all cells run, but no result is written
    DIE = "die"


Ending = tuple[str, str | None]
"""A final state and the code of its error."""

UNDISTURBED: dict[PlannedEnding, Ending] = {
    PlannedEnding.SUCCEED: ("succeeded", None),
    PlannedEnding.RAISE: ("failed", "CELL_FAILED"),
    PlannedEnding.EXIT: ("failed", "EXITED_EARLY"),
    PlannedEnding.SILENT: ("failed", "RESULT_MISSING"),
    PlannedEnding.DIE: ("failed", "KERNEL_DIED"),
}
KILLED: frozenset[Ending] = frozenset({("failed", "KERNEL_DIED"), ("failed", "RUNNER_DIED")})
CANCELLED: frozenset[Ending] = frozenset({("cancelled", None)})
KINDS = ("analyze", "impute")

_PARAMETERS = """
seed: int = 0
dataset_file: str = "input.parquet"
dataset_name: str = "dataset"
ending: str = "succeed"
seconds: float = 0.0
"""
_WORK = """
import json, os, shutil, sys, time
from pathlib import Path

job, attempt = Path.cwd().parts[-2:]

def note(word):
    line = os.open({ledger!r}, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    os.write(line, f"{{word}} {{job}} {{attempt}} {{time.time()}}\\n".encode())
    os.close(line)

note("start")
time.sleep(seconds)
if ending == "raise":
    raise RuntimeError("as ordered")
if ending == "exit":
    sys.exit(0)
if ending == "die":
    os.kill(os.getpid(), 9)
"""
_RESULT = """
facts = {{"name": dataset_name, "rows": 344, "columns": 8, "parquet_sha256": "0" * 64}}
result = {{"schema_version": 1, "kind": {kind!r}, "dataset": facts, "seed": seed, "versions": {{}},
           "summary": {{"cells_filled": 0}}, "columns": [], "events": [], "scores": [], "durations_seconds": {{}},
           "files": []}}
if ending != "silent":
    for name in ("imputed.parquet", "mask.parquet"):
        shutil.copyfile(dataset_file, name)
    Path("result.json").write_text(json.dumps(result))
note("end")
"""


def write(folder: Path, ledger: Path) -> None:
    """A template of each kind that a campaign orders."""
    folder.mkdir(parents=True)
    for kind in KINDS:
        cells = [
            new_markdown_cell("# A job of the campaign"),
            new_code_cell(_PARAMETERS, metadata={"tags": ["parameters"]}),
            new_markdown_cell("## Work"),
            new_code_cell(_WORK.format(ledger=str(ledger))),
            new_markdown_cell("## Result"),
            new_code_cell(_RESULT.format(kind=kind)),
        ]
        metadata = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
        nbformat.write(new_notebook(cells=cells, metadata=metadata), folder / f"{kind}.ipynb")


def possible_endings(ending: PlannedEnding, *, cancelled: bool, killed: bool) -> Collection[Ending]:
    """Every ending that is true for a notebook of this planned ending, given what was done to its job."""
    return {UNDISTURBED[ending]} | (CANCELLED if cancelled else set()) | (KILLED if killed else set())
