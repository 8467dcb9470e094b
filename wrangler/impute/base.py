"""The life that all imputers share: admit, plan, fit, fill, fall back, write, and keep a record.

The promises of the library are kept here, once: whatever a method answers, only missing cells are written, in the
dtype of their column, and what was not done as asked is an event.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Annotated, Any, ClassVar, Self

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.utils import Tags, check_random_state
from sklearn.utils.validation import check_is_fitted

from wrangler.impute.constraints import Limits, apply_rules, fit_limits
from wrangler.impute.context import Fitted, Work, single_threads, start_deadline, threads_of
from wrangler.impute.cost import Cost, Growth, estimate
from wrangler.impute.encoding import (
    FILLABLE,
    Column,
    Copied,
    Fill,
    Floats,
    Kind,
    Literal,
    Table,
    encode,
    fit_table,
    is_found,
    patched,
)
from wrangler.impute.errors import InvalidOptions
from wrangler.impute.events import ColumnOutcome, Event, Progress, Record
from wrangler.impute.options import Option
from wrangler.impute.pipeline import (
    SUFFIX,
    Fallback,
    Plan,
    admit,
    adopt,
    check_alike,
    fall_back_in_groups,
    fill_groups,
    find_indicated,
    fit_fallback,
    fit_group_fallbacks,
    fit_groups,
    is_partitioned,
    make_plan,
    names_out,
    override_of,
    place,
    report_ignored,
    rows_by_group,
    state_of,
    with_groups,
    with_indicators,
)
from wrangler.impute.registry import COMMON, find_method

FITTING = 0.8  # of `fit_transform`; filling is the rest


@dataclass(kw_only=True, eq=False, repr=False)
class Imputer(TransformerMixin, BaseEstimator):  # type: ignore[misc]
    """Base class of all imputers: scikit-learn transformers of DataFrames of mixed types.

    Parameters
    ----------
    columns : sequence of str, optional
        The columns to fill; all by default. The others still serve as predictors.
    exclude : sequence of str
        Columns that are neither filled nor read.
    per_column : mapping of str to mapping, optional
        Another method for some columns: ``{"age": {"method": "median"}}``.
    predictors : sequence of str, or mapping of str to sequence of str, optional
        The columns that may predict: for all, or ``{"age": ["height"], "*": [...]}``, "*" standing for the others.
    bounds : mapping of str to (lowest, highest), optional
        Filled numbers lie within these; None for no limit.
    bounds_policy : {"clip", "reflect"}
        Numbers beyond a bound are put on it, or folded back at it.
    round_to : mapping of str to float, optional
        Filled numbers are multiples of this: ``{"height": 1, "price": 0.5}``.
    allowed : mapping of str to list, optional
        Filled numbers and dates go to the nearest of these; other levels are replaced by the most frequent of these.
    rules : sequence of mapping
        Put to filled cells last of all, in their order: ``{"column": "end", "at_least": "start"}``; see `rules`.
    add_indicator : bool
        Add ``<column>_missing`` for each column that had missing cells when it was fitted: where its cells were
        missing.
    group_by : sequence of str
        Fit and fill within groups of equal values of these columns.
    order_by : str, optional
        The column whose values order the rows, for methods that read a series.
    random_state : int, RandomState or None
    progress : callable, optional
        Called with a `Progress`; answering False stops the work by `Cancelled`.
    n_jobs : int, optional
        Threads for what can be done side by side; -1 for all processors. The result does not depend on it.
    max_levels : int
        Text with more distinct values is refused as an identifier.
    time_budget_seconds : float, optional
        For `fit` and for `transform` each: when it has run out, the method stops between two steps, and what it has
        no answer for gets the median or the mode, with an event.

    Attributes
    ----------
    mask_ : DataFrame of bool
        True where the latest `transform` filled a cell; a dask DataFrame if that filled one.
    per_column_ : DataFrame
        One row for each column with missing cells: method, filled, reason.
    events_ : list of Event
        Every refusal, fallback, clipping, reflection, rounding, move and sampling.
    """

    columns: Sequence[str] | None = None
    exclude: Sequence[str] = ()
    per_column: Mapping[str, Mapping[str, Any]] | None = None
    predictors: Sequence[str] | Mapping[str, Sequence[str]] | None = None
    bounds: Mapping[str, Sequence[Any]] | None = None
    bounds_policy: str = "clip"
    round_to: Mapping[str, float] | None = None
    allowed: Mapping[str, Sequence[Any]] | None = None
    rules: Sequence[Mapping[str, Any]] = ()
    add_indicator: bool = False
    group_by: Sequence[str] = ()
    order_by: str | None = None
    random_state: Any = None
    progress: Callable[[Progress], object] | None = None
    n_jobs: int | None = None
    max_levels: Annotated[
        int, Option("Text with more distinct values is not filled: it is an identifier.", minimum=2)
    ] = 255
    time_budget_seconds: Annotated[
        float | None,
        Option("Seconds after which fitting or filling stops between two steps and falls back.", minimum=0),
    ] = None

    method: ClassVar[str] = ""
    fills: ClassVar[frozenset[Kind]] = FILLABLE
    reads_other_columns: ClassVar[bool] = False
    copies_cells: ClassVar[bool] = False
    falls_back: ClassVar[bool] = True
    reads_order: ClassVar[bool] = False
    stays_in_group: ClassVar[bool] = False
    smallest_group: ClassVar[int] = 1
    growth: ClassVar[Growth] = Growth()

    def fit(self, X: Any, y: Any = None) -> Self:  # noqa: ANN401, ARG002, N803 - scikit-learn's face
        """Fit from the observed cells of a table.

        Parameters
        ----------
        X : DataFrame, dask DataFrame or array-like of shape (rows, columns)
        y : None
            Ignored.

        Returns
        -------
        self

        Raises
        ------
        ImputationError
            When the table, a column name or an option cannot be worked with.
        """
        self._fit_on(X)
        return self

    def fit_transform(self, X: Any, y: Any = None) -> Any:  # noqa: ANN401, ARG002, N803 - scikit-learn's face
        """Fit from a table and fill it; the same as `fit` and `transform`, without reading it twice.

        Parameters
        ----------
        X : DataFrame, dask DataFrame or array-like of shape (rows, columns)
        y : None
            Ignored.

        Returns
        -------
        DataFrame, or ndarray when an array was given
            A new table: same index, columns, order and dtypes. Of a dask DataFrame one that is not yet computed.
        """
        return self._completed(X, draw=0, table=self._fit_on(X))

    def _fit_on(self, X: Any) -> Table | None:  # noqa: ANN401, N803 - scikit-learn's face
        self._check_options()
        if is_partitioned(X):
            from wrangler.impute.partitioned import fit_partitions  # which imports dask

            fit_partitions(self, X)
            return None
        frame = admit(self, X, fitting=True)
        self.record_ = Record()
        self.seed_ = int(check_random_state(self.random_state).randint(2**31 - 1))
        self.plan_: Plan = make_plan(frame, self, self.record_)
        self.codecs_, table = fit_table(frame, self.plan_.kinds, self.order_by)
        groups = rows_by_group(frame, self.group_by) if self.order_by is not None else ()
        self.groups_ = {key: number for number, key in enumerate(groups)}
        table = with_groups(self, frame, table)
        self.blank_ = frame.iloc[:0].copy()
        selected = (*self.plan_.targets, *self.plan_.overridden, *self.plan_.refused)
        self.indicated_ = find_indicated(frame, selected) if self.add_indicator else ()
        report_ignored(table, self, self.record_)
        with single_threads():
            self._fit_all(frame, table)
        self.overrides_ = {name: override_of(self, name).fit(frame) for name in self.plan_.overridden}
        return table

    def transform(self, X: Any) -> Any:  # noqa: ANN401, N803 - scikit-learn's face
        """Fill the missing cells of a table like the one fitted on.

        Parameters
        ----------
        X : DataFrame, dask DataFrame or array-like of shape (rows, columns)

        Returns
        -------
        DataFrame, or ndarray when an array was given
            A new table: same index, columns, order and dtypes. Of a dask DataFrame one that is not yet computed.
        """
        return self._completed(X, draw=0)

    def _completed(self, X: Any, draw: int, table: Table | None = None) -> Any:  # noqa: ANN401, N803 - scikit-learn's face
        check_is_fitted(self, "plan_")
        if is_partitioned(X):
            from wrangler.impute.partitioned import fill_partitions  # which imports dask

            return fill_partitions(self, X, draw)
        frame = admit(self, X, fitting=False)
        check_alike(frame, self.blank_, self.plan_.kinds)
        self.record_.start_filling(frame)
        if table is None:
            table = with_groups(self, frame, encode(frame, self.codecs_, self.order_by))
        work = self._work("fill", draw)
        with single_threads():
            fills = self._fill_all(frame, table, work)
        completed = frame.copy(deep=False)
        self._note_refused(frame)
        for name in self.plan_.targets:
            self._write(frame, completed, table.columns[name], fills.pop(name))
        for name, override in self.overrides_.items():
            adopt(frame, completed, name, override, self.record_)
        if self.rules:
            apply_rules(completed, self.rules, self.record_.mask, self.record_)
        if self.add_indicator:
            completed = with_indicators(completed, frame, self.indicated_, self.record_)
        return completed if isinstance(X, pd.DataFrame) else completed.to_numpy(dtype=np.float64)

    def estimate(self, X: Any) -> Cost:  # noqa: ANN401, N803 - scikit-learn's face
        """What `fit_transform` will cost, found by small runs on parts of the table; fits nothing.

        Parameters
        ----------
        X : DataFrame or array-like of shape (rows, columns)

        Returns
        -------
        Cost
            Seconds and bytes, each with its range, and how they were found.
        """
        return estimate(self, X)

    def get_feature_names_out(self, input_features: Any = None) -> Any:  # noqa: ANN401 - scikit-learn's face
        """Names of the columns that come out: those that went in, and the indicators.

        Parameters
        ----------
        input_features : array-like of str, optional
            Names for columns that had none.

        Returns
        -------
        ndarray of str
        """
        check_is_fitted(self, "plan_")
        names = names_out(self, input_features)
        return np.asarray([*names, *(name + SUFFIX for name in self.indicated_)], dtype=object)

    @property
    def events_(self) -> list[Event]:
        """What a reader of the completed table must know, fitting first."""
        check_is_fitted(self, "plan_")
        return self.record_.events

    @property
    def mask_(self) -> pd.DataFrame:
        """Which cells the latest `transform` filled."""
        check_is_fitted(self, "plan_")
        return self.record_.mask

    @property
    def convergence_(self) -> pd.DataFrame:
        """How iterative methods came to rest: the change in each round (iteration) of each set of equations."""
        check_is_fitted(self, "plan_")
        return self.record_.table_of_changes()

    @property
    def n_iter_(self) -> int:
        """Most rounds that any set of equations took; 1 when no cell was missing, or there are no equations."""
        return int(self.convergence_["iteration"].max()) if len(self.convergence_) else 1

    @property
    def per_column_(self) -> pd.DataFrame:
        """By which method each column with missing cells was filled, how many cells, and why so."""
        check_is_fitted(self, "plan_")
        return self.record_.table_of_outcomes()

    def _fit(self, table: Table, targets: Sequence[str], work: Work) -> Fitted:
        """What the method fits of `table`; called once, and once for each group.

        Every target is a column of `table`. Must not write to `self`.
        """
        raise NotImplementedError

    def _fill(self, fitted: Fitted, table: Table, targets: Sequence[str], work: Work) -> Mapping[str, Fill]:
        """Answers for the missing cells of each target, in the order of the rows; NaN where there is no answer."""
        raise NotImplementedError

    def _chances(self, fitted: Fitted, table: Table, targets: Sequence[str], work: Work) -> Mapping[str, Floats]:
        """Probabilities of shape (missing cells, levels), for those of the categorical targets that have some.

        NaN where there is no answer.
        """
        del fitted, table, targets, work
        return {}

    def _outcome(self, fitted: Fitted, name: str) -> ColumnOutcome:
        """Method, reason and evidence for one column; the count is filled in later."""
        del fitted, name
        return ColumnOutcome(self.method, 0, "as asked")

    def _check_options(self) -> None:
        own = {name: value for name, value in self.get_params(deep=False).items() if name not in COMMON}
        if errors := find_method(self.method).validate(own):
            raise InvalidOptions(self.method, errors)

    def _work(self, stage: str, draw: int = 0) -> Work:
        deadline = start_deadline(self.time_budget_seconds)
        work = Work(self.record_, self.seed_, stage, self.progress, draw, threads_of(self.n_jobs), deadline)
        return work.part(0.0, FITTING) if stage == "learn" else work.part(FITTING, 1.0)

    def _fit_all(self, frame: pd.DataFrame, table: Table) -> None:
        work = self._work("learn")
        self.fallbacks_: dict[str, Fallback] = {n: fit_fallback(table.columns[n]) for n in self.plan_.targets}
        self.limits_: dict[str, Limits] = fit_limits(table.only(self.plan_.targets), frame, self)
        work.announce(Progress(0.0, f"fitting {self.method}"))
        self._fit_methods(frame, table, work)

    def _fit_methods(self, frame: pd.DataFrame, table: Table, work: Work) -> None:
        self.fitted_, self.fitted_by_group_ = fit_groups(self, frame, table, self._own_targets(), work)
        others = [name for name in self.plan_.targets if self.falls_back and not self._is_own(name)]
        self.group_fallbacks_ = fit_group_fallbacks(self, frame, table, others)

    def _own_targets(self) -> list[str]:
        """Targets of the kinds that the method fills and of which something is known."""
        return [name for name in self.plan_.targets if self._is_own(name)]

    def _is_own(self, name: str) -> bool:
        is_known = self.copies_cells or not np.isnan(self.fallbacks_[name].value)
        return is_known and self.codecs_[name].kind in self.fills

    def _fill_all(self, frame: pd.DataFrame, table: Table, work: Work) -> dict[str, Fill]:
        work.announce(Progress(0.0, f"filling by {self.method}"))
        own = [name for name in self._own_targets() if table.columns[name].missing.any()]
        fills, whole = fill_groups(self, frame, table, own, work)
        fills |= fall_back_in_groups(self, frame, table)
        for name in self.plan_.targets:
            fill = patched(fills.get(name), whole.get(name), int(table.columns[name].missing.sum()))
            fills[name] = self._complete(name, fill)
        return fills

    def _complete(self, name: str, fill: Fill) -> Fill:
        """`fill` with the fallback where the method has no answer."""
        fallback = self.fallbacks_[name]
        lost = 0 if isinstance(fill, Literal) else int((~is_found(fill, 0)).sum())
        if not lost or not self.falls_back or np.isnan(fallback.value):
            return fill
        message = f"cells of '{name}' had no answer from '{self.method}'; its {fallback.method} was used."
        self.record_.count(name, "fallback", lost, message)
        if isinstance(fill, Copied):
            return Copied(fill.rows, fallback.value)
        if lost == len(fill):  # type: ignore[arg-type]
            self.record_.outcomes[name] = ColumnOutcome(fallback.method, lost, f"'{self.method}' had no answer")
        return np.where(np.isnan(fill), fallback.value, fill)  # type: ignore[arg-type]

    def _write(self, frame: pd.DataFrame, completed: pd.DataFrame, encoded: Column, fill: Fill) -> None:
        name, missing = encoded.name, int(encoded.missing.sum())
        if not missing:
            return
        filled = place(frame, completed, encoded, fill, self.limits_.get(name), self.record_)
        is_known = not np.isnan(self.fallbacks_[name].value)
        why = "there was no answer" if is_known else "every cell is missing, so there is nothing to fit on"
        self.record_.count(name, "skipped", missing - filled, f"cells of '{name}' stay missing: {why}.")
        self._note_outcome(name, filled)

    def _note_outcome(self, name: str, filled: int) -> None:
        kind = self.codecs_[name].kind
        if not filled:
            self.record_.outcomes[name] = ColumnOutcome("none", 0, "there is nothing to fill it with")
        elif name in self.record_.outcomes:
            self.record_.outcomes[name].filled = filled
        elif self._is_own(name):
            self.record_.outcomes[name] = replace(self._outcome(state_of(self.fitted_, name), name), filled=filled)
        else:
            reason = f"'{self.method}' does not fill {kind} columns"
            self.record_.outcomes[name] = ColumnOutcome(self.fallbacks_[name].method, filled, reason)

    def _note_refused(self, frame: pd.DataFrame) -> None:
        for name in frame.columns[frame.isna().any()].intersection([*self.plan_.refused]):
            self.record_.outcomes[name] = ColumnOutcome("none", 0, f"refused: {self.plan_.refused[name]}")

    def __sklearn_tags__(self) -> Tags:
        """Missing cells, text and categories are welcome."""
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = True
        tags.input_tags.categorical = True
        tags.input_tags.string = False
        return tags
