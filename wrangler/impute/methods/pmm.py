"""Predictive mean matching: a missing cell gets the observed cell of a row with a near prediction.

Source: Little, Missing-Data Adjustments in Large Surveys, J. Bus. Econ. Stat. 6 (1988); van Buuren, Flexible Imputation
of Missing Data, 2018, section 3.4: a random one of the five nearest donors, by type 1 matching: donors are predicted by
the likeliest equation, missing cells by an equation drawn anew (see `linear_model.posterior`). Donors are found by
binary search; where more of them than asked for have the nearest prediction, all of these are drawn from alike.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Annotated, ClassVar

import numpy as np

from wrangler.impute.arrays import Bools, Floats, Rows
from wrangler.impute.base import Imputer
from wrangler.impute.context import Fitted, Work
from wrangler.impute.cost import DRAWN, Growth
from wrangler.impute.encoding import Fill, Table
from wrangler.impute.linear_model import (
    Chain,
    Equation,
    Start,
    augment,
    draw,
    draw_codes,
    fit_linear,
    fit_logits,
    fit_pooled,
    sample_rows,
    start_from,
)
from wrangler.impute.options import Option
from wrangler.impute.registry import MeasuredCost, method

CHUNK = 8192
STARTS = 500  # completed rows that are kept for the start of sweeps
DIGITS = 9  # of predictions in standard deviations: rows that are alike are predicted alike, whatever their place


@dataclass(frozen=True)
class Ranked:
    """The donors of one column, by ascending prediction: predictions and observed cells, of shape (donors,)."""

    predictions: Floats
    cells: Floats


@dataclass(frozen=True)
class Matched:
    """The fitted state of one draw: equations, the donors of every number, and the traces of the drawn cells.

    Attributes
    ----------
    chain : Chain or None
        The last equations, by which cells are matched.
    path : tuple of Chain
        The equations of the sweeps before.
    starts : ndarray of shape (rows, width)
        Completed rows from which sweeps start.
    donors : mapping of str to Ranked
    traces : mapping of str to ndarray of shape (sweeps, 2)
        See `linear_model.posterior.Drawn`.
    """

    chain: Chain | None
    path: tuple[Chain, ...] = ()
    starts: Floats = field(default_factory=lambda: np.empty((0, 0)))
    donors: Mapping[str, Ranked] = field(default_factory=dict)
    traces: Mapping[str, Floats] = field(default_factory=dict)

    def sweep(self, matrix: Floats, missing: list[Bools], sweeps: int, random: np.random.Generator) -> None:
        """Draw the missing cells of some rows; `matrix` is completed in place."""
        start_from(self.starts, self.path[0].features, matrix, missing, random)
        draw(self.path, matrix, missing, sweeps, random)


@method(
    "pmm",
    "Predictive mean matching",
    "Each missing cell gets an observed cell from a row with a near prediction; keeps the distribution and its limits.",
    rank=40,
    cost=MeasuredCost(0.0178, 3.82e-06, 0.00811, 1.65e-06, 2.2e05, 1.33e03, 3.22e06, 232),
)
@dataclass(kw_only=True, eq=False, repr=False)
class PMMImputer(Imputer):
    """Fill numbers by predictive mean matching and levels by a draw from their probabilities.

    Parameters
    ----------
    donors : int
        The value of a missing cell is drawn from this many rows of nearest prediction.
    sweeps : int
        Sweeps of draws while the equations are fitted, and again before the match.
    max_iter : int
        Most rounds through the columns while the equations are fitted.
    tolerance : float
        Rounds end when the imputed cells change less than this, in standard deviations.
    most_rows : int
        Equations are fitted, and donors taken, from at most this many rows. Other parameters as in `Imputer`.
    """

    donors: Annotated[int, Option("How many nearest rows a cell is drawn from.", minimum=1, maximum=100)] = 5
    sweeps: Annotated[int, Option("Sweeps of draws, while fitting and before the match.", minimum=1, maximum=100)] = 5
    max_iter: Annotated[int, Option("Most rounds through the columns.", minimum=1, maximum=1000)] = 20
    tolerance: Annotated[float, Option("Change, in standard deviations, at which rounds end.", minimum=0)] = 0.01
    most_rows: Annotated[int, Option("Most rows to fit from.", minimum=100)] = 20_000

    reads_other_columns: ClassVar[bool] = True
    smallest_group: ClassVar[int] = 30
    growth: ClassVar[Growth] = Growth(cap="most_rows", block=CHUNK, work=DRAWN)

    def _fit(self, table: Table, targets: Sequence[str], work: Work) -> Matched | tuple[Matched, ...]:
        return self._fit_draws(table, targets, [work])[0]

    def _fill(self, fitted: Fitted, table: Table, targets: Sequence[str], work: Work) -> Mapping[str, Fill]:
        return self._fill_draw(fitted, table, targets, work)

    def _level_probabilities(
        self, fitted: Fitted, table: Table, targets: Sequence[str], work: Work
    ) -> Mapping[str, Floats]:
        """Means over the draws, each with its own drawn predictors."""
        draws = [each for each in (fitted if isinstance(fitted, tuple) else (fitted,)) if each.chain]
        by_draw: dict[str, list[Floats]] = {}
        for number, each in enumerate(draws):
            chain = each.chain
            matrix, missing = chain.features.matrix(table), chain.features.missing(table)
            each.sweep(matrix, missing, self.sweeps, work.random("chances", str(number)))
            for name in targets:
                if name in chain.by_name and table.columns[name].is_categorical:
                    block = matrix[table.columns[name].missing]
                    levels = table.columns[name].levels
                    by_draw.setdefault(name, []).append(chain.by_name[name].level_probabilities(block, levels))
        return {name: np.mean(draws, axis=0) for name, draws in by_draw.items()}

    def _fit_draws(self, table: Table, targets: Sequence[str], works: Sequence[Work]) -> list[Matched]:
        """Fit each draw, with equations of its own."""
        rows = sample_rows(table, self.most_rows, works[0])
        part = table if rows is None else table.take(rows)
        whole = fit_linear(part, self.max_iter, self.tolerance, works[0].part(0.0, 0.3)).chain
        start = self._start(part, whole, works[0].part(0.3, 0.4))
        drawing = works[0].part(0.4, 1.0)

        def fit(place: int, turn: Work) -> Matched:
            named = turn.part(0.0, 1.0, f"draw {place + 1} of {len(works)}")
            return self._fit_draw(part, start, targets, replace(named, draw=works[place].draw))

        return drawing.each(fit, range(len(works)))

    @staticmethod
    def _start(part: Table, whole: Chain | None, work: Work) -> Start | None:
        """What all draws start from; logits are fitted to rows whose missing cells are drawn."""
        if whole is None:
            return None
        missing = whole.features.missing(part)
        if not any(
            feature.is_categorical and flags.any() for feature, flags in zip(whole.features.parts, missing, strict=True)
        ):
            return Start(whole, {})
        matrix = whole.features.matrix(part)
        draw([whole], matrix, missing, 2, work.random("logits"))
        return Start(whole, fit_logits(whole, matrix, missing, lambda done: work.step(done, "fitting the categories")))

    def _fit_draw(self, part: Table, start: Start | None, targets: Sequence[str], work: Work) -> Matched:
        if start is None:
            return Matched(None)
        whole = start.chain
        missing, random = whole.features.missing(part), work.random("equations")
        matrix = whole.features.matrix(part)
        drawn = augment(start, matrix, missing, self.sweeps, random, lambda done: work.step(done, "fitting"))
        _divide_pooled(drawn.chain, drawn.matrix, part, random)
        ranked, traces = {}, {}
        for number, feature in enumerate(whole.features.parts):
            if feature.name in targets and missing[number].any():
                traces[feature.name] = drawn.trace[:, number]
            if feature.name in targets and not feature.is_categorical:
                predicted = drawn.matrix @ drawn.likeliest[number]
                ranked[feature.name] = _ranked(predicted, part.columns[feature.name].cells)
        starts = drawn.matrix[np.sort(random.permutation(len(matrix))[:STARTS])]
        return Matched(drawn.chain, drawn.path, starts, ranked, traces)

    def _fill_draw(self, fitted: Matched, table: Table, targets: Sequence[str], work: Work) -> dict[str, Floats]:
        predictions = {name: np.full(table.rows, np.nan) for name in targets}
        incomplete = np.flatnonzero(np.logical_or.reduce([table.columns[name].missing for name in targets]))
        random = work.random("holes")  # part of the seed: another word would change every result
        for start in range(0, len(incomplete) if fitted.chain else 0, CHUNK):
            rows = incomplete[start : start + CHUNK]
            work.step(start / len(incomplete), "matching predictions")
            self._fill_chunk(fitted, table.take(rows), rows, predictions, random)
        return {name: predictions[name][table.columns[name].missing] for name in targets}

    def _fill_chunk(
        self, fitted: Matched, part: Table, rows: Rows, predictions: dict[str, Floats], random: np.random.Generator
    ) -> None:
        """Gibbs sweeps, then one of matches, each of which the next column reads, so that columns stay correlated."""
        if fitted.chain is None:
            return
        chain = fitted.chain
        matrix, missing = chain.features.matrix(part), chain.features.missing(part)
        fitted.sweep(matrix, missing, self.sweeps, random)
        for number in chain.order:
            equation, name = chain.equations[number], chain.equations[number].feature.name
            incomplete = np.flatnonzero(missing[number])
            if name not in predictions or not len(incomplete):
                continue
            drawn = self._drawn(equation, matrix[incomplete], fitted.donors.get(name), random)
            predictions[name][rows[incomplete]] = drawn
            cells = np.empty((len(incomplete), equation.feature.width))
            equation.feature.write(drawn, cells)
            matrix[incomplete, equation.feature.places] = cells

    def _drawn(self, equation: Equation, matrix: Floats, donors: Ranked | None, random: np.random.Generator) -> Floats:
        if donors is None:
            return draw_codes(equation, matrix, random)
        return self._match(np.round((matrix @ equation.weights)[:, 0], DIGITS), donors, random)

    def _match(self, wanted: Floats, donors: Ranked, random: np.random.Generator) -> Floats:
        """For each prediction the cell of one of its nearest donors."""
        count = min(self.donors, len(donors.cells))
        if not count:
            return np.full(len(wanted), np.nan)
        place = np.searchsorted(donors.predictions, wanted)
        window = np.clip(place[:, None] + np.arange(-count, count), 0, len(donors.cells) - 1)
        gaps = np.abs(donors.predictions[window] - wanted[:, None])
        gaps[:, 1:][window[:, 1:] == window[:, :-1]] = np.inf
        nearest = np.argpartition(gaps, count - 1, axis=1)[:, :count]
        every = np.arange(len(wanted))
        chosen = window[every, nearest[every, random.integers(count, size=len(wanted))]]
        closest = donors.predictions[window[every, gaps.argmin(axis=1)]]
        first = np.searchsorted(donors.predictions, closest)
        ties = np.searchsorted(donors.predictions, closest, side="right") - first
        tied = np.flatnonzero(ties > count)
        chosen[tied] = first[tied] + random.integers(ties[tied])
        return np.asarray(donors.cells[chosen])


def _divide_pooled(chain: Chain, matrix: Floats, part: Table, random: np.random.Generator) -> None:
    """Give the equations of categories with pooled levels the scores that separate these, drawn anew."""
    for equation in chain.equations:
        feature = equation.feature
        if feature.pooled:
            cells = part.columns[feature.name].cells
            rows, inputs = np.flatnonzero(np.isin(cells, feature.pooled)), equation.inputs
            order = np.argsort(feature.pooled)
            places = order[np.searchsorted(feature.pooled, cells[rows], sorter=order)]
            equation.within = np.zeros((matrix.shape[1], len(feature.pooled)))
            pooled = fit_pooled(matrix[np.ix_(rows, inputs[:-1])], places, len(feature.pooled))
            equation.within[inputs] = pooled.draw(random)


def _ranked(predictions: Floats, cells: Floats) -> Ranked:
    known = np.flatnonzero(~np.isnan(cells))
    rounded = np.round(predictions[known], DIGITS)
    order = np.argsort(rounded, kind="stable")
    return Ranked(rounded[order], cells[known[order]])
