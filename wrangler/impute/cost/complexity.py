"""How the work of methods that relate columns grows with rows and columns, counted from their algorithms.

Trial runs are narrow, and a power fitted to two narrow widths misleads: beyond `WIDE` columns of the matrix all
equations of a chain are solved together, neighbours are searched once for all columns, and draws solve one system of
the width after another. So the operations are counted: products, systems solved, passes over cells, each at the
seconds that it took on one machine. Only ratios are used, between a table and the part of it that was run.

The seconds are fitted on tables of 50 to 500 columns and 1,000 rows (see docs/benchmarks/estimates.md).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from wrangler.impute.cost.trial_runs import Sizes
from wrangler.impute.linear_model import (
    CELLS_A_COLUMN,
    HIDDEN,
    MOST_CELLS,
    MOST_COLUMNS,
    MOST_ROUNDS,
    MOST_ROWS,
    WANTED_ROWS,
    WIDE,
)

ROUNDS = 8  # of a chain until it converges; at most 20
TRIALS = 2.5  # chains fitted to choose the scale of numbers: two or three
SWEEPS, BATCH = 5, 64
# Seconds for a number: multiplied, in a Cholesky factor, read from its row.
PRODUCT, SOLVED, CELL = 2e-10, 7e-11, 2e-9
STEP = 2e-4  # seconds for the calls of one solve
COLUMN = 5e-4  # seconds to read a column and write it


@dataclass(frozen=True)
class Width:
    """The width of a table, as a method reads it.

    Attributes
    ----------
    columns : float
        Columns that are read.
    matrix : float
        Columns of the matrix they become: one for a number, one less than its levels for a category.
    incomplete : float
        Columns with missing cells among those that are filled.
    missing_per_row : float
        Mean number of missing cells in a row of the matrix.
    """

    columns: float
    matrix: float
    incomplete: float
    missing_per_row: float


Count = Callable[[Width, Sizes], float]


def _chained(width: Width, rows: float, rounds: float = ROUNDS) -> float:
    """Fitting a chain: see `linear_model.gram` and `linear_model.wide_ridge`."""
    square, cube = width.matrix**2, width.matrix**3
    if width.matrix > WIDE:
        once = (
            PRODUCT * (rows * square + 2 * cube)
            + STEP * width.columns
            + CELL * rows * width.missing_per_row * width.matrix
        )
        return rounds * once
    solves = rounds * width.incomplete + width.columns
    solving = solves * (STEP + 2e-8 * square + SOLVED * cube)
    return solving + PRODUCT * rows * square * (1 + rounds * width.missing_per_row)


def _scored(width: Width, rows: float) -> float:
    """Trying normal scores, on chains with more missing cells: see `linear_model.normal_scores`."""
    if width.columns > MOST_COLUMNS:
        return 0.0
    sampled = max(min(rows, MOST_ROWS), 1.0)
    rounds = min(max(WANTED_ROWS / sampled, 1.0), MOST_ROUNDS, max(MOST_COLUMNS // max(width.columns, 1), 1))
    incomplete = Width(width.columns, width.matrix, width.columns, width.missing_per_row + HIDDEN * width.matrix)
    return TRIALS * rounds * _chained(incomplete, sampled)


def _completed(width: Width, rows: float) -> float:
    """Completing rows, by solving or by sweeps when many cells are missing: see `linear_model.conditional_mean`."""
    most = max(MOST_CELLS, (CELLS_A_COLUMN * width.matrix) ** 0.5)
    missing_per_row = width.missing_per_row
    filled = (
        CELL * missing_per_row**3 if missing_per_row <= most else 2 * ROUNDS * CELL * missing_per_row * width.matrix
    )
    return rows * (1e-6 + PRODUCT * width.matrix**2 + filled)


def _searched(width: Width, queries: float, donors: float) -> float:
    """Searching the neighbours of so many rows: see `methods.knn_search`."""
    return queries * (2e-5 + 2e-7 * width.matrix + PRODUCT / BATCH * donors * width.matrix)


def _linear_fit(width: Width, sizes: Sizes) -> float:
    return _scored(width, sizes.fitted) + _chained(width, sizes.fitted)


def _linear_fill(width: Width, sizes: Sizes) -> float:
    return COLUMN * width.columns + _completed(width, sizes.rows)


def _knn_fit(width: Width, sizes: Sizes) -> float:
    rows = sizes.fitted
    seconds = _chained(width, rows) + _completed(width, rows)
    if width.matrix > WIDE:
        return seconds + 3e-9 * width.incomplete * rows * width.matrix + _searched(width, min(rows, 400), rows)
    return seconds + width.incomplete * (_completed(width, rows) + _searched(width, min(rows, 1000), rows))


def _knn_fill(width: Width, sizes: Sizes) -> float:
    return _linear_fill(width, sizes) + _searched(width, sizes.rows, sizes.fitted)


def _boosted_fit(width: Width, sizes: Sizes) -> float:
    rows = sizes.fitted
    leaves = min(max(rows / 150, 10.0), 31.0)
    trees = 0.05 + width.columns * (3e-4 * leaves + 3e-7 * rows)
    return _chained(width, rows) + width.incomplete * (_completed(width, rows) + trees)


def _boosted_fill(width: Width, sizes: Sizes) -> float:
    predicted = 2e-6 + 1e-8 * width.columns
    return _linear_fill(width, sizes) + width.incomplete * 1.5e-3 + sizes.rows * width.missing_per_row * predicted


def _forest_fit(width: Width, sizes: Sizes) -> float:
    rows = max(sizes.fitted, 2.0)
    trees = 0.1 + 4e-6 * width.matrix * rows
    return _chained(width, rows) + width.incomplete * (_completed(width, rows) + trees)


def _forest_fill(width: Width, sizes: Sizes) -> float:
    return _linear_fill(width, sizes) + width.incomplete * 1.5e-2 + 6e-6 * sizes.rows * width.missing_per_row


def _pmm_fit(width: Width, sizes: Sizes) -> float:
    """One system of the width for each incomplete column and sweep, and last for each column: see `posterior`."""
    rows, square, cube = sizes.fitted, width.matrix**2, width.matrix**3
    degrees = 1.5e-10 * cube if rows < 5 * width.matrix else 0.0
    drawn = (SWEEPS * width.incomplete + width.columns) * (STEP / 2 + 3e-8 * square + SOLVED * cube + degrees)
    cells = (SWEEPS + 1) * rows * width.missing_per_row * (PRODUCT * square + CELL * width.matrix)
    return _chained(width, rows) + drawn + cells


def _pmm_fill(width: Width, sizes: Sizes) -> float:
    return COLUMN * width.columns + (SWEEPS + 1) * sizes.rows * width.missing_per_row * (1e-7 + CELL * width.matrix)


def _matrices(width: Width, sizes: Sizes) -> float:
    return 5 * sizes.fitted * width.matrix + 6 * width.matrix**2


def _equations(width: Width, sizes: Sizes) -> float:
    del sizes
    return width.matrix**2


def _donors(width: Width, sizes: Sizes) -> float:
    return 2 * sizes.fitted * width.matrix + width.matrix**2


def _draws(width: Width, sizes: Sizes) -> float:
    """Donors, and the equations of every sweep."""
    return 2 * sizes.fitted * width.matrix + (1 + SWEEPS) * width.matrix**2


def _trees(width: Width, sizes: Sizes) -> float:
    return width.matrix**2 + 100 * width.incomplete * sizes.fitted


def _block(width: Width, sizes: Sizes) -> float:
    return max(sizes.block, 1.0) * width.matrix


def _work(fit: Count, fill: Count, model: Count) -> Mapping[str, Count]:
    return {"fit": fit, "fill": fill, "fitting": _matrices, "model": model, "filling": _block}


LINEAR = _work(_linear_fit, _linear_fill, _equations)
NEIGHBOURS = _work(_knn_fit, _knn_fill, _donors)
BOOSTED = _work(_boosted_fit, _boosted_fill, _trees)
FOREST = _work(_forest_fit, _forest_fill, _trees)
DRAWN = _work(_pmm_fit, _pmm_fill, _draws)
