"""Before planning: whether the parameters of an imputer suit the table; those that do not are refused by name."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from wrangler.impute.constraints import check_allowed, check_bounds, check_policy, check_rules, check_steps
from wrangler.impute.encoding import NUMERIC, kind_of, known_columns
from wrangler.impute.errors import UnsuitableTable
from wrangler.impute.pipeline.predictors import check_predictors

if TYPE_CHECKING:
    from wrangler.impute.base import Imputer

SMALL_GROUPS = ("pool", "leave")
OF_THE_WHOLE = ("columns", "per_column", "rules", "add_indicator")


def check_parameters(frame: pd.DataFrame, imputer: "Imputer") -> None:
    """Refuse parameters that do not suit `frame`.

    Parameters
    ----------
    frame : pandas.DataFrame
    imputer : Imputer
        Its parameters are read, nothing is written.

    Raises
    ------
    UnsuitableTable
        Naming the parameter, the column and what is wrong.
    """
    _check_mappings(imputer)
    _check_lists(frame, imputer)
    _check_jobs(imputer.n_jobs)
    _check_callback(imputer)
    known_columns(frame, imputer.per_column or {}, "per_column")
    _check_overrides(imputer.per_column or {})
    check_predictors(frame, imputer.predictors, imputer.exclude)
    _check_order(frame, imputer.order_by)
    check_policy(imputer.bounds_policy)
    if imputer.small_groups not in SMALL_GROUPS:
        raise UnsuitableTable(f"small_groups: must be one of pool, leave, not {imputer.small_groups!r}.")
    check_bounds(frame, imputer.bounds or {})
    check_steps(frame, imputer.round_to or {})
    check_allowed(frame, imputer.allowed or {})
    check_rules(frame, imputer.rules)


def _check_jobs(n_jobs: object) -> None:
    if n_jobs is not None and (
        isinstance(n_jobs, bool) or not isinstance(n_jobs, int) or (n_jobs < 1 and n_jobs != -1)
    ):
        raise UnsuitableTable(f"n_jobs: must be a number of threads, -1 for all processors, not {n_jobs!r}.")


def _check_lists(frame: pd.DataFrame, imputer: "Imputer") -> None:
    for role in ("columns", "exclude", "group_by"):
        names = getattr(imputer, role)
        if isinstance(names, str) or not (names is None or isinstance(names, Sequence)):
            raise UnsuitableTable(f"{role}: give a list of column names, not {names!r}.")
        known_columns(frame, names or (), role)
    for name in imputer.group_by:
        try:
            pd.factorize(frame[name])
        except TypeError as error:
            raise UnsuitableTable(
                f"group_by: the cells of {name!r} cannot be compared, so they make no groups."
            ) from error
    both = set(imputer.exclude) & {*(imputer.columns or ()), *(imputer.per_column or ())}
    if both:
        raise UnsuitableTable(f"exclude: {min(both)!r} is also asked to be filled; name it once.")


def _check_mappings(imputer: "Imputer") -> None:
    for role in ("per_column", "bounds", "round_to", "allowed"):
        value = getattr(imputer, role)
        if value is not None and not isinstance(value, Mapping):
            raise UnsuitableTable(f"{role}: give a mapping by column name, not {value!r}.")


def _check_overrides(per_column: Mapping[str, object]) -> None:
    for name, override in per_column.items():
        if not isinstance(override, Mapping):
            raise UnsuitableTable(
                f'per_column: {name!r} needs a mapping such as {{"method": "median"}}, not {override!r}.'
            )
        foreign = next((role for role in OF_THE_WHOLE if role in override), None)
        if foreign:
            raise UnsuitableTable(f"per_column: {name!r} has {foreign!r}, which is set for the whole table only.")


def _check_callback(imputer: "Imputer") -> None:
    if imputer.progress is not None and not callable(imputer.progress):
        raise UnsuitableTable(f"progress: must be callable, not {imputer.progress!r}.")
    if not isinstance(imputer.add_indicator, (bool, np.bool_)):
        raise UnsuitableTable(f"add_indicator: must be True or False, not {imputer.add_indicator!r}.")


def _check_order(frame: pd.DataFrame, order_by: object) -> None:
    if order_by is None:
        return
    if not isinstance(order_by, str):
        raise UnsuitableTable(f"order_by: give the name of one column, not {order_by!r}.")
    known_columns(frame, [order_by], "order_by")
    if kind_of(frame[order_by]) not in NUMERIC:
        raise UnsuitableTable(f"order_by: {order_by!r} holds no numbers or dates to order by.")
