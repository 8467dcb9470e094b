"""The table as the methods see it: columns of float64 numbers or codes, and which cells are missing."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from wrangler.impute.codec import Codec, Floats
from wrangler.impute.kinds import LEVELLED, Kind

Bools = npt.NDArray[np.bool_]
Rows = npt.NDArray[np.intp]


@dataclass(frozen=True)
class Column:
    """One column, encoded.

    Attributes
    ----------
    name : str
    codec : Codec
    cells : ndarray of float64, shape (rows,)
        Numbers or codes; NaN where missing, infinite or of a level that was not learnt.
    missing : ndarray of bool, shape (rows,)
        True where the cell itself is missing.
    """

    name: str
    codec: Codec
    cells: Floats
    missing: Bools

    @property
    def kind(self) -> Kind:
        """How the column is understood."""
        return self.codec.kind

    @property
    def is_levelled(self) -> bool:
        """Whether the values are codes of levels."""
        return self.codec.kind in LEVELLED

    @property
    def levels(self) -> int:
        """Number of levels; 0 for numbers."""
        return 0 if self.codec.levels is None else len(self.codec.levels)

    @property
    def known(self) -> Floats:
        """The values that can be learnt from."""
        return self.cells[~np.isnan(self.cells)]

    def take(self, rows: Rows) -> "Column":
        """The same column at some rows."""
        return Column(self.name, self.codec, self.cells[rows], self.missing[rows])


@dataclass(frozen=True)
class Table:
    """Encoded columns of equal length.

    Attributes
    ----------
    columns : mapping of str to Column
    rows : int
    order : ndarray of float64 or None
        The encoded values of the order column, by which series are read.
    """

    columns: Mapping[str, Column]
    rows: int
    order: Floats | None = None

    def take(self, rows: Rows) -> "Table":
        """The same columns at some rows."""
        order = None if self.order is None else self.order[rows]
        return Table({name: column.take(rows) for name, column in self.columns.items()}, len(rows), order)

    def only(self, names: Iterable[str]) -> "Table":
        """The same rows with some of the columns."""
        return Table({name: self.columns[name] for name in names}, self.rows, self.order)

    def sequence(self, name: str) -> Rows:
        """Row positions in the order of the order column (ties and the order column itself: as they stand)."""
        if self.order is None or (name in self.columns and self.columns[name].cells is self.order):
            return np.arange(self.rows)
        return np.argsort(self.order, kind="stable")


def encode(frame: pd.DataFrame, codecs: Mapping[str, Codec], order_by: str | None = None) -> Table:
    """Encode the columns of `frame` for which there is a codec.

    Parameters
    ----------
    frame : pandas.DataFrame
    codecs : mapping of str to Codec
    order_by : str, optional
        The column by which rows are ordered; it must have a codec.

    Returns
    -------
    Table
    """
    columns = {
        name: Column(name, codec, codec.encode(frame[name]), frame[name].isna().to_numpy(dtype=bool))
        for name, codec in codecs.items()
    }
    order = columns[order_by].cells if order_by else None
    return Table(columns, len(frame), order)
