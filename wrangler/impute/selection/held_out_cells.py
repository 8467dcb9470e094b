"""The cells of one column that a race has hidden, and the losses of predictions for them, one for each cell."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from wrangler.impute.arrays import Bools, Floats, Places, Rows
from wrangler.impute.encoding import Column
from wrangler.impute.selection.candidates import likeliest_codes


@dataclass(frozen=True)
class HeldOutCells:
    """The hidden cells of one column, each as often as it was hidden, and what was predicted for them.

    Attributes
    ----------
    rows : ndarray of int, shape (entries,)
        The row of each cell.
    truth : ndarray of shape (entries,)
        Numbers or codes.
    predictions : mapping of candidate to ndarray
        Numbers or codes of shape (entries,), or probabilities of shape (entries, levels).
    """

    rows: Rows
    truth: Floats
    predictions: Mapping[str, Floats]

    @cached_property
    def _cells(self) -> tuple[Places, Places]:
        """The number of the cell of each entry, and how many entries each cell has."""
        _, cell, entries = np.unique(self.rows, return_inverse=True, return_counts=True)
        return cell, entries

    @property
    def cells(self) -> int:
        """How many different cells there are."""
        return len(self._cells[1])

    @property
    def shares(self) -> Floats:
        """The part of its cell that each entry is: those of one cell sum to one."""
        cell, entries = self._cells
        return np.asarray(1.0 / entries[cell])

    def by_cell(self, losses: Floats) -> Floats:
        """The mean loss of each cell: predictions of one cell in several rounds are no independent evidence."""
        cell, entries = self._cells
        return np.asarray(np.bincount(cell, weights=losses, minlength=len(entries)) / entries)

    def where(self, chosen: Bools) -> "HeldOutCells":
        """The chosen entries."""
        predictions = {name: prediction[chosen] for name, prediction in self.predictions.items()}
        return HeldOutCells(self.rows[chosen], self.truth[chosen], predictions)

    def of(self, candidates: frozenset[str]) -> "HeldOutCells":
        """The same cells with the predictions of some candidates only."""
        return replace(
            self, predictions={name: self.predictions[name] for name in self.predictions if name in candidates}
        )


def losses(truth: Floats, prediction: Floats, column: Column) -> Floats:
    """Squared errors of numbers; 0 and 1 for levels."""
    if column.is_categorical:
        return np.asarray(truth != likeliest_codes(prediction), dtype=np.float64)
    return np.asarray((truth - prediction) ** 2)
