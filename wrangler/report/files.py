"""The files that a run leaves beside its notebook, written so that a reader never meets half of one."""

import os
import re
import unicodedata
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pa_csv

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


def write_correlation(matrix: pd.DataFrame, dataset_name: str, folder: str | Path = ".") -> Path:
    """Write a square table of correlations as `<dataset>_correlation.csv`, names both ways."""
    path = Path(folder) / f"{safe_stem(dataset_name)}_correlation.csv"
    write_csv(matrix.rename_axis("column").reset_index(), path)
    return path


def write_csv(frame: pd.DataFrame, path: Path) -> None:
    """Write a table as CSV: UTF-8, comma, missing cells empty, text quoted only where some text needs it."""
    read = pa.Table.from_pandas(frame, preserve_index=False)
    table = pa.table([_plain_column(column) for column in read.columns], names=read.column_names)
    style = "needed" if any(map(_has_awkward_text, table.columns)) else "none"
    options = pa_csv.WriteOptions(include_header=False, quoting_style=style)
    replace_file(path, lambda target: _write_csv(table, target, options))


def replace_file(path: Path, write: Callable[[Path], object]) -> None:
    """Write beside the file and put it in place at once."""
    partial = path.with_name(f".{path.name}.partial")
    try:
        write(partial)
        os.replace(partial, path)  # noqa: PTH105 - the same, and atomic by its documentation
    finally:
        partial.unlink(missing_ok=True)


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
        if pc.all(pc.equal(days.cast(column.type), column)).as_py():
            return days
    return column


def _has_awkward_text(column: pa.ChunkedArray) -> bool:
    if not (pa.types.is_string(column.type) or pa.types.is_large_string(column.type)):
        return False
    awkward = pc.or_(pc.match_substring_regex(column, _NEEDS_QUOTES), pc.equal(column, ""))
    return bool(pc.any(awkward).as_py())
