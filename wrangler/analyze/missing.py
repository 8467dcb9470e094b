"""Where the missing cells of a table are: by column, by row, and together.

Every distinct combination of missing columns (a *pattern*) is found once, exactly, by packing the missing flags of a
row into 64-bit words; counts, patterns and the correlation of missing cells then come from the patterns, which are few
even when the rows are many.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

_WORD_BITS = 64


@dataclass(frozen=True)
class Missingness:
    """The missing cells of one table, summarised by its patterns.

    Attributes
    ----------
    columns : list of str
        All columns of the table, in order.
    rows : int
        Number of rows.
    matrix : ndarray of bool, shape (patterns, columns)
        One row per distinct pattern, True where the column is missing; commonest pattern first.
    counts : ndarray of int64, shape (patterns,)
        How many rows of the table have each pattern.
    row_pattern : ndarray of int64, shape (rows,)
        For each row of the table, the position of its pattern in `matrix`.
    dtypes : list of str
        The dtype of each column, in words of pandas.
    """

    columns: list[str]
    rows: int
    matrix: npt.NDArray[np.bool_]
    counts: npt.NDArray[np.int64]
    row_pattern: npt.NDArray[np.int64]
    dtypes: list[str]

    @property
    def column_counts(self) -> npt.NDArray[np.int64]:
        """Missing cells per column, shape (columns,)."""
        return self.counts @ self.matrix.astype(np.int64)

    @property
    def cells(self) -> int:
        """Missing cells in the whole table."""
        return int(self.column_counts.sum())

    @property
    def complete_rows(self) -> int:
        """Rows in which nothing is missing."""
        return int(self.counts[~self.matrix.any(axis=1)].sum())

    @property
    def incomplete_columns(self) -> list[str]:
        """Columns with at least one missing cell, in table order."""
        return [name for name, count in zip(self.columns, self.column_counts, strict=True) if count]

    def by_column(self) -> pd.DataFrame:
        """Count the missing cells of each column.

        Returns
        -------
        DataFrame indexed by column name
            `dtype` (str), `missing` (int), `present` (int), `share` (float, 0 to 1), in table order.
        """
        missing = self.column_counts
        return pd.DataFrame(
            {
                "dtype": self.dtypes,
                "missing": missing,
                "present": self.rows - missing,
                "share": missing / max(self.rows, 1),
            },
            index=pd.Index(self.columns, name="column", dtype="str"),
        )

    def by_row(self) -> pd.DataFrame:
        """Count the rows with no, one, two ... missing cells.

        Returns
        -------
        DataFrame indexed by the number of missing cells in a row
            `rows` (int) and `share` (float, 0 to 1); only numbers that occur.
        """
        per_pattern = self.matrix.sum(axis=1)
        rows = np.bincount(per_pattern, weights=self.counts, minlength=1).astype(np.int64)
        occurring = np.flatnonzero(rows)
        return pd.DataFrame(
            {"rows": rows[occurring], "share": rows[occurring] / max(self.rows, 1)},
            index=pd.Index(occurring, name="missing cells"),
        )

    def patterns(self, top: int | None = 20) -> pd.DataFrame:
        """List which columns are missing together, commonest first.

        Parameters
        ----------
        top : int or None
            At most so many patterns; None gives all of them.

        Returns
        -------
        DataFrame indexed by rank, from 1
            `rows` (int), `share` (float, 0 to 1) and `missing` (tuple of column names; empty for complete rows).
        """
        names = np.array(self.columns, dtype=object)
        shown = self.matrix[:top]
        return pd.DataFrame(
            {
                "rows": self.counts[:top],
                "share": self.counts[:top] / max(self.rows, 1),
                "missing": [tuple(names[flags]) for flags in shown],
            },
            index=pd.RangeIndex(1, len(shown) + 1, name="pattern"),
        )

    def correlation(self) -> pd.DataFrame:
        """Correlate the missing cells of the columns: 1 when two columns are always missing together, -1 when never.

        Returns
        -------
        DataFrame, square, names both ways
            Pearson correlation of the missing flags (the phi coefficient), only for columns that are neither complete
            nor empty: the others have no variance.
        """
        missing = self.column_counts
        varying = np.flatnonzero((missing > 0) & (missing < self.rows))
        flags = self.matrix[:, varying].astype(np.float64)
        together = flags.T @ (flags * self.counts[:, None])
        share = missing[varying] / max(self.rows, 1)
        covariance = together / max(self.rows, 1) - np.outer(share, share)
        spread = np.sqrt(share * (1 - share))
        phi = np.clip(covariance / np.outer(spread, spread), -1, 1)
        np.fill_diagonal(phi, 1.0)
        names = pd.Index([self.columns[position] for position in varying], dtype="str")
        return pd.DataFrame(phi, index=names, columns=names)


def missingness(frame: pd.DataFrame) -> Missingness:
    """Find where the cells of a table are missing, and which are missing together.

    Parameters
    ----------
    frame : DataFrame, shape (rows, columns)
        NaN, NaT, None and pd.NA count as missing. The table is not changed.

    Returns
    -------
    Missingness
    """
    packed = _pack(frame)
    codes, first = _row_codes(packed, len(frame))
    counts = np.bincount(codes, minlength=len(first)).astype(np.int64)
    order = np.lexsort((first, -counts))
    place = np.empty_like(order)
    place[order] = np.arange(len(order))
    return Missingness(
        columns=[str(name) for name in frame.columns],
        rows=len(frame),
        matrix=_unpack([word[first[order]] for word in packed], (len(first), frame.shape[1])),
        counts=counts[order],
        row_pattern=place[codes],
        dtypes=[str(dtype) for dtype in frame.dtypes],
    )


def _pack(frame: pd.DataFrame) -> list[npt.NDArray[np.uint64]]:
    """Write the missing flags of each row into as many 64-bit words as the columns need."""
    words = [np.zeros(len(frame), dtype=np.uint64) for _ in range(-(-frame.shape[1] // _WORD_BITS))]
    for position in range(frame.shape[1]):
        flags = frame.iloc[:, position].isna().to_numpy()
        if flags.any():
            words[position // _WORD_BITS] |= flags.astype(np.uint64) << np.uint64(position % _WORD_BITS)
    return words


def _unpack(words: list[npt.NDArray[np.uint64]], shape: tuple[int, int]) -> npt.NDArray[np.bool_]:
    matrix = np.zeros(shape, dtype=np.bool_)
    for position in range(shape[1]):
        bit = np.uint64(position % _WORD_BITS)
        matrix[:, position] = (words[position // _WORD_BITS] >> bit) & np.uint64(1)
    return matrix


def _row_codes(words: list[npt.NDArray[np.uint64]], rows: int) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Number the distinct rows of words, and return where each number first occurs."""
    codes = np.zeros(rows, dtype=np.int64)
    for word in words:
        word_codes, distinct = pd.factorize(word)
        codes = pd.factorize(codes * max(len(distinct), 1) + word_codes)[0].astype(np.int64)
    first = np.full(int(codes.max(initial=-1)) + 1, rows, dtype=np.int64)
    np.minimum.at(first, codes, np.arange(rows))
    return codes, first
