"""The tables of the notebooks: what came in, what was filled, what was logged, what was written."""

from collections.abc import Iterable, Sequence
from datetime import time
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from pandas.api.types import is_integer_dtype

from wrangler.analyze import Correlation, column_kind
from wrangler.report.elements import Format, Note, Table, count_words, format_value, name_list, short_label, size_words

_MOST_FILLED_ROWS = 8
_MOST_FILLED_COLUMNS = 14


def overview(frame: pd.DataFrame) -> Table:
    """List the columns of a table: type, missing cells, distinct values and what the values look like."""
    records = [_describe(frame[name]) for name in frame.columns]
    index = pd.Index([str(name) for name in frame.columns], name="column", dtype="str")
    caption = f"{count_words(len(frame), 'row')} and {count_words(frame.shape[1], 'column')}"
    formats: dict[str, Format] = {"missing": "count", "share": "percent", "distinct": "count"}
    headings = ["type", "missing", "share", "distinct", "values"]
    return Table(pd.DataFrame(records, index=index, columns=headings), caption, formats)


def filled_rows(completed: pd.DataFrame, mask: pd.DataFrame, most: int = _MOST_FILLED_ROWS) -> Table | Note:
    """Show the completed rows with most filled cells, filled cells marked and their columns first."""
    per_row = mask.to_numpy().sum(axis=1)
    if not per_row.any():
        return Note("No cell was filled.")
    rows = np.sort(np.argsort(-per_row, kind="stable")[: min(most, int((per_row > 0).sum()))])
    columns = np.argsort(-mask.to_numpy()[rows].sum(axis=0), kind="stable")[:_MOST_FILLED_COLUMNS]
    shown, marked = completed.iloc[rows, columns], mask.iloc[rows, columns].to_numpy()
    shown = shown.rename_axis("row")
    return Table(
        shown, f"{len(rows)} of {count_words(int((per_row > 0).sum()), 'row')} with filled cells", marked=marked
    )


def methods_table(per_column: pd.DataFrame) -> Table | Note:
    """Show which method filled each column, how many cells, and why that method."""
    if per_column.empty:
        return Note("No column was filled.")
    shown = per_column[["method", "filled", "reason"]]
    return Table(shown, "The method used for each column", {"filled": "count"})


def events(happened: Iterable[Any]) -> Table | Note:
    """List what was logged; a sentence when nothing was."""
    records = [(event.column or "(whole table)", event.kind, event.message) for event in happened]
    if not records:
        return Note("Nothing: every column was treated exactly as asked.")
    table = pd.DataFrame(records, columns=["column", "kind", "what happened"])
    return Table(table, count_words(len(records), "event"), hide_index=True)


def left_out(correlation: Correlation) -> Table | Note:
    """List the columns that were not correlated, each with the reason."""
    if not correlation.left_out:
        return Note("None: every column was correlated.")
    table = pd.DataFrame(list(correlation.left_out.items()), columns=["column", "reason"])
    return Table(table, f"{count_words(len(table), 'column')} not correlated", hide_index=True)


def file_list(files: Sequence[str | Path]) -> Table:
    """List the files that were written, with their sizes."""
    records = [(Path(path).name, size_words(Path(path).stat().st_size)) for path in files]
    return Table(pd.DataFrame(records, columns=["file", "size"]), count_words(len(records), "file"), hide_index=True)


def _describe(column: pd.Series) -> tuple[object, ...]:
    missing = int(column.isna().sum())
    distinct = int(column.nunique())
    return _type_words(column), missing, missing / max(len(column), 1), distinct, _values_words(column, distinct)


def _type_words(column: pd.Series) -> str:
    kind = column_kind(column)
    return "integer" if kind == "number" and is_integer_dtype(column.dtype) else kind


def _values_words(column: pd.Series, distinct: int) -> str:
    """The range of numbers and dates, the commonest values of the rest."""
    known = column.dropna()
    if known.empty:
        return "(empty)"
    if column_kind(column) in {"number", "date"}:
        return f"{_end_words(known.min())} to {_end_words(known.max())}"
    if distinct == len(known) > 1:
        return f"all different, such as {short_label(known.iloc[0], 30)}"
    return name_list(known.value_counts().index[:4].astype(object).tolist() + [None] * max(distinct - 4, 0))


def _end_words(value: object) -> str:
    if isinstance(value, pd.Timestamp):
        return str(value.date()) if value.time() == time() else str(value)
    return str(value) if isinstance(value, pd.Timedelta) else format_value(value)
