"""The files that a run leaves beside its notebook, written so that a reader never finds half of one."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pa_csv

from wrangler.files import replace_file

_MOST_BYTES = 100
_WINDOWS_DEVICE = re.compile(r"(?i)(con|prn|aux|nul|com[0-9]|lpt[0-9])(\..*)?")
_NEEDS_QUOTES = r'[",\r\n]'


def safe_stem(name: str) -> str:
    """Make a file name's stem of any text: letters and digits of all scripts, dots, dashes and underscores.

    Parameters
    ----------
    name : str
        What a person called the table, with or without an ending such as `.csv`.

    Returns
    -------
    str
        At most 100 bytes, no separator, no leading dot, no name that Windows keeps for itself; "dataset" when
        nothing is left.
    """
    text = unicodedata.normalize("NFC", name)
    text = re.sub(r"(?i)\.(csv|tsv|txt|parquet|xlsx)$", "", text)
    text = re.sub(r"[^\w.-]+", "_", text).strip("._- ")
    text = text.encode()[:_MOST_BYTES].decode(errors="ignore").rstrip("._- ")
    return f"_{text}" if _WINDOWS_DEVICE.fullmatch(text) else text or "dataset"


def write_imputation(
    completed: pd.DataFrame, mask: pd.DataFrame, dataset_name: str, folder: str | Path = "."
) -> list[Path]:
    """Write the completed table and the mask of filled cells.

    Parameters
    ----------
    completed : DataFrame
    mask : DataFrame of bool, same shape
    dataset_name : str
        Made safe by `safe_stem` before it becomes part of a file name.
    folder : path

    Returns
    -------
    list of Path
        `imputed.parquet` (dtypes kept), `mask.parquet`, `<dataset>_imputed.csv`.
    """
    folder = Path(folder)
    written = [folder / "imputed.parquet", folder / "mask.parquet", folder / f"{safe_stem(dataset_name)}_imputed.csv"]
    replace_file(written[0], lambda path: completed.to_parquet(path, index=False))
    replace_file(written[1], lambda path: mask.to_parquet(path, index=False))
    write_csv(completed, written[2])
    return written


def write_cells(
    completed: pd.DataFrame, mask: pd.DataFrame, methods: Mapping[str, str], folder: str | Path = "."
) -> Path:
    """Write `cells.parquet`: for every cell "observed", "missing" (left so), or the method that filled it.

    Parameters
    ----------
    completed, mask : DataFrame, same shape
    methods : mapping of column name to str
        The method that filled each column.
    folder : path
    """
    words = {}
    for place, name in enumerate(mask.columns):
        levels = ["observed", "missing", methods.get(str(name), "filled")]
        codes = np.where(mask.iloc[:, place], 2, completed.iloc[:, place].isna().to_numpy().astype(np.int8))
        words[str(name)] = pd.Categorical.from_codes(codes, categories=pd.Index(levels, dtype="str"))
    path = Path(folder) / "cells.parquet"
    replace_file(path, lambda target: pd.DataFrame(words).to_parquet(target, index=False))
    return path


def write_missing_reasons(reasons: pd.DataFrame, folder: str | Path = ".") -> Path:
    """Write `missing_reasons.parquet`: for every cell "observed", or why it was missing, from `missing_reasons`."""
    path = Path(folder) / "missing_reasons.parquet"
    replace_file(path, lambda target: reasons.to_parquet(target, index=False))
    return path


def write_draws(tables: Sequence[pd.DataFrame], spread: pd.DataFrame, folder: str | Path = ".") -> list[Path]:
    """Write all completed tables below each other, and how far they differ in each filled cell.

    Returns
    -------
    list of Path
        `imputed_draws.parquet`, whose first two columns `.imp` (draw, from 1) and `.id` (row, from 1) are named as in
        the long form of mice for R; `spread.parquet`, of the shape of one table, null where a cell was observed.
    """
    paths = [Path(folder) / "imputed_draws.parquet", Path(folder) / "spread.parquet"]
    numbers = np.repeat(np.arange(1, len(tables) + 1), [len(table) for table in tables])
    rows = np.concatenate([np.arange(1, len(table) + 1) for table in tables])
    long = pd.concat(tables, ignore_index=True)
    long.insert(0, ".imp", numbers)
    long.insert(1, ".id", rows)
    replace_file(paths[0], lambda path: long.to_parquet(path, index=False))
    replace_file(paths[1], lambda path: spread.to_parquet(path, index=False))
    return paths


def write_correlation(matrix: pd.DataFrame, dataset_name: str, folder: str | Path = ".") -> Path:
    """Write a square table of correlations as `<dataset>_correlation.csv`, names both ways."""
    path = Path(folder) / f"{safe_stem(dataset_name)}_correlation.csv"
    write_csv(matrix.rename_axis("column").reset_index(), path)
    return path


def write_pairs(intervals: pd.DataFrame, dataset_name: str, folder: str | Path = ".") -> Path:
    """Write each pair of `correlation_intervals` on a line of its own as `<dataset>_pairs.csv`."""
    path = Path(folder) / f"{safe_stem(dataset_name)}_pairs.csv"
    write_csv(intervals, path)
    return path


def write_ranking(ranking: pd.DataFrame, dataset_name: str, folder: str | Path = ".") -> Path:
    """Write the ranking of a comparison as `<dataset>_methods.csv` or `_jobs.csv`, least error first."""
    path = Path(folder) / f"{safe_stem(dataset_name)}_{ranking.index.name}s.csv"
    write_csv(ranking.reset_index(), path)
    return path


def write_csv(frame: pd.DataFrame, path: Path) -> None:
    """Write a table as CSV: UTF-8, comma, missing cells empty, text quoted only where some text needs it."""
    read = pa.Table.from_pandas(frame, preserve_index=False)
    table = pa.table([_plain_column(column) for column in read.columns], names=read.column_names)
    style = "needed" if any(map(_has_awkward_text, table.columns)) else "none"
    options = pa_csv.WriteOptions(include_header=False, quoting_style=style)
    replace_file(path, lambda target: _write_csv(table, target, options))


def _write_csv(table: pa.Table, target: Path, options: pa_csv.WriteOptions) -> None:
    with target.open("wb") as stream:
        stream.write((",".join(map(_quoted, table.column_names)) + "\n").encode())
        pa_csv.write_csv(table, stream, options)


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"' if re.search(_NEEDS_QUOTES, name) else name


def _plain_column(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Turn categories into their values, and dates without a time of day into plain dates."""
    if pa.types.is_dictionary(column.type):
        column = column.cast(column.type.value_type)
    if pa.types.is_timestamp(column.type) and column.type.tz is None:
        days = column.cast(pa.date32(), safe=False)
        try:
            is_whole = pc.all(pc.equal(days.cast(column.type), column)).as_py()
        except pa.ArrowInvalid:  # the day of some instant began before the first instant of its unit
            return column
        if is_whole:
            return days
    return column


def _has_awkward_text(column: pa.ChunkedArray) -> bool:
    if not (pa.types.is_string(column.type) or pa.types.is_large_string(column.type)):
        return False
    awkward = pc.or_(pc.match_substring_regex(column, _NEEDS_QUOTES), pc.equal(column, ""))
    return bool(pc.any(awkward).as_py())
