"""Writes fills into missing cells: within limits, in the column's own dtype, marked in the mask and recorded."""

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from wrangler.impute.constraints import apply_rules
from wrangler.impute.encoding import Column, Fill, cells_of, has_value, is_writable, position_of, report_rounding, write
from wrangler.impute.events import ColumnOutcome
from wrangler.impute.pipeline.indicator import with_indicators
from wrangler.impute.pipeline.masses import report_lost_mass
from wrangler.impute.pipeline.predictors import state_of

if TYPE_CHECKING:
    from wrangler.impute.base import Imputer


class Writer:
    """Completes one table, column by column; the table that was passed in is never written to.

    Parameters
    ----------
    imputer : Imputer
        Fitted; its record receives the outcome of each column.
    frame : DataFrame
        The table to complete.
    """

    def __init__(self, imputer: "Imputer", frame: pd.DataFrame) -> None:
        self._imputer, self._plan, self._record = imputer, imputer.plan_, imputer.record_
        self._frame, self._completed = frame, frame.copy(deep=False)
        for name, reason in self._plan.selection.refused.items():
            if frame[name].isna().any():
                self._record.outcomes[name] = ColumnOutcome("none", 0, f"refused: {reason}")

    def write(self, encoded: Column, fill: Fill) -> None:
        """Write the fill of one target, and record its outcome.

        Parameters
        ----------
        encoded : Column
            The target, encoded.
        fill : Fill
            A value for each missing cell, in the order of the rows; NaN where there is none.
        """
        name, missing = encoded.name, int(encoded.missing.sum())
        if not missing:
            return
        filled = self._put(encoded, fill)
        is_known = self._plan.is_known(name)
        why = "the method gave no value" if is_known else "every cell is missing, so there is nothing to fit on"
        self._record.count(name, "skipped", missing - filled, f"cells of '{name}' stay missing: {why}.")
        self._note_outcome(name, filled)

    def adopt(self, name: str, override: "Imputer") -> None:
        """Take over one column, its mask, events and outcome, from the imputer that `per_column` gives it to."""
        position = position_of(self._frame, name)
        column: Any = override.transform(self._frame)[name]
        self._completed.isetitem(position, column)
        self._record.mark(position, override.mask_[name].to_numpy())
        for event in override.events_:
            self._record.add_event(event.column, event.kind, event.message)
        for outcome in override.record_.outcomes.values():
            self._record.outcomes[name] = replace(outcome, reason=f"per_column; {outcome.reason}")

    def finish(self) -> pd.DataFrame:
        """The completed table, after its rules and with its indicators."""
        if self._imputer.rules:
            apply_rules(self._completed, self._imputer.rules, self._record.mask, self._record)
        if self._imputer.add_indicator:
            return with_indicators(self._completed, self._frame, self._plan.indicated, self._record)
        return self._completed

    def _put(self, encoded: Column, fill: Fill) -> int:
        """Write what can be written; returns how many cells were filled."""
        name, codec = encoded.name, encoded.codec
        missing = np.flatnonzero(encoded.missing)
        column, position = self._frame[name], position_of(self._frame, name)
        if name in self._plan.limits:
            fill = self._plan.limits[name].apply(fill, column, self._record)
        report_rounding(fill, name, codec, self._record)
        if isinstance(fill, np.ndarray):
            report_lost_mass(self._plan.masses, encoded, fill, self._record)
        is_filled = has_value(fill, len(missing)) & is_writable(fill, column, codec)
        marks, filled = encoded.missing, int(is_filled.sum())
        if filled < len(missing):
            missing = missing[is_filled]
            marks = np.zeros(len(self._frame), dtype=bool)
            marks[missing] = True
        if filled:
            array = write(column, missing, cells_of(fill, is_filled, column, codec))
            completed: Any = pd.Series(array, index=self._frame.index, dtype=column.dtype, copy=False)
            self._completed.isetitem(position, completed)
        self._record.mark(position, marks)
        return filled

    def _note_outcome(self, name: str, filled: int) -> None:
        imputer, outcomes = self._imputer, self._record.outcomes
        if not filled:
            outcomes[name] = ColumnOutcome("none", 0, "there is nothing to fill it with")
        elif name in outcomes:
            outcomes[name].filled = filled
        elif self._plan.is_filled_by(imputer, name):
            outcome = imputer._outcome(state_of(imputer.fitted_, name), name)  # noqa: SLF001 - the method's own reason
            outcomes[name] = replace(outcome, filled=filled)
        else:
            reason = f"'{imputer.method}' does not fill {self._plan.codecs[name].kind} columns"
            outcomes[name] = ColumnOutcome(self._plan.fallbacks[name].method, filled, reason)
