"""Several completed tables from one fit: which method draws them, and the draws."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import pandas as pd

from wrangler.impute.errors import ImputationError
from wrangler.impute.events import Event

if TYPE_CHECKING:
    from wrangler.impute.base import Imputer

DRAWING = "mice"
REPLACED_BY_DRAWING = frozenset({"auto", "pmm", DRAWING})
MOST_DRAWS = 200
FEWEST_DRAWS = 3  # from which a spread between the tables is estimated


def method_for_draws(method: str, options: Mapping[str, Any], draws: int) -> tuple[str, dict[str, Any]]:
    """The method and options by which a table is completed so many times.

    Parameters
    ----------
    method : str
        As asked for; "auto" and "pmm" are replaced by "mice" when more than one table is wanted.
    options : mapping
        Options of the method.
    draws : int
        How many completed tables are wanted.

    Returns
    -------
    tuple of str and dict

    Raises
    ------
    ImputationError
        When the number is out of range, or the method fills a cell with the same value each time.
    """
    if not 1 <= draws <= MOST_DRAWS:
        raise ImputationError(f"draws: must lie between 1 and {MOST_DRAWS}, not {draws}.")
    if draws == 1:
        return method, dict(options)
    if method not in REPLACED_BY_DRAWING:
        usable = ", ".join(sorted(REPLACED_BY_DRAWING))
        raise ImputationError(f"draws: '{method}' fills each cell the same way every time; use {usable}, or 1.")
    return DRAWING, {**options, "draws": draws}


def replacement_events(asked: str, used: str) -> list[Event]:
    """The event that another method than the one asked for draws the tables; none when it is the same."""
    message = f"'{asked}' completes a table once; several tables are drawn by '{used}', with proper draws."
    return [Event(None, "replaced", message)] if asked != used else []


def completed_tables(imputer: "Imputer", frame: pd.DataFrame) -> list[pd.DataFrame]:
    """Fit from a table and complete it, as often as the imputer draws.

    Parameters
    ----------
    imputer : Imputer
        Fitted by this call.
    frame : DataFrame

    Returns
    -------
    list of DataFrame
        One, or for a method of multiple imputation as many as its `draws`.
    """
    if hasattr(imputer, "transform_draws"):
        return list(imputer.fit(frame).transform_draws(frame))
    return [imputer.fit_transform(frame)]
