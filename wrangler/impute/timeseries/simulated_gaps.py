"""Simulated gaps: observed cells are hidden where the missing cells of the table would be if shifted in time."""

from dataclasses import dataclass, replace

import numpy as np

from wrangler.impute.arrays import Bools
from wrangler.impute.encoding import Table

FEWEST_CELLS = 30
SHARE = 0.1


@dataclass(frozen=True)
class SimulatedGaps:
    """A table with hidden cells, and which they are, by column."""

    table: Table
    hidden: dict[str, Bools]


def simulate_gaps(table: Table, random: np.random.Generator) -> SimulatedGaps:
    """Hide observed cells of a table whose rows are in order.

    The missing cells of all columns are shifted by the same number of rows, so that gaps keep their lengths and cells
    that are missing together are hidden together. Where this hides too few or too many cells of a column, a tenth of
    them are hidden at random.

    Parameters
    ----------
    table : Table
    random : Generator

    Returns
    -------
    SimulatedGaps
    """
    shift = int(random.integers(table.rows // 4, 3 * table.rows // 4 + 1))
    hidden = {name: shifted_gaps(~np.isnan(column.cells), shift, random) for name, column in table.columns.items()}
    columns = {name: column.without(hidden[name]) for name, column in table.columns.items()}
    return SimulatedGaps(replace(table, columns=columns), hidden)


def shifted_gaps(known: Bools, shift: int, random: np.random.Generator) -> Bools:
    """Observed cells in gaps shifted by `shift` rows; a tenth of all at random if these are too few or too many."""
    shifted = known & ~np.roll(known, shift)
    if min(FEWEST_CELLS, SHARE * known.sum()) <= shifted.sum() <= known.sum() / 2:
        return np.asarray(shifted)
    return np.asarray(known & (random.random(len(known)) < SHARE))
