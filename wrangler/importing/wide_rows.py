"""Rows out of a table of very many columns, by Arrow, a few columns at a time: no query is planned for them."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

Row = tuple[Any, ...]
COLUMNS_AT_ONCE = 200
MIDNIGHT = "T00:00:00"


def read_wide(path: Path, start: int, stop: int) -> tuple[list[str], list[Row]]:
    """The names of all columns, and the rows from `start` to before `stop`; instants are ISO texts."""
    import pyarrow.parquet as pq

    rows: list[Row] = []
    with pq.ParquetFile(path) as file:
        names: list[str] = file.schema_arrow.names
        for group, first, last in _spans(file.metadata, start, stop):
            columns: list[list[Any]] = []
            for place in range(0, len(names), COLUMNS_AT_ONCE):
                wanted = names[place : place + COLUMNS_AT_ONCE]
                part = file.read_row_group(group, columns=wanted, use_threads=False)
                columns += [_cells(part.column(name).slice(first, last - first)) for name in wanted]
            rows += zip(*columns, strict=True)
    return names, rows


def _spans(metadata: Any, start: int, stop: int) -> Iterator[tuple[int, int, int]]:  # noqa: ANN401 - pyarrow has no types
    """Row groups that hold some of the rows, each with the first and, exclusively, the last of them."""
    before = 0
    for group in range(metadata.num_row_groups):
        count = metadata.row_group(group).num_rows
        first, last = max(start - before, 0), min(stop - before, count)
        if first < last:
            yield group, first, last
        before += count


def _cells(column: Any) -> list[Any]:  # noqa: ANN401 - pyarrow has no types
    import pyarrow as pa

    if not pa.types.is_timestamp(column.type):
        cells: list[Any] = column.to_pylist()
        return cells
    return [None if text is None else _iso(text) for text in column.cast(pa.string()).to_pylist()]


def _iso(text: str) -> str:
    """Arrow's text of an instant as everywhere else: days alone as days, zones as UTC, no idle fraction."""
    moment, is_zoned = text.removesuffix("Z").replace(" ", "T"), text.endswith("Z")
    whole, _, fraction = moment.partition(".")
    digits = fraction[:6] if fraction.strip("0") else ""
    moment = f"{whole}.{digits}" if digits.strip("0") else whole
    return f"{moment}+00:00" if is_zoned else moment.removesuffix(MIDNIGHT)
