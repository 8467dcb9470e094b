"""Predictive mean matching: a hole gets the observed cell of a row whose prediction is near its own.

Source: Little, Missing-Data Adjustments in Large Surveys, J. Bus. Econ. Stat. 6 (1988); van Buuren, Flexible Imputation
of Missing Data, 2018, section 3.4: a random one of the five nearest donors, type 1 matching. Predictions are linear
(see `gram`), their predictors drawn, not averaged; a hole is predicted by the equations of a bootstrap sample, its
donors by those of all rows. Donors are found by binary search.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar

import numpy as np

from wrangler.impute.base import Imputer
from wrangler.impute.codec import Floats
from wrangler.impute.filling import Fill
from wrangler.impute.gram import Chain, Equation, draw, draw_level, learn_chain
from wrangler.impute.linear import learn_linear, sample_rows
from wrangler.impute.options import Option
from wrangler.impute.registry import method
from wrangler.impute.table import Rows, Table
from wrangler.impute.work import Work

ROUNDS, TOLERANCE = 20, 0.01
CHUNK = 8192


@dataclass(frozen=True)
class Ranked:
    """The donors of one column, by rising prediction: predictions and observed cells, both of shape (donors,)."""

    predictions: Floats
    cells: Floats


@dataclass(frozen=True)
class Matched:
    """What one draw learnt: the equations of its bootstrap sample, and the donors of every number."""

    chain: Chain | None
    donors: Mapping[str, Ranked]


@method(
    "pmm",
    "Predictive mean matching",
    "Each hole gets an observed cell from a row with a near prediction; keeps the distribution and its limits.",
    rank=40,
)
@dataclass(kw_only=True, eq=False, repr=False)
class PMMImputer(Imputer):
    """Fill numbers by predictive mean matching and levels by a draw from their probabilities.

    Parameters
    ----------
    donors : int
        A hole's cell is drawn among this many rows of nearest prediction.
    sweeps : int
        Gibbs sweeps before the match.
    most_rows : int
        Equations are learnt, and donors taken, from at most this many rows. Other parameters as in `Imputer`.
    """

    donors: Annotated[int, Option("How many nearest rows a cell is drawn from.", minimum=1, maximum=100)] = 5
    sweeps: Annotated[int, Option("Gibbs sweeps before the match.", minimum=1, maximum=100)] = 5
    most_rows: Annotated[int, Option("Most rows to learn from.", minimum=100)] = 20_000

    reads_other_columns: ClassVar[bool] = True
    smallest_group: ClassVar[int] = 30

    def _learn(self, table: Table, targets: Sequence[str], work: Work) -> Any:  # noqa: ANN401 - the subclass has many
        return self._learn_draws(table, targets, [work])[0]

    def _fill(self, learnt: Any, table: Table, targets: Sequence[str], work: Work) -> Mapping[str, Fill]:  # noqa: ANN401
        return self._fill_draw(learnt, table, targets, work)

    def _learn_draws(self, table: Table, targets: Sequence[str], works: Sequence[Work]) -> list[Matched]:
        """For each draw its own equations; the donors' predictions come from the equations of all rows."""
        rows = sample_rows(table, self.most_rows, works[0])
        part = table if rows is None else table.take(rows)
        whole = learn_linear(part, ROUNDS, TOLERANCE, works[0]).chain
        return [self._learn_draw(part, whole, targets, work) for work in works]

    def _learn_draw(self, part: Table, whole: Chain | None, targets: Sequence[str], work: Work) -> Matched:
        if whole is None:
            return Matched(None, {})
        bootstrap = np.sort(work.random("bootstrap").integers(part.rows, size=part.rows))
        chain = _relearnt(whole, part.take(bootstrap))
        matrix = whole.features.matrix(part)
        draw(whole, matrix, whole.features.missing(part), self.sweeps, work.random("donors"))
        ranked = {
            name: _ranked(whole.by_name[name].amounts(matrix), part.columns[name].cells)
            for name in targets
            if name in whole.by_name and not part.columns[name].is_levelled
        }
        return Matched(chain, ranked)

    def _fill_draw(self, learnt: Matched, table: Table, targets: Sequence[str], work: Work) -> dict[str, Floats]:
        answers = {name: np.full(table.rows, np.nan) for name in targets}
        asked = np.flatnonzero(np.logical_or.reduce([table.columns[name].missing for name in targets]))
        random = work.random("holes")
        for start in range(0, len(asked) if learnt.chain else 0, CHUNK):
            rows = asked[start : start + CHUNK]
            work.step(start / len(asked), "matching predictions")
            self._fill_chunk(learnt, table.take(rows), rows, answers, random)
        return {name: answers[name][table.columns[name].missing] for name in targets}

    def _fill_chunk(
        self, learnt: Matched, part: Table, rows: Rows, answers: dict[str, Floats], random: np.random.Generator
    ) -> None:
        """Gibbs sweeps, then one sweep of matches, each of which the next column reads: so pairs stay related."""
        if learnt.chain is None:
            return
        chain = learnt.chain
        matrix, missing = chain.features.matrix(part), chain.features.missing(part)
        draw(chain, matrix, missing, self.sweeps, random)
        for number in chain.order:
            equation, name = chain.equations[number], chain.equations[number].feature.name
            holes = np.flatnonzero(missing[number])
            if name not in answers or not len(holes):
                continue
            found = self._found(equation, matrix[holes], learnt.donors.get(name), random)
            answers[name][rows[holes]] = found
            written = np.empty((len(holes), equation.feature.width))
            equation.feature.write(found, written)
            matrix[holes, equation.feature.places] = written

    def _found(self, equation: Equation, matrix: Floats, donors: Ranked | None, random: np.random.Generator) -> Floats:
        if donors is None:
            return np.asarray(equation.feature.codes[draw_level(equation.probabilities(matrix), random)])
        return self._match(equation.amounts(matrix), donors, random)

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
        picked = nearest[np.arange(len(wanted)), random.integers(count, size=len(wanted))]
        return np.asarray(donors.cells[window[np.arange(len(wanted)), picked]])


def _relearnt(whole: Chain, sample: Table) -> Chain:
    """The equations between the same features, learnt from another sample."""
    features = whole.features
    return learn_chain(features, features.matrix(sample), features.missing(sample), ROUNDS, TOLERANCE, _unheard)


def _unheard(turn: int, change: float) -> None:
    """The rounds of a bootstrap sample are not reported."""


def _ranked(predictions: Floats, cells: Floats) -> Ranked:
    known = np.flatnonzero(~np.isnan(cells))
    order = known[np.argsort(predictions[known], kind="stable")]
    return Ranked(predictions[order], cells[order])
