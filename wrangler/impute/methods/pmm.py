"""Predictive mean matching: a missing cell gets the observed cell of a row with a near prediction.

Where no donor is near, and within bounds that hold none, cells are drawn around their prediction (see `drawing.donors`
and `drawing.truncated`); a column in which one value has a mass of its own, such as 0 among amounts, is drawn in
two parts (see `drawing.point_mass`). Events count the cells that are no copies.

Source: Little, Missing-Data Adjustments in Large Surveys, J. Bus. Econ. Stat. 6 (1988); van Buuren, Flexible Imputation
of Missing Data, 2018, section 3.4: a random one of the five nearest donors, by type 1 matching: donors are predicted by
the likeliest equation, missing cells by an equation drawn anew (see `drawing.augmentation`). Donors are found by
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
from wrangler.impute.drawing import (
    Amounts,
    Donors,
    PointMass,
    Start,
    amounts_beside,
    augment,
    columns_to_log,
    draw,
    draw_codes,
    draw_numbers,
    fit_logits,
    fit_mass,
    fit_pooled,
    make_donors,
    start_from,
)
from wrangler.impute.encoding import Fill, Table, find_mass
from wrangler.impute.linear_model import Chain, Equation, fit_linear, sample_rows
from wrangler.impute.options import Option
from wrangler.impute.registry import MeasuredCost, method

CHUNK = 8192
STARTS = 500  # completed rows that are kept for the start of sweeps
LEAST_INSIDE = 0.05  # share of the observed cells within the bounds, to match cells from them


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
    donors : mapping of str to Donors
    masses : mapping of str to PointMass
        Of semi-continuous columns.
    traces : mapping of str to ndarray of shape (sweeps, 2)
        See `drawing.augmentation.Drawn`.
    """

    chain: Chain | None
    path: tuple[Chain, ...] = ()
    starts: Floats = field(default_factory=lambda: np.empty((0, 0)))
    donors: Mapping[str, Donors] = field(default_factory=dict)
    masses: Mapping[str, PointMass] = field(default_factory=dict)
    traces: Mapping[str, Floats] = field(default_factory=dict)

    def sweep(self, matrix: Floats, missing: list[Bools], sweeps: int, random: np.random.Generator) -> None:
        """Draw the missing cells of some rows; `matrix` is completed in place."""
        start_from(self.starts, self.path[0].features, matrix, missing, random)
        draw(self.path, matrix, missing, sweeps, random)


@method(
    "pmm",
    "Predictive mean matching",
    "Each missing cell gets an observed cell from a row with a near prediction, if one is near; keeps distributions.",
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
    draws_cells: ClassVar[bool] = True
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
        logged = columns_to_log(part, works[0].random("scales"))
        whole = fit_linear(part, self.max_iter, self.tolerance, works[0].part(0.0, 0.3), logged=logged).chain
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
        censored = _censored(whole, part)
        parts = _amounts(whole, part, censored)
        if not any(
            feature.is_categorical and flags.any() for feature, flags in zip(whole.features.parts, missing, strict=True)
        ):
            return Start(whole, {}, censored, parts)
        matrix = whole.features.matrix(part)
        draw([whole], matrix, missing, 2, work.random("logits"))
        logits = fit_logits(whole, matrix, missing, lambda done: work.step(done, "fitting the categories"))
        return Start(whole, logits, censored, parts)

    def _fit_draw(self, part: Table, start: Start | None, targets: Sequence[str], work: Work) -> Matched:
        if start is None:
            return Matched(None)
        whole = start.chain
        missing, random = whole.features.missing(part), work.random("equations")
        matrix = whole.features.matrix(part)
        drawn = augment(start, matrix, missing, self.sweeps, random, lambda done: work.step(done, "fitting"))
        _divide_pooled(drawn.chain, drawn.matrix, part, random)
        donors, masses, traces = {}, {}, {}
        for number, feature in enumerate(whole.features.parts):
            if feature.name in targets and missing[number].any():
                traces[feature.name] = drawn.trace[:, number]
            if feature.name not in targets or feature.is_categorical or number in start.censored:
                continue
            column, equation = part.columns[feature.name], drawn.chain.equations[number]
            cells = column.cells
            if number in start.parts:
                mass = start.parts[number].mass
                masses[feature.name] = fit_mass(mass, equation, drawn.matrix, cells, random)
                cells = np.where(cells == mass, np.nan, cells)
            predicted = drawn.matrix @ drawn.likeliest[number]
            donors[feature.name] = make_donors(predicted, cells, equation.feature, column.codec)
        starts = drawn.matrix[np.sort(random.permutation(len(matrix))[:STARTS])]
        return Matched(drawn.chain, drawn.path, starts, donors, masses, traces)

    def _fill_draw(self, fitted: Matched, table: Table, targets: Sequence[str], work: Work) -> dict[str, Floats]:
        predictions = {name: np.full(table.rows, np.nan) for name in targets}
        incomplete = np.flatnonzero(np.logical_or.reduce([table.columns[name].missing for name in targets]))
        random = work.random("holes")  # part of the seed: another word would change every result
        for start in range(0, len(incomplete) if fitted.chain else 0, CHUNK):
            rows = incomplete[start : start + CHUNK]
            work.step(start / len(incomplete), "matching predictions")
            self._fill_chunk(fitted, table.take(rows), rows, predictions, random, work)
        return {name: predictions[name][table.columns[name].missing] for name in targets}

    def _fill_chunk(
        self,
        fitted: Matched,
        part: Table,
        rows: Rows,
        predictions: dict[str, Floats],
        random: np.random.Generator,
        work: Work,
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
            drawn = self._drawn(fitted, equation, matrix[incomplete], random, work)
            predictions[name][rows[incomplete]] = drawn
            feature = chain.features.parts[number]
            cells = np.empty((len(incomplete), feature.width))
            feature.write(drawn, cells)
            matrix[incomplete, feature.places] = cells

    def _drawn(
        self, fitted: Matched, equation: Equation, matrix: Floats, random: np.random.Generator, work: Work
    ) -> Floats:
        """Encoded cells of one column for some rows of the matrix."""
        feature = equation.feature
        if feature.is_categorical:
            return draw_codes(equation, matrix, random)
        name, donors = feature.name, fitted.donors.get(feature.name)
        if donors is None:
            message = (
                f"cells of '{name}' were drawn from a normal distribution within its bounds, which hold hardly any "
                "observed cell."
            )
            work.count(name, "truncated", len(matrix), message)
            return feature.encoded(draw_numbers(equation, matrix, random))
        spread = float(np.sqrt(max(equation.residual[0, 0], 0.0)))
        drawn, by_residual = donors.match((matrix @ equation.weights)[:, 0], spread, self.donors, random)
        if name in fitted.masses:
            has_mass = fitted.masses[name].draw(matrix, random)
            drawn, by_residual = np.where(has_mass, fitted.masses[name].value, drawn), by_residual & ~has_mass
        message = (
            f"cells of '{name}' have no donor near their prediction and were drawn around it, by random residuals."
        )
        work.count(name, "extrapolated", int(by_residual.sum()), message)
        return drawn


def _censored(chain: Chain, part: Table) -> frozenset[int]:
    """Numbers of the features of which hardly any observed cell lies within the bounds of the missing ones."""
    found = []
    for number, feature in enumerate(chain.features.parts):
        if np.isfinite(feature.bounds).any():
            low, high = feature.encoded(np.array(feature.bounds))
            known = part.columns[feature.name].known
            found += [number] if ((known >= low) & (known <= high)).mean() < LEAST_INSIDE else []
    return frozenset(found)


def _amounts(chain: Chain, part: Table, censored: frozenset[int]) -> dict[int, Amounts]:
    """By the number of their feature, the amounts of semi-continuous columns whose mass lies within their bounds."""
    amounts = {}
    for number, feature in enumerate(chain.features.parts):
        column = part.columns[feature.name]
        mass = None if number in censored else find_mass(column)
        low, high = feature.encoded(np.array(feature.bounds))
        if mass is not None and low <= mass <= high:
            amounts[number] = amounts_beside(mass, column.cells, feature)
    return amounts


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
