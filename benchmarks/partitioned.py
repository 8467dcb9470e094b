"""A Parquet file of 20 mixed columns imputed by `linear`: in memory, partition by partition, and by a local cluster.

`python -m benchmarks.partitioned [--rows 10000000]`: seconds and peak memory of each way, all its processes together,
and how far its numbers lie from those that were found in memory. Each way runs in a process of its own.
"""

import argparse
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd
import psutil
import pyarrow.parquet as pq

from wrangler.impute import make_imputer

GIB = 1024**3
ROWS_PER_GROUP = 100_000
WAYS = ("memory", "here", "cluster")
LOOK_SECONDS = 0.05
MISSING_SHARE = 0.1  # of every second column
BUDGET = 2 * GIB


def make(rows: int, path: Path) -> None:
    from benchmarks.imputing.tasks import mixed

    frame, random = mixed(rows), np.random.default_rng(0)
    for name in frame.columns[::2]:
        frame[name] = frame[name].mask(random.random(rows) < MISSING_SHARE)
    frame.to_parquet(path, row_group_size=ROWS_PER_GROUP, index=False)


def impute(way: str, folder: Path) -> None:
    from wrangler.impute.partitioned import Output, Resources, impute_parquet

    resources = Resources("memory" if way == "memory" else "dask", BUDGET, workers=2 if way == "cluster" else 0)
    output = Output(folder / f"{way}.parquet", folder / f"{way}_mask.parquet")
    impute_parquet(make_imputer("linear", random_state=0), folder / "input.parquet", output, resources)


def measured(*arguments: str) -> tuple[float, int]:
    """Seconds and peak bytes of this module's command, with all processes that it starts."""
    began, peak = time.perf_counter(), 0
    process = subprocess.Popen([sys.executable, "-m", "benchmarks.partitioned", *arguments])
    while process.poll() is None:
        peak = max(peak, resident(process.pid))
        time.sleep(LOOK_SECONDS)
    if process.returncode:
        raise SystemExit(f"{' '.join(arguments)} failed")
    return time.perf_counter() - began, peak


def resident(pid: int) -> int:
    total = 0
    try:
        for one in [psutil.Process(pid), *psutil.Process(pid).children(recursive=True)]:
            total += one.memory_info().rss
    except psutil.NoSuchProcess:
        return total
    return total


def difference(folder: Path, way: str) -> float:
    """The largest difference of any number from that found in memory, in standard deviations."""
    worst = 0.0
    for name in pq.read_schema(folder / "memory.parquet").names:
        first, second = (pd.read_parquet(folder / f"{one}.parquet", columns=[name])[name] for one in ("memory", way))
        if pd.api.types.is_float_dtype(first.dtype):
            worst = max(worst, float(np.abs(first - second).max() / first.std()))
        else:
            worst = worst if first.equals(second) else np.inf
    return worst


def compare(rows: int) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        measured("make", "--rows", str(rows), "--folder", name)
        print(f"{rows:,} rows, {(folder / 'input.parquet').stat().st_size / 1e6:.0f} MB of Parquet", flush=True)
        print("| way | seconds | peak memory, GB | largest difference, sd |\n|---|---|---|---|", flush=True)
        for way in WAYS:
            seconds, peak = measured("impute", "--way", way, "--folder", name)
            apart = "" if way == "memory" else f"{difference(folder, way):.1e}"
            print(f"| {way} | {seconds:.1f} | {peak / 1e9:.2f} | {apart} |", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("action", nargs="?", default="compare", choices=("compare", "make", "impute"))
    parser.add_argument("--rows", type=int, default=10_000_000)
    parser.add_argument("--way", choices=WAYS, default="memory")
    parser.add_argument("--folder", type=Path, default=Path())
    asked = parser.parse_args()
    if asked.action == "make":
        make(asked.rows, asked.folder / "input.parquet")
    elif asked.action == "impute":
        impute(asked.way, asked.folder)
    else:
        compare(asked.rows)


if __name__ == "__main__":
    main()
