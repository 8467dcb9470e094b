"""What a fitted imputer gives as probabilities of the levels of a category, where its method has them."""

from typing import Any

import pandas as pd

from wrangler.impute.deadlines import Unlearnt
from wrangler.impute.predictors import state_of
from wrangler.impute.table import encode


def level_probabilities(imputer: Any, frame: pd.DataFrame, name: str) -> pd.DataFrame | str:  # noqa: ANN401 - an Imputer
    """Probabilities at the missing cells of one column.

    Parameters
    ----------
    imputer : Imputer
        Fitted.
    frame : DataFrame
        Like the one learnt from.
    name : str
        A column of levels.

    Returns
    -------
    DataFrame or str
        A row for each missing cell, a column for each level; or why there are none.
    """
    if name in imputer.plan_.overridden:
        return "the column has a method of its own"
    if imputer.group_by:
        return "groups are filled one by one"
    table = encode(frame, imputer.codecs_, imputer.order_by)
    state = state_of(imputer.learnt_, name)
    if isinstance(state, Unlearnt):
        return "the time budget ran out"
    found = imputer._chances(state, table, [name], imputer._work("fill")).get(name)  # noqa: SLF001 - the method's answer
    if found is None:
        return f"'{imputer.method}' gives no probabilities"
    return pd.DataFrame(found, columns=imputer.codecs_[name].levels)
