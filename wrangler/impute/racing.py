"""A race between methods: known cells are hidden, every candidate fills them, and each column has its winner."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from wrangler.impute.base import Imputer
from wrangler.impute.codec import Floats
from wrangler.impute.filling import Copied, Literal
from wrangler.impute.record import Record
from wrangler.impute.table import Column, Rows, Table
from wrangler.impute.work import Work

FEWEST_KNOWN = 8
WANTED_CELLS = 400
MOST_HEATS = 5


@dataclass
class Race:
    """What each candidate lost on each column.

    Attributes
    ----------
    losses : dict of column to dict of candidate to list of ndarray
        Squared errors, or 0 and 1 for levels, of every hidden cell, one array a heat.
    """

    losses: dict[str, dict[str, list[Floats]]] = field(default_factory=dict)

    def add(self, column: str, candidate: str, losses: Floats) -> None:
        """Note one candidate's losses on one column in one heat."""
        self.losses.setdefault(column, {}).setdefault(candidate, []).append(losses)

    def of(self, column: str) -> dict[str, Floats]:
        """Losses of all candidates that finished on a column."""
        return {name: np.concatenate(parts) for name, parts in self.losses.get(column, {}).items()}


def hide(table: Table, targets: Sequence[str], share: float, random: np.random.Generator) -> dict[str, Rows]:
    """Rows to hide in each target of which enough is known.

    Parameters
    ----------
    table : Table
    targets : sequence of str
    share : float
    random : Generator

    Returns
    -------
    dict of str to ndarray of int
    """
    hidden: dict[str, Rows] = {}
    for name in targets:
        known = np.flatnonzero(~np.isnan(table.columns[name].cells))
        if len(known) >= FEWEST_KNOWN:
            hidden[name] = random.choice(known, size=max(int(len(known) * share), 1), replace=False)
    return hidden


def holed(table: Table, hidden: Mapping[str, Rows]) -> Table:
    """`table` with more holes."""
    columns = {name: _without(column, hidden.get(name)) for name, column in table.columns.items()}
    return replace(table, columns=columns)


def _without(column: Column, rows: Rows | None) -> Column:
    if rows is None:
        return column
    cells, missing = column.cells.copy(), column.missing.copy()
    cells[rows], missing[rows] = np.nan, True
    return replace(column, cells=cells, missing=missing)


def run_race(table: Table, targets: Sequence[str], candidates: Mapping[str, Imputer], share: float, work: Work) -> Race:
    """Hide cells, let every candidate fill them, note the losses; more heats when the table is small.

    Parameters
    ----------
    table : Table
    targets : sequence of str
    candidates : mapping of str to Imputer
    share : float
        Share of the known cells of each target that a heat hides.
    work : Work

    Returns
    -------
    Race
    """
    race = Race()
    heats = int(np.clip(np.ceil(WANTED_CELLS / max(table.rows * share, 1)), 1, MOST_HEATS))
    for heat in range(heats):
        hidden = hide(table, targets, share, work.random("hide", str(heat)))
        part = holed(table, hidden)
        for number, (name, candidate) in enumerate(candidates.items()):
            work.step((heat + number / len(candidates)) / heats, f"heat {heat + 1}: trying {name}")
            _run(race, name, candidate, (table, part), hidden, work)
    return race


def _run(
    race: Race, name: str, candidate: Imputer, tables: tuple[Table, Table], hidden: Mapping[str, Rows], work: Work
) -> None:
    whole, part = tables
    runs = [target for target in hidden if whole.columns[target].kind in candidate.fills]
    if not runs:
        return
    silent = replace(work, record=Record(), progress=None)
    learnt = candidate._learn(part, runs, silent)  # noqa: SLF001 - a method among methods
    fills = candidate._fill(learnt, part, runs, silent)  # noqa: SLF001
    for target in runs:
        column = part.columns[target]
        answers = np.full(part.rows, np.nan)
        answers[column.missing] = values_of(fills[target], column)
        truth, answer = whole.columns[target].cells[hidden[target]], answers[hidden[target]]
        if not np.isnan(answer).any():
            losses = (truth != answer).astype(np.float64) if column.is_levelled else (truth - answer) ** 2
            race.add(target, name, losses)


def values_of(fill: Floats | Copied | Literal, column: Column) -> Floats:
    """Encoded answers of a fill that may copy cells."""
    if isinstance(fill, Copied):
        return np.where(fill.rows >= 0, column.cells[np.maximum(fill.rows, 0)], np.nan)
    if isinstance(fill, Literal):
        return np.full(int(column.missing.sum()), np.nan)
    return fill
