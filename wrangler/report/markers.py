"""Why cells are missing, as far as their markers reported when the table was imported.

Beside the table may lie `markers.json`, the counts by kind of the columns whose markers say a kind, and
`markers.parquet`, the kind of each cell of the columns in which several kinds occur. Without them a missing cell is
just missing.
"""

import json
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from wrangler.report.note import Note
from wrangler.report.table import Format, Table
from wrangler.report.wording import count_words

OBSERVED, UNTOLD = "observed", "missing"
COUNTS_FILE, CELLS_FILE = "markers.json", "markers.parquet"


def missing_reasons(frame: pd.DataFrame, folder: str | Path = ".") -> pd.DataFrame:
    """Say of each cell why it is missing.

    Parameters
    ----------
    frame : DataFrame
        The table with its missing cells.
    folder : path
        Where the files about its markers lie, if there are any.

    Returns
    -------
    DataFrame of categories, same shape
        "observed", or the kind that the cell's marker reported: "refused", "unknown", "not_applicable", "error"; "missing"
        where it reported none.
    """
    counts, cells = Path(folder) / COUNTS_FILE, Path(folder) / CELLS_FILE
    counted = json.loads(counts.read_text(encoding="utf-8")) if counts.is_file() else {}
    reasons = pd.read_parquet(cells) if cells.is_file() else pd.DataFrame(index=frame.index)
    kinds = {}
    for place, name in enumerate(frame.columns):
        missing = frame.iloc[:, place].isna().to_numpy()
        if name in reasons.columns:
            kinds[str(name)] = _by_cell(missing, reasons[name])
        else:
            kind = _one_kind(counted.get(name, {}), int(missing.sum()))
            kinds[str(name)] = _levels(missing.astype(np.int8), [OBSERVED, kind])
    return pd.DataFrame(kinds, index=frame.index)


def missing_reason_counts(kinds: pd.DataFrame) -> pd.Series:
    """How many cells of each column are missing for which kind of reason."""
    counts = {}
    for name in kinds:
        own = kinds[name].value_counts()
        counts[name] = {str(kind): int(count) for kind, count in own.items() if kind != OBSERVED and count}
    return pd.Series(counts, dtype=object, name="missing_reasons")


def missing_reasons_table(kinds: pd.DataFrame) -> Table | Note:
    """Show how many cells of each column are missing for which kind of reason; a sentence where no marker reports one."""
    counts = pd.DataFrame.from_dict(missing_reason_counts(kinds).to_dict(), orient="index").rename_axis("column")
    telling = [kind for kind in counts if kind != UNTOLD]
    if not telling:
        return Note(
            "No marker says why a cell is missing: an empty cell, or a mark such as NA, reports only that it is."
        )
    shown = counts[counts[telling].notna().any(axis=1)].fillna(0).astype(int)
    shown = shown[[*telling, *(kind for kind in shown if kind == UNTOLD)]]
    order = shown[telling].sum(axis=1).sort_values(ascending=False, kind="stable").index
    shown = shown.loc[order].rename(columns={kind: str(kind).replace("_", " ") for kind in shown})
    formats: dict[str, Format] = dict.fromkeys(shown.columns, "count")
    caption = f"Why cells are missing, in {count_words(len(shown), 'column')} whose markers report"
    return Table(shown.rename(columns={UNTOLD: "not reported"}), caption, {**formats, "not reported": "count"})


def _one_kind(counts: Mapping[str, int], missing: int) -> str:
    """The kind of all missing cells of a column; gaps beyond those that were counted held no marker."""
    [kind] = counts if len(counts) == 1 and sum(counts.values()) >= missing else [UNTOLD]
    return kind


def _by_cell(missing: npt.NDArray[np.bool_], reasons: pd.Series) -> pd.Categorical:
    """A kind counts only where the cell is missing; those without one just are."""
    kinds = [str(kind) for kind in reasons.cat.categories if kind != UNTOLD]
    places = pd.Categorical(reasons.astype("str"), categories=kinds).codes
    codes = np.where(missing, np.where(places >= 0, places + 2, 1), 0).astype(np.int8)
    return _levels(codes, [OBSERVED, UNTOLD, *kinds])


def _levels(codes: npt.NDArray[np.int8], levels: list[str]) -> pd.Categorical:
    return pd.Categorical.from_codes(codes, categories=pd.Index(levels, dtype="str"))
