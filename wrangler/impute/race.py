"""What a race has shown so far: hidden cells, answers, who left and why."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from wrangler.impute.candidates import BASELINES, STANDBY, Candidate, decided
from wrangler.impute.codec import Floats
from wrangler.impute.hiding import Hiding
from wrangler.impute.pacing import Pace, within
from wrangler.impute.table import Column, Table
from wrangler.impute.work import Deadline

HOPELESS = 1.25
SURE = 2.0

Answers = dict[str, Floats]


@dataclass(frozen=True)
class Terms:
    """Of a race: what share of the known cells each heat hides, and on what table the winners are to work, till when.

    Attributes
    ----------
    share : float
    rows : int
    deadline : Deadline or None
        For all of learning; the race itself has that of its work.
    """

    share: float
    rows: int
    deadline: Deadline | None = None


@dataclass
class Race:
    """What was hidden of each column, and what each candidate answered, one array a heat.

    Attributes
    ----------
    truths : dict of column to list of ndarray
    answers : dict of column to dict of candidate to list of ndarray
        Numbers or codes, or probabilities of shape (cells, levels).
    left : dict of column to dict of candidate to float
        Mean loss at which candidates dropped out.
    late : dict of candidate to str
        Why there was no time for it.
    paces : dict of candidate to Pace
    """

    truths: dict[str, list[Floats]] = field(default_factory=dict)
    answers: dict[str, dict[str, list[Floats]]] = field(default_factory=dict)
    left: dict[str, dict[str, float]] = field(default_factory=dict)
    late: dict[str, str] = field(default_factory=dict)
    paces: dict[str, Pace] = field(default_factory=dict)

    def add(self, hiding: Hiding, table: Table, found: Mapping[str, Answers | None]) -> None:
        """Note one heat: the hidden cells, and the answers of those candidates that gave any."""
        for name, rows in hiding.judged.items():
            self.truths.setdefault(name, []).append(table.columns[name].cells[rows])
        for candidate, answers in found.items():
            for name, answer in (answers or {}).items():
                self.answers.setdefault(name, {}).setdefault(candidate, []).append(answer)

    def forget(self) -> None:
        """Start anew on more rows: what was answered with less to learn from says too little; who left stays out."""
        self.truths, self.answers = {}, {}

    def drop(self, table: Table) -> None:
        """Let candidates leave that clearly err more than the best of their column."""
        for name in self.truths:
            column = table.columns[name]
            truth, answers = self.of(name)
            lost = {candidate: losses(truth, answer, column) for candidate, answer in answers.items()}
            best = min(lost.values(), key=lambda loss: float(loss.mean()), default=np.zeros(1))
            for candidate, loss in lost.items():
                if candidate not in BASELINES and _is_hopeless(loss, best):
                    self.left.setdefault(name, {})[candidate] = float(loss.mean())

    def of(self, column: str) -> tuple[Floats, dict[str, Floats]]:
        """The hidden cells of a column, and the answers of the candidates that gave one in every heat, in time."""
        truths = self.truths.get(column, [])
        full = {
            name: np.concatenate(parts)
            for name, parts in self.answers.get(column, {}).items()
            if len(parts) == len(truths) and name not in self.late and name not in self.left.get(column, {})
        }
        return (np.concatenate(truths) if truths else np.empty(0)), full

    def runners(self, candidates: Mapping[str, Candidate]) -> dict[str, Candidate]:
        """The candidates that are still in the race of any column."""
        columns = list(self.truths)
        return {
            name: candidate
            for name, candidate in candidates.items()
            if name not in self.late
            and (not columns or any(name not in self.left.get(column, {}) for column in columns))
        }

    def keep_to(self, terms: Terms) -> None:
        """Let candidates leave that could not be learnt, or not fill the whole table, in the time that is left."""
        if terms.deadline is not None:
            self.late |= within(terms.deadline, self.paces, terms.rows, {*BASELINES, STANDBY, *self.late})

    def too_slow(self, rows: int, deadline: Deadline | None) -> dict[str, str]:
        """Candidates that there is no time for in a heat on so many rows, and why; the quickest go first."""
        left, late = np.inf if deadline is None else deadline.seconds_left, {}
        for name in sorted(self.paces.keys() - self.late, key=lambda name: self.paces[name].to_run(rows)):
            left -= self.paces[name].to_run(rows)
            if left < 0 and name not in {*BASELINES, STANDBY}:
                late[name] = f"there was no time to try it on {rows:,} rows"
        return late


def _is_hopeless(loss: Floats, best: Floats) -> bool:
    """Whether losses are far above the best ones, and beyond chance."""
    more = loss - best
    sure = SURE * float(more.std()) / np.sqrt(max(len(more), 1))
    return bool(more.mean() > sure and loss.mean() > HOPELESS * best.mean())


def losses(truth: Floats, answer: Floats, column: Column) -> Floats:
    """Squared errors of numbers; 0 and 1 for levels."""
    if column.is_levelled:
        return np.asarray(truth != decided(answer), dtype=np.float64)
    return np.asarray((truth - answer) ** 2)
