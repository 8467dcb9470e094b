"""The median of each column.

Source: the textbook baseline; as in scikit-learn's SimpleImputer(strategy="median"), here also for ordered levels,
where the lower of two middle levels is taken.
"""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from wrangler.impute.context import Work
from wrangler.impute.encoding import NUMERIC, Column, Kind
from wrangler.impute.methods.single_column import StatisticImputer
from wrangler.impute.registry import MeasuredCost, method


@method(
    "median",
    "Median",
    "Every missing cell of a numeric or ordered column gets its median: a baseline that outliers do not move.",
    rank=11,
    cost=MeasuredCost(0.000181, 1.59e-07, 0.0044, 3.32e-07, 1.09e04, 42, 8.18e04, 78.7),
)
@dataclass(kw_only=True, eq=False, repr=False)
class MedianImputer(StatisticImputer):
    """Fill numbers and ordered levels with the median of their column; other levels get their mode, with an event.

    Parameters as in `Imputer`.
    """

    fills: ClassVar[frozenset[Kind]] = NUMERIC | {Kind.ORDERED}

    def _fit_column(self, column: Column, work: Work) -> float:
        del work
        known = column.known
        if not len(known):
            return np.nan
        return float(np.quantile(known, 0.5, method="lower") if column.is_categorical else np.median(known))
