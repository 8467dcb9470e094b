"""Observed cells hidden from an imputer: by a mechanism of `ampute`, or in the pattern of the missing cells."""

from collections.abc import Mapping, Sequence
from typing import Any, Literal, get_args

import numpy as np
import pandas as pd

from wrangler.impute.arrays import Bools, Rows
from wrangler.impute.encoding import Table
from wrangler.impute.errors import ImputationError
from wrangler.impute.evaluation.ampute import ampute
from wrangler.impute.evaluation.hide_cells import hide

Withholding = Literal["mcar", "mar", "mnar", "pattern"]
FEWEST_KEPT = 2


def check_withholding(mechanism: str, share: float) -> None:
    """Refuse an unknown mechanism, and a share outside of 0 to 1.

    Raises
    ------
    ImputationError
        Naming the parameter.
    """
    if not 0 < share < 1:
        raise ImputationError(f"share: must lie between 0 and 1, not {share}.")
    if mechanism not in get_args(Withholding):
        raise ImputationError(f"mechanism: must be one of {', '.join(get_args(Withholding))}, not {mechanism!r}.")


def withhold_cells(
    frame: pd.DataFrame, names: Sequence[str], mechanism: Withholding, share: float, random: np.random.Generator
) -> dict[str, Bools]:
    """Which observed cells of some columns are hidden: at least one of each, and so few that at least two stay.

    Parameters
    ----------
    frame : DataFrame
        Including the columns that "mar" may depend on.
    names : sequence of str
        Columns with at least three observed cells.
    mechanism : {"mcar", "mar", "mnar"}
    share : float
    random : Generator

    Returns
    -------
    dict of str to ndarray of bool
    """
    seed = int(random.integers(2**31))
    name_in_ampute: Any = mechanism.upper()
    incomplete = ampute(frame, share=share, mechanism=name_in_ampute, columns=names, random_state=seed)
    known = {name: frame[name].notna().to_numpy(dtype=bool) for name in names}
    hidden = {name: known[name] & incomplete[name].isna().to_numpy(dtype=bool) for name in names}
    return _leaving_enough(hidden, known, random)


def withhold_by_pattern(
    table: Table, names: Sequence[str], share: float, random: np.random.Generator
) -> dict[str, Bools]:
    """Which observed cells are hidden in the pattern of the table's own missing cells; see `hide`.

    Parameters
    ----------
    table : Table
    names : sequence of str
        Columns with at least three observed cells.
    share : float
    random : Generator

    Returns
    -------
    dict of str to ndarray of bool
        At least one cell of each of `names`, and so few that at least two stay; and cells of other columns that are
        missing together with these.
    """
    incomplete = hide(table, names, share, random).table
    before = {name: column.missing for name, column in table.columns.items()}
    hidden = {name: column.missing & ~before[name] for name, column in incomplete.columns.items()}
    hidden = {name: marks for name, marks in hidden.items() if name in names or marks.any()}
    return _leaving_enough(hidden, {name: ~before[name] for name in hidden}, random)


def _leaving_enough(
    hidden: Mapping[str, Bools], known: Mapping[str, Bools], random: np.random.Generator
) -> dict[str, Bools]:
    within = {}
    for name, marks in hidden.items():
        kept = marks.copy()
        if not kept.any():
            kept[random.choice(np.flatnonzero(known[name]))] = True
        most = max(int(known[name].sum()) - FEWEST_KEPT, 1)
        shown: Rows = random.permutation(np.flatnonzero(kept))[most:]
        kept[shown] = False
        within[name] = kept
    return within
