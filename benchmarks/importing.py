"""Importing a large CSV, beside DuckDB's COPY and pandas: time, memory, deep pages, profile. `make bench-import`."""

import argparse
import re
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import duckdb
import psutil

from benchmarks.loading import web
from benchmarks.loading.generating import write_rows, write_table
from benchmarks.loading.measuring import Cost, best_of, cost_of
from wrangler.tables import profile, read_rows

Row = tuple[str, str, str]
UNITS = {"": 1, "K": 10**3, "M": 10**6, "G": 10**9}
PROFILE_ROWS = 1_000_000
DEEP = 1_000_000
PAGE_ROWS = 50
WRANGLER = """
import sys
from pathlib import Path
from wrangler.importing import ImportLimits, ImportOptions, import_table
limits = ImportLimits(seconds=3600)
import_table(Path(sys.argv[1]), Path(sys.argv[2]), filename="table.csv", options=ImportOptions(), limits=limits)
"""
DUCKDB = """
import sys, duckdb
duckdb.execute("SET threads = 2; SET enable_progress_bar = false")
duckdb.execute(f"COPY (SELECT * FROM read_csv('{sys.argv[1]}')) TO '{sys.argv[2]}' (FORMAT parquet)")
"""
PANDAS = """
import sys, pandas
pandas.read_csv(sys.argv[1]).to_parquet(sys.argv[2])
"""


def import_rows(table: Path, runs: int) -> list[Row]:
    folder = table.parent
    scripts = {"DuckDB's COPY": DUCKDB, "pandas": PANDAS, "Wrangler": WRANGLER}
    ways: dict[str, Callable[[], Cost]] = {
        name: lambda script=script, name=name: cost_of(script, table, folder / f"{name[:6]}.parquet")
        for name, script in scripts.items()
    }
    best = {name: min(costs, key=lambda cost: cost.wall_seconds) for name, costs in best_of(runs, ways).items()}
    ours, theirs, frame = best["Wrangler"], best["DuckDB's COPY"], best["pandas"]
    rows = [(name, f"{c.wall_seconds:.1f} s, {c.cpu_seconds:.1f} s of processor, {c.peak_bytes / 1e6:.0f} MB", "")
            for name, c in best.items()]  # fmt: skip
    return [
        *rows,
        ("time, as a ratio to DuckDB's", f"{ours.wall_seconds / theirs.wall_seconds:.2f}", "at most 1.3"),
        ("time, as a ratio to pandas'", f"{ours.wall_seconds / frame.wall_seconds:.2f}", "at most 1"),
        ("processor time, as a ratio to DuckDB's", f"{ours.cpu_seconds / theirs.cpu_seconds:.2f}", ""),
        ("processor time, as a ratio to pandas'", f"{ours.cpu_seconds / frame.cpu_seconds:.2f}", ""),
        ("memory, as a ratio to pandas'", f"{ours.peak_bytes / frame.peak_bytes:.2f}", "at most 0.25"),
        ("memory of the parser and its parent", f"{ours.peak_bytes / 1e6:.0f} MB", "parser under 1,000 MB"),
    ]


def web_rows(table: Path) -> list[Row]:
    found = web.upload(table, table.parent / "var")
    return [
        ("uploaded through gunicorn", f"{found.rows:,} rows in {found.wall_seconds:.1f} s", ""),
        ("growth of the web process", f"{found.web_growth_bytes / 1e6:.0f} MB", "under 50 MB"),
    ]


def reading_rows(folder: Path, runs: int) -> list[Row]:
    table, stored = folder / "wide.csv", folder / "wide.parquet"
    write_rows(table, PROFILE_ROWS + PAGE_ROWS)
    cost_of(WRANGLER, table, stored)
    seconds: dict[str, list[float]] = {}
    ways = {
        "first": lambda: read_rows(stored, offset=0, limit=PAGE_ROWS),
        "deep": lambda: read_rows(stored, offset=DEEP, limit=PAGE_ROWS),
        "summarize": lambda: _summarize(stored),
        "profile": lambda: profile(stored),
    }
    for _ in range(runs):
        for name, run in ways.items():
            began = time.perf_counter()
            run()
            seconds.setdefault(name, []).append(time.perf_counter() - began)
    took = {name: statistics.median(found) for name, found in seconds.items()}
    return [
        (f"a page {DEEP:,} rows deep, as a ratio to the first", f"{took['deep'] / took['first']:.2f}", "at most 2"),
        (f"profile of {PROFILE_ROWS:,} x 20, as a ratio to DuckDB's SUMMARIZE",
         f"{took['profile'] / took['summarize']:.2f}", "at most 1.3"),
    ]  # fmt: skip


def _summarize(path: Path) -> None:
    with duckdb.connect(config={"threads": 2}) as con:
        con.execute(f"SUMMARIZE SELECT * FROM '{path}'").fetchall()


def size_of(text: str) -> int:
    found = re.fullmatch(r"(\d+) *([KMG]?)B?", text.strip().upper())
    if not found:
        raise argparse.ArgumentTypeError(f"{text!r} is no size such as 100MB or 1GB")
    return int(found[1]) * UNITS[found[2]]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else None)
    parser.add_argument("--size", type=size_of, default=size_of("1GB"), help="of the CSV, for example 100MB")
    parser.add_argument("--runs", type=int, default=2, help="of each way, in turn; the best counts")
    parser.add_argument("--folder", type=Path, help="where the files are made, and deleted again")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="wrangler-bench-", dir=chosen.folder) as name:
        table = Path(name) / "table.csv"
        count = write_table(table, chosen.size)
        print(f"{count:,} rows of 20 columns, {table.stat().st_size / 1e6:,.0f} MB", flush=True)
        rows = [*import_rows(table, chosen.runs), *web_rows(table), *reading_rows(Path(name), 5)]
    cores = psutil.cpu_count()
    print(f"\n| import of {chosen.size / 1e6:,.0f} MB of CSV, {cores} cores | measured | aim |\n|---|---|---|")
    print("\n".join(f"| {what} | {found} | {aim} |" for what, found, aim in rows))


if __name__ == "__main__":
    main()
