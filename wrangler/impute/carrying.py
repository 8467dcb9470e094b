"""Carrying observed cells along a series: for each hole, the row to copy from."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from wrangler.impute.filling import Copied, Fill
from wrangler.impute.gaps import GapImputer
from wrangler.impute.table import Bools, Column, Rows, Table
from wrangler.impute.timeline import gap_lengths
from wrangler.impute.work import Work


def last_known(missing: Bools, sequence: Rows) -> Rows:
    """For each row, the latest row at or before it, along `sequence`, that is not missing; -1 where there is none.

    Parameters
    ----------
    missing : ndarray of bool, shape (rows,)
    sequence : ndarray of int, shape (rows,)
        Row positions in the order of the series.

    Returns
    -------
    ndarray of int, shape (rows,)
    """
    steps = np.where(missing[sequence], -1, np.arange(len(sequence)))
    latest = np.maximum.accumulate(steps) if len(steps) else steps
    sources = np.empty(len(sequence), dtype=np.intp)
    sources[sequence] = np.where(latest >= 0, sequence[np.maximum(latest, 0)], -1)
    return sources


@dataclass(kw_only=True, eq=False, repr=False)
class CarryImputer(GapImputer):
    """Base of the forward and the backward fill: nothing is learnt, cells are copied within the filled table."""

    copies_cells: ClassVar[bool] = True
    is_backward: ClassVar[bool] = False

    def _fill_column(self, learnt: None, column: Column, table: Table, work: Work) -> Fill:
        del learnt
        sequence = table.sequence(column.name)[:: -1 if self.is_backward else 1]
        sources = last_known(column.missing, sequence)
        lengths = np.empty(len(sequence))
        lengths[sequence] = gap_lengths(np.where(column.missing[sequence], np.nan, 0.0))
        far = self._beyond_reach(column, lengths, work)
        others = last_known(column.missing, sequence[::-1])
        reached = int(((sources < 0) & (others >= 0) & ~far).sum())
        end, side = ("last", "before them") if self.is_backward else ("first", "after them")
        told = f"holes at the {end} rows of '{column.name}' were filled with the nearest cell {side}."
        work.count(column.name, "fallback", reached, told)
        sources = np.where(sources < 0, others, sources)
        return Copied(np.where(far, -1, sources)[column.missing])
