"""Multiple imputation: several completed tables whose differences show how uncertain the filled cells are.

Source: Rubin, Multiple Imputation for Nonresponse in Surveys, 1987; van Buuren and Groothuis-Oudshoorn, mice, J. Stat.
Softw. 45(3), 2011. Each table has its own bootstrap sample, equations, Gibbs sweeps and matches (see `pmm`), so the
parameters' uncertainty is in it; estimates are joined by `pool`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Annotated, Any

import pandas as pd

from wrangler.impute.filling import Fill
from wrangler.impute.options import Option
from wrangler.impute.pmm import Matched, PMMImputer
from wrangler.impute.registry import method
from wrangler.impute.table import Table
from wrangler.impute.work import Work


@method(
    "mice",
    "Multiple imputation",
    "Several proper draws by chained equations and predictive mean matching, to be pooled by Rubin's rules.",
    rank=41,
)
@dataclass(kw_only=True, eq=False, repr=False)
class MiceImputer(PMMImputer):
    """Several draws of the whole table; `transform` gives the first, `transform_draws` all of them.

    Parameters
    ----------
    draws : int
        How many tables. Other parameters as in `PMMImputer`.
    """

    draws: Annotated[int, Option("How many completed tables are drawn.", minimum=1, maximum=200)] = 5

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

    def _learn(self, table: Table, targets: Sequence[str], work: Work) -> tuple[Matched, ...]:
        works = [replace(work, draw=draw) for draw in range(self.draws)]
        return tuple(self._learn_draws(table, targets, works))

    def _fill(self, learnt: Any, table: Table, targets: Sequence[str], work: Work) -> Mapping[str, Fill]:  # noqa: ANN401
        return self._fill_draw(learnt[work.draw], table, targets, work)
