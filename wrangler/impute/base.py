"""What all imputers do alike: check the table, plan, fit, fill, fall back, write, and keep a record.

The promises of the library are kept here, once: whatever a method predicts, only missing cells are written, in the
dtype of their column, and what was not done as asked is an event.
"""

# ruff: noqa: N803 - scikit-learn calls a table X

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Self, overload

import numpy as np
import numpy.typing as npt
import pandas as pd
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.utils import Tags, check_random_state
from sklearn.utils.validation import check_is_fitted

from wrangler.impute.arrays import Floats, RandomState, TableLike
from wrangler.impute.context import Fitted, Work, single_threads, start_deadline, threads_of
from wrangler.impute.cost import Cost, Growth, estimate
from wrangler.impute.encoding import FILLABLE, Fill, Kind, Table
from wrangler.impute.errors import InvalidOptions
from wrangler.impute.events import ColumnOutcome, Event, Progress, Record
from wrangler.impute.options import Option
from wrangler.impute.pipeline import (
    SUFFIX,
    FitPlan,
    Writer,
    admit,
    check_alike,
    fill_targets,
    fit_group_fallbacks,
    fit_groups,
    is_partitioned,
    make_fit_plan,
    names_out,
    override_of,
)
from wrangler.impute.registry import COMMON, find_method

if TYPE_CHECKING:
    import dask.dataframe as dd

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
        Filled numbers lie within these; None for no limit. Draws (`pmm`, `mice`) are made within them.
    bounds_policy : {"clip", "reflect"}
        Predictions beyond a bound are moved to it, or reflected at it.
    round_to : mapping of str to float, optional
        Filled numbers are multiples of this: ``{"height": 1, "price": 0.5}``.
    allowed : mapping of str to list, optional
        Filled numbers and dates are moved to the nearest of these; filled levels that are not among them are replaced
        by the most frequent one that is.
    rules : sequence of mapping
        Applied to filled cells last of all, in the order given: ``{"column": "end", "at_least": "start"}``; see
        `wrangler.impute.constraints.rules`.
    add_indicator : bool
        Add ``<column>_missing`` for each column that had missing cells when it was fitted: where its cells were
        missing.
    group_by : sequence of str
        Fit and fill within groups of equal values of these columns.
    small_groups : {"pool", "leave"}
        What becomes of missing cells for which their group has too few rows, or nothing observed: they are filled from
        the whole table, or stay missing; either way with an event.
    order_by : str, optional
        The column whose values order the rows, for methods that read a series. Without it an ascending index of dates
        or durations does, for all of these but `auto`.
    random_state : int, RandomState or None
    progress : callable, optional
        Called with a `Progress`; when it returns False, the work stops with `Cancelled`.
    n_jobs : int, optional
        Threads for what can be done side by side; -1 for all processors. The result does not depend on it.
    max_levels : int
        Text with more distinct values is refused as an identifier.
    time_budget_seconds : float, optional
        For `fit` and for `transform` each: when it has run out, the method stops between two steps, and cells that it
        has not filled get the median or the mode of their column, with an event.

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
    small_groups: str = "pool"
    order_by: str | None = None
    random_state: RandomState = None
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
    draws_cells: ClassVar[bool] = False
    falls_back: ClassVar[bool] = True
    reads_order: ClassVar[bool] = False
    stays_in_group: ClassVar[bool] = False
    smallest_group: ClassVar[int] = 1
    growth: ClassVar[Growth] = Growth()

    @property
    def uses_fallback(self) -> bool:
        """Whether cells that the method does not fill get the median or the mode of their column."""
        return self.falls_back

    def fit(self, X: TableLike, y: object = None) -> Self:  # noqa: ARG002 - scikit-learn's face
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

    @overload
    def fit_transform(self, X: pd.DataFrame, y: object = None) -> pd.DataFrame: ...

    @overload
    def fit_transform(self, X: "dd.DataFrame", y: object = None) -> "dd.DataFrame": ...

    @overload
    def fit_transform(self, X: npt.ArrayLike, y: object = None) -> Floats: ...

    def fit_transform(self, X: TableLike, y: object = None) -> TableLike:  # noqa: ARG002 - scikit-learn's face
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

        Raises
        ------
        ImputationError
            As by `fit`.
        """
        completed: TableLike = self._completed(X, draw=0, table=self._fit_on(X))
        return completed

    def _fit_on(self, X: TableLike) -> Table | None:
        self._check_options()
        self.record_ = Record()
        if is_partitioned(X):
            from wrangler.impute.partitioned import fit_partitions  # which imports dask

            fit_partitions(self, X)
            return None
        frame = admit(self, X, fitting=True)
        self._start_random()
        self.plan_: FitPlan
        self.plan_, table = make_fit_plan(frame, self, self.record_)
        with single_threads():
            work = self._work("learn")
            work.announce(Progress(0.0, f"fitting {self.method}"))
            self._fit_methods(frame, table, work)
        self._fit_overrides(frame)
        return table

    @overload
    def transform(self, X: pd.DataFrame) -> pd.DataFrame: ...

    @overload
    def transform(self, X: "dd.DataFrame") -> "dd.DataFrame": ...

    @overload
    def transform(self, X: npt.ArrayLike) -> Floats: ...

    def transform(self, X: TableLike) -> TableLike:
        """Fill the missing cells of a table like the one fitted on.

        Parameters
        ----------
        X : DataFrame, dask DataFrame or array-like of shape (rows, columns)

        Returns
        -------
        DataFrame, or ndarray when an array was given
            A new table: same index, columns, order and dtypes. Of a dask DataFrame one that is not yet computed.

        Raises
        ------
        NotFittedError
            Before `fit`.
        UnsuitableTable
            When a column is of another kind, unit or time zone than the one fitted on.
        ValueError
            When the columns are not those fitted on.
        """
        completed: TableLike = self._completed(X, draw=0)
        return completed

    def _completed(self, X: TableLike, draw: int, table: Table | None = None) -> Any:  # noqa: ANN401 - of the kind of X, see `transform`
        check_is_fitted(self, "plan_")
        if is_partitioned(X):
            from wrangler.impute.partitioned import fill_partitions  # which imports dask

            return fill_partitions(self, X, draw)
        frame = admit(self, X, fitting=False)
        check_alike(frame, self.plan_.specimen, self.plan_.selection.kinds)
        self.record_.start_filling(frame)
        if table is None:
            table = self.plan_.encode(frame, self)
        work = self._work("fill", draw)
        with single_threads():
            work.announce(Progress(0.0, f"filling by {self.method}"))
            fills = fill_targets(self, frame, table, work)
        writer = Writer(self, frame)
        for name in self.plan_.targets:
            writer.write(table.columns[name], fills.pop(name))
        for name, override in self.overrides_.items():
            writer.adopt(name, override)
        completed = writer.finish()
        return completed if isinstance(X, pd.DataFrame) else completed.to_numpy(dtype=np.float64)

    def estimate(self, X: pd.DataFrame | npt.ArrayLike) -> Cost:
        """Estimate what `fit_transform` will cost, by small runs on parts of the table; the imputer is not fitted.

        Parameters
        ----------
        X : DataFrame or array-like of shape (rows, columns)

        Returns
        -------
        Cost
            Seconds and bytes, each with its range, and how they were estimated.

        Raises
        ------
        ImputationError
            As by `fit`.
        """
        return estimate(self, X)

    def get_feature_names_out(self, input_features: Collection[str] | None = None) -> npt.NDArray[np.object_]:
        """Names of the columns that come out: those that went in, and the indicators.

        Parameters
        ----------
        input_features : array-like of str, optional
            Names for columns that had none.

        Returns
        -------
        ndarray of str

        Raises
        ------
        ImputationError
            When other names are given than were fitted.
        """
        check_is_fitted(self, "plan_")
        names = names_out(self, input_features)
        return np.asarray([*names, *(name + SUFFIX for name in self.plan_.indicated)], dtype=object)

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
        """How iterative methods converged: the change in each iteration of each set of equations."""
        check_is_fitted(self, "plan_")
        return self.record_.table_of_changes()

    @property
    def n_iter_(self) -> int:
        """Most iterations that any set of equations took; 1 when no cell was missing, or there are no equations."""
        return int(self.convergence_["iteration"].max()) if len(self.convergence_) else 1

    @property
    def per_column_(self) -> pd.DataFrame:
        """By which method each column with missing cells was filled, how many cells, and why by that one."""
        check_is_fitted(self, "plan_")
        return self.record_.table_of_outcomes()

    def _fit(self, table: Table, targets: Sequence[str], work: Work) -> Fitted:
        """The fitted state of the method for `table`; called once, and once for each group.

        Every target is a column of `table`. Must not write to `self`.
        """
        raise NotImplementedError

    def _fill(self, fitted: Fitted, table: Table, targets: Sequence[str], work: Work) -> Mapping[str, Fill]:
        """Predictions for the missing cells of each target, in the order of the rows; NaN where there is none."""
        raise NotImplementedError

    def _level_probabilities(
        self, fitted: Fitted, table: Table, targets: Sequence[str], work: Work
    ) -> Mapping[str, Floats]:
        """Probabilities of shape (missing cells, levels), for the categorical targets for which the method has them.

        NaN where a cell has no prediction.
        """
        del fitted, table, targets, work
        return {}

    def _outcome(self, fitted: Fitted, name: str) -> ColumnOutcome:
        """Method, reason and evidence for one column; the count is filled in later."""
        del fitted, name
        return ColumnOutcome(self.method, 0, "as asked")

    def _check_options(self) -> None:
        options = {name: value for name, value in self.get_params(deep=False).items() if name not in COMMON}
        if errors := find_method(self.method).validate(options):
            raise InvalidOptions(self.method, errors)

    def _work(self, stage: str, draw: int = 0) -> Work:
        deadline = start_deadline(self.time_budget_seconds)
        threads, bounds = threads_of(self.n_jobs), self.plan_.bounds
        work = Work(self.record_, self.seed_, stage, self.progress, draw, threads, deadline, bounds=bounds)
        return work.part(0.0, FITTING) if stage == "learn" else work.part(FITTING, 1.0)

    def _start_random(self) -> None:
        self.seed_ = int(check_random_state(self.random_state).randint(2**31 - 1))

    def _fit_methods(self, frame: pd.DataFrame, table: Table, work: Work) -> None:
        targets = self.plan_.method_targets(self)
        self.fitted_, self.fitted_by_group_ = fit_groups(self, frame, table, targets, work)
        others = [name for name in self.plan_.targets if self.falls_back and name not in targets]
        self.group_fallbacks_ = fit_group_fallbacks(self, frame, table, others)

    def _fit_overrides(self, X: TableLike) -> None:
        overridden = self.plan_.selection.overridden
        self.overrides_: dict[str, Imputer] = {name: override_of(self, name).fit(X) for name in overridden}

    def __sklearn_tags__(self) -> Tags:
        """Declare that missing cells and categories are accepted."""
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = True
        tags.input_tags.categorical = True
        tags.input_tags.string = False
        return tags
