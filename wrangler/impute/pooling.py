"""Joining what was estimated on each of several completed tables.

Source: Rubin's rules (Rubin, Multiple Imputation for Nonresponse in Surveys, 1987) with the degrees of freedom of
Barnard and Rubin, Biometrika 86 (1999), as in R's mice::pool.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import stats

from wrangler.impute.errors import ImputationError

FEWEST_DRAWS = 2


@dataclass(frozen=True)
class Pooled:
    """A pooled estimate.

    Attributes
    ----------
    estimate : float
        Mean of the estimates.
    standard_error : float
        Root of the total variance.
    within, between : float
        Mean variance of an estimate, and variance between the estimates.
    degrees_of_freedom : float
    missing_information : float
        Share of the information that is lost to missing cells, between 0 and 1.
    """

    estimate: float
    standard_error: float
    within: float
    between: float
    degrees_of_freedom: float
    missing_information: float

    def interval(self, level: float = 0.95) -> tuple[float, float]:
        """Confidence interval at `level`."""
        reach = float(stats.t.ppf(0.5 + level / 2, self.degrees_of_freedom)) * self.standard_error
        return self.estimate - reach, self.estimate + reach


def pool(estimates: Sequence[float], variances: Sequence[float], complete_freedom: float = np.inf) -> Pooled:
    """Pool an estimate over completed tables.

    Parameters
    ----------
    estimates : sequence of float
        One for each completed table, at least two.
    variances : sequence of float
        The squared standard error of each.
    complete_freedom : float
        Degrees of freedom that the estimate would have without missing cells.

    Returns
    -------
    Pooled

    Raises
    ------
    ImputationError
        When there are fewer than two estimates, or not as many variances, or a variance is negative.
    """
    values, spreads = np.asarray(estimates, dtype=np.float64), np.asarray(variances, dtype=np.float64)
    if values.ndim != 1 or len(values) < FEWEST_DRAWS or values.shape != spreads.shape:
        raise ImputationError(
            f"pool: needs as many variances as estimates, at least two of each, not {values.shape} and {spreads.shape}."
        )
    if not (spreads >= 0).all():
        raise ImputationError("pool: variances must be 0 or more.")
    draws, within, between = len(values), float(spreads.mean()), float(values.var(ddof=1))
    extra = (1 + 1 / draws) * between
    total = within + extra
    lost = extra / total if total else 0.0
    freedom = _freedom(draws, lost, complete_freedom)
    riv = extra / within if within else np.inf
    information = (riv + 2 / (freedom + 3)) / (riv + 1) if np.isfinite(riv) else 1.0
    return Pooled(float(values.mean()), float(np.sqrt(total)), within, between, freedom, float(information))


def _freedom(draws: int, lost: float, complete: float) -> float:
    """Barnard and Rubin's degrees of freedom."""
    old = (draws - 1) / lost**2 if lost else np.inf
    if np.isinf(complete):
        return float(old)
    observed = (complete + 1) / (complete + 3) * complete * (1 - lost)
    return float(observed if np.isinf(old) else old * observed / (old + observed))
