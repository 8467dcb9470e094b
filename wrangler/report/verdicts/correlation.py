"""The verdict on the correlations of a table."""

from typing import Any

import pandas as pd

from wrangler.analyze import CORRELATION_TOLERANCE, HIGH_CONDITION, HIGH_INFLATION, Collinearity, Correlation
from wrangler.report.elements import count_words, name_list
from wrangler.report.verdicts.imputation import Verdict

_STRONG = 0.8


def correlation_verdict(
    correlation: Correlation,
    collinear: Collinearity | None = None,
    by_rows: pd.DataFrame | None = None,
) -> Verdict:
    """State which columns correlate most, on how many rows that rests, and how far the choice of rows matters.

    Parameters
    ----------
    correlation : Correlation
    collinear : Collinearity or None
    by_rows : DataFrame or None
        From `wrangler.analyze.correlation_by_rows`; None when no missing cells were filled.

    Returns
    -------
    Verdict
        Its `summary` holds the headline numbers of `result.json`.
    """
    pairs = correlation.pairs()
    strong = pairs[pairs["coefficient"].abs() >= _STRONG]
    summary: dict[str, Any] = {
        "method": correlation.method,
        "columns_correlated": len(correlation.matrix),
        "pairs": len(pairs),
        "strong_pairs": len(strong),
    }
    if pairs.empty:
        sentence = "No pair of columns could be correlated: fewer than two number columns with values in common rows."
    else:
        first = pairs.iloc[0]
        sentence = (
            f"{count_words(len(pairs), 'pair')} of {len(correlation.matrix):,} columns correlated by "
            f"{correlation.method.capitalize()}; strongest {name_list([first['left']])} with "
            f"{name_list([first['right']])} ({first['coefficient']:.2f} on {first['rows']:,} rows)."
        )
    warnings = list(correlation.notes)
    if len(strong):
        warnings.append(
            f"{count_words(len(strong), 'pair')} correlated by {_STRONG} or more: they hold much the same information."
        )
    warnings += [*_collinear_warnings(collinear), *_rows_warning(by_rows)]
    summary["condition_index"] = None if collinear is None else collinear.condition_index
    summary["largest_difference_by_rows"] = None if by_rows is None or by_rows.empty else float(by_rows["spread"].max())
    return Verdict(sentence, warnings, summary | {"verdict": sentence, "warnings": warnings})


def _collinear_warnings(collinear: Collinearity | None) -> list[str]:
    if collinear is None or not collinear.condition_index > HIGH_CONDITION:
        return []
    inflated = collinear.inflation.index[collinear.inflation["vif"] > HIGH_INFLATION]
    index = f"condition index {min(collinear.condition_index, 1e5):,.0f}"
    if len(inflated):
        return [f"A linear model could not separate the effects of some columns ({index}): {name_list(inflated)}."]
    if collinear.centred_condition_index > HIGH_CONDITION:
        return [f"A linear model could not separate the effects of some columns from each other ({index})."]
    far = f"Some columns vary little beside their mean ({index}): a linear model hardly determines its intercept"
    return [f"{far}, unless the means are subtracted first; the effects of the columns are not affected."]


def _rows_warning(by_rows: pd.DataFrame | None) -> list[str]:
    """Warn where correlations depend on what is done with incomplete rows."""
    if by_rows is None or by_rows.empty or not by_rows["spread"].max() > CORRELATION_TOLERANCE:
        return []
    far = by_rows[by_rows["spread"] > CORRELATION_TOLERANCE]
    first = far.iloc[0]
    pair = " with ".join(name_list([first[side]]) for side in ("left", "right"))
    words = f"{count_words(len(far), 'correlation')} differ by more than {CORRELATION_TOLERANCE}"
    most = f"most: {pair} ({first['spread']:.2f})"
    return [f"{words} between complete rows, all pairs and filled cells; {most}."]
