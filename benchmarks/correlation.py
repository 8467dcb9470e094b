"""Correlation of many columns over many rows, beside pandas: time and memory, in turn and on one thread.

Time is that of the processor, which other programs on the machine hardly change.

`python -m benchmarks.correlation --rows 1000000 --columns 100` prints a Markdown table.
"""

import argparse
import multiprocessing
import resource
import statistics
import time
from collections.abc import Callable
from multiprocessing.connection import Connection
from pathlib import Path

import numpy as np
import pandas as pd
from threadpoolctl import threadpool_limits

from wrangler.analyze import correlate

WAYS: dict[str, Callable[[pd.DataFrame, str], pd.DataFrame]] = {
    "wrangler": lambda frame, method: correlate(frame, method).matrix,  # type: ignore[arg-type]
    "pandas": lambda frame, method: frame.corr(method=method),  # type: ignore[arg-type]
}


def table(rows: int, columns: int, missing_cells: float) -> pd.DataFrame:
    """Correlated normal columns, a share of their cells missing independently."""
    random = np.random.default_rng(1)
    shared = random.normal(size=rows)
    parts = {}
    for place in range(columns):
        values = random.normal(size=rows) + shared * (place % 7) / 5
        if missing_cells:
            values[random.random(rows) < missing_cells] = np.nan
        parts[f"c{place:03d}"] = values
    return pd.DataFrame(parts)


def held_bytes() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize()


def measure(way: str, frame: pd.DataFrame, method: str) -> tuple[float, int, pd.DataFrame]:
    """Seconds, bytes held at most above the table, and the coefficients, from a process of its own."""
    ours, theirs = multiprocessing.Pipe()
    process = multiprocessing.get_context("fork").Process(target=_run, args=(theirs, way, frame, method))
    process.start()
    seconds, size, matrix = ours.recv()
    process.join()
    return seconds, size, matrix


def _run(line: Connection, way: str, frame: pd.DataFrame, method: str) -> None:
    before = held_bytes()
    start = time.process_time()
    matrix = WAYS[way](frame, method)
    seconds = time.process_time() - start
    line.send((seconds, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 - before, matrix))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--columns", type=int, default=100)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--holes", type=float, nargs="+", default=[0.0, 0.05], help="shares of missing cells")
    parser.add_argument("--methods", nargs="+", default=["pearson", "spearman"])
    chosen = parser.parse_args()
    print("| method | missing | wrangler | pandas | times faster | wrangler's memory | pandas' | largest difference |")
    print("|---|--:|--:|--:|--:|--:|--:|--:|")
    with threadpool_limits(1):
        for missing_cells in chosen.missing_cells:
            frame = table(chosen.rows, chosen.columns, missing_cells)
            for method in chosen.methods:
                print(_line(frame, method, missing_cells, chosen.repeats), flush=True)


def _line(frame: pd.DataFrame, method: str, missing_cells: float, repeats: int) -> str:
    seconds: dict[str, list[float]] = {way: [] for way in WAYS}
    sizes, matrices = {}, {}
    for _ in range(repeats):
        for way in WAYS:
            spent, sizes[way], matrices[way] = measure(way, frame, method)
            seconds[way].append(spent)
    mine, theirs = (statistics.median(seconds[way]) for way in ("wrangler", "pandas"))
    apart = float(np.abs(matrices["wrangler"].to_numpy() - matrices["pandas"].to_numpy()).max())
    memory = " | ".join(f"{sizes[way] / 1e9:.2f} GB" for way in ("wrangler", "pandas"))
    times = f"{mine:.1f} s | {theirs:.1f} s | {theirs / mine:.1f}"
    return f"| {method} | {missing_cells:.0%} | {times} | {memory} | {apart:.1e} |"


if __name__ == "__main__":
    main()
