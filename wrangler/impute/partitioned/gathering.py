"""Some rows of a dask DataFrame, collected in memory."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from wrangler.impute.arrays import Floats, Rows
from wrangler.impute.encoding import Codec
from wrangler.impute.partitioned.passes import aggregate, computed, lazily, partitions
from wrangler.impute.partitioned.survey import Survey
from wrangler.impute.pipeline import ENOUGH

if TYPE_CHECKING:
    import dask.dataframe as dd


def rows_at(frame: "dd.DataFrame", survey: Survey, rows: Rows, blank: pd.DataFrame) -> pd.DataFrame:
    """The rows at some positions of the whole table, with a new index.

    Parameters
    ----------
    frame : dask DataFrame
    survey : Survey
        Of `frame`.
    rows : ndarray of int
        Ascending.
    blank : pandas.DataFrame
        The table without rows.

    Returns
    -------
    pandas.DataFrame
    """
    edges = np.searchsorted(rows, [*survey.starts, survey.rows])
    take = lazily(taken)
    wanted = [
        take(part, rows[low:high] - start)
        for part, start, low, high in zip(partitions(frame), survey.starts, edges[:-1], edges[1:], strict=True)
        if high > low
    ]
    parts = computed(wanted)
    return pd.concat(parts, ignore_index=True) if parts else blank.copy()


def taken(part: pd.DataFrame, rows: Rows) -> pd.DataFrame:
    """Some rows of a partition, in memory of their own."""
    return part.take(rows)


def evenly_spaced(frame: "dd.DataFrame", survey: Survey, codecs: Mapping[str, Codec]) -> dict[str, Floats]:
    """Numbers of evenly spaced rows of the whole table, encoded, for each column that `codecs` names.

    Parameters
    ----------
    frame : dask DataFrame
    survey : Survey
        Of `frame`.
    codecs : mapping of str to Codec

    Returns
    -------
    dict of str to ndarray
    """
    if not codecs:
        return {}
    step = max(survey.rows // ENOUGH, 1)
    read = lazily(spaced)
    parts = zip(partitions(frame, list(codecs)), survey.starts, strict=True)
    return aggregate([read(part, codecs, slice(-start % step, None, step)) for part, start in parts], chained)


def spaced(part: pd.DataFrame, codecs: Mapping[str, Codec], rows: slice) -> dict[str, Floats]:
    """Encoded numbers of a partition at some rows."""
    spaced_rows = part.iloc[rows]
    return {name: np.array(codec.encode(spaced_rows[name])) for name, codec in codecs.items()}


def chained(parts: list[dict[str, Floats]]) -> dict[str, Floats]:
    """The numbers of several partitions, one after the other."""
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
