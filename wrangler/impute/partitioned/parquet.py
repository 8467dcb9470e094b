"""Parquet files as partitions: read by row groups, written one partition after the other."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import dask.dataframe as dd
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

Groups = tuple[int, ...]


def bytes_in_memory(path: Path) -> int:
    """Estimate the bytes that a file takes as a DataFrame, from its first row group.

    Parameters
    ----------
    path : Path

    Returns
    -------
    int
    """
    with pq.ParquetFile(path) as file:
        rows = file.metadata.num_rows
        if not rows:
            return 0
        first = file.read_row_group(0).to_pandas()
    return int(first.memory_usage(index=False, deep=True).sum() / max(len(first), 1) * rows)


def read_partitions(path: Path, partition_bytes: int) -> dd.DataFrame:
    """A file as a dask DataFrame with the dtypes that pandas reads; each partition is one row group or several.

    Parameters
    ----------
    path : Path
    partition_bytes : int
        A partition of several row groups takes at most about this much in memory.

    Returns
    -------
    dask DataFrame
    """
    categories = _categories(path)
    with pq.ParquetFile(path) as file:
        lengths = [file.metadata.row_group(number).num_rows for number in range(file.num_row_groups)]
        blank = file.schema_arrow.empty_table().to_pandas()
    per_row = bytes_in_memory(path) / max(sum(lengths), 1)
    groups = _grouped(lengths, partition_bytes / max(per_row, 1e-9))
    starts = np.cumsum([0, *(sum(lengths[number] for number in group) for group in groups)]).tolist()
    divisions = (*starts[:-1], max(starts[-1] - 1, starts[-2]))
    meta = _with_categories(blank.reset_index(drop=True), categories)
    frame: dd.DataFrame = dd.from_map(  # type: ignore[no-untyped-call]
        read_groups, [path] * len(groups), groups, starts[:-1], categories=categories, meta=meta, divisions=divisions
    )
    return frame


def read_groups(
    path: Path, groups: Groups, start: int, categories: dict[str, pd.CategoricalDtype], columns: Sequence[str] = ()
) -> pd.DataFrame:
    """Some row groups of a file; `start` is the position of their first row; without `columns` all are read."""
    with pq.ParquetFile(path) as file:
        wanted = list(columns) or None
        frame = file.read_row_groups(list(groups), columns=wanted).to_pandas() if groups else _blank(file)
    frame.index = pd.RangeIndex(start, start + len(frame))
    return _with_categories(frame, categories)


@dataclass
class Writer:
    """Appends partitions to a file; the first one decides the types."""

    path: Path
    open: list[pq.ParquetWriter] = field(default_factory=list)

    def write(self, frame: pd.DataFrame) -> None:
        """Append the rows of `frame`."""
        if not self.open:
            table = pa.Table.from_pandas(frame, preserve_index=False)
            self.open.append(pq.ParquetWriter(self.path, table.schema))
        else:
            table = pa.Table.from_pandas(frame, schema=self.open[0].schema, preserve_index=False)
        self.open[0].write_table(table)


@contextmanager
def writer(path: Path) -> Iterator[Writer]:
    """A context that writes one file, which is complete when it ends."""
    parts = Writer(path)
    try:
        yield parts
    finally:
        for file in parts.open:
            file.close()


def _blank(file: pq.ParquetFile) -> pd.DataFrame:
    blank: pd.DataFrame = file.schema_arrow.empty_table().to_pandas()
    return blank


def _grouped(lengths: Sequence[int], most_rows: float) -> list[Groups]:
    """Consecutive row groups, as many as fit a partition but at least one."""
    groups: list[list[int]] = [[]]
    rows = 0
    for number, length in enumerate(lengths):
        if groups[-1] and rows + length > most_rows:
            groups.append([])
            rows = 0
        groups[-1].append(number)
        rows += length
    return [tuple(group) for group in groups]


def _categories(path: Path) -> dict[str, pd.CategoricalDtype]:
    """The categories of each dictionary column over all row groups, in the order in which they occur."""
    categories: dict[str, pd.Index] = {}
    ordered = {}
    with pq.ParquetFile(path) as file:
        names = [field.name for field in file.schema_arrow if pa.types.is_dictionary(field.type)]
        for number in range(file.num_row_groups if names else 0):
            part = file.read_row_group(number, columns=names).to_pandas()
            for name in names:
                more = part[name].cat.categories
                categories[name] = categories[name].append(more).unique() if name in categories else more
                ordered[name] = part[name].cat.ordered
    return {name: pd.CategoricalDtype(levels, ordered=ordered[name]) for name, levels in categories.items()}


def _with_categories(frame: pd.DataFrame, categories: dict[str, pd.CategoricalDtype]) -> pd.DataFrame:
    wanted = {name: dtype for name, dtype in categories.items() if name in frame.columns}
    return frame.astype(wanted) if wanted else frame
