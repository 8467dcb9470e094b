"""Semi-continuous columns, in which one value has a mass of its own, such as 0 among amounts.

They are drawn in two parts: whether the cell has that value by a logit, and which other value if it has not by the
equation of the other rows.

Sources: Olsen and Schafer (2001), J. Am. Stat. Assoc. 96, for two-part models; White, Daniel and Royston (2010),
Comput. Stat. Data Anal. 54, for the logit (see `logit`).
"""

from dataclasses import dataclass

import numpy as np
from scipy.special import expit
from scipy.stats import skew

from wrangler.impute.arrays import Bools, Floats, Rows
from wrangler.impute.drawing.logit import fit_logit
from wrangler.impute.encoding import Feature
from wrangler.impute.linear_model import Equation, ridge_of

SKEWED, LESS_SKEWED = 1.0, 0.5


@dataclass(frozen=True)
class Amounts:
    """The observed cells of a semi-continuous column beside its mass.

    Attributes
    ----------
    mass : float
        The value that has a mass, encoded.
    rows : ndarray of int
    feature : Feature
        Their scale: that of their logarithms, if these are much less skewed.
    standardised : ndarray of shape (rows,)
    """

    mass: float
    rows: Rows
    feature: Feature
    standardised: Floats


@dataclass(frozen=True)
class PointMass:
    """The value that has a mass, and from what it is predicted.

    Attributes
    ----------
    value : float
        Encoded.
    scores : ndarray of shape (width of the matrix, 2)
        Of a logit drawn from its posterior, those of the value last.
    """

    value: float
    scores: Floats

    def draw(self, matrix: Floats, random: np.random.Generator) -> Bools:
        """For each row of the matrix, whether its cell has the value."""
        both = matrix @ self.scores
        return np.asarray(random.random(len(matrix)) < expit(both[:, 1] - both[:, 0]))


def amounts_beside(mass: float, cells: Floats, feature: Feature) -> Amounts:
    """The amounts of a column with encoded `cells`, NaN where missing."""
    rows = np.flatnonzero(~np.isnan(cells) & (cells != mass))
    amounts = cells[rows]
    if (amounts > 0).all():
        plain, logged = (float(skew(each)) for each in (amounts, np.log(amounts)))
        if plain > SKEWED and abs(logged) < LESS_SKEWED * plain:
            feature = feature.logged(amounts)
    return Amounts(mass, rows, feature, feature.standardised(amounts))


def fit_mass(value: float, equation: Equation, matrix: Floats, cells: Floats, random: np.random.Generator) -> PointMass:
    """Fit the logit of having the value on completed rows, and draw its weights.

    Parameters
    ----------
    value : float
    equation : Equation
        Of the column; the logit reads the same columns of the matrix.
    matrix : ndarray of shape (rows, width)
    cells : ndarray of shape (rows,)
        Encoded; NaN where missing.
    random : Generator

    Returns
    -------
    PointMass
    """
    known = np.flatnonzero(~np.isnan(cells))
    truth = (cells[known] == value).astype(np.intp)
    ridge = ridge_of(equation) * min(len(equation.inputs) / len(known), 1.0)
    logit = fit_logit(matrix, known, truth, equation.inputs, ridge, np.zeros((matrix.shape[1], 2)))
    return PointMass(value, logit.draw(random))
