"""Influx and outflux: how usable a column is to predict others, and others to predict it; monotone patterns."""

import numpy as np
import pandas as pd

from wrangler.analyze.missing import Missingness


def influx_outflux(missing: Missingness) -> pd.DataFrame:
    """Measure how a column's missing cells coincide with values of the other columns.

    Parameters
    ----------
    missing : Missingness

    Returns
    -------
    DataFrame indexed by column name
        `present` (share of cells present, 0 to 1); `influx` (of all present cells of the table, the share that stands
        in rows where this column is missing: high when the others can help to fill it); `outflux` (of all missing
        cells, the share that stands in rows where this column is present: high when it can help to fill the others).
        NaN where the table has no missing, or no present, cell.

    Notes
    -----
    As defined in S. van Buuren (2018), Flexible Imputation of Missing Data, section 4.1.3, and computed by `flux` of
    mice for R.
    """
    absent = missing.matrix.astype(np.float64)
    weight = missing.counts.astype(np.float64)
    missing_in_row = absent.sum(axis=1)
    present_in_row = len(missing.columns) - missing_in_row
    all_present, all_missing = float(weight @ present_in_row), float(weight @ missing_in_row)
    influx = (weight * present_in_row) @ absent
    outflux = (weight * missing_in_row) @ (1 - absent)
    return pd.DataFrame(
        {
            "present": 1 - missing.column_counts / max(missing.rows, 1),
            "influx": influx / all_present if all_present else np.nan,
            "outflux": outflux / all_missing if all_missing else np.nan,
        },
        index=pd.Index(missing.columns, name="column", dtype="str"),
    )


def is_monotone(missing: Missingness) -> bool:
    """Decide whether the columns can be put in an order in which a missing cell is followed by missing cells only.

    Such tables (people who leave a study) can be filled column by column in one pass, without iterating.
    """
    missing_counts = missing.matrix.sum(axis=1)
    patterns = missing.matrix[np.argsort(missing_counts, kind="stable")]
    return bool((patterns[:-1] <= patterns[1:]).all())
