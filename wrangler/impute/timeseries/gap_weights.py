"""How to weigh neighbours in time against other columns, by the distance to the nearest known cell.

There are simple answers - the line between the neighbours, the equations over other columns, and those over the column
itself as well - and a ridge regression on all of them. Each class of distance takes what errs least on cells that were
hidden for a rehearsal, whole gaps left out in turn: cells of one gap err alike. The regression must be better by a
margin that shrinks with the number of gaps.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from wrangler.impute.encoding import Floats, Rows
from wrangler.impute.timeseries.lags import Neighbours

EDGES = np.array([1.5, 2.5, 4.5, 8.5, 16.5, 32.5, 64.5])
FEWEST_CELLS = 20
FEWEST_GAPS = 5
PENALTIES = (1e-2, 1.0, 10.0, 100.0)
SIMPLE = ("neighbours in time", "other columns", "other columns and its own past and future")
ALL = "a mixture"


def distance_classes(steps: Floats) -> Rows:
    """The class of each distance, nearest first."""
    return np.asarray(np.digitize(steps, EDGES))


@dataclass(frozen=True)
class Weighing:
    """What answers at one class of distance.

    Attributes
    ----------
    base : int
        Which of the simple answers errs least.
    weights : ndarray of float64 or None
        Of the terms that are added to it; None when it does best alone.
    """

    base: int
    weights: Floats | None = None

    @property
    def told(self) -> str:
        """For a person."""
        return SIMPLE[self.base] if self.weights is None else ALL


@dataclass(frozen=True)
class Clues:
    """What is known around some holes of one column: numbers in standard units, or codes.

    Attributes
    ----------
    answers : tuple of ndarray of float64, shape (holes,)
        The simple ones.
    terms : ndarray of float64, shape (holes, terms)
        What the regression reads; none for levels.
    classes : ndarray of int, shape (holes,)
        Of distance, nearest first.
    rows : ndarray of int, shape (holes,)
        Where the holes are, ascending.
    """

    answers: tuple[Floats, ...]
    terms: Floats
    classes: Rows
    rows: Rows

    def take(self, rows: Rows) -> "Clues":
        """The same for some of the holes."""
        answers = tuple(answer[rows] for answer in self.answers)
        return Clues(answers, self.terms[rows], self.classes[rows], self.rows[rows])


def clues_of(near: Neighbours, own: Floats, said: Floats, around: tuple[Floats, Floats], rows: Rows) -> Clues:
    """Clues for holes at `rows`.

    Parameters
    ----------
    near : Neighbours
        Of the holes.
    own : ndarray of float64
        The column, in standard units, complete.
    said : ndarray of float64, shape (2, rows of the table)
        What the equations say in every row: of other columns alone, and with its own cells.
    around : pair of ndarray of float64
        The column one season before and after every row.
    rows : ndarray of int
    """
    line, others, full = near.between(own), said[0][rows], said[1][rows]
    first, last = own[near.before], own[near.after]
    second, second_last = own[near.second_before], own[near.second_after]
    terms = (
        others - near.between(said[0]),
        others - line,
        full - line,
        line - 0.5 * (second + second_last),
        first - last,
        second - second_last,
        (first - last) * (near.share - 0.5),
        0.5 * (around[0] + around[1])[rows] - line,
        line,
        np.ones(len(rows)),
    )
    return Clues((line, others, full), np.column_stack(terms), distance_classes(near.steps), rows)


def learn_weighings(clues: Clues, truth: Floats) -> dict[int, Weighing]:
    """For each class of distance, what answers best, judged with its neighbours where it occurs too rarely.

    Parameters
    ----------
    clues : Clues
    truth : ndarray of float64, shape (holes,)
        What was hidden.
    """
    away = np.abs(clues.classes[None, :] - np.arange(len(EDGES) + 1)[:, None])
    found: dict[int, Weighing] = {}
    for number in range(len(away) if len(truth) >= FEWEST_CELLS else 0):
        reach = np.partition(away[number], FEWEST_CELLS - 1)[FEWEST_CELLS - 1]
        rows = np.flatnonzero(away[number] <= reach)
        found[number] = _weighed(clues.take(rows), truth[rows])
    return found


def _weighed(clues: Clues, truth: Floats) -> Weighing:
    is_levelled = not clues.terms.shape[1]
    misses = [truth != answer if is_levelled else (truth - answer) ** 2 for answer in clues.answers]
    errors = [float(missed.mean()) for missed in misses]
    base = int(np.argmin(errors))
    gaps = np.cumsum(np.diff(clues.rows, prepend=clues.rows[0]) > 1)
    margin = 1.0 - 1.0 / np.sqrt(gaps[-1] + 1.0)
    if is_levelled or gaps[-1] + 1 < FEWEST_GAPS:
        return Weighing(base)
    rest = truth - clues.answers[base]
    crossed = [_crossed_error(clues.terms, rest, gaps % FEWEST_GAPS, penalty) for penalty in PENALTIES]
    if min(crossed) >= errors[base] * margin:
        return Weighing(base)
    return Weighing(base, _ridge(clues.terms, rest, PENALTIES[int(np.argmin(crossed))]))


def _ridge(terms: Floats, truth: Floats, penalty: float) -> Floats:
    normal = terms.T @ terms
    normal.flat[:: len(normal) + 1] += penalty
    return np.asarray(np.linalg.solve(normal, terms.T @ truth))


def _crossed_error(terms: Floats, truth: Floats, folds: Rows, penalty: float) -> float:
    """Mean squared error, each fold from the weights that the others give."""
    total = 0.0
    for fold in range(FEWEST_GAPS):
        out = folds == fold
        total += float(((truth[out] - terms[out] @ _ridge(terms[~out], truth[~out], penalty)) ** 2).sum())
    return total / len(truth)


def weigh(weighings: Mapping[int, Weighing], clues: Clues) -> Floats:
    """Answers for holes; the line where nothing was learnt."""
    answers = clues.answers[0].copy()
    for number in np.unique(clues.classes) if weighings else ():
        rows = np.flatnonzero(clues.classes == number)
        weighing = weighings[int(number)]
        answers[rows] = clues.answers[weighing.base][rows]
        if weighing.weights is not None:
            answers[rows] += clues.terms[rows] @ weighing.weights
    return answers


def describe(weighings: Mapping[int, Weighing]) -> str:
    """What answers at which distance, for a person."""
    lows = [1, *(int(edge + 0.5) for edge in EDGES)]
    told: list[str] = []
    last = ""
    for number, weighing in weighings.items():
        if weighing.told != last:
            told.append(f"{weighing.told} from a distance of {lows[number]}")
        last = weighing.told
    return ", ".join(told)
