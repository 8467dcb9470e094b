"""Missing reasons: why cells are missing, as far as the markers in the imported file show.

Beside the table may lie `markers.json`, the counts by reason of the columns whose markers give one, and
`markers.parquet`, the reason of each cell of the columns in which several occur. Without them a missing cell is just
missing.
"""

import json
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from wrangler.report.elements import Format, Note, Table, count_words

OBSERVED, UNKNOWN_REASON = "observed", "missing"
COUNTS_FILE, CELLS_FILE = "markers.json", "markers.parquet"


def missing_reasons(frame: pd.DataFrame, folder: str | Path = ".") -> pd.DataFrame:
    """Give the missing reason of each cell.

    Parameters
    ----------
    frame : DataFrame
        The table with its missing cells.
    folder : path
        Where the files about its markers lie, if there are any.

    Returns
    -------
    DataFrame of categories, same shape
        "observed", or the reason that the marker of the cell gives: "refused", "unknown", "not_applicable", "error";
        "missing" where it gives none.
    """
    counts, cells = Path(folder) / COUNTS_FILE, Path(folder) / CELLS_FILE
    counted = json.loads(counts.read_text(encoding="utf-8")) if counts.is_file() else {}
    reasons = pd.read_parquet(cells) if cells.is_file() else pd.DataFrame(index=frame.index)
    by_column = {}
    for place, name in enumerate(frame.columns):
        missing = frame.iloc[:, place].isna().to_numpy()
        if name in reasons.columns:
            by_column[str(name)] = _by_cell(missing, reasons[name])
        else:
            reason = _one_reason(counted.get(name, {}), int(missing.sum()))
            by_column[str(name)] = _levels(missing.astype(np.int8), [OBSERVED, reason])
    return pd.DataFrame(by_column, index=frame.index)


def missing_reason_counts(reasons: pd.DataFrame) -> pd.Series:
    """Count the missing cells of each column by their reason."""
    counts = {}
    for name in reasons:
        own = reasons[name].value_counts()
        counts[name] = {str(reason): int(count) for reason, count in own.items() if reason != OBSERVED and count}
    return pd.Series(counts, dtype=object, name="missing_reasons")


def missing_reasons_table(reasons: pd.DataFrame) -> Table | Note:
    """Tabulate the missing cells of each column by reason; a sentence where no marker gives one."""
    counts = pd.DataFrame.from_dict(missing_reason_counts(reasons).to_dict(), orient="index").rename_axis("column")
    given = [reason for reason in counts if reason != UNKNOWN_REASON]
    if not given:
        return Note(
            "No marker gives a reason: an empty cell, or a marker such as NA, shows only that the value is missing."
        )
    shown = counts[counts[given].notna().any(axis=1)].fillna(0).astype(int)
    shown = shown[[*given, *(reason for reason in shown if reason == UNKNOWN_REASON)]]
    order = shown[given].sum(axis=1).sort_values(ascending=False, kind="stable").index
    shown = shown.loc[order].rename(columns={reason: str(reason).replace("_", " ") for reason in shown})
    formats: dict[str, Format] = dict.fromkeys(shown.columns, "count")
    caption = f"Why cells are missing, in {count_words(len(shown), 'column')} whose markers give a reason"
    return Table(
        shown.rename(columns={UNKNOWN_REASON: "no reason given"}), caption, {**formats, "no reason given": "count"}
    )


def _one_reason(counts: Mapping[str, int], missing: int) -> str:
    """The reason of all missing cells of a column; missing cells beyond those that were counted held no marker."""
    [reason] = counts if len(counts) == 1 and sum(counts.values()) >= missing else [UNKNOWN_REASON]
    return reason


def _by_cell(missing: npt.NDArray[np.bool_], reasons: pd.Series) -> pd.Categorical:
    """A reason counts only where the cell is missing; without one the cell is just "missing"."""
    given = [str(reason) for reason in reasons.cat.categories if reason != UNKNOWN_REASON]
    places = pd.Categorical(reasons.astype("str"), categories=given).codes
    codes = np.where(missing, np.where(places >= 0, places + 2, 1), 0).astype(np.int8)
    return _levels(codes, [OBSERVED, UNKNOWN_REASON, *given])


def _levels(codes: npt.NDArray[np.int8], levels: list[str]) -> pd.Categorical:
    return pd.Categorical.from_codes(codes, categories=pd.Index(levels, dtype="str"))
