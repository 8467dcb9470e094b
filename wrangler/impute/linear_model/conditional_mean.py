"""The missing cells of rows, solved for so that they satisfy all their linear equations.

An equation of a chain may read cells that are missing themselves. Sweeps over the equations approach the cells that
satisfy all of them; solving gives these cells directly. The system depends only on which cells of a row are missing:
rows with the same pattern share one matrix, by which their observed cells are multiplied; other rows are solved one by
one, in batches. So the prediction for a row does not depend on how the table is divided.

Nearly singular systems, as of duplicated columns, would magnify errors: where an entry of the inverse exceeds `REACH`,
the row is not solved, and the caller sweeps instead. Rows of a rare pattern are solved by themselves.

Source: Buck (1960), J. R. Stat. Soc. B 22, for conditional means given the observed cells of a row.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from wrangler.impute.arrays import Bools, Floats, Places, Rows

REACH = 300.0
FEWEST_ROWS = 12  # of a pattern, to keep its solution
MOST_CELLS, CELLS_A_COLUMN = 48, 100
ROWS_AT_ONCE = 2048
MOST_AT_ONCE = 4_000_000  # cells of a stack of systems
MOST_KEPT = 8_000_000  # cells of kept solutions
BITS = 40  # of a pattern that fit a uint64 together with the number of a shorter pattern


@dataclass(frozen=True)
class Pattern:
    """Consecutive rows of a matrix with the same missing features."""

    rows: slice
    missing_mask: Bools


class Completion:
    """Solves the equations of one chain, and keeps the solution for each pattern of missing cells.

    Parameters
    ----------
    weights : ndarray of shape (width, width)
        In each column the weights of the equation for that column of the matrix; 0 for columns that it does not read.
    owner : ndarray of int, shape (width,)
        The feature of each column; -1 for the intercept.
    """

    def __init__(self, weights: Floats, owner: Places) -> None:
        self.weights, self.owner = weights, owner
        self.solutions: dict[bytes, tuple[Rows, Floats | None]] = {}
        self.kept = 0

    def __reduce__(self) -> tuple[type["Completion"], tuple[Floats, Rows]]:
        """Kept solutions are not pickled."""
        return Completion, (self.weights, self.owner)

    def complete(self, matrix: Floats, missing_mask: Bools) -> Rows:
        """Write the missing cells of `matrix`, whose rows are sorted by pattern; returns the rows that are not solved.

        Parameters
        ----------
        matrix : ndarray of shape (rows, width)
        missing_mask : ndarray of bool, shape (rows, features)

        Returns
        -------
        ndarray of int
        """
        rare, unsolved = [], []
        for pattern in patterns(missing_mask):
            if pattern.rows.stop - pattern.rows.start < FEWEST_ROWS:
                rare.append(np.arange(pattern.rows.start, pattern.rows.stop))
                continue
            columns, solution = self._solution(pattern.missing_mask)
            if solution is None:
                unsolved.append(np.arange(pattern.rows.start, pattern.rows.stop))
            elif len(columns):
                block = matrix[pattern.rows]
                block[:, columns] = block @ solution
        if rare:
            unsolved.append(self._complete_singly(matrix, missing_mask, np.concatenate(rare)))
        return np.concatenate(unsolved) if unsolved else np.empty(0, dtype=np.intp)

    def _solution(self, missing_mask: Bools) -> tuple[Rows, Floats | None]:
        """The missing columns of a pattern, and the matrix that gives them from the whole row."""
        key = np.packbits(missing_mask).tobytes()
        solution = self.solutions.get(key)  # read once, as another thread may drop it in between
        if solution is None:
            columns = np.flatnonzero(np.append(missing_mask, False)[self.owner])
            solution = (columns, self._solved(columns))
            self.kept += len(columns) * len(self.owner)
            if self.kept > MOST_KEPT:
                self.solutions, self.kept = {}, len(columns) * len(self.owner)
            self.solutions[key] = solution
        return solution

    def _solved(self, columns: Rows) -> Floats | None:
        inverse = _inverse(self.weights[np.ix_(columns, columns)])
        if inverse is None or np.abs(inverse).max(initial=0.0) > REACH:
            return None
        inputs = self.weights[:, columns]
        inputs[columns] = 0.0
        return np.asarray(inputs @ inverse)

    def _complete_singly(self, matrix: Floats, missing_mask: Bools, rows: Rows) -> Rows:
        """Solve rows of many patterns, those with equally many missing cells together; returns the rows not solved."""
        flags_with_intercept = np.concatenate([missing_mask, np.zeros((len(missing_mask), 1), dtype=bool)], axis=1)
        unsolved = []
        for start in range(0, len(rows), ROWS_AT_ONCE):
            batch = rows[start : start + ROWS_AT_ONCE]
            cells = flags_with_intercept[batch][:, self.owner]
            counts = cells.sum(axis=1)
            block = np.where(cells, 0.0, matrix[batch])
            predicted = block @ self.weights
            for count in np.unique(counts[counts > 0]):
                alike = np.flatnonzero(counts == count)
                for same in np.array_split(alike, -(-len(alike) * int(count) ** 2 // MOST_AT_ONCE)):
                    columns = np.nonzero(cells[same])[1].reshape(len(same), count)
                    at_missing = np.take_along_axis(predicted[same], columns, 1)
                    is_solved = self._solve_block(matrix, batch[same], columns, at_missing)
                    unsolved.append(batch[same[~is_solved]])
        return np.concatenate(unsolved) if unsolved else rows[:0]

    @property
    def most_cells(self) -> int:
        """Missing cells of a row up to which solving is quicker than sweeping: their cube against the width."""
        return max(MOST_CELLS, int((CELLS_A_COLUMN * len(self.owner)) ** 0.5))

    def _solve_block(self, matrix: Floats, rows: Rows, columns: Rows, predicted: Floats) -> Bools:
        if columns.shape[1] > self.most_cells:
            return np.zeros(len(rows), dtype=bool)
        inverse = _inverse(self.weights[columns[:, :, None], columns[:, None, :]])
        if inverse is None:
            return np.zeros(len(rows), dtype=bool)
        is_solved = np.abs(inverse).max(axis=(1, 2)) <= REACH
        predictions = (predicted[:, None, :] @ inverse)[:, 0, :]
        matrix[rows[is_solved, None], columns[is_solved]] = predictions[is_solved]
        return np.asarray(is_solved)


def _inverse(weights: Floats) -> Floats | None:
    """The inverse of the identity less the weights, for one matrix or a stack; None when one is singular."""
    try:
        return np.asarray(np.linalg.inv(np.eye(weights.shape[-1]) - weights))
    except np.linalg.LinAlgError:
        return None


def patterns(missing_mask: Bools) -> Iterator[Pattern]:
    """Runs of equal rows of `missing_mask`."""
    if not len(missing_mask):
        return
    changes = np.flatnonzero((missing_mask[1:] != missing_mask[:-1]).any(axis=1)) + 1
    starts = [0, *changes.tolist(), len(missing_mask)]
    for start, stop in pairwise(starts):
        yield Pattern(slice(start, stop), missing_mask[start])


def by_pattern(missing_mask: Sequence[Bools]) -> Rows:
    """Row positions sorted so that rows of the same pattern are consecutive."""
    numbers = np.zeros(len(missing_mask[0]), dtype=np.uint64)
    for place, part in enumerate(missing_mask):
        if place and place % BITS == 0:
            numbers = np.unique(numbers, return_inverse=True)[1].astype(np.uint64)
        numbers = numbers * np.uint64(2) + part
    narrow = numbers.astype(np.uint16) if numbers.max(initial=0) < 2**16 else numbers
    return np.argsort(narrow, kind="stable")
