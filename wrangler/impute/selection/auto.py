"""The method of each column chosen by a race on held-out cells.

Source: model selection by held-out error, as in Jarrett et al., HyperImpute, ICML 2022, without its search: a few fast
candidates race for each column on cells hidden in the pattern of the missing ones; their mixture fills the column, or
the mean or mode where no mixture has a smaller error.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Annotated, ClassVar

import pandas as pd
from sklearn.utils.validation import check_is_fitted

from wrangler.impute.base import Imputer
from wrangler.impute.context import Fitted, Work
from wrangler.impute.cost import Growth
from wrangler.impute.encoding import Fill, Table
from wrangler.impute.evaluation import sample_row_numbers
from wrangler.impute.events import ColumnOutcome
from wrangler.impute.options import Option
from wrangler.impute.pipeline import states_of
from wrangler.impute.registry import method
from wrangler.impute.selection.candidates import candidates_of, rivals_of, too_wide
from wrangler.impute.selection.choice import choose
from wrangler.impute.selection.race import RaceSettings, run_race
from wrangler.impute.selection.winners import Winners, fit_winners, in_time

RACE_SHARE = 0.5


@method(
    "auto",
    "Automatic",
    "Races the methods on cells that are hidden from them and takes the best for each column, with the evidence.",
    rank=0,
)
@dataclass(kw_only=True, eq=False, repr=False)
class AutoImputer(Imputer):
    """Fill each column by the mixture of methods that has the smallest error on held-out cells.

    Few held-out cells of a column decide little, so weights are shrunk to the errors in the whole table. The stated
    error is cross-validated over the whole choice.

    Columns without missing cells are left to the linear equations, unless the whole table is complete, as when it is
    fitted on to fill others. Cells are hidden in the pattern of the missing ones. Series are read only when `order_by`
    is given, and never across the groups of `group_by`. Candidates for which the time budget is too short are not
    started, nor are trees where very many columns have missing cells; `per_column_` names them.

    Source: see this module; for the rounds of the race see `race`, for mixtures see `blend`.

    Parameters
    ----------
    share : float
        Share of the observed cells that each round of the race hides.
    race_rows : int
        The race is run on at most this many rows, chosen at random, or in blocks along the order. Other parameters
        as in `Imputer`.

    Attributes
    ----------
    race_ : DataFrame
        Error of every candidate on every raced column, in the units of `per_column_`.
    """

    share: Annotated[float, Option("Share of observed cells hidden in each round.", minimum=0.01, maximum=0.5)] = 0.2
    race_rows: Annotated[int, Option("Most rows to race on.", minimum=50)] = 5_000

    reads_other_columns: ClassVar[bool] = True
    reads_order: ClassVar[bool] = True
    smallest_group: ClassVar[int] = 100
    growth: ClassVar[Growth] = Growth(cap="race_rows", rivals=rivals_of)

    @property
    def race_(self) -> pd.DataFrame:
        """Held-out error of every candidate (columns) on every raced column (rows)."""
        check_is_fitted(self, "plan_")
        choices = {name: choice for state in states_of(self.fitted_) for name, choice in state.choices.items()}
        errors = {name: choice.errors for name, choice in choices.items() if choice.errors}
        return pd.DataFrame.from_dict(errors, orient="index").rename_axis("column")

    def _fit(self, table: Table, targets: Sequence[str], work: Work) -> Winners:
        incomplete = [name for name in targets if table.columns[name].missing.any()] or list(targets)
        candidates = candidates_of(table, self.order_by)
        settings = RaceSettings(self.share, table.rows, work.deadline)
        racing = replace(work.part(0.0, 0.7), deadline=work.deadline and work.deadline.share(RACE_SHARE))
        too_late = too_wide(table, incomplete, self.race_rows)
        started = {name: candidate for name, candidate in candidates.items() if name not in too_late}
        race = run_race(self._part(table, work), incomplete, started, settings, racing)
        race.late |= {name: why for name, why in too_late.items() if name in candidates}
        choices = choose({name: table.columns[name] for name in targets}, race)
        fitted = fit_winners(table, choices, candidates, work.part(0.7, 1.0))
        chosen_in_time = {name: in_time(table, name, choice, race, fitted) for name, choice in choices.items()}
        return Winners(chosen_in_time, candidates, fitted, race.paces)

    def _part(self, table: Table, work: Work) -> Table:
        """The rows that the race is run on."""
        if table.rows <= self.race_rows:
            return table
        work.add_event(None, "sampled", f"Raced on {self.race_rows:,} of {table.rows:,} rows.")
        return table.take(sample_row_numbers(table, self.race_rows, work.random("rows")))

    def _fill(self, fitted: Fitted, table: Table, targets: Sequence[str], work: Work) -> Mapping[str, Fill]:
        return fitted.fill(table, targets, work)  # type: ignore[no-any-return]

    def _outcome(self, fitted: Winners, name: str) -> ColumnOutcome:
        return fitted.choices[name].outcome
