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
WANTED_CELLS = 300
MOST_HEATS = 4
HOPELESS = 1.25
BASELINES = frozenset({"mean", "mode"})


@dataclass
class Race:
    """What was hidden of each column, and what each candidate answered, one array a heat.

    Attributes
    ----------
    truths : dict of column to list of ndarray
    answers : dict of column to dict of candidate to list of ndarray
    """

    truths: dict[str, list[Floats]] = field(default_factory=dict)
    answers: dict[str, dict[str, list[Floats]]] = field(default_factory=dict)

    def add_truth(self, column: str, truth: Floats) -> None:
        """Note the hidden cells of a column in one heat."""
        self.truths.setdefault(column, []).append(truth)

    def add_answer(self, column: str, candidate: str, answer: Floats) -> None:
        """Note one candidate's answers on the hidden cells of a column in one heat."""
        self.answers.setdefault(column, {}).setdefault(candidate, []).append(answer)

    def hopeless(self, table: Table) -> set[tuple[str, str]]:
        """Pairs of column and candidate whose loss is so far above the least that they leave the race."""
        out = set()
        for column in self.truths:
            truth, answers = self.of(column)
            lost = {name: losses(truth, answer, table.columns[column]).mean() for name, answer in answers.items()}
            least = min(lost.values(), default=0.0)
            out |= {(column, name) for name, loss in lost.items() if loss > HOPELESS * least and name not in BASELINES}
        return out

    def of(self, column: str) -> tuple[Floats, dict[str, Floats]]:
        """The hidden cells of a column, and the answers of the candidates that gave one in every heat."""
        truths = self.truths.get(column, [])
        full = {
            name: np.concatenate(parts)
            for name, parts in self.answers.get(column, {}).items()
            if len(parts) == len(truths)
        }
        return (np.concatenate(truths) if truths else np.empty(0)), full


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
    race, dropped = Race(), set[tuple[str, str]]()
    heats = int(np.clip(np.ceil(WANTED_CELLS / max(table.rows * share, 1)), 1, MOST_HEATS))
    for heat in range(heats):
        hidden = hide(table, targets, share, work.random("hide", str(heat)))
        part = holed(table, hidden)
        for name, rows in hidden.items():
            race.add_truth(name, table.columns[name].cells[rows])
        for number, (name, candidate) in enumerate(candidates.items()):
            work.step((heat + number / len(candidates)) / heats, f"heat {heat + 1}: trying {name}")
            _run(race, name, candidate, part, {t: rows for t, rows in hidden.items() if (t, name) not in dropped}, work)
        dropped |= race.hopeless(table)
    return race


def _run(race: Race, name: str, candidate: Imputer, part: Table, hidden: Mapping[str, Rows], work: Work) -> None:
    runs = [target for target in hidden if part.columns[target].kind in candidate.fills]
    if not runs:
        return
    silent = replace(work, record=Record(), progress=None)
    learnt = candidate._learn(part, runs, silent)  # noqa: SLF001 - a method among methods
    fills = candidate._fill(learnt, part, runs, silent)  # noqa: SLF001
    for target in runs:
        column = part.columns[target]
        answers = np.full(part.rows, np.nan)
        answers[column.missing] = values_of(fills[target], column)
        if not np.isnan(answers[hidden[target]]).any():
            race.add_answer(target, name, answers[hidden[target]])


def losses(truth: Floats, answer: Floats, column: Column) -> Floats:
    """Squared errors of numbers; 0 and 1 for levels."""
    return (truth != answer).astype(np.float64) if column.is_levelled else (truth - answer) ** 2


def values_of(fill: Floats | Copied | Literal, column: Column) -> Floats:
    """Encoded answers of a fill that may copy cells."""
    if isinstance(fill, Copied):
        return np.where(fill.rows >= 0, column.cells[np.maximum(fill.rows, 0)], np.nan)
    if isinstance(fill, Literal):
        return np.full(int(column.missing.sum()), np.nan)
    return fill
