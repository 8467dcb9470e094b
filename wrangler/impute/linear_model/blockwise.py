"""Filling by a chain, block by block: only incomplete rows, sorted by their pattern of missing cells."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from wrangler.impute.arrays import Bools, Floats, Rows
from wrangler.impute.context import Work
from wrangler.impute.encoding import Table
from wrangler.impute.linear_model.conditional_mean import by_pattern
from wrangler.impute.linear_model.gram import Chain, complete_sorted

BLOCK = 262_144  # rows filled on one thread
CHUNK = 4096  # rows held as a matrix


@dataclass(frozen=True)
class Filling:
    """How a chain fills the targets of a table.

    Attributes
    ----------
    chain : Chain
    table : Table
    targets : tuple of str
    rounds : int
        Most sweeps over rows whose equations cannot be solved jointly.
    levels : mapping of str to int
        Targets for which probabilities are predicted, and their number of levels.
    """

    chain: Chain
    table: Table
    targets: tuple[str, ...]
    rounds: int
    levels: Mapping[str, int] = field(default_factory=dict)

    def fill(self, block: slice, work: Work) -> dict[str, Floats]:
        """Predictions for the missing cells of the targets in consecutive rows; NaN where there is none."""
        missing = {name: self.table.columns[name].missing[block] for name in self.targets}
        rows, missing_mask = self._patterned(block, missing)
        size = block.stop - block.start
        shapes = {name: (size, self.levels[name]) if name in self.levels else (size,) for name in self.targets}
        predictions = {name: np.full(shape, np.nan) for name, shape in shapes.items()}
        for start in range(0, len(rows), CHUNK):
            work.step(start / len(rows), "filling")
            part = slice(start, start + CHUNK)
            self._fill_chunk(block.start, rows[part], missing_mask[part], predictions)
        return {name: predictions[name][missing[name]] for name in self.targets}

    def _patterned(self, block: slice, missing: Mapping[str, Bools]) -> tuple[Rows, Bools]:
        """Rows to fill, counted from the start of the block, and for each feature whether it is missing there."""
        parts = self.chain.features.parts
        rows = np.flatnonzero(np.logical_or.reduce(list(missing.values())))
        flags = [self.table.columns[part.name].stored.missing_mask(block)[rows] for part in parts]
        order = by_pattern([part for part in flags if part.any()] or flags)
        missing_mask = np.zeros((len(rows), len(parts)), dtype=bool)
        for number, part in enumerate(flags):
            if part.any():
                missing_mask[:, number] = part[order]
        return rows[order], missing_mask

    def _fill_chunk(self, start: int, rows: Rows, missing_mask: Bools, predictions: Mapping[str, Floats]) -> None:
        matrix = self.chain.features.matrix_at(self.table, start + rows)
        complete_sorted(self.chain, matrix, missing_mask, 0.0, self.rounds)
        for number, equation in enumerate(self.chain.equations):
            name = equation.feature.name
            if name in predictions:
                incomplete = np.flatnonzero(missing_mask[:, number])
                predictions[name][rows[incomplete]] = (
                    equation.level_probabilities(matrix[incomplete], self.levels[name])
                    if name in self.levels
                    else equation.predictions(matrix, incomplete)
                )
