"""`python -m tests.importing.fuzz N [SEED] [FOLDER]`: import N damaged files and count what becomes of them.

Each goes through the supervisor and a child with the server's limits, forked from a process that has loaded all it
needs; one in fifty goes over HTTP with the real child. FOLDER keeps the files that crash, hang, take long or hit a
defect.
"""

import contextlib
import io
import logging
import random
import resource
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from tests.importing import forked
from tests.importing.memory import memory_of
from tests.importing.mutations import mutate
from wrangler.errors import ExportRefused, ImportRefused
from wrangler.importing import ImportLimits, ImportOptions, import_parent, import_table
from wrangler.tables import export, profile, read_rows

MEMORY_BYTES = 1 << 30
HTTP_SHARE = 50
# What becomes of a file by design, and is still worth a look, as is whatever takes long.
TELLING = {"422 out_of_memory", "422 parser_died", "422 timed_out", "422 unreadable"}
SLOW_SECONDS = 5
OPTIONS: tuple[dict[str, Any], ...] = (
    {"encoding": "latin-1"}, {"encoding": "utf-16-le"}, {"encoding": "shift_jis"}, {"decimal": ","}, {"header": False},
    {"delimiter": ";", "thousands": "."}, {"skip_lines": 1}, {"quote": "'"}, {"missing_markers": ["", "-9", "x"]},
    {"day_first": True}, {"format": "csv"},
)  # fmt: skip


@dataclass
class Tally(logging.Handler):
    """What became of the files; hears of defects from the supervisor's log."""

    folder: Path | None
    counts: Counter[str] = field(default_factory=Counter)
    defects: Counter[str] = field(default_factory=Counter)
    peak: int = 0
    slowest: float = 0.0
    last_log_line: str = ""

    def __post_init__(self) -> None:
        logging.Handler.__init__(self)

    def emit(self, record: logging.LogRecord) -> None:
        if record.levelno >= logging.WARNING:
            self.last_log_line = record.getMessage().strip().replace("\n", " | ")[-600:]

    def note(self, result: str, data: bytes, seconds: float) -> None:
        self.counts[result] += 1
        self.slowest = max(self.slowest, seconds)
        if self.last_log_line or result.startswith("5"):
            self.defects[f"{result}: {self.last_log_line[-200:]}"] += 1
        if self.last_log_line or result.startswith("5") or result in TELLING or seconds > SLOW_SECONDS:
            print(f"    {result} after {seconds:.1f} s: {len(data):,} bytes, {data[:24]!r} ...", flush=True)
            if self.folder:
                (self.folder / f"{self.counts.total():06}").write_bytes(data)
                (self.folder / f"{self.counts.total():06}.txt").write_text(f"{result}\n{self.last_log_line}\n")
        self.last_log_line = ""

    def __hash__(self) -> int:
        return id(self)


def _limits() -> ImportLimits:
    """A gigabyte beyond what the process that is forked has mapped already."""
    return ImportLimits(seconds=60, threads=1, memory_bytes=memory_of("VmData") + MEMORY_BYTES, inflated_bytes=1 << 30)


LIMITS = _limits()


def _seeds() -> list[bytes]:
    """Made in a process of its own: to fork this one takes as long as it is large."""
    from tests.importing.seeds import seeds

    return seeds()


def _import(data: bytes, options: dict[str, Any], folder: Path, tally: Tally) -> str:
    source, target = folder / "upload", folder / "table.parquet"
    source.write_bytes(data)
    try:
        import_table(source, target, filename="upload", options=ImportOptions(**options), limits=LIMITS)
    except ImportRefused as refused:
        return f"422 {refused.code}"
    end = forked.fork(folder, lambda: _look(target, folder), timeout_seconds=LIMITS.seconds)
    if end is None or end.status != 0:
        tally.last_log_line = f"looking at the table: {end.stderr[-400:] if end else 'too slow'}"
        return "500 when looked at"
    return "201 created"


def _look(table: Path, folder: Path) -> None:
    """What people do next: rows, profile, downloads."""
    read_rows(table, offset=0, limit=50)
    profile(table)
    for form in ("csv", "jsonl", "xlsx"):
        with contextlib.suppress(ExportRefused):
            export(table, folder / "out", form)


def _over_http(files: list[bytes], tally: Tally) -> None:
    """Through the real server; it is loaded only now, to keep the process that is forked small."""
    from tests.importing.http_caller import Caller

    with Caller() as caller:
        for data in files:
            began = time.monotonic()
            result = caller.upload(io.BytesIO(data))
            tally.note(f"{result.words} (over HTTP)", data, time.monotonic() - began)
        print(f"the web process grew by {caller.growth / 2**20:.0f} MB at most over {len(files):,} files")


def _counting(run: Callable[..., Any], tally: Tally) -> Callable[..., Any]:
    def counted(module: str, folder: Path, *, timeout_seconds: float, look: Callable[[], None]) -> Any:
        del module, look  # forked, and nobody watches
        end = run(folder, timeout_seconds=timeout_seconds)
        tally.peak = max(tally.peak, end.peak_memory_bytes if end else 0)
        return end

    return counted


def main(count: int, seed: int, folder: Path | None) -> int:
    rng = random.Random(seed)
    with ProcessPoolExecutor(1, get_context("fork")) as pool:
        whole = pool.submit(_seeds).result()
    tally = Tally(folder)
    real_child, import_parent.run_child = import_parent.run_child, _counting(forked.run_child, tally)
    import_parent.logger.addHandler(tally)
    import_parent.logger.propagate = False
    over_http = []
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as name:
        for number in range(count):
            data = mutate(rng, rng.choice(whole), rng.choice(whole))
            options = rng.choice(OPTIONS) if rng.random() < 0.2 else {}
            if number % HTTP_SHARE == 0:
                over_http.append(data)
                continue
            at = time.monotonic()
            tally.note(_import(data, options, Path(name), tally), data, time.monotonic() - at)
            if number % 500 == 499:
                reported = ", ".join(f"{count:,} {result}" for result, count in tally.counts.most_common(4))
                print(f"{number + 1:,} files, {time.monotonic() - began:.0f} s: {reported} ...", flush=True)
    import_parent.run_child = real_child
    _over_http(over_http, tally)
    _report(tally, time.monotonic() - began)
    return 1 if any(result.startswith("5") for result in tally.counts) else 0


def _report(tally: Tally, seconds: float) -> None:
    for result, count in sorted(tally.counts.items()):
        print(f"{count:>7,}  {result}")
    print(f"{tally.counts.total():,} files in {seconds:.0f} s, the slowest {tally.slowest:.1f} s; ", end="")
    own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(f"parser's peak {tally.peak / 2**20:.0f} MB, own peak {own} MB; defects:")
    for defect, count in tally.defects.most_common():
        print(f"{count:>7,}  {defect}")


if __name__ == "__main__":
    arguments = sys.argv[1:]
    keep = Path(arguments[2]) if len(arguments) > 2 else None
    if keep:
        keep.mkdir(parents=True, exist_ok=True)
    sys.exit(main(int(arguments[0]), int(arguments[1]) if len(arguments) > 1 else 1, keep))
