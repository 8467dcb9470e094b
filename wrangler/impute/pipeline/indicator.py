"""Columns that show where cells were missing: `<column>_missing`, at the end of the completed table."""

from collections.abc import Callable, Sequence

import pandas as pd

from wrangler.impute.errors import UnsuitableTable
from wrangler.impute.events import Record

SUFFIX = "_missing"


def find_indicated(
    frame: pd.DataFrame, names: Sequence[str], is_incomplete: Callable[[str], bool] | None = None
) -> tuple[str, ...]:
    """Those of `names` that have missing cells while fitting: each gets an indicator, in every table.

    Parameters
    ----------
    frame : pandas.DataFrame
    names : sequence of str
    is_incomplete : callable, optional
        Whether a column has missing cells, for a table of which `frame` is only a part.

    Returns
    -------
    tuple of str

    Raises
    ------
    UnsuitableTable
        When there is already a column with the name of an indicator.
    """
    wanted = set(names)
    has_missing = is_incomplete or (lambda name: bool(frame[name].isna().any()))
    incomplete = [name for name in frame.columns if name in wanted and has_missing(name)]
    taken = [name for name in incomplete if name + SUFFIX in frame.columns]
    if taken:
        raise UnsuitableTable(
            f"add_indicator: there is already a column {taken[0] + SUFFIX!r}; rename it, or exclude {taken[0]!r}."
        )
    return tuple(incomplete)


def with_indicators(
    completed: pd.DataFrame, frame: pd.DataFrame, indicated: Sequence[str], record: Record
) -> pd.DataFrame:
    """`completed` with a boolean column for each of `indicated`: True where its cell is missing in `frame`.

    Parameters
    ----------
    completed, frame : pandas.DataFrame
        After and before filling.
    indicated : sequence of str
    record : Record
        Receives an event for each filled column that had no missing cells while fitting, and so has no indicator.

    Returns
    -------
    pandas.DataFrame
    """
    for name in sorted(set(record.outcomes).difference(indicated)):
        record.add_event(name, "ignored", f"'{name}' has no indicator: it had no missing cells while fitting.")
    indicators = {name + SUFFIX: frame[name].isna().to_numpy(dtype=bool) for name in indicated}
    return pd.concat([completed, pd.DataFrame(indicators, index=completed.index)], axis=1)
