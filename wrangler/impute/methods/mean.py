"""The mean of each column.

Source: the textbook baseline (Little and Rubin, Statistical Analysis with Missing Data, 2019, section 4.2.1);
as in scikit-learn's SimpleImputer(strategy="mean").
"""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from wrangler.impute.context import Work
from wrangler.impute.encoding import NUMERIC, Column, Kind
from wrangler.impute.methods.single_column import StatisticImputer
from wrangler.impute.registry import MeasuredCost, method


@method(
    "mean",
    "Mean",
    "Every missing cell of a numeric column gets the mean of its observed cells; the usual baseline.",
    rank=10,
    cost=MeasuredCost(0.000265, 1.36e-08, 0.00505, 2.45e-07, 7.65e03, 35.9, 8.21e04, 78.8),
)
@dataclass(kw_only=True, eq=False, repr=False)
class MeanImputer(StatisticImputer):
    """Fill numbers with the mean of their column; levels get their mode, with an event.

    Integers are rounded, dates and durations are averaged on their own scale. Parameters as in `Imputer`.
    """

    fills: ClassVar[frozenset[Kind]] = NUMERIC

    def _fit_column(self, column: Column, work: Work) -> float:
        del work
        known = column.known
        return float(known.mean()) if len(known) else np.nan
