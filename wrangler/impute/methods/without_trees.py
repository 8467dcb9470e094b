"""Columns for which no trees are grown, as they have no missing cells to fill, and how they are filled later.

A table that is transformed may have missing cells in columns that were complete in the table that was fitted. Trees for
all columns would multiply the time of a fit that fills only the table itself; the linear equations are fitted for all
columns anyway.
"""

from collections.abc import Collection, Sequence

import numpy as np

from wrangler.impute.arrays import Floats
from wrangler.impute.context import Work
from wrangler.impute.encoding import Table
from wrangler.impute.events import ColumnOutcome
from wrangler.impute.linear_model import ROUNDS, Linear, fill_linear


def columns_to_grow(table: Table, targets: Sequence[str], named: Collection[str] | None) -> list[str]:
    """Targets that have missing cells or that the caller names; all of them when no target has missing cells.

    Parameters
    ----------
    table : Table
    targets : sequence of str
    named : collection of str or None
        The columns that the caller asked for by name.

    Returns
    -------
    list of str
        In the order of the targets.
    """
    incomplete = {name for name in targets if table.columns[name].missing.any()}
    return [name for name in targets if not incomplete or name in incomplete or name in (named or ())]


def outcome_without_trees(method: str) -> ColumnOutcome:
    """The outcome of such a column."""
    return ColumnOutcome("linear", 0, f"'{method}' grew no trees for it")


def fill_without_trees(linear: Linear, table: Table, names: Sequence[str], work: Work) -> dict[str, Floats]:
    """Predictions of the linear equations for the missing cells of some columns, with an event for each column.

    Parameters
    ----------
    linear : Linear
    table : Table
    names : sequence of str
    work : Work

    Returns
    -------
    dict of str to ndarray of shape (missing cells,)
        Numbers or codes; NaN for columns that do not vary.
    """
    incomplete = [name for name in names if table.columns[name].missing.any()]
    filled = fill_linear(linear, table, incomplete, ROUNDS, work) if incomplete else {}
    for name, cells in filled.items():
        predicted = int((~np.isnan(cells)).sum())
        message = f"cells of '{name}' were predicted by the linear equations, as no trees were grown for it."
        work.count(name, "fallback", predicted, message)
    return {name: filled.get(name, np.empty(0)) for name in names}
