"""Known cells that are hidden from an imputer: by the mechanisms of `ampute`, or as the table's own holes lie."""

from collections.abc import Mapping, Sequence
from typing import Any, Literal, get_args

import numpy as np
import numpy.typing as npt
import pandas as pd

from wrangler.impute.ampute import ampute
from wrangler.impute.errors import ImputationError
from wrangler.impute.stored import Bools

Withholding = Literal["mcar", "mar", "mnar", "pattern"]
FEWEST_KEPT = 2
FEWEST_HIDDEN = 30


def check_withholding(mechanism: str, share: float) -> None:
    """Refuse what is no way, or no share, to hide cells.

    Raises
    ------
    ImputationError
    """
    if not 0 < share < 1:
        raise ImputationError(f"share: must lie between 0 and 1, not {share}.")
    if mechanism not in get_args(Withholding):
        raise ImputationError(f"mechanism: must be one of {', '.join(get_args(Withholding))}, not {mechanism!r}.")


def withhold_cells(
    frame: pd.DataFrame, names: Sequence[str], mechanism: Withholding, share: float, random: np.random.Generator
) -> dict[str, Bools]:
    """Which known cells of some columns are hidden: at least one of each, and never so many that fewer than two stay.

    Parameters
    ----------
    frame : DataFrame
        With the columns by which "mar" may choose.
    names : sequence of str
        Columns of which at least three cells are known.
    mechanism : {"mcar", "mar", "mnar", "pattern"}
        A table without holes has no patterns: then "pattern" is "mcar".
    share : float
    random : Generator

    Returns
    -------
    dict of str to ndarray of bool
    """
    known = {name: frame[name].notna().to_numpy(dtype=bool) for name in names}
    holes = ~np.column_stack([*known.values()]) if known else np.empty((len(frame), 0), dtype=bool)
    if mechanism == "pattern" and holes.any():
        marks = _laid(holes, share, random)
        hidden = {name: marks[:, place] for place, name in enumerate(names)}
    else:
        plain: Any = "MCAR" if mechanism == "pattern" else mechanism.upper()
        seed = int(random.integers(2**31))
        holed = ampute(frame, share=share, mechanism=plain, columns=names, random_state=seed)
        hidden = {name: known[name] & holed[name].isna().to_numpy(dtype=bool) for name in names}
    return _within_reason(hidden, known, random)


def _laid(holes: Bools, share: float, random: np.random.Generator) -> Bools:
    """Cells that are known where whole patterns of holes of other rows are laid over the most complete rows.

    A share of the rows gets a pattern that is drawn among the rows with holes. Columns with few holes would lose next
    to nothing so; they get more patterns, of rows in which they are a hole, on rows that have none yet.
    """
    hidden = np.zeros_like(holes)
    order = np.argsort(holes.sum(axis=1) + random.random(len(holes)))
    wanted = max(round(share * len(holes)), 1)
    incomplete = np.flatnonzero(holes.any(axis=1))
    rows, free = order[:wanted], order[wanted:]
    hidden[rows] = holes[random.choice(incomplete, len(rows))] & ~holes[rows]
    for place in np.argsort(holes.sum(axis=0), kind="stable"):
        donors = np.flatnonzero(holes[:, place])
        lacking = min(FEWEST_HIDDEN, round(share * (~holes[:, place]).sum())) - int(hidden[:, place].sum())
        if len(donors) and lacking > 0:
            rows = free[~holes[free, place]][:lacking]
            hidden[rows] = holes[random.choice(donors, len(rows))] & ~holes[rows]
            free = free[~np.isin(free, rows)]
    return hidden


def _within_reason(
    hidden: Mapping[str, Bools], known: Mapping[str, Bools], random: np.random.Generator
) -> dict[str, Bools]:
    made = {}
    for name, marks in hidden.items():
        kept = marks.copy()
        if not kept.any():
            kept[random.choice(np.flatnonzero(known[name]))] = True
        most = max(int(known[name].sum()) - FEWEST_KEPT, 1)
        shown: npt.NDArray[np.intp] = random.permutation(np.flatnonzero(kept))[most:]
        kept[shown] = False
        made[name] = kept
    return made
