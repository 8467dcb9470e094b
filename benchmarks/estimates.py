"""What imputations cost beside what `estimate` estimated, and the figures by which the API estimates without a run.

python -m benchmarks.estimates [--methods linear,knn] [--tables 10k,1kx500,100kx50@0.01 | --grid] [--figures]

A table is named by its rows, columns (20) and share of missing cells (0.15) in half of its columns; `--grid` takes
those of docs/benchmarks/estimates.md, for the methods that relate columns.
Seconds are the processor's, so that a busy machine does not count; bytes are what a process of its own holds besides at
its peak. `--figures` prints the cost that each method declares, for this machine.
"""

import argparse
import re
import time
import warnings
from functools import partial

import numpy as np

from benchmarks.imputing.measuring import Terms, measure
from benchmarks.imputing.methods import Method, wrangler
from benchmarks.imputing.tasks import SPEED_SHARE, IncompleteTable, Task, incomplete, mixed, size_of
from wrangler.impute import METHODS, make_imputer
from wrangler.impute.cost.scaling import fit_scaling_model
from wrangler.impute.cost.trial_runs import Sizes

BUDGET_SECONDS = 600.0
SCALING_ROWS, STEP = 500_000, 500_000  # beyond the rows that any method fills at once
MEBIBYTE = 2**20
GRID = ("1kx5", "1kx50", "1kx100", "1kx200", "1kx500", "5kx100@0.3", "5kx200@0.01", "20kx50", "20kx200", "100kx20@0.3")
RELATING = "linear,knn,boosted,pmm,forest"
NAME = re.compile(r"(?P<rows>\d+[kM])(x(?P<columns>\d+))?(@(?P<share>0\.\d+))?")


def table_of(name: str) -> IncompleteTable:
    """A synthetic table of mixed types by its name; half of its columns lose a share of their cells at random."""
    found = NAME.fullmatch(name)
    if found is None:
        raise SystemExit(f"{name}: not a table; write rows, columns and share like 1kx500@0.15")
    columns, share = int(found["columns"] or 20), float(found["share"] or SPEED_SHARE)
    frame = mixed(size_of(found["rows"]), columns)
    random = np.random.default_rng(len(frame))
    for column in random.permutation(frame.columns)[: (columns + 1) // 2]:
        frame[column] = frame[column].mask(random.random(len(frame)) < share)
    return IncompleteTable(frame, {})


def compare(name: str, table: IncompleteTable, title: str) -> float | None:
    """One row of the table: estimated, true, and by how much they differ; returns the ratio of the times."""
    began = time.thread_time()
    cost = make_imputer(name, random_state=0).estimate(table.frame)
    spent = time.thread_time() - began
    found = measure(Method(name, partial(wrangler, method=name)), table, 0, Terms(BUDGET_SECONDS, 1))
    if found["status"] != "done":
        reason = found.get("reason", "")
        print(f"| {title} | {name} | {cost.seconds:.2f} | {found['status']}: {reason} |", flush=True)
        return None
    seconds, held = found["cpu_seconds"], max(found["bytes"], 1)
    print(
        f"| {title} | {name} | {cost.seconds:.2f} | {seconds:.2f} | {cost.seconds / seconds:.2f} "
        f"| {cost.bytes / MEBIBYTE:.0f} | {held / MEBIBYTE:.0f} | {cost.bytes / held:.2f} | {spent:.2f} |",
        flush=True,
    )
    return cost.seconds / seconds


def show_scaling(name: str, table: IncompleteTable) -> None:
    """What stays the same and what a row adds, in seconds and bytes, while fitting and while filling."""
    imputer = make_imputer(name)
    if imputer.growth.rivals is not None:
        return
    scaling, block = fit_scaling_model(imputer, table.frame), imputer.growth.block
    low, high = (Sizes(rows, rows, min(rows, block or rows)) for rows in (SCALING_ROWS, SCALING_ROWS + STEP))
    coefficients = []
    for stages in (("fit",), ("prepare", "fill"), ("fitting", "model"), ("held", "predictions", "filling")):
        at = [sum(scaling.at(stage, sizes) for stage in stages) for sizes in (low, high)]
        slope = (at[1] - at[0]) / STEP
        coefficients += [max(at[0] - slope * SCALING_ROWS, 0.0), slope]
    print(f"{name}: MeasuredCost({', '.join(f'{value:.3g}' for value in coefficients)})", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--methods", help="all by default, of the grid those that relate columns")
    parser.add_argument("--tables", default="10k,100k")
    parser.add_argument("--grid", action="store_true")
    parser.add_argument("--figures", action="store_true")
    chosen = parser.parse_args()
    warnings.simplefilter("ignore")
    names = (chosen.methods or (RELATING if chosen.grid else ",".join(METHODS))).split(",")
    if chosen.figures:
        table = incomplete(Task("speed", "10k", "MCAR", SPEED_SHARE, 0))
        for name in names:
            show_scaling(name, table)
        return
    print("| table | method | s estimated | s true | ratio | MiB estimated | MiB true | ratio | s to estimate |")
    print("|---|---|---:|---:|---:|---:|---:|---:|---:|", flush=True)
    ratios = []
    for title in GRID if chosen.grid else chosen.tables.split(","):
        table = table_of(title)
        ratios += [compare(name, table, title) for name in names]
    known = np.array([max(ratio, 1 / ratio) for ratio in ratios if ratio is not None])
    print(f"\nWithin a factor of 2: {(known <= 2).sum()} of {len(known)}; of 3: {(known <= 3).sum()}.")


if __name__ == "__main__":
    main()
