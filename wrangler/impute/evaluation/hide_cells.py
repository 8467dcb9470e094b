"""Which known cells to hide, so that what is hidden resembles what is missing.

Methods that are judged on cells hidden at random are judged as if missing cells came at random. So a known cell is
hidden the more likely the more its row resembles, in all other columns and in which of these are missing, the rows
where its column has missing cells; and what such rows are found to lack besides it, is hidden with it. Along an order
the missing cells of all columns are moved, so that gaps keep their lengths.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from wrangler.impute.arrays import Bools, Floats, Rows
from wrangler.impute.encoding import Table
from wrangler.impute.evaluation.propensity import FEWEST_MISSING, MOST_WIDTH, odds_of_missing
from wrangler.impute.evaluation.row_sample import along

FEWEST_KNOWN = 8
SURE = 3.0
MOST_MOVES = 8


@dataclass(frozen=True)
class Hiding:
    """A table with more missing cells, and the rows of each target whose answers are judged."""

    table: Table
    judged: Mapping[str, Rows]


@dataclass
class Pattern:
    """Where the columns that have missing cells have them, and what is hidden besides.

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
        """Hide about `count` cells of one column, with what is missing beside them, and name their rows."""
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
            self._borrow(hit, np.flatnonzero(missing), random)
        return np.sort(np.concatenate([already, hit]))

    def _borrow(self, hit: Rows, incomplete: Rows, random: np.random.Generator) -> None:
        """Hide in the rows `hit` what rows with a missing cell lack more often than these do, row by row together."""
        wanted, there = self.missing[incomplete].mean(axis=0), (self.missing | self.hidden)[hit].mean(axis=0)
        chance = np.sqrt(wanted * (1.0 - wanted) / len(incomplete) + there * (1.0 - there) / len(hit))
        short_of_hidden = np.flatnonzero(wanted - there > SURE * chance)
        if not len(short_of_hidden):
            return
        excess = (wanted - there)[short_of_hidden] / ((1.0 - there) * wanted)[short_of_hidden]
        lent = self.missing[np.ix_(random.choice(incomplete, len(hit)), short_of_hidden)]
        lent &= random.random(lent.shape) < excess
        self.hidden[np.ix_(hit, short_of_hidden)] |= lent & ~self.missing[np.ix_(hit, short_of_hidden)]


def hide(table: Table, targets: Sequence[str], share: float, random: np.random.Generator) -> Hiding:
    """Hide cells of each target of which enough is known, by the table's own pattern.

    Parameters
    ----------
    table : Table
    targets : sequence of str
    share : float
        Share of the known cells of each target.
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
        judged, hidden = _moved(missing, along(table), [wanted.get(name, 0) for name in names], random)
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
    """`table` with more missing cells."""
    more = {
        name: table.columns[name].without(hidden[:, number])
        for number, name in enumerate(names)
        if hidden[:, number].any()
    }
    return replace(table, columns={**table.columns, **more})


def _moved(missing: Bools, rows: Rows, wanted: Sequence[int], random: np.random.Generator) -> tuple[list[Rows], Bools]:
    """Rows judged of each column, and all that is hidden: the missing cells of all columns, moved along the order.

    Missing cells are moved until enough cells are hidden, and kept in one stretch of the order where these are too
    many. Columns that find too few, for want of missing cells, lose some at random.
    """
    known, hidden = ~missing[rows], np.zeros((len(rows), missing.shape[1]), dtype=bool)
    for _ in range(MOST_MOVES):
        short = np.asarray(wanted) > 2 * hidden.sum(axis=0)
        if not short.any() or not len(rows):
            break
        moved = np.roll(missing[rows], int(random.integers(1, max(len(rows), 2))), axis=0)
        hidden |= moved & known & short
    start, all_hidden, judged = int(random.integers(max(len(rows), 1))), np.zeros_like(missing), []
    for number, count in enumerate(wanted):
        turned = np.roll(np.arange(len(rows)), -start)
        found = turned[hidden[turned, number]][:count]
        if len(found) < min(FEWEST_MISSING, count):
            free = np.flatnonzero(known[:, number])
            found = random.choice(free, min(count, len(free)), replace=False)
        all_hidden[rows[found], number] = True
        judged.append(np.sort(rows[found]))
    return judged, all_hidden
