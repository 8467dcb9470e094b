"""What imputations cost beside what `estimate` foretold, and the figures by which the API foretells without a run.

python -m benchmarks.estimates [--methods linear,knn] [--tables 10k,100k] [--laws]

Seconds are the processor's, so that a busy machine does not count; bytes are what a process of its own holds besides at
its peak. `--laws` prints the figures of wrangler/services/jobs/figures.py, for this machine.
"""

import argparse
import time
import warnings
from functools import partial

from benchmarks.imputing.measuring import Terms, measure
from benchmarks.imputing.methods import Method, wrangler
from benchmarks.imputing.tasks import SPEED_SHARE, Holed, Task, holed
from wrangler.impute import METHODS, make_imputer
from wrangler.impute.calibration import Sizes
from wrangler.impute.laws import learn_law

BUDGET_SECONDS = 600.0
LAW_ROWS, STEP = 500_000, 500_000  # beyond the rows that any method fills at once
MEBIBYTE = 2**20


def compare(name: str, table: Holed, title: str) -> None:
    """One row of the table: foretold, true, and by how much they differ."""
    began = time.thread_time()
    cost = make_imputer(name, random_state=0).estimate(table.frame)
    spent = time.thread_time() - began
    found = measure(Method(name, partial(wrangler, method=name)), table, 0, Terms(BUDGET_SECONDS, 1))
    if found["status"] != "done":
        print(f"| {title} | {name} | {found['status']}: {found.get('reason', '')} |", flush=True)
        return
    seconds, held = found["cpu_seconds"], max(found["bytes"], 1)
    print(
        f"| {title} | {name} | {cost.seconds:.2f} | {seconds:.2f} | {cost.seconds / seconds:.2f} "
        f"| {cost.bytes / MEBIBYTE:.0f} | {held / MEBIBYTE:.0f} | {cost.bytes / held:.2f} | {spent:.2f} |",
        flush=True,
    )


def show_law(name: str, table: Holed) -> None:
    """What stays the same and what a row adds, in seconds and bytes, while learning and while filling."""
    imputer = make_imputer(name)
    if imputer.growth.rivals is not None:
        return
    law, block = learn_law(imputer, table.frame), imputer.growth.block
    low, high = (Sizes(rows, rows, min(rows, block or rows)) for rows in (LAW_ROWS, LAW_ROWS + STEP))
    told = []
    for stages in (("learn",), ("prepare", "fill"), ("learning", "model"), ("held", "answers", "filling")):
        at = [sum(law.at(stage, sizes) for stage in stages) for sizes in (low, high)]
        slope = (at[1] - at[0]) / STEP
        told += [max(at[0] - slope * LAW_ROWS, 0.0), slope]
    print(f'    "{name}": Figures({", ".join(f"{value:.3g}" for value in told)}),', flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--methods", default=",".join(METHODS))
    parser.add_argument("--tables", default="10k,100k")
    parser.add_argument("--laws", action="store_true")
    chosen = parser.parse_args()
    warnings.simplefilter("ignore")
    names = chosen.methods.split(",")
    if chosen.laws:
        table = holed(Task("speed", "10k", "MCAR", SPEED_SHARE, 0))
        for name in names:
            show_law(name, table)
        return
    print("| table | method | s told | s true | ratio | MiB told | MiB true | ratio | s to tell |")
    print("|---|---|---:|---:|---:|---:|---:|---:|---:|", flush=True)
    for size in chosen.tables.split(","):
        table = holed(Task("speed", size, "MCAR", SPEED_SHARE, 0))
        for name in names:
            compare(name, table, size)


if __name__ == "__main__":
    main()
