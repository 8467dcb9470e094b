"""How fast one small notebook runs in three ways, how many jobs a minute, how much memory, how soon a job starts.

`make bench-jobs`; `--runs 2` for a quick look, `--write` to put the table into docs/benchmarks/jobs.md. The ways run in
turn on the same machine, so the ratios hold where the seconds do not.
"""

import argparse
import platform
import statistics
import tempfile
from importlib.metadata import version
from pathlib import Path

import psutil

from benchmarks.measuring.memory import one_more_forked, one_more_plain
from benchmarks.measuring.queueing import papermill_jobs_a_minute, seconds_to_start, wrangler_jobs_a_minute
from benchmarks.measuring.ways import Taken, in_turn
from tests.servers import RedisServer

PAGE = Path(__file__).resolve().parents[1] / "docs" / "benchmarks" / "jobs.md"
Row = tuple[str, str, str]


def single_rows(taken: dict[str, list[Taken]]) -> list[Row]:
    """Wall times; the cells' own time is what they take where the libraries are loaded already."""
    wall = {way: statistics.median(one.wall_seconds for one in runs) for way, runs in taken.items()}
    cells = {way: statistics.median(one.cell_seconds for one in runs) for way, runs in taken.items()}
    own = cells["wrangler"]
    added = {way: seconds - own for way, seconds in wall.items()}
    return [
        ("(a) `papermill` command line", f"{wall['command']:.2f} s, its cells {cells['command']:.2f} s", ""),
        ("(b) papermill in a warm process", f"{wall['warm']:.2f} s, its cells {cells['warm']:.2f} s", ""),
        ("(c) Wrangler's runner, with HTML report", f"{wall['wrangler']:.2f} s, its cells {own:.2f} s", ""),
        ("(a) / (c)", f"{wall['command'] / wall['wrangler']:.1f}", "at least 12"),
        ("(b) / (c)", f"{wall['warm'] / wall['wrangler']:.1f}", "at least 6"),
        (
            "beyond the cells' own time, (c) against (a)",
            f"{added['wrangler']:.2f} s against {added['command']:.2f} s: 1/{added['command'] / added['wrangler']:.0f}",
            "at most 1/30",
        ),
    ]


def throughput_rows(folder: Path, jobs: int) -> list[Row]:
    ours = wrangler_jobs_a_minute(folder / "wrangler", 4 * jobs)
    theirs = papermill_jobs_a_minute(folder / "papermill", jobs)
    return [
        ("jobs a minute, two papermill processes at a time", f"{theirs:.1f}", ""),
        ("jobs a minute, a worker with two slots, database included", f"{ours:.1f}", ""),
        ("ratio", f"{ours / theirs:.1f}", "at least 8"),
    ]


def memory_rows(folder: Path) -> list[Row]:
    plain = one_more_plain(folder)
    kernel, with_runner = one_more_forked(folder)
    return [
        ("memory (PSS) of one more plain kernel", f"{plain / 1e6:.0f} MB", ""),
        ("memory of one more forked kernel", f"{kernel / 1e6:.0f} MB, with its runner {with_runner / 1e6:.0f} MB", ""),
        ("ratio of the kernels", f"1/{plain / kernel:.1f}", "at most 1/4"),
    ]


def start_rows(folder: Path, runs: int) -> list[Row]:
    redis = RedisServer(folder)
    redis.start()
    try:
        on_redis = seconds_to_start(folder / "redis", runs, redis.database())
    finally:
        redis.kill()
    on_sqlite = seconds_to_start(folder / "sqlite", runs)
    return [
        ("submitted until started, Redis, idle", _spread(on_redis), "median 0.1 s"),
        ("submitted until started, SQLite, idle", _spread(on_sqlite), "median 1 s"),
    ]


def _spread(seconds: list[float]) -> str:
    return f"median {statistics.median(seconds):.3f} s, longest {max(seconds):.3f} s"


def page(rows: list[Row], runs: int) -> str:
    machine = f"{psutil.cpu_count()} cores, {psutil.virtual_memory().total / 2**30:.0f} GB, {platform.system()}"
    versions = ", ".join(f"{name} {version(name)}" for name in ("papermill", "nbclient", "ipykernel", "pandas"))
    table = "\n".join(f"| {what} | {found} | {aim} |" for what, found, aim in rows)
    return (
        "# Running jobs\n\n"
        f"Written by `make bench-jobs ARGS=--write`: one small impute notebook (imports, kNN on 1,000 x 8, one plot), "
        f"{runs} runs each in turn, medians.\n{machine}, Python {platform.python_version()}, {versions}. "
        "The ratios hold where the seconds do not.\n\n"
        f"| | measured | aim |\n|---|---|---|\n{table}\n"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else None)
    parser.add_argument("--runs", type=int, default=10, help="runs of each way")
    parser.add_argument("--write", action="store_true", help=f"write the table to {PAGE.name}")
    parser.add_argument("--only", choices=("single", "throughput", "memory", "start"), help="one part alone")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="wrangler-bench-") as name:
        folder = Path(name)
        parts = {
            "single": lambda: single_rows(in_turn(folder / "single", chosen.runs)),
            "throughput": lambda: throughput_rows(folder / "throughput", chosen.runs),
            "memory": lambda: memory_rows(folder / "memory"),
            "start": lambda: start_rows(folder / "start", chosen.runs),
        }
        rows: list[Row] = []
        for part, measure in parts.items():
            if chosen.only in (None, part):
                print(f"{part} ...", flush=True)
                (folder / part).mkdir()
                rows += measure()
    text = page(rows, chosen.runs)
    print(text)
    if chosen.write:
        PAGE.parent.mkdir(parents=True, exist_ok=True)
        PAGE.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
