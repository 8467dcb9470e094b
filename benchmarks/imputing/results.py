"""Results as lines of JSON: a run that was broken goes on where it stopped, and rendering needs nothing else."""

import json
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pandas as pd

from benchmarks.imputing.tasks import Task

Record = dict[str, Any]


class Results:
    """A file of records, one for each measurement, and what is in it already.

    What was late on a smaller budget, and what was not installed, is tried again.
    """

    def __init__(self, path: Path, budget: float = 0) -> None:
        self.path = path
        self.records: list[Record] = list(_read(path)) if path.exists() else []
        measured = [record for record in self.records if "task" in record and record["status"] != "absent"]
        final = [record for record in measured if not _is_late(record) or record["budget"] >= budget]
        self._seen = {_key(record) for record in final}
        self._late = {(record["task"]["table"], record["method"]) for record in final if _is_late(record)}

    def has(self, task: Task, method: str, turn: int) -> bool:
        return _key({"task": asdict(task), "method": method, "turn": turn}) in self._seen

    def is_hopeless(self, table: str, method: str) -> bool:
        """Whether the method did not finish this table before: with other missing cells it will not either."""
        return (table, method) in self._late

    def first_seconds(self, task: Task, method: str) -> float:
        """What the method took the first time; 0 if it did not finish."""
        wanted = _key({"task": asdict(task), "method": method, "turn": 0})
        found = [record for record in self.records if "task" in record and _key(record) == wanted]
        return float(found[-1].get("seconds", 0)) if found else 0.0

    def add(self, record: Record) -> None:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with self.path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(record) + "\n")
        self.records.append(record)
        if "task" in record:
            self._seen.add(_key(record))
        if _is_late(record):
            self._late.add((record["task"]["table"], record["method"]))

    def frame(self) -> pd.DataFrame:
        """One row for each measurement; numbers that a measurement lacks are NaN."""
        rows = [{**record["task"], **record} for record in self.records if "task" in record]
        wanted = ["seconds", "cpu_seconds", "bytes", "nrmse", "wrong", "wasserstein", "variation", "reason"]
        frame = pd.DataFrame(rows).drop(columns=["task"], errors="ignore")
        return frame.reindex(columns=[*frame.columns, *(name for name in wanted if name not in frame)])

    def newest(self, fact: str) -> dict[str, Any]:
        """The last that was said of something that is no measurement: the machine, the coverage."""
        return next((dict(record[fact]) for record in reversed(self.records) if fact in record), {})


def _read(path: Path) -> Iterator[Record]:
    """The whole lines: a run that was ended may have left half of one."""
    for line in path.read_text(encoding="utf-8").splitlines():
        try:
            yield json.loads(line)
        except json.JSONDecodeError:
            continue


def _key(record: Record) -> tuple[object, ...]:
    return (*record["task"].values(), record["method"], record["turn"])


def _is_late(record: Record) -> bool:
    return record.get("status") == "late"
