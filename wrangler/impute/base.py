"""The life that all imputers share: admit, plan, learn, fill, fall back, write, and keep a record.

The promises of the library are kept here, once: whatever a method answers, only missing cells are written, in the
dtype of their column, and what was not done as asked is an event.
"""

from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Annotated, Any, ClassVar, Self

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.utils import Tags, check_random_state
from sklearn.utils.validation import check_is_fitted
from threadpoolctl import threadpool_limits

from wrangler.impute.admission import admit
from wrangler.impute.codec import learn_codec
from wrangler.impute.errors import ImputationError, InvalidOptions
from wrangler.impute.fallback import Fallback, learn_fallback
from wrangler.impute.filling import (
    Copied,
    Fill,
    Literal,
    cells_of,
    clipped,
    encoded_limits,
    is_found,
    numbers_of,
    patched,
    tell_rounding,
    write,
)
from wrangler.impute.grouping import joined, rows_by_group
from wrangler.impute.kinds import FILLABLE, Kind
from wrangler.impute.options import Option
from wrangler.impute.planning import Plan, make_plan, position_of
from wrangler.impute.record import Event, Fate, Progress, Record
from wrangler.impute.registry import COMMON, find_method, make_imputer
from wrangler.impute.table import Rows, Table, encode
from wrangler.impute.work import Work


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
    bounds : mapping of str to (lowest, highest), optional
        Filled numbers are clipped to these; None for no limit.
    group_by : sequence of str
        Learn and fill within groups of equal values of these columns.
    order_by : str, optional
        The column whose values order the rows, for methods that read a series.
    random_state : int, RandomState or None
    progress : callable, optional
        Called with a `Progress`; answering False stops the work by `Cancelled`.
    max_levels : int
        Text with more distinct values is refused as an identifier.

    Attributes
    ----------
    mask_ : DataFrame of bool
        True where the latest `transform` filled a cell.
    per_column_ : DataFrame
        One row for each column with holes: method, filled, reason.
    events_ : list of Event
        Every refusal, fallback, clipping, rounding and sampling.
    """

    columns: Sequence[str] | None = None
    exclude: Sequence[str] = ()
    per_column: Mapping[str, Mapping[str, Any]] | None = None
    bounds: Mapping[str, Sequence[Any]] | None = None
    group_by: Sequence[str] = ()
    order_by: str | None = None
    random_state: Any = None
    progress: Callable[[Progress], object] | None = None
    max_levels: Annotated[
        int, Option("Text with more distinct values is not filled: it is an identifier.", minimum=2)
    ] = 255

    method: ClassVar[str] = ""
    fills: ClassVar[frozenset[Kind]] = FILLABLE
    reads_other_columns: ClassVar[bool] = False
    copies_cells: ClassVar[bool] = False
    falls_back: ClassVar[bool] = True
    reads_order: ClassVar[bool] = False
    stays_in_group: ClassVar[bool] = False
    smallest_group: ClassVar[int] = 1

    def fit(self, X: Any, y: Any = None) -> Self:  # noqa: ANN401, ARG002, N803 - scikit-learn's face
        """Learn from the observed cells of a table.

        Parameters
        ----------
        X : DataFrame or array-like of shape (rows, columns)
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
        self._check_options()
        frame = admit(self, X, learning=True)
        self.record_ = Record()
        self.seed_ = int(check_random_state(self.random_state).randint(2**31 - 1))
        self.plan_: Plan = make_plan(frame, self, self.record_)
        self.codecs_ = {name: learn_codec(frame[name], kind) for name, kind in self.plan_.kinds.items()}
        self.blank_ = frame.iloc[:0]
        self._tell_what_is_ignored(frame)
        with threadpool_limits(limits=1):
            self._learn_all(frame)
        self.overrides_ = {name: self._override(name).fit(frame) for name in self.plan_.overridden}
        return self

    def transform(self, X: Any) -> Any:  # noqa: ANN401, N803 - scikit-learn's face
        """Fill the missing cells of a table like the one learnt from.

        Parameters
        ----------
        X : DataFrame or array-like of shape (rows, columns)

        Returns
        -------
        DataFrame, or ndarray when an array was given
            A new table: same index, columns, order and dtypes.
        """
        return self._completed(X, draw=0)

    def _completed(self, X: Any, draw: int) -> Any:  # noqa: ANN401, N803 - scikit-learn's face
        check_is_fitted(self, "plan_")
        frame = admit(self, X, learning=False)
        self.record_.start_filling(frame)
        table = encode(frame, self.codecs_, self.order_by)
        work = Work(self.record_, self.seed_, "fill", self.progress, draw)
        with threadpool_limits(limits=1):
            fills = self._fill_all(frame, table, work)
        completed = frame.copy(deep=False)
        for name in self.plan_.refused:
            self._note_unfilled(frame, name, self.plan_.refused[name])
        for name in self.plan_.targets:
            self._write(frame, completed, name, fills[name])
        for name, override in self.overrides_.items():
            self._adopt(frame, completed, name, override)
        return completed if isinstance(X, pd.DataFrame) else completed.to_numpy()

    def get_feature_names_out(self, input_features: Any = None) -> Any:  # noqa: ANN401 - scikit-learn's face
        """Names of the columns that come out: those that went in.

        Parameters
        ----------
        input_features : array-like of str, optional
            Names for columns that had none.

        Returns
        -------
        ndarray of str
        """
        check_is_fitted(self, "plan_")
        names = getattr(self, "feature_names_in_", None)
        if names is None:
            names = (
                [f"x{number}" for number in range(self.n_features_in_)] if input_features is None else input_features
            )
        elif input_features is not None and list(input_features) != list(names):
            raise ImputationError("input_features is not equal to feature_names_in_")
        if len(names) != self.n_features_in_:
            raise ImputationError("input_features should have length equal to number of features (n_features_in_)")
        return np.asarray(names, dtype=object)

    @property
    def events_(self) -> list[Event]:
        """What a reader of the completed table must know, learning first."""
        check_is_fitted(self, "plan_")
        return self.record_.events

    @property
    def mask_(self) -> pd.DataFrame:
        """Which cells the latest `transform` filled."""
        check_is_fitted(self, "plan_")
        return self.record_.mask

    @property
    def per_column_(self) -> pd.DataFrame:
        """By which method each column with holes was filled, how many cells, and why so."""
        check_is_fitted(self, "plan_")
        return self.record_.table_of_fates()

    def _learn(self, table: Table, targets: Sequence[str], work: Work) -> Any:  # noqa: ANN401 - the method's own
        """What the method learns of `table`; called once, and once for each group.

        Every target is a column of `table`. Must not write to `self`.
        """
        raise NotImplementedError

    def _fill(self, learnt: Any, table: Table, targets: Sequence[str], work: Work) -> Mapping[str, Fill]:  # noqa: ANN401
        """Answers for the missing cells of each target, in the order of the rows; NaN where there is no answer."""
        raise NotImplementedError

    def _fate(self, learnt: Any, name: str) -> Fate:  # noqa: ANN401 - the method's own
        """Method, reason and evidence for one column; the count is filled in later."""
        del learnt, name
        return Fate(self.method, 0, "as asked")

    def _check_options(self) -> None:
        own = {name: value for name, value in self.get_params(deep=False).items() if name not in COMMON}
        errors = find_method(self.method).validate(own)
        if errors:
            raise InvalidOptions(self.method, errors)

    def _tell_what_is_ignored(self, frame: pd.DataFrame) -> None:
        if self.order_by is not None and not self.reads_order:
            self.record_.tell(None, "ignored", f"order_by has no influence on '{self.method}'.")
        for name in self.plan_.kinds:
            column = frame[name]
            if pd.api.types.is_float_dtype(column.dtype) and np.isinf(column.to_numpy(float, na_value=0.0)).any():
                self.record_.tell(name, "infinite", f"Infinite cells of '{name}' stay and are not learnt from.")

    def _learn_all(self, frame: pd.DataFrame) -> None:
        work = Work(self.record_, self.seed_, "learn", self.progress)
        table = encode(frame, self.codecs_, self.order_by)
        self.fallbacks_: dict[str, Fallback] = {n: learn_fallback(table.columns[n]) for n in self.plan_.targets}
        work.step(0.0, f"learning {self.method}")
        own = self._own_targets()
        self.learnt_ = self._learn(table, own, work)
        groups = rows_by_group(frame, self.group_by)
        self.learnt_by_group_: dict[Hashable, Any] = {}
        for number, (key, rows) in enumerate(groups.items()):
            if len(rows) >= self.smallest_group:
                work.step(number / len(groups), f"learning group {number + 1} of {len(groups)}")
                self.learnt_by_group_[key] = self._learn(table.take(rows), own, work)

    def _own_targets(self) -> list[str]:
        """Targets of the kinds that the method fills and of which something is known."""
        return [
            name
            for name in self.plan_.targets
            if self.codecs_[name].kind in self.fills
            and (self.copies_cells or not np.isnan(self.fallbacks_[name].value))
        ]

    def _fill_all(self, frame: pd.DataFrame, table: Table, work: Work) -> dict[str, Fill]:
        work.step(0.0, f"filling by {self.method}")
        own = [name for name in self._own_targets() if table.columns[name].missing.any()]
        inside = [name for name in own if self.group_by and name not in self.group_by]
        fills = joined(table, inside, self._fill_groups(frame, table, inside, work)) if inside else {}
        outside = [name for name in own if name not in fills or self._is_short(name, fills[name], work)]
        whole = self._fill(self.learnt_, table, outside, work) if outside else {}
        for name in self.plan_.targets:
            fill = patched(fills.get(name), whole.get(name), int(table.columns[name].missing.sum()))
            fills[name] = self._complete(name, fill)
        return fills

    def _fill_groups(
        self, frame: pd.DataFrame, table: Table, targets: list[str], work: Work
    ) -> Iterator[tuple[Rows, Mapping[str, Fill]]]:
        for key, rows in rows_by_group(frame, self.group_by).items():
            if key in self.learnt_by_group_:
                yield rows, self._fill(self.learnt_by_group_[key], table.take(rows), targets, work)

    def _is_short(self, name: str, fill: Fill, work: Work) -> bool:
        """Whether the whole table has to answer where groups could not (series never cross groups)."""
        if self.stays_in_group or not isinstance(fill, np.ndarray) or not np.isnan(fill).any():
            return False
        told = f"cells of '{name}' lie in groups with too little to learn from; the whole table answered."
        work.count(name, "fallback", int(np.isnan(fill).sum()), told)
        return True

    def _complete(self, name: str, fill: Fill) -> Fill:
        """`fill` with the fallback where the method has no answer."""
        fallback = self.fallbacks_[name]
        lost = 0 if isinstance(fill, Literal) else int((~is_found(fill, 0)).sum())
        if not lost or not self.falls_back or np.isnan(fallback.value):
            return fill
        told = f"cells of '{name}' had no answer from '{self.method}'; its {fallback.method} was used."
        self.record_.count(name, "fallback", lost, told)
        if isinstance(fill, Copied):
            return Copied(fill.rows, fallback.value)
        return np.where(np.isnan(fill), fallback.value, fill)  # type: ignore[arg-type]

    def _write(self, frame: pd.DataFrame, completed: pd.DataFrame, name: str, fill: Fill) -> None:
        column, codec = frame[name], self.codecs_[name]
        missing = np.flatnonzero(column.isna().to_numpy(dtype=bool))
        if not len(missing):
            return
        if self.bounds and name in self.bounds:
            fill = clipped(
                numbers_of(fill, column, codec),
                name,
                codec,
                encoded_limits(self.bounds[name], column, codec),
                self.record_,
            )
        tell_rounding(fill, name, codec, self.record_)
        found = is_found(fill, len(missing))
        if not found.all():
            self._tell_left(name, len(missing) - int(found.sum()), is_unknown=np.isnan(self.fallbacks_[name].value))
        position = position_of(frame, name)
        if found.any():
            array = write(column, missing[found], cells_of(fill, found, column, codec))
            made: Any = pd.Series(array, index=frame.index, dtype=column.dtype, copy=False)
            completed.isetitem(position, made)
        marks = np.zeros(len(frame), dtype=bool)
        marks[missing[found]] = True
        self.record_.mark(position, marks)
        self._note_fate(name, int(found.sum()))

    def _tell_left(self, name: str, cells: int, *, is_unknown: bool) -> None:
        why = "every cell is missing, so there is nothing to learn from" if is_unknown else "there was no answer"
        self.record_.count(name, "skipped", cells, f"cells of '{name}' stay missing: {why}.")

    def _note_fate(self, name: str, filled: int) -> None:
        kind = self.codecs_[name].kind
        if not filled:
            self.record_.fates[name] = Fate("none", 0, "there is nothing to fill it with")
        elif name in self._own_targets():
            self.record_.fates[name] = replace(self._fate(self.learnt_, name), filled=filled)
        else:
            reason = f"'{self.method}' does not fill {kind} columns"
            self.record_.fates[name] = Fate(self.fallbacks_[name].method, filled, reason)

    def _note_unfilled(self, frame: pd.DataFrame, name: str, reason: str) -> None:
        if frame[name].isna().any():
            self.record_.fates[name] = Fate("none", 0, f"refused: {reason}")

    def _override(self, name: str) -> "Imputer":
        """The imputer that `per_column` asks for `name`."""
        options = dict((self.per_column or {})[name])
        method = options.pop("method", self.method)
        shared = {
            "columns": [name],
            "exclude": self.exclude,
            "bounds": {name: self.bounds[name]} if self.bounds and name in self.bounds else None,
            "group_by": self.group_by,
            "order_by": self.order_by,
            "random_state": self.seed_,
            "max_levels": self.max_levels,
        }
        made: Imputer = make_imputer(method, **{**shared, **options})
        return made

    def _adopt(self, frame: pd.DataFrame, completed: pd.DataFrame, name: str, override: "Imputer") -> None:
        """Take one column, its mask, its events and its fate over from another imputer."""
        position = position_of(frame, name)
        completed.isetitem(position, override.transform(frame)[name])
        self.record_.mark(position, override.mask_[name].to_numpy())
        for event in override.events_:
            self.record_.tell(event.column, event.kind, event.message)
        for fate in override.record_.fates.values():
            self.record_.fates[name] = Fate(fate.method, fate.filled, f"per_column; {fate.reason}", fate.evidence)

    def __sklearn_tags__(self) -> Tags:
        """Missing cells, text and categories are welcome."""
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = True
        tags.input_tags.categorical = True
        tags.input_tags.string = False
        return tags
