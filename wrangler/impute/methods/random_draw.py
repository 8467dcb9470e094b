"""A random draw from the observed cells of the same column: the simple hot deck.

Source: Andridge and Little, A Review of Hot Deck Imputation for Survey Non-response, International Statistical Review
78 (2010): the random overall hot deck, or within cells by `group_by`.
"""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from wrangler.impute.arrays import Floats
from wrangler.impute.context import Work
from wrangler.impute.encoding import Column, Fill, Table
from wrangler.impute.methods.single_column import ColumnImputer
from wrangler.impute.registry import MeasuredCost, method

LARGEST_DECK = 100_000


@method(
    "random",
    "Random draw",
    "Every missing cell gets the value of a random observed cell of its column (hot deck): keeps the distribution.",
    rank=14,
    cost=MeasuredCost(0, 1.19e-07, 0.00491, 2.84e-07, 1.56e04, 420, 7.8e04, 79.1),
)
@dataclass(kw_only=True, eq=False, repr=False)
class RandomImputer(ColumnImputer):
    """Fill with draws, with replacement, from at most 100,000 observed cells of the column.

    Parameters as in `Imputer`; with `group_by` cells are drawn from the same group.
    """

    draws_cells: ClassVar[bool] = True

    def _fit_column(self, column: Column, work: Work) -> Floats:
        known = column.known
        if len(known) <= LARGEST_DECK:
            return known
        message = (
            f"'{column.name}': draws are from {LARGEST_DECK:,} of {len(known):,} observed cells, chosen at random."
        )
        work.add_event(column.name, "sampled", message)
        return np.asarray(work.random("deck", column.name).choice(known, LARGEST_DECK, replace=False))

    def _fill_column(self, fitted: Floats, column: Column, table: Table, work: Work) -> Fill:
        del table
        cells = int(column.missing.sum())
        if not len(fitted):
            return np.full(cells, np.nan)
        return fitted[work.random(column.name).integers(len(fitted), size=cells)]
