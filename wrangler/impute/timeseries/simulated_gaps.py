"""A rehearsal: known cells are hidden where the table's own missing cells would lie if they had come a while later."""

from dataclasses import dataclass, replace

import numpy as np

from wrangler.impute.arrays import Bools
from wrangler.impute.encoding import Table

FEWEST_CELLS = 30
SHARE = 0.1


@dataclass(frozen=True)
class SimulatedGaps:
    """A table with more missing cells, and which cells were hidden to make them, by column."""

    table: Table
    hidden: dict[str, Bools]


def simulate_gaps(table: Table, random: np.random.Generator) -> SimulatedGaps:
    """Hide known cells of a table whose rows are in order.

    The missing cells of all columns are moved by the same number of rows, so that gaps keep their lengths and what is
    missing together is hidden together. Columns in which this hides too few cells lose a tenth at random.

    Parameters
    ----------
    table : Table
    random : Generator

    Returns
    -------
    Rehearsal
    """
    shift = int(random.integers(table.rows // 4, 3 * table.rows // 4 + 1))
    hidden = {name: shifted_gaps(~np.isnan(column.cells), shift, random) for name, column in table.columns.items()}
    columns = {name: column.without(hidden[name]) for name, column in table.columns.items()}
    return SimulatedGaps(replace(table, columns=columns), hidden)


def shifted_gaps(known: Bools, shift: int, random: np.random.Generator) -> Bools:
    """Observed cells where gaps would lie if they came `shift` rows later; a tenth at random if these are too few."""
    moved = known & ~np.roll(known, shift)
    if min(FEWEST_CELLS, SHARE * known.sum()) <= moved.sum() <= known.sum() / 2:
        return np.asarray(moved)
    return np.asarray(known & (random.random(len(known)) < SHARE))
