"""The table as a matrix: numbers standardised and winsorised, categories as dummies without a reference level.

Only what is learnt from is winsorised, never the data: one absurd value would otherwise move every other column.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from wrangler.impute.codec import Floats
from wrangler.impute.table import Bools, Column, Table

MOST_LEVELS = 40
FEWEST_ROWS_OF_A_LEVEL = 3
TAIL = 0.01
REACH = 4.0


@dataclass(frozen=True)
class Feature:
    """One column of the table as one or more columns of the matrix.

    Attributes
    ----------
    name : str
    places : slice
        Its columns in the matrix.
    is_levelled : bool
    center, spread, low, high : float
        Numbers are clipped to [low, high], then standardised by center and spread.
    levels : tuple of int
        Codes with a dummy each, after the reference level, which has none.
    reference : int
        The most frequent code.
    shares : tuple of float
        The means of its columns, which stand where the table is missing.
    """

    name: str
    places: slice
    is_levelled: bool
    center: float = 0.0
    spread: float = 1.0
    low: float = -np.inf
    high: float = np.inf
    levels: tuple[int, ...] = ()
    reference: int = -1
    shares: tuple[float, ...] = (0.0,)

    @property
    def width(self) -> int:
        """Number of columns in the matrix."""
        return int(self.places.stop - self.places.start)

    def write(self, values: Floats, out: Floats) -> None:
        """Write encoded `values` of shape (rows,) into `out` of shape (rows, width); NaN becomes the mean."""
        if not self.is_levelled:
            np.clip(values, self.low, self.high, out=out[:, 0])
            out[:, 0] -= self.center
            out[:, 0] /= self.spread
        else:
            out[:] = values[:, None] == self.codes[None, 1:]
        out[np.isnan(values)] = self.shares

    def read(self, answers: Floats) -> Floats:
        """Encoded values of shape (rows,) for predicted columns of shape (rows, width): within reach, or a level."""
        if not self.is_levelled:
            return np.asarray(np.clip(answers[:, 0] * self.spread + self.center, self.low, self.high))
        rest = 1.0 - answers.sum(axis=1, keepdims=True)
        return np.asarray(self.codes[np.hstack([rest, answers]).argmax(axis=1)])

    @property
    def variances(self) -> Floats:
        """Of its columns in the matrix, where they are known."""
        shares = np.asarray(self.shares)
        return np.maximum(shares * (1.0 - shares), 1e-12) if self.is_levelled else np.ones(1)

    @property
    def codes(self) -> Floats:
        """The codes that can be answered, the reference level first."""
        return np.array((self.reference, *self.levels), dtype=np.float64)


def learn_feature(column: Column, start: int) -> Feature | None:
    """The feature of one column, at `start` in the matrix; None when it does not vary."""
    known = column.known
    if column.is_levelled:
        return _levelled(column, known, start)
    if len(known) < 2:  # noqa: PLR2004 - no spread
        return None
    low, high = _limits(known)
    low, high = max(low, column.codec.low), min(high, column.codec.high)
    inner = np.clip(known, low, high)
    center, spread = float(inner.mean()), float(inner.std())
    if spread <= 1e-12 * max(abs(center), 1e-60):
        return None
    return Feature(
        column.name, slice(start, start + 1), is_levelled=False, center=center, spread=spread, low=low, high=high
    )


def _limits(known: Floats) -> tuple[float, float]:
    """Median plus and minus a multiple of the distance to the outer percentiles, each side by itself."""
    bottom, middle, top = np.quantile(known, (TAIL, 0.5, 1 - TAIL))
    low = middle - REACH * (middle - bottom) if bottom < middle else known.min()
    high = middle + REACH * (top - middle) if top > middle else known.max()
    return float(low), float(high)


def _levelled(column: Column, known: Floats, start: int) -> Feature | None:
    counts = np.bincount(known.astype(np.intp), minlength=column.levels)
    ranked = np.argsort(-counts, kind="stable")
    fewest = min(FEWEST_ROWS_OF_A_LEVEL, max(len(known) // 4, 1))
    kept = [int(code) for code in ranked[: MOST_LEVELS + 1] if counts[code] >= fewest]
    if len(kept) < 2:  # noqa: PLR2004 - one level does not vary
        return None
    places = slice(start, start + len(kept) - 1)
    shares = tuple((counts[kept[1:]] / len(known)).tolist())
    return Feature(column.name, places, is_levelled=True, levels=tuple(kept[1:]), reference=kept[0], shares=shares)


@dataclass(frozen=True)
class Features:
    """All features of a table, in the order of the matrix; its last column is all ones."""

    parts: tuple[Feature, ...]
    width: int

    def matrix(self, table: Table) -> Floats:
        """Matrix of shape (rows, width); missing cells are at their mean."""
        matrix = np.empty((table.rows, self.width))
        for part in self.parts:
            part.write(table.columns[part.name].cells, matrix[:, part.places])
        matrix[:, -1] = 1.0
        return matrix

    def missing(self, table: Table) -> list[Bools]:
        """For each feature, which rows are unknown."""
        return [np.isnan(table.columns[part.name].cells) for part in self.parts]


def learn_features(table: Table, names: Sequence[str]) -> Features:
    """Learn how the columns `names` become a matrix.

    Parameters
    ----------
    table : Table
    names : sequence of str

    Returns
    -------
    Features
        Without the columns that do not vary.
    """
    parts: list[Feature] = []
    start = 0
    for name in names:
        part = learn_feature(table.columns[name], start)
        if part is not None:
            parts.append(part)
            start += part.width
    return Features(tuple(parts), start + 1)
