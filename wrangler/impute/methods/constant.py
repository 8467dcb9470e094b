"""One given value for every missing cell.

Source: scikit-learn's SimpleImputer(strategy="constant"); here a value that does not fit a column's type leaves the
column as it is, with an event, instead of changing its dtype.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, ClassVar

import numpy as np

from wrangler.impute.base import Imputer
from wrangler.impute.context import Fitted, Work
from wrangler.impute.encoding import Fill, Kind, Literal, Table, literal
from wrangler.impute.options import Option
from wrangler.impute.registry import MeasuredCost, method

DEFAULTS: Mapping[Kind, object] = {
    Kind.NUMBER: 0,
    Kind.INTEGER: 0,
    Kind.DECIMAL: 0,
    Kind.BOOLEAN: False,
    Kind.TEXT: "missing",
}


@method(
    "constant",
    "Constant",
    "Every missing cell gets one value that you give; the only method that fills an all-missing column.",
    rank=13,
    cost=MeasuredCost(0.000349, 7.54e-09, 0.00396, 1.74e-07, 1.21e04, 0, 7.96e04, 72.9),
)
@dataclass(kw_only=True, eq=False, repr=False)
class ConstantImputer(Imputer):
    """Fill with one value.

    Parameters
    ----------
    value : int, float, str, bool or None
        Written to every column of its type; dates and durations are given as text. None stands for 0, False or
        "missing". Columns of other types, and categories without that level, are left as they are, with an event.
        For a value by column, use `per_column`. Other parameters as in `Imputer`.
    """

    value: Annotated[
        bool | int | float | str | None,
        Option("The value; null stands for 0, false or 'missing', by the type of the column."),
    ] = None

    copies_cells: ClassVar[bool] = True
    falls_back: ClassVar[bool] = False

    def _fit(self, table: Table, targets: Sequence[str], work: Work) -> Mapping[str, Literal | None]:
        del table, work
        return {name: self._literal(name) for name in targets}

    def _literal(self, name: str) -> Literal | None:
        kind = self.plan_.codecs[name].kind
        value = DEFAULTS.get(kind) if self.value is None else self.value
        return literal(value, self.plan_.specimen[name], kind)

    def _fill(self, fitted: Fitted, table: Table, targets: Sequence[str], work: Work) -> Mapping[str, Fill]:
        fills: dict[str, Fill] = {}
        for name in targets:
            fills[name] = fitted[name] or np.full(int(table.columns[name].missing.sum()), np.nan)
            if fitted[name] is None:
                reason = "no value was given" if self.value is None else f"{self.value!r} is no value"
                message = f"'{name}' stays as it is: {reason} for this {self.plan_.codecs[name].kind} column."
                work.add_event(name, "refused", message)
        return fills
