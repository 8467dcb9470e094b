"""Multiple imputation: several completed tables whose differences show how uncertain the filled cells are.

Source: Rubin, Multiple Imputation for Nonresponse in Surveys, 1987; van Buuren and Groothuis-Oudshoorn, mice, J. Stat.
Softw. 45(3), 2011. Each table has its own chain of draws, which gives its equations (see `drawing.augmentation` and
`methods.pmm`), so the uncertainty of the equations is in it; estimates are pooled by
`wrangler.analyze.pool`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Annotated

import numpy as np
import pandas as pd
from sklearn.utils.validation import check_is_fitted

from wrangler.impute.arrays import Floats
from wrangler.impute.context import Fitted, Work
from wrangler.impute.drawing import r_hat, r_hat_by_chance
from wrangler.impute.encoding import Fill, Table, seconds_of_step
from wrangler.impute.methods.pmm import Matched, PMMImputer
from wrangler.impute.options import Option
from wrangler.impute.pipeline import states_of
from wrangler.impute.registry import MeasuredCost, method

FALSE_ALARMS = 0.01  # of all columns together, when chains have mixed


@method(
    "mice",
    "Multiple imputation",
    "Several proper draws by chained equations and predictive mean matching, to be pooled by Rubin's rules.",
    rank=41,
    cost=MeasuredCost(0.0457, 1.54e-05, 0.00731, 1.59e-06, 6.08e05, 3.02e03, 3.22e06, 232, effort="draws", shared=0.1),
)
@dataclass(kw_only=True, eq=False, repr=False)
class MiceImputer(PMMImputer):
    """Several draws of the whole table; `transform` gives the first, `transform_draws` all of them.

    Parameters
    ----------
    draws : int
        How many tables. Other parameters as in `PMMImputer`.

    Attributes
    ----------
    traces_ : DataFrame
        A row for each draw, sweep and column: draw, sweep, column, mean, standard_deviation.
    r_hat_ : DataFrame
        A row for each column: column, mean, standard_deviation, by_chance.
    """

    draws: Annotated[int, Option("How many completed tables are drawn.", minimum=1, maximum=200)] = 5

    @property
    def traces_(self) -> pd.DataFrame:
        """Mean and standard deviation of the drawn cells of each column, by draw and sweep, to see whether chains mix.

        In the unit of the column, seconds for dates and durations; for a category those of the indicator of its most
        frequent level. The chains of groups (`group_by`) are not included.
        """
        check_is_fitted(self, "plan_")
        rows = [
            (draw, sweep, name, mean, spread)
            for state in states_of(self.fitted_)
            for draw, matched in enumerate(state, start=1)
            for name, trace in matched.traces.items()
            for sweep, (mean, spread) in enumerate(self._in_own_unit(name, trace), start=1)
        ]
        return pd.DataFrame(rows, columns=["draw", "sweep", "column", "mean", "standard_deviation"])

    @property
    def r_hat_(self) -> pd.DataFrame:
        """Rank-normalised split R-hat of the traces of each column, over the chains of all draws (see `traces_`).

        Near 1 when chains have mixed. `by_chance` is what either figure of any column exceeds with a probability of
        1 % when they have; fitting adds an event where one does. NaN with fewer than two draws or four sweeps.
        """
        check_is_fitted(self, "plan_")
        rows = [row for state in states_of(self.fitted_) for row in _mixing(state)]
        return pd.DataFrame(rows, columns=["column", "mean", "standard_deviation", "by_chance"])

    def _in_own_unit(self, name: str, trace: Floats) -> Floats:
        codec, step = self.plan_.codecs[name], seconds_of_step(self.plan_.specimen[name])
        return np.asarray((trace * codec.scale + [codec.offset, 0.0]) * step)

    def transform_draws(self, frame: pd.DataFrame) -> list[pd.DataFrame]:
        """All completed tables; `mask_`, `per_column_` and `events_` are those of the last.

        Parameters
        ----------
        frame : DataFrame

        Returns
        -------
        list of DataFrame
            Of length `draws`; the first equals what `transform` gives.
        """
        return [self._completed(frame, draw) for draw in range(self.draws)]

    def _fit(self, table: Table, targets: Sequence[str], work: Work) -> tuple[Matched, ...]:
        works = [replace(work, draw=draw) for draw in range(self.draws)]
        draws = tuple(self._fit_draws(table, targets, works))
        for name, of_mean, of_spread, by_chance in _mixing(draws):
            if max(of_mean, of_spread) > by_chance:
                figures = f"R-hat {max(of_mean, of_spread):.2f}, up to {by_chance:.2f} by chance"
                message = f"The draws of '{name}' depend on where their chains started ({figures}): raise sweeps."
                work.add_event(name, "not_converged", message)
        return draws

    def _fill(self, fitted: Fitted, table: Table, targets: Sequence[str], work: Work) -> Mapping[str, Fill]:
        return self._fill_draw(fitted[work.draw], table, targets, work)


def _mixing(draws: Sequence[Matched]) -> list[tuple[str, float, float, float]]:
    """Of each column with missing cells: name, R-hat of the mean and of the spread, and what they may be by chance."""
    names = list(draws[0].traces)
    if len(draws) < 2 or not names:  # noqa: PLR2004 - chains are compared
        return [(name, np.nan, np.nan, np.nan) for name in names]
    traces = {name: np.stack([draw.traces[name] for draw in draws]) for name in names}
    by_chance = r_hat_by_chance(len(draws), traces[names[0]].shape[1], FALSE_ALARMS / (2 * len(names)))
    return [(name, r_hat(trace[:, :, 0]), r_hat(trace[:, :, 1]), by_chance) for name, trace in traces.items()]
