"""A test of several estimates at once from several completed tables.

Whether a factor of three levels has an effect, say, is a question to two coefficients together: a test of each by
itself answers another question, and finds an effect too often.

References: K. H. Li, T. E. Raghunathan and D. B. Rubin (1991), J. Am. Stat. Assoc. 86, 1065-1073, for the statistic D1;
J. P. Reiter (2007), Biometrika 94, 502-508, for its degrees of freedom in small samples. The results agree with those
of mitml for R, which `D1` of mice calls.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import stats

from wrangler.analyze.kinds import AnalysisError

FEW = 4  # degrees of freedom of the variance between tables, up to which another approximation is used


@dataclass(frozen=True)
class JointTest:
    """The result of a joint test.

    Attributes
    ----------
    statistic : float
        D1; infinite when nothing makes estimates uncertain that differ from the null.
    terms : int
        How many estimates are tested: degrees of freedom of the numerator.
    degrees_of_freedom : float
        Of the denominator.
    p_value : float
    relative_increase : float
        Of the variance, for the missing cells, on average over the terms.
    """

    statistic: float
    terms: int
    degrees_of_freedom: float
    p_value: float
    relative_increase: float


def pool_joint(
    estimates: npt.ArrayLike,
    covariances: npt.ArrayLike,
    *,
    null: Sequence[float] | float = 0.0,
    complete_degrees_of_freedom: float = np.inf,
) -> JointTest:
    """Test whether several estimates together have the values of a null hypothesis, by Rubin's rules (D1).

    The share of missing information is taken to be the same for all terms, as five or twenty tables hold too little
    information on each; the test is near its level when it differs (Li, Raghunathan and Rubin 1991).

    Parameters
    ----------
    estimates : array-like of shape (m, terms)
        One row per completed table.
    covariances : array-like of shape (m, terms, terms)
        The covariance matrix of the estimates in each table.
    null : float or sequence of float, shape (terms,)
    complete_degrees_of_freedom : float
        Degrees of freedom that a table without missing cells would have: rows less the number of coefficients.

    Returns
    -------
    JointTest

    Raises
    ------
    AnalysisError
        With fewer than two completed tables, with shapes that do not match, with values that are not finite, or with
        covariances whose mean is singular.
    """
    values, spreads = np.asarray(estimates, dtype=np.float64), np.asarray(covariances, dtype=np.float64)
    _check(values, spreads)
    tables, terms = values.shape
    difference = values.mean(axis=0) - np.broadcast_to(np.asarray(null, dtype=np.float64), (terms,))
    within, between = spreads.mean(axis=0), np.atleast_2d(np.cov(values, rowvar=False))
    try:
        inverse = np.linalg.inv(within)
    except np.linalg.LinAlgError as exc:
        raise AnalysisError("The mean covariance matrix is singular: a term follows from the others.") from exc
    increase = (1 + 1 / tables) * float(np.trace(between @ inverse)) / terms
    statistic = float(difference @ inverse @ difference) / (terms * (1 + increase))
    freedom = _degrees_of_freedom(increase, terms * (tables - 1), terms, complete_degrees_of_freedom)
    p_value = stats.f.sf(statistic, terms, freedom) if np.isfinite(freedom) else stats.chi2.sf(statistic * terms, terms)
    return JointTest(statistic, terms, freedom, float(p_value), increase)


def _degrees_of_freedom(increase: float, between: int, terms: int, complete: float) -> float:
    """Of the denominator; `between` are those of the variance between the tables."""
    if increase <= 0:
        return complete
    if between <= FEW:
        freedom = between * (1 + 1 / terms) * (1 + 1 / increase) ** 2 / 2
        return min(freedom, complete)
    if np.isinf(complete):
        return 4 + (between - 4) * (1 + (1 - 2 / between) / increase) ** 2
    share = increase * between / (between - 2)
    own = (complete + 1) / (complete + 3) * complete
    first, second, third = 1 / (between - 4), own - 2 * (1 + share), own - 4 * (1 + share)
    reciprocal = 1 / third + first * (
        share**2 * second / ((1 + share) ** 2 * third)
        + 8 * share**2 * second / ((1 + share) * third**2)
        + 4 * share**2 / ((1 + share) * third)
        + 4 * share**2 / (third * second)
        + 16 * share**2 * second / third**3
        + 8 * share**2 / third**2
    )
    return 4 + 1 / reciprocal


def _check(values: npt.NDArray[np.float64], spreads: npt.NDArray[np.float64]) -> None:
    if values.ndim != 2 or not values.shape[1]:  # noqa: PLR2004 - tables and terms
        raise AnalysisError("The estimates must have a row for each completed table and a column for each term.")
    if len(values) <= 1:
        raise AnalysisError(f"Pooling needs the estimates of at least two completed tables, not {len(values)}.")
    if spreads.shape != (*values.shape, values.shape[1]):
        shape = (*values.shape, values.shape[1])
        raise AnalysisError(f"The covariances must be of shape {shape}, not {spreads.shape}.")
    if not (np.isfinite(values).all() and np.isfinite(spreads).all()):
        raise AnalysisError("Estimates and covariances must be finite numbers.")
