"""The plan of a fit: all that is decided before the method itself is fitted, and read again by each filling."""

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from wrangler.impute.constraints import Limits, fit_limits
from wrangler.impute.encoding import Codec, Table, encode, fit_table
from wrangler.impute.events import Record
from wrangler.impute.pipeline.fallback import Fallback, fit_fallback
from wrangler.impute.pipeline.groups import rows_by_group
from wrangler.impute.pipeline.groupwise import with_groups
from wrangler.impute.pipeline.indicator import find_indicated
from wrangler.impute.pipeline.masses import Mass, find_masses
from wrangler.impute.pipeline.row_order import report_unordered_index, with_order_of_index
from wrangler.impute.pipeline.select_columns import Selection, report_ignored, select_columns

if TYPE_CHECKING:
    from wrangler.impute.base import Imputer


@dataclass(frozen=True)
class FitPlan:
    """What is decided before the method is fitted.

    Attributes
    ----------
    selection : Selection
        Which columns are filled and read.
    codecs : mapping of str to Codec
        How each column that is read becomes numbers, and numbers become its cells again.
    specimen : DataFrame
        The table that was fitted on, without its rows: its columns and their dtypes.
    fallbacks : mapping of str to Fallback
        What each target gets where the method has no value.
    limits : mapping of str to Limits
        What filled cells may be, of the targets that have limits.
    indicated : tuple of str
        Columns that get an indicator of where their cells were missing.
    masses : mapping of str to Mass
        Of semi-continuous targets; none for methods that draw, whose cells have the share that the predictors imply.
    group_numbers : mapping of key to int
        The number of each group, for methods that read the order of the rows across groups.
    """

    selection: Selection
    codecs: Mapping[str, Codec]
    specimen: pd.DataFrame
    fallbacks: Mapping[str, Fallback]
    limits: Mapping[str, Limits]
    indicated: tuple[str, ...]
    masses: Mapping[str, Mass]
    group_numbers: Mapping[Hashable, int]

    @property
    def targets(self) -> tuple[str, ...]:
        """The columns that are filled, without those that `per_column` gives to another method."""
        return self.selection.targets

    @property
    def bounds(self) -> dict[str, tuple[float, float]]:
        """The bounds, encoded, of the targets of numbers that have any."""
        pairs = {name: (limit.low, limit.high) for name, limit in self.limits.items()}
        return {name: pair for name, pair in pairs.items() if np.isfinite(pair).any()}

    def is_known(self, name: str) -> bool:
        """Whether any cell of a target was observed, so that it can be fitted on."""
        return not np.isnan(self.fallbacks[name].value)

    def is_filled_by(self, imputer: "Imputer", name: str) -> bool:
        """Whether the method itself fills a target: one of the kinds that it fills, with observed cells."""
        return self.codecs[name].kind in imputer.fills and (imputer.copies_cells or self.is_known(name))

    def method_targets(self, imputer: "Imputer") -> list[str]:
        """The targets that the method itself fills; the others get their fallback."""
        return [name for name in self.targets if self.is_filled_by(imputer, name)]

    def encode(self, frame: pd.DataFrame, imputer: "Imputer") -> Table:
        """Encode a table like the one fitted on."""
        table = with_order_of_index(encode(frame, self.codecs, imputer.order_by), frame, imputer)
        return with_groups(imputer, frame, table, self.group_numbers)


def make_fit_plan(frame: pd.DataFrame, imputer: "Imputer", record: Record) -> tuple[FitPlan, Table]:
    """Plan the fit of `imputer` on a table in memory.

    Parameters
    ----------
    frame : DataFrame
        Admitted: its columns have distinct names.
    imputer : Imputer
        Its parameters are read, nothing is written.
    record : Record
        Receives an event for each refused or excluded column and each parameter without influence.

    Returns
    -------
    FitPlan
    Table
        The table encoded, so that it is not encoded twice.

    Raises
    ------
    ImputationError
        When a parameter does not suit the table.
    """
    selection = select_columns(frame, imputer, record)
    codecs, encoded = fit_table(frame, selection.kinds, imputer.order_by)
    encoded = with_order_of_index(encoded, frame, imputer)
    groups = rows_by_group(frame, imputer.group_by) if encoded.order is not None else ()
    numbers = {key: number for number, key in enumerate(groups)}
    indicated = find_indicated(frame, selection.all_named) if imputer.add_indicator else ()
    report_ignored(encoded, imputer, record)
    report_unordered_index(frame, imputer, record)
    fallbacks = {name: fit_fallback(encoded.columns[name]) for name in selection.targets}
    masses = {} if imputer.draws_cells else find_masses(encoded.only(selection.targets))
    limits = fit_limits(encoded.only(selection.targets), frame, imputer)
    plan = FitPlan(selection, codecs, frame.iloc[:0].copy(), fallbacks, limits, indicated, masses, numbers)
    return plan, with_groups(imputer, frame, encoded, numbers)
