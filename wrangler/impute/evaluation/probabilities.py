"""Probabilities of levels by a fitted imputer, where its method predicts them."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import pandas as pd

from wrangler.impute.context import Unfitted
from wrangler.impute.encoding import Table
from wrangler.impute.pipeline import state_of

if TYPE_CHECKING:
    from wrangler.impute.base import Imputer

MOST_AT_ONCE = 20_000_000  # probabilities: rows times levels


def level_probabilities(imputer: "Imputer", frame: pd.DataFrame, names: Sequence[str]) -> dict[str, pd.DataFrame | str]:
    """Probabilities at the missing cells of some columns.

    Parameters
    ----------
    imputer : Imputer
        Fitted.
    frame : DataFrame
        Like the one fitted on.
    names : sequence of str
        Categorical columns.

    Returns
    -------
    dict of str to DataFrame or str
        By column: a row for each missing cell, a column for each level; or why there are none.
    """
    if imputer.group_by:
        return dict.fromkeys(names, "groups are filled one by one")
    targets = [name for name in names if name not in imputer.plan_.selection.overridden]
    found_or_reason: dict[str, pd.DataFrame | str] = dict.fromkeys(names, "the column has a method of its own")
    if not targets:
        return found_or_reason
    table = imputer.plan_.encode(frame, imputer)
    for state, asked in _by_state(imputer, targets):
        if isinstance(state, Unfitted):
            found_or_reason |= dict.fromkeys(asked, "the time budget ran out")
            continue
        for part in _parts(asked, table):
            predicted = imputer._level_probabilities(state, table, part, imputer._work("fill"))  # noqa: SLF001 - the library's own
            for name in part:
                reason = f"'{imputer.method}' gives no probabilities"
                levels = imputer.plan_.codecs[name].levels
                found_or_reason[name] = pd.DataFrame(predicted[name], columns=levels) if name in predicted else reason
    return found_or_reason


def _by_state(imputer: "Imputer", names: Sequence[str]) -> Iterator[tuple[Any, list[str]]]:
    """Each fitted state, and its columns."""
    states = {name: state_of(imputer.fitted_, name) for name in names}
    for distinct in {id(state): state for state in states.values()}.values():
        yield distinct, [name for name, state in states.items() if state is distinct]


def _parts(names: Sequence[str], table: Table) -> Iterator[list[str]]:
    """Columns that are predicted together: as many as the memory for their probabilities allows."""
    part: list[str] = []
    cells = 0
    for name in names:
        more = table.rows * table.columns[name].levels
        if part and cells + more > MOST_AT_ONCE:
            yield part
            part, cells = [], 0
        part.append(name)
        cells += more
    yield part
