"""Which observed cells to hide, so that hidden cells resemble the missing ones.

To judge methods on cells hidden completely at random is to assume that cells are missing so. Here an observed cell is
hidden with a probability that grows with the odds of its row, by all other columns and which of them are missing, to
have a missing cell in its column; and cells that are often missing in such rows are hidden with it. Along an order, the
missing cells of all columns are shifted together, so that gaps keep their lengths.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from wrangler.impute.arrays import Bools, Floats, Rows
from wrangler.impute.encoding import Table
from wrangler.impute.evaluation.propensity import FEWEST_MISSING, MOST_WIDTH, odds_of_missing
from wrangler.impute.evaluation.row_sample import along

FEWEST_KNOWN = 8
SURE = 3.0  # standard errors
MOST_SHIFTS = 8


@dataclass(frozen=True)
class Hiding:
    """A table with hidden cells, and the rows of each target in which predictions are judged."""

    table: Table
    judged: Mapping[str, Rows]


@dataclass
class Pattern:
    """The missing cells of the columns that have any, and the cells that are hidden besides.

    Attributes
    ----------
    names : list of str
    missing, hidden : ndarray of bool, shape (rows, names)
    odds : dict of str to ndarray of shape (rows,)
    """

    names: list[str]
    missing: Bools
    odds: dict[str, Floats] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.hidden = np.zeros_like(self.missing)

    def hide(self, number: int, count: int, random: np.random.Generator) -> Rows:
        """Hide about `count` cells of one column, and others that are often missing with them; returns their rows."""
        missing = self.missing[:, number]
        already = np.flatnonzero(self.hidden[:, number])
        if len(already) >= count:
            return np.sort(random.choice(already, count, replace=False))
        free = np.flatnonzero(~missing & ~self.hidden[:, number])
        odds = self.odds.get(self.names[number])
        probabilities = None if odds is None else odds[free] / odds[free].sum()
        hit = random.choice(free, count - len(already), replace=False, p=probabilities)
        self.hidden[hit, number] = True
        if min(missing.sum(), len(hit)) >= FEWEST_MISSING and len(self.names) <= MOST_WIDTH:
            self._hide_beside(hit, np.flatnonzero(missing), random)
        return np.sort(np.concatenate([already, hit]))

    def _hide_beside(self, hit: Rows, incomplete: Rows, random: np.random.Generator) -> None:
        """Hide in rows `hit` what is missing more often in rows `incomplete`, each by the pattern of one of those."""
        wanted, current = self.missing[incomplete].mean(axis=0), (self.missing | self.hidden)[hit].mean(axis=0)
        error = np.sqrt(wanted * (1.0 - wanted) / len(incomplete) + current * (1.0 - current) / len(hit))
        short = np.flatnonzero(wanted - current > SURE * error)
        if not len(short):
            return
        excess = (wanted - current)[short] / ((1.0 - current) * wanted)[short]
        copied = self.missing[np.ix_(random.choice(incomplete, len(hit)), short)]
        copied &= random.random(copied.shape) < excess
        self.hidden[np.ix_(hit, short)] |= copied & ~self.missing[np.ix_(hit, short)]


def hide(table: Table, targets: Sequence[str], share: float, random: np.random.Generator) -> Hiding:
    """Hide cells of each target that has enough observed ones, by the pattern of the missing cells.

    Parameters
    ----------
    table : Table
    targets : sequence of str
    share : float
        Share of the observed cells of each target.
    random : Generator

    Returns
    -------
    Hiding
    """
    known = {name: int((~table.columns[name].missing_mask).sum()) for name in targets}
    wanted = {name: max(int(cells * share), 1) for name, cells in known.items() if cells >= FEWEST_KNOWN}
    names = list(
        dict.fromkeys([*wanted, *(name for name, column in table.columns.items() if column.missing_mask.any())])
    )
    if not wanted:
        return Hiding(table, {})
    missing = np.column_stack([table.columns[name].missing_mask for name in names])
    if table.order is not None:
        judged, hidden = _shifted(missing, along(table), [wanted.get(name, 0) for name in names], random)
        judged_by_name = {name: judged[number] for number, name in enumerate(names) if name in wanted}
        return Hiding(_incomplete(table, names, hidden), judged_by_name)
    pattern = Pattern(names, missing, odds_of_missing(table, list(wanted), random))
    most_missing_first = np.argsort(-missing.sum(axis=0), kind="stable").tolist()
    rows = {
        names[number]: pattern.hide(number, wanted[names[number]], random)
        for number in most_missing_first
        if names[number] in wanted
    }
    return Hiding(_incomplete(table, names, pattern.hidden), {name: rows[name] for name in wanted})


def _incomplete(table: Table, names: Sequence[str], hidden: Bools) -> Table:
    """`table` without the hidden cells."""
    more = {
        name: table.columns[name].without(hidden[:, number])
        for number, name in enumerate(names)
        if hidden[:, number].any()
    }
    return replace(table, columns={**table.columns, **more})


def _shifted(
    missing: Bools, rows: Rows, wanted: Sequence[int], random: np.random.Generator
) -> tuple[list[Rows], Bools]:
    """Judged rows of each column, and all hidden cells: the missing cells of all columns, shifted along the order.

    Shifts are repeated until enough cells are hidden; where they are too many, consecutive ones are kept. In columns
    with too few missing cells for that, cells are hidden at random.
    """
    known, hidden = ~missing[rows], np.zeros((len(rows), missing.shape[1]), dtype=bool)
    for _ in range(MOST_SHIFTS):
        short = np.asarray(wanted) > 2 * hidden.sum(axis=0)
        if not short.any() or not len(rows):
            break
        shifted = np.roll(missing[rows], int(random.integers(1, max(len(rows), 2))), axis=0)
        hidden |= shifted & known & short
    start, all_hidden, judged = int(random.integers(max(len(rows), 1))), np.zeros_like(missing), []
    for number, count in enumerate(wanted):
        rotated = np.roll(np.arange(len(rows)), -start)
        places = rotated[hidden[rotated, number]][:count]
        if len(places) < min(FEWEST_MISSING, count):
            free = np.flatnonzero(known[:, number])
            places = random.choice(free, min(count, len(free)), replace=False)
        all_hidden[rows[places], number] = True
        judged.append(np.sort(rows[places]))
    return judged, all_hidden
