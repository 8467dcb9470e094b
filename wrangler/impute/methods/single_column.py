"""Bases of the methods that read one column alone."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from wrangler.impute.base import Imputer
from wrangler.impute.context import Fitted, Work
from wrangler.impute.encoding import Column, Fill, Table


@dataclass(kw_only=True, eq=False, repr=False)
class ColumnImputer(Imputer):
    """Base of the methods that fill each column from its own values; subclasses define it for one column."""

    def _fit(self, table: Table, targets: Sequence[str], work: Work) -> Mapping[str, Any]:
        fitted = {}
        for number, name in enumerate(targets):
            work.step(number / len(targets), f"fitting {name}", name)
            fitted[name] = self._fit_column(table.columns[name], work)
        return fitted

    def _fill(self, fitted: Fitted, table: Table, targets: Sequence[str], work: Work) -> Mapping[str, Fill]:
        fills: dict[str, Fill] = {}
        for number, name in enumerate(targets):
            work.step(number / len(targets), f"filling {name}", name)
            fills[name] = self._fill_column(fitted[name], table.columns[name], table, work)
        return fills

    def _fit_column(self, column: Column, work: Work) -> Fitted:
        """The fitted state for one column."""
        raise NotImplementedError

    def _fill_column(self, fitted: Fitted, column: Column, table: Table, work: Work) -> Fill:
        """Values for the missing cells of one column."""
        raise NotImplementedError


@dataclass(kw_only=True, eq=False, repr=False)
class StatisticImputer(ColumnImputer):
    """Base of the methods that put one number or level into every missing cell of a column."""

    def _fill_column(self, fitted: Fitted, column: Column, table: Table, work: Work) -> Fill:
        del table, work
        return np.full(int(column.missing.sum()), fitted)
