"""The table as the methods see it: columns of float64 numbers or codes, and which cells are missing."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import pandas as pd

from wrangler.impute.arrays import Bools, Counts, Floats, Rows
from wrangler.impute.encoding.codec import Codec, fit_stored
from wrangler.impute.encoding.kinds import CATEGORICAL, Kind
from wrangler.impute.encoding.lazy_cells import Stored


@dataclass(frozen=True)
class Column:
    """One column, encoded when it is read.

    Attributes
    ----------
    name : str
    codec : Codec
    stored : Stored
    missing : ndarray of bool, shape (rows,)
        True where the cell itself is missing.
    """

    name: str
    codec: Codec
    stored: Stored
    missing: Bools

    @cached_property
    def cells(self) -> Floats:
        """Numbers or codes; NaN where missing, infinite or of a level not fitted. Must not be written to."""
        return self.stored.read()

    @cached_property
    def missing_mask(self) -> Bools:
        """True where `cells` is NaN."""
        return self.stored.missing_mask()

    @property
    def kind(self) -> Kind:
        """How the column is read."""
        return self.codec.kind

    @property
    def is_categorical(self) -> bool:
        """Whether the values are codes of levels."""
        return self.codec.kind in CATEGORICAL

    @property
    def levels(self) -> int:
        """Number of levels; 0 for numbers."""
        return 0 if self.codec.levels is None else len(self.codec.levels)

    @property
    def known(self) -> Floats:
        """The values that can be fitted on."""
        return self.cells[~self.missing_mask]

    @cached_property
    def counts(self) -> Counts:
        """How often each level occurs."""
        return np.bincount(self.stored.array[~self.missing_mask].astype(np.intp), minlength=self.levels)

    @property
    def mode(self) -> float:
        """The code that occurs most often, the first of equals; NaN when there is none."""
        return float(self.counts.argmax()) if self.counts.any() else np.nan

    def take(self, rows: Rows) -> "Column":
        """The same column at some rows."""
        return Column(self.name, self.codec, self.stored.take(rows), self.missing[rows])

    def without(self, rows: Rows | Bools) -> "Column":
        """The same column with more missing cells."""
        cells, missing = self.cells.copy(), self.missing.copy()
        cells[rows], missing[rows] = np.nan, True
        return replace(self, stored=Stored(cells), missing=missing)


@dataclass(frozen=True)
class Table:
    """Encoded columns of equal length.

    Attributes
    ----------
    columns : mapping of str to Column
    rows : int
    order : ndarray of float64 or None
        The encoded values of the order column, by which series are read.
    groups : ndarray of int or None
        The number of each row's group, for methods that run others which must not cross groups.
    """

    columns: Mapping[str, Column]
    rows: int
    order: Floats | None = None
    groups: Rows | None = None

    def take(self, rows: Rows) -> "Table":
        """The same columns at some rows."""
        order = None if self.order is None else self.order[rows]
        groups = None if self.groups is None else self.groups[rows]
        return Table({name: column.take(rows) for name, column in self.columns.items()}, len(rows), order, groups)

    def copied(self) -> "Table":
        """The same rows in memory of their own, to be kept beyond the call."""
        return self.take(np.arange(self.rows))

    def only(self, names: Iterable[str]) -> "Table":
        """The same rows with some of the columns."""
        return replace(self, columns={name: self.columns[name] for name in names})

    def sequence(self, name: str) -> Rows:
        """Row positions along the order column, ties as in the table; the order column itself goes by the table."""
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
        name: Column(name, codec, codec.store(frame[name]), is_missing(frame[name])) for name, codec in codecs.items()
    }
    return _ordered_table(columns, len(frame), order_by)


def fit_table(
    frame: pd.DataFrame, kinds: Mapping[str, Kind], order_by: str | None = None
) -> tuple[dict[str, Codec], Table]:
    """Fit the codecs of the columns that `kinds` names, and encode them in the same pass."""
    fitted = {name: fit_stored(frame[name], kind) for name, kind in kinds.items()}
    columns = {name: Column(name, codec, stored, is_missing(frame[name])) for name, (codec, stored) in fitted.items()}
    return {name: codec for name, (codec, _) in fitted.items()}, _ordered_table(columns, len(frame), order_by)


def _ordered_table(columns: Mapping[str, Column], rows: int, order_by: str | None) -> Table:
    """A table ordered by one of its columns."""
    return Table(columns, rows, columns[order_by].cells if order_by else None)


def is_missing(column: pd.Series) -> Bools:
    """Which cells of a column are missing."""
    return column.isna().to_numpy(dtype=bool)
