"""One estimate from several completed tables: Rubin's rules.

Each completed table gives an estimate and its variance; pooled, their spread between the tables is added, so that
intervals are as wide as the missing cells make them.

References: D. B. Rubin (1987), Multiple Imputation for Nonresponse in Surveys; J. Barnard and D. B. Rubin (1999),
Small-sample degrees of freedom with multiple imputation, Biometrika 86, 948-955. The results agree with `pool` of mice
for R.
"""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from scipy import stats

from wrangler.analyze.kinds import AnalysisError
from wrangler.analyze.units import power_of_two

POOLED_COLUMNS = [
    "estimate",
    "standard_error",
    "degrees_of_freedom",
    "low",
    "high",
    "p_value",
    "within",
    "between",
    "relative_increase",
    "missing_information",
]
_SIZES = ["estimate", "standard_error", "low", "high"]
_VARIANCES = ["within", "between"]


def pool(
    estimates: Sequence[Mapping[str, float]] | pd.DataFrame,
    standard_errors: Sequence[Mapping[str, float]] | pd.DataFrame,
    *,
    complete_degrees_of_freedom: float = np.inf,
    level: float = 0.95,
) -> pd.DataFrame:
    """Pool estimates from m completed tables by Rubin's rules.

    Parameters
    ----------
    estimates : DataFrame or sequence of mappings, m rows
        One row per completed table, one column (or key) per term, such as the coefficients of a regression.
    standard_errors : DataFrame or sequence of mappings, same shape
        Their standard errors.
    complete_degrees_of_freedom : float
        Degrees of freedom that a table without missing cells would have: rows less the number of coefficients.
    level : float
        Coverage of the intervals, between 0 and 1.

    Returns
    -------
    DataFrame indexed by term
        `estimate`; `standard_error`; `degrees_of_freedom` (Barnard and Rubin); `low`, `high` (interval by Student's t);
        `p_value` (of 0); `within` and `between` (variances); `relative_increase` of the variance for the missing cells;
        `missing_information` (the share of information that the missing cells took away, gamma). NaN where a figure is
        too large for a float64, such as the variance of an estimate of 1e200.

        Where all standard errors are 0, nothing but the missing cells makes the estimate uncertain: the degrees of
        freedom are m - 1 (Rubin 1987, equation 3.1.6 with no variance within), whatever those of a complete table; the
        relative increase is infinite, the missing information 1. Where the estimates are all the same besides, the
        interval is that one value, with infinite degrees of freedom, no increase and no missing information, and the
        p-value is 0, or 1 for an estimate of 0.

    Raises
    ------
    AnalysisError
        With fewer than two completed tables, with terms that differ between them, or with a negative standard error.
    """
    means, errors = pd.DataFrame(estimates), pd.DataFrame(standard_errors)
    _check(means, errors)
    scale = pd.Series({term: power_of_two(np.stack([means[term], errors[term]])) for term in means}, dtype=float)
    means, errors = means / scale, errors / scale
    tables = len(means)
    estimate = means.mean()
    within = errors.pow(2).mean()
    between = means.var(ddof=1)
    total = within + (1 + 1 / tables) * between
    share = ((1 + 1 / tables) * between / total).fillna(0.0)
    is_exact, is_certain = within == 0, total == 0
    increase = ((1 + 1 / tables) * between / within.where(~is_exact)).mask(is_exact, np.inf).mask(is_certain, 0.0)
    freedom = _degrees_of_freedom(share, tables, complete_degrees_of_freedom)
    # Without variance within, Barnard and Rubin's freedom of the complete table would be 0: it has no error.
    freedom = freedom.mask(is_exact, tables - 1).mask(is_certain, np.inf)
    error = total.pow(0.5)
    reach = stats.t.ppf((1 + level) / 2, freedom) * error
    score = (estimate / error.where(~is_certain)).abs()
    p_value = pd.Series(2 * stats.t.sf(score, freedom), index=estimate.index)
    p_value = p_value.mask(is_certain, (estimate == 0).astype(float))
    information = ((increase + 2 / (freedom + 3)) / (1 + increase)).mask(is_exact, 1.0).mask(is_certain, 0.0)
    pooled = pd.DataFrame(
        {
            "estimate": estimate,
            "standard_error": error,
            "degrees_of_freedom": freedom,
            "low": estimate - reach,
            "high": estimate + reach,
            "p_value": p_value,
            "within": within,
            "between": between,
            "relative_increase": increase,
            "missing_information": information,
        },
        columns=POOLED_COLUMNS,
    )
    for names, power in ((_SIZES, 1), (_VARIANCES, 2)):
        pooled[names] = _in_unit(pooled[names], scale, power)
    return pooled.rename_axis("term")


def _in_unit(values: pd.DataFrame, scale: pd.Series, power: int) -> pd.DataFrame:
    """Values by term in the unit of the estimates; NaN where no finite number holds them."""
    if (scale == 1.0).all():
        return values
    with np.errstate(over="ignore", under="ignore"):
        for _ in range(power):
            values = values.mul(scale, axis=0)
    return values.where(np.isfinite(values))


def _degrees_of_freedom(share: pd.Series, tables: int, complete: float) -> pd.Series:
    """Barnard and Rubin's degrees of freedom; `share` is the part of the variance that comes from missing cells."""
    old = (tables - 1) / share.where(share > 0) ** 2
    old = old.fillna(np.inf)
    if np.isinf(complete):
        return old
    observed = (complete + 1) / (complete + 3) * complete * (1 - share)
    return 1 / (1 / old + 1 / observed)


def _check(means: pd.DataFrame, errors: pd.DataFrame) -> None:
    if len(means) <= 1:
        raise AnalysisError(f"Pooling needs the estimates of at least two completed tables, not {len(means)}.")
    if list(means.columns) != list(errors.columns) or len(means) != len(errors):
        raise AnalysisError("The standard errors must have the tables and terms of the estimates.")
    incomplete = means.columns[means.isna().any() | errors.isna().any()]
    if len(incomplete):
        raise AnalysisError(f"The term {incomplete[0]!r} is missing in some completed table.")
    if (errors < 0).any(axis=None):
        raise AnalysisError("A standard error is negative; give standard errors, not variances or scores.")
