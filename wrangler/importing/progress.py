"""How far an import is: written by the child to a small file, read by the parent."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb

Listener = Callable[[float, str], None]
FILENAME = "progress.json"
LOOK_SECONDS = 0.25


def write_progress(folder: Path, share: float, stage: str) -> None:
    draft = folder / f"{FILENAME}.draft"
    draft.write_text(json.dumps([round(share, 3), stage]), encoding="utf-8")
    draft.replace(folder / FILENAME)


def read_progress(folder: Path) -> tuple[float, str] | None:
    """The share, from 0 to 1, and the stage; None before the child has reported any."""
    try:
        share, stage = json.loads((folder / FILENAME).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    return float(share), str(stage)


@contextmanager
def following(con: duckdb.DuckDBPyConnection, folder: Path, stage: str, between: tuple[float, float]) -> Iterator[None]:
    """Report how far the query is that runs meanwhile, as a part of the whole."""
    done, (start, end) = threading.Event(), between
    write_progress(folder, start, stage)

    def follow() -> None:
        best = 0.0
        while not done.wait(LOOK_SECONDS):
            found = con.query_progress() / 100  # below 0 while it is unknown
            if found > best:
                best = min(found, 1.0)
                write_progress(folder, start + (end - start) * best, stage)

    thread = threading.Thread(target=follow, daemon=True)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()


class Follower:
    """Calls the listener at each look with the last progress, new or not: it ends the import by raising."""

    def __init__(self, folder: Path, listener: Listener | None) -> None:
        self._folder, self._listener = folder, listener
        self._last = (0.0, "starting")

    def look(self) -> None:
        if self._listener:
            self._last = read_progress(self._folder) or self._last
            self._listener(*self._last)
