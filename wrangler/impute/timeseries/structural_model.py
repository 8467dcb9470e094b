"""Structural time series: a level, its slope and a season, each a random walk, observed with noise.

The states are a Gaussian Markov random field: their precision, given the observations, is banded, so that one banded
Cholesky factor gives the same as a Kalman filter and smoother - conditional means, likelihood, draws from the smoothing
distribution - at the speed of LAPACK, also with missing cells and uneven steps. Initial states are diffuse.

Sources: Harvey, Forecasting, Structural Time Series Models and the Kalman Filter, 1989; Chan and Jeliazkov,
International Journal of Mathematical Modelling and Numerical Optimisation 1 (2009), and Rue and Held, Gaussian Markov
Random Fields, 2005, for the banded form.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.linalg import LinAlgError, cho_solve_banded, cholesky_banded, solve_banded
from scipy.optimize import minimize

from wrangler.impute.arrays import Floats

FIRST_STEP = 3.0
LOWEST, HIGHEST = -14.0, 14.0
SEASON_LOGS = (-14.0, -12.0, -9.0, -7.0, -5.0, -3.0, -1.0)


@dataclass(frozen=True)
class Structure:
    """The points of a series, and the states at each.

    Attributes
    ----------
    gaps : ndarray of float64, shape (points - 1,)
        Distances between points; positive.
    has_slope : bool
    period : int
        Points of a season; 0 without one.
    """

    gaps: Floats
    has_slope: bool = False
    period: int = 0

    @property
    def points(self) -> int:
        """Number of points."""
        return len(self.gaps) + 1

    @property
    def states(self) -> int:
        """Number of states at each point: level, slope, season."""
        return 1 + self.has_slope + (self.period > 0)

    @property
    def diffuse(self) -> int:
        """Number of diffuse initial states."""
        return 1 + self.has_slope + max(self.period - 1, 0)

    def transitions(self) -> Iterator[tuple[list[tuple[int, Floats]], Floats]]:
        """For each kind of state, its innovation from point to point, and the factor of the variance of that.

        An innovation is a sum of products, given as (offset from the first state of a point, factors) pairs.
        """
        ones = np.ones(self.points - 1)
        level = [(self.states, ones), (0, -ones)]
        yield ([*level, (1, -self.gaps)] if self.has_slope else level), self.gaps
        if self.has_slope:
            yield [(self.states + 1, ones), (1, -ones)], self.gaps
        if self.period:
            ones = np.ones(self.points - self.period + 1)
            yield [(self.states * lag + self.states - 1, ones) for lag in range(self.period)], ones


@dataclass(frozen=True)
class Smoothed:
    """The states given the observations.

    Attributes
    ----------
    structure : Structure
    means : ndarray of float64, shape (points, states)
    factor : ndarray of float64, shape (bandwidth, points * states)
        Lower banded Cholesky factor of the precision, for a noise of variance 1.
    deviance : float
        -2 log likelihood, at the variance of the noise of maximum likelihood; up to a constant.
    noise : float
        That variance of the noise.
    """

    structure: Structure
    means: Floats
    factor: Floats
    deviance: float
    noise: float

    @cached_property
    def signal(self) -> Floats:
        """Level plus season at each point."""
        return _signal(self.structure, self.means)

    def draw(self, random: np.random.Generator) -> Floats:
        """A draw of the signal from the smoothing distribution, with noise added."""
        shocks: Floats = random.normal(size=(self.factor.shape[1], 1))
        upper = np.zeros_like(self.factor)
        for band, row in enumerate(self.factor):
            upper[len(upper) - 1 - band, band:] = row[: len(row) - band]
        deviations = solve_banded((0, len(upper) - 1), upper, shocks).reshape(self.means.shape)
        noise = random.normal(size=self.structure.points)
        return np.asarray(self.signal + np.sqrt(self.noise) * (_signal(self.structure, deviations) + noise))


def _signal(structure: Structure, states: Floats) -> Floats:
    return states[:, 0] + states[:, -1] if structure.period else states[:, 0]


def _prior(structure: Structure, ratios: Floats) -> tuple[Floats, float]:
    """Lower bands of the prior precision of the states, and minus its log determinant."""
    transitions = list(structure.transitions())
    bandwidth = 1 + max(place for innovation, _ in transitions for place, _ in innovation)
    bands, log_variance = np.zeros((bandwidth, structure.points * structure.states)), 0.0
    for (innovation, growth), ratio in zip(transitions, ratios, strict=True):
        log_variance += float(np.log(growth).sum() + len(growth) * np.log(ratio))
        for place, factor in innovation:
            for other, another in innovation:
                if place >= other:
                    steps = other + structure.states * np.arange(len(growth))
                    bands[place - other, steps] += factor * another / (growth * ratio)
    return bands, log_variance


def smooth(structure: Structure, values: Floats, ratios: Floats) -> Smoothed:
    """Condition the states on the observations.

    Parameters
    ----------
    structure : Structure
    values : ndarray of float64, shape (points,)
        NaN where a cell is missing.
    ratios : ndarray of float64, shape (structure.states,)
        Variances of level, slope and season over one unit of distance, each by the variance of the noise.

    Returns
    -------
    Smoothed

    Raises
    ------
    LinAlgError
        When too few cells are observed for the states, or numbers are too extreme.
    """
    states = structure.states
    bands, log_variance = _prior(structure, ratios)
    known = ~np.isnan(values)
    right = np.zeros((structure.points, states))
    observed = [0, states - 1] if structure.period else [0]
    for place in observed:
        right[known, place] = values[known]
        bands[0, place::states] += known
    if structure.period:
        bands[states - 1, ::states] += known
    factor = cholesky_banded(bands, lower=True, check_finite=False)
    means = cho_solve_banded((factor, True), right.ravel(), check_finite=False).reshape(right.shape)
    residual = float((values[known] ** 2).sum() - (right * means).sum())
    freedom = max(int(known.sum()) - structure.diffuse, 1)
    noise = max(residual / freedom, 1e-12)
    deviance = freedom * np.log(noise) + log_variance + 2.0 * float(np.log(factor[0]).sum())
    return Smoothed(structure, means, factor, float(deviance), noise)


def fit_ratios(structure: Structure, values: Floats) -> Floats:
    """The ratios of maximum likelihood, for a structure without a season.

    Parameters
    ----------
    structure : Structure
    values : ndarray of float64, shape (points,)
        Of about unit variance.

    Returns
    -------
    ndarray of float64, shape (structure.states,)
    """
    start = np.array([0.0, *([-6.0] * (structure.states - 1))])
    simplex = np.vstack([start, start + FIRST_STEP * np.eye(structure.states)])
    options = {"xatol": 0.1, "fatol": 0.02, "maxfev": 40 * structure.states, "initial_simplex": simplex}

    def deviance(logs: Floats) -> float:
        return _deviance(structure, values, logs)

    optimum = minimize(deviance, start, method="Nelder-Mead", options=options)  # type: ignore[call-overload]
    return np.asarray(np.exp(np.clip(optimum.x, LOWEST, HIGHEST)))


def fit_season_ratio(structure: Structure, values: Floats, others: Floats) -> Floats:
    """All ratios of a structure with a season: its own of maximum likelihood on a grid, given the others."""
    tried = [np.append(np.log(others), log) for log in SEASON_LOGS]
    return np.asarray(np.exp(min(tried, key=lambda logs: _deviance(structure, values, logs))))


def _deviance(structure: Structure, values: Floats, logs: Floats) -> float:
    try:
        return smooth(structure, values, np.exp(np.clip(logs, LOWEST, HIGHEST))).deviance
    except LinAlgError:
        return float(np.inf)
