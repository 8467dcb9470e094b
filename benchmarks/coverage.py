"""Whether 95 % intervals from multiple imputation hold the truth in 95 % of samples, beside single imputation.

`python -m benchmarks.coverage --simulations 500 --draws 5 20` prints a Markdown table.
"""

import argparse
from collections.abc import Iterable, Iterator
from itertools import groupby

from benchmarks.imputing.coverage import Row, study

HEAD = (
    "| model | missing | quantity | tables | pooled: covered | bias | width | one draw: covered | means: covered |",
    "|---|---|---|--:|--:|--:|--:|--:|--:|",
)


def lines(rows: Iterable[Row], draws: int) -> Iterator[str]:
    """A line of the table for each quantity."""
    for (model, mechanism, quantity), group in groupby(rows, lambda row: (row.model, row.mechanism, row.quantity)):
        by_method = {row.method: row for row in group}
        pooled, one, means = (by_method[method] for method in ("pooled", "one draw", "conditional means"))
        figures = f"{pooled.covered:.1%} | {pooled.bias:+.3f} | {pooled.width:.3f}"
        yield f"| {model} | {mechanism} | {quantity} | {draws} | {figures} | {one.covered:.1%} | {means.covered:.1%} |"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--simulations", type=int, default=500, help="samples of each model and kind of missing cells")
    parser.add_argument("--draws", type=int, nargs="+", default=[5], help="numbers of completed tables")
    chosen = parser.parse_args()
    print(*HEAD, sep="\n")
    for draws in chosen.draws:
        for line in lines(study(chosen.simulations, draws), draws):
            print(line, flush=True)


if __name__ == "__main__":
    main()
