"""Passes over the columns of a series: equations over the others, weighed against the neighbours in time."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from wrangler.impute.encoding import Bools, Feature, Floats, Table
from wrangler.impute.linear_model import Chain, Linear, completed_matrix
from wrangler.impute.timeseries.gap_weights import (
    Clues,
    Weighing,
    clues_of,
    describe,
    distance_classes,
    learn_weighings,
    weigh,
)
from wrangler.impute.timeseries.lag_regression import Lags, expected, learn_equations
from wrangler.impute.timeseries.lags import Course, neighbours_of
from wrangler.impute.timeseries.simulated_gaps import Rehearsal

ROUNDS, TOLERANCE = 10, 0.02
PASSES = 2


@dataclass(frozen=True)
class Pass:
    """One pass over the columns.

    Attributes
    ----------
    weights : ndarray of float64, shape (terms, numbers)
        The equations.
    weighings : mapping of str to mapping of int to Weighing
        For each column, how each class of distance is answered.
    """

    weights: Floats
    weighings: Mapping[str, Mapping[int, Weighing]]


@dataclass(frozen=True)
class Passes:
    """What was learnt: the first completion, what the equations read, and the passes."""

    linear: Linear
    lags: Lags
    step: float
    passes: tuple[Pass, ...]

    def told_of(self, name: str) -> str:
        """How each class of distance of a column is answered, for a person."""
        return describe(self.passes[-1].weighings[name])


@dataclass
class State:
    """A table on its way through the passes.

    Attributes
    ----------
    chain : Chain
        The equations that completed it first.
    matrix : ndarray of float64, shape (rows, width)
        Complete.
    cells : list of ndarray of float64
        For each feature its encoded cells, NaN where unknown.
    course : Course
    """

    chain: Chain
    matrix: Floats
    cells: list[Floats]
    course: Course

    @property
    def features(self) -> tuple[Feature, ...]:
        """The features of the matrix."""
        return self.chain.features.parts

    @cached_property
    def unknown(self) -> list[Bools]:
        """For each feature, which rows are unknown."""
        return [np.isnan(cells) for cells in self.cells]

    @property
    def numbers(self) -> list[int]:
        """Which of the features are numbers."""
        return [number for number, part in enumerate(self.features) if not part.is_levelled]


def start(linear: Linear, table: Table, course: Course) -> State:
    """The table completed by the first equations."""
    assert linear.chain is not None  # noqa: S101 - without equations there are no passes
    matrix = completed_matrix(linear, table, ROUNDS, TOLERANCE)
    cells = [table.columns[part.name].cells for part in linear.chain.features.parts]
    return State(linear.chain, matrix, cells, course)


def learn_passes(rehearsal: Rehearsal, truth: Table, course: Course, linear: Linear, lags: Lags) -> Passes:
    """Learn from the hidden cells of a rehearsal how to fill each column.

    Parameters
    ----------
    rehearsal : Rehearsal
    truth : Table
        The table before cells were hidden.
    course : Course
    linear : Linear
        Learnt from the rehearsal's table.
    lags : Lags

    Returns
    -------
    Passes
    """
    state = start(linear, rehearsal.table, course)
    levels = {}
    for number, part in enumerate(state.features):
        if part.is_levelled and (clues := _level_clues(state, number)) is not None:
            levels[part.name] = _learn_from_hidden(clues, state, number, rehearsal, truth.columns[part.name].cells)
    passes: list[Pass] = []
    for _ in range(PASSES):
        terms = lags.terms(state.matrix, course)
        parts = [state.features[number] for number in state.numbers]
        known = [~state.unknown[number] for number in state.numbers]
        weights = learn_equations(terms, parts, known, state.chain)
        said, weighings, fresh = expected(terms, weights), dict(levels), state.matrix.copy()
        for place, (number, part) in enumerate(zip(state.numbers, parts, strict=True)):
            clues = _clues(state, number, said[place], lags)
            if clues is not None:
                cells = np.empty((len(fresh), 1))
                part.write(truth.columns[part.name].cells, cells)
                weighings[part.name] = _learn_from_hidden(clues, state, number, rehearsal, cells[:, 0])
            _write_answers(fresh, state, number, weighings.get(part.name, {}), clues, said[place])
        state.matrix = fresh
        passes.append(Pass(weights, weighings))
    return Passes(linear, lags, course.step, tuple(passes))


def complete_course(learnt: Passes, table: Table, course: Course) -> dict[str, Floats]:
    """Encoded answers in every row of every column that varies; of no meaning where the cell is known."""
    state = start(learnt.linear, table, course)
    for each in learnt.passes:
        said = expected(learnt.lags.terms(state.matrix, course), each.weights)
        fresh = state.matrix.copy()
        for place, number in enumerate(state.numbers):
            clues = _clues(state, number, said[place], learnt.lags)
            weighings = each.weighings.get(state.features[number].name, {})
            _write_answers(fresh, state, number, weighings, clues, said[place])
        state.matrix = fresh
    answers = {}
    for number, part in enumerate(state.features):
        if part.is_levelled:
            answers[part.name] = _levels(learnt.passes[-1].weighings.get(part.name, {}), state, number)
        else:
            answers[part.name] = part.read(state.matrix[:, part.places])
    return answers


def _learn_from_hidden(
    clues: Clues, state: State, number: int, rehearsal: Rehearsal, cells: Floats
) -> dict[int, Weighing]:
    """Weighings of one column from its hidden cells, whose true values are among `cells`."""
    rows = np.flatnonzero(state.unknown[number])
    hidden = np.flatnonzero(rehearsal.hidden[state.features[number].name][rows])
    return learn_weighings(clues.take(hidden), cells[rows[hidden]])


def _write_answers(
    fresh: Floats, state: State, number: int, weighings: Mapping[int, Weighing], clues: Clues | None, said: Floats
) -> None:
    """Fill one number of `fresh`; with no known cell at all the equations answer."""
    rows = state.unknown[number]
    fresh[rows, state.features[number].places.start] = said[0][rows] if clues is None else weigh(weighings, clues)


def _clues(state: State, number: int, said: Floats, lags: Lags) -> Clues | None:
    """Clues for the holes of one number; None when no cell of it is known."""
    rows, known = np.flatnonzero(state.unknown[number]), np.flatnonzero(~state.unknown[number])
    if not len(known):
        return None
    own = state.matrix[:, state.features[number].places.start]
    around = own[state.course.at(-lags.period)], own[state.course.at(lags.period)]
    return clues_of(neighbours_of(rows, known, state.course), own, said, around, rows)


def _level_clues(state: State, number: int) -> Clues | None:
    """The nearer neighbour and the likeliest level, as codes, for the holes of one column of levels."""
    rows, known = np.flatnonzero(state.unknown[number]), np.flatnonzero(~state.unknown[number])
    if not len(known):
        return None
    near = neighbours_of(rows, known, state.course)
    likely = _likely(state, number)
    source = np.where(near.share <= 0.5, near.before, near.after)  # noqa: PLR2004 - half way
    return Clues(
        (state.cells[number][source], likely[rows]), np.empty((len(rows), 0)), distance_classes(near.steps), rows
    )


def _levels(weighings: Mapping[int, Weighing], state: State, number: int) -> Floats:
    answers = _likely(state, number)
    clues = _level_clues(state, number)
    if clues is not None:
        answers[state.unknown[number]] = weigh(weighings, clues)
    return answers


def _likely(state: State, number: int) -> Floats:
    part = state.features[number]
    probabilities = state.chain.by_name[part.name].probabilities(state.matrix)
    return np.asarray(part.codes[probabilities.argmax(axis=1)])
