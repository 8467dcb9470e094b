"""The most frequent value of each column.

Source: the textbook baseline; as in scikit-learn's SimpleImputer(strategy="most_frequent"): the smallest of ties.
"""

from dataclasses import dataclass

import numpy as np

from wrangler.impute.context import Work
from wrangler.impute.encoding import Column
from wrangler.impute.methods.single_column import StatisticImputer
from wrangler.impute.registry import MeasuredCost, method


@method(
    "mode",
    "Mode",
    "Every missing cell gets the most frequent value of its column; the usual baseline for categories.",
    rank=12,
    cost=MeasuredCost(0.000306, 7.85e-08, 0.00462, 2.53e-07, 9.56e03, 67, 7.92e04, 78.9),
)
@dataclass(kw_only=True, eq=False, repr=False)
class ModeImputer(StatisticImputer):
    """Fill every column with its most frequent value: of ties the first level or the smallest number.

    Parameters as in `Imputer`.
    """

    def _fit_column(self, column: Column, work: Work) -> float:
        del work
        if column.is_categorical:
            return column.mode
        numbers, counts = np.unique(column.known, return_counts=True)
        return float(numbers[counts.argmax()]) if len(numbers) else np.nan
