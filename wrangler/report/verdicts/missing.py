"""The verdict on where and why cells are missing."""

from typing import Any

import pandas as pd

from wrangler.analyze import LittleTest, Missingness
from wrangler.report.elements import count_words, format_value, name_list
from wrangler.report.verdicts.imputation import Verdict

_MUCH_MISSING = 0.5


def missingness_verdict(
    missing: Missingness, little: LittleTest | None = None, predicted: pd.DataFrame | None = None
) -> Verdict:
    """State how much of a table is missing, where, and what is known of why.

    Parameters
    ----------
    missing : Missingness
    little : LittleTest or None
    predicted : DataFrame or None
        From `wrangler.analyze.missingness_predictors`.

    Returns
    -------
    Verdict
        Its `summary` holds the headline numbers of `result.json`.
    """
    cells = missing.rows * len(missing.columns)
    missing_counts = missing.by_column().sort_values("missing", ascending=False, kind="stable")
    missing_counts = missing_counts[missing_counts["missing"] > 0]
    share = missing.cells / max(cells, 1)
    summary: dict[str, Any] = {
        "cells_missing": missing.cells,
        "share_missing": share,
        "incomplete_columns": len(missing_counts),
        "complete_rows": missing.complete_rows,
        "patterns": len(missing.counts),
        "mcar_p_value": None if little is None else little.p_value,
        "mcar_rank_p_value": None if little is None else little.rank_p_value,
        "columns_predicted": [] if predicted is None else predicted.index[predicted["is_predicted"]].tolist(),
    }
    if missing_counts.empty:
        sentence = f"No cell is missing in the {missing.rows:,} rows and {len(missing.columns):,} columns."
    else:
        worst = missing_counts.iloc[0]
        sentence = (
            f"{count_words(missing.cells, 'cell')} missing ({format_value(share, 'percent')}) in "
            f"{len(missing_counts):,} of {count_words(len(missing.columns), 'column')}; most in "
            f"{name_list(missing_counts.index[:1])} ({format_value(float(worst['share']), 'percent')}); "
            f"{missing.complete_rows:,} of {count_words(missing.rows, 'row')} complete."
        )
    mostly = missing_counts.index[missing_counts["share"] > _MUCH_MISSING]
    warnings = [f"More than half is missing in {name_list(mostly)}."] if len(mostly) else []
    if little is not None and little.rejects_mcar:
        words = "The cells seem not missing completely at random (Little's test)"
        warnings.append(f"{words}: dropping incomplete rows may bias estimates, notably means.")
    if summary["columns_predicted"]:
        words = name_list(summary["columns_predicted"])
        warnings.append(
            f"The values of other columns predict where cells are missing in {words}: "
            "impute them by a method that reads other columns."
        )
    return Verdict(sentence, warnings, summary | {"verdict": sentence, "warnings": warnings})
