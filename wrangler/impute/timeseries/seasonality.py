"""The season of a series: whether there is one, how long it is, and its shape.

A season is a value for each step of the period. Its shape is estimated from the differences between neighbouring
observed cells, each weighted by the inverse of its gap: generalised least squares for a remainder that is a random
walk, of which straight lines are the best interpolation. So missing cells cause no bias, and a pure season is recovered
exactly. Periods are proposed by the autocorrelation of the observed cells and chosen by the Bayesian information
criterion (Schwarz, Ann. Stat. 6, 1978).
"""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.fft import irfft, next_fast_len, rfft

from wrangler.impute.arrays import Bools, Floats, Rows
from wrangler.impute.timeseries.series import Clock, fit_clock

MOST_CELLS = 5_000
MOST_PROPOSED = 4
LONGEST_PERIOD = 400
FEWEST_KNOWN = 12
MOST_PARTS = 14
CLEAR = 0.1
SIGNIFICANT = 4.0


@dataclass(frozen=True)
class Season:
    """A repeating shape.

    Attributes
    ----------
    clock : Clock
    shape : ndarray of float64, shape (period,)
        The value of each step of the period; their mean is 0.
    evidence : float
        Autocorrelation at the period; NaN when the period was given.
    """

    clock: Clock
    shape: Floats
    evidence: float

    def at(self, places: Floats) -> Floats:
        """The value of the season at each place."""
        return self.shape[self.clock.steps(places) % len(self.shape)]


def fit_season(places: Floats, values: Floats, period: int | None = None) -> Season | None:
    """The season of a series, of a given period or of the one with the most evidence.

    Parameters
    ----------
    places : ndarray of float64, shape (length,)
        Distinct and ascending, of the observed cells.
    values : ndarray of float64, shape (length,)
    period : int, optional
        Steps of one period; chosen by default.

    Returns
    -------
    Season or None
        None without even steps, with less than two periods, or without evidence.
    """
    clock = fit_clock(places) if len(places) >= FEWEST_KNOWN or period is not None else None
    if clock is None or np.ptp(values) == 0:
        return None
    steps = clock.steps(places)
    if period is not None:
        return Season(clock, _shape(steps, values, period)[0], np.nan) if steps[-1] + 1 >= 2 * period else None
    correlations, pairs = autocorrelations(steps, values)
    part = slice(max(len(steps) - MOST_CELLS, 0), None)
    least, best = _criterion(_differences(steps[part], values[part])[1], 1), 0
    for proposed in propose_periods(correlations, pairs):
        criterion = _criterion(_shape(steps[part], values[part], proposed)[1], proposed)
        if criterion < least:
            least, best = criterion, proposed
    return Season(clock, _shape(steps, values, best)[0], float(correlations[best])) if best else None


def autocorrelations(steps: Rows, values: Floats) -> tuple[Floats, Floats]:
    """Autocorrelation at each lag up to half the span, over pairs of observed cells, and the number of pairs.

    Parameters
    ----------
    steps : ndarray of int, shape (length,)
    values : ndarray of float64, shape (length,)

    Returns
    -------
    correlations, pairs : ndarray of float64, shape (lags,)
    """
    slope, level = np.polyfit(steps / max(steps[-1], 1), values, 1)
    residuals = values - level - slope * steps / max(steps[-1], 1)
    length = next_fast_len(2 * (int(steps[-1]) + 1))
    cells, squares, known = (
        _spectrum(steps, part, length) for part in (residuals, residuals**2, np.ones(len(residuals)))
    )
    lags = int(steps[-1]) // 2 + 1
    products = irfft(np.abs(cells) ** 2, length)[:lags]
    pairs = np.rint(irfft(np.abs(known) ** 2, length)[:lags])
    earlier = irfft(squares * known.conj(), length)[:lags]
    later = irfft(squares.conj() * known, length)[:lags]
    size = np.sqrt(np.maximum(earlier, 0.0) * np.maximum(later, 0.0))
    is_any = (pairs > 0) & (size > 1e-12 * float((residuals**2).sum()))
    return np.where(is_any, products / np.where(is_any, size, 1.0), 0.0), pairs


def _spectrum(steps: Rows, cells: Floats, length: int) -> npt.NDArray[np.complex128]:
    placed = np.zeros(length)
    np.add.at(placed, steps, cells)
    return np.asarray(rfft(placed))


def propose_periods(correlations: Floats, pairs: Floats) -> list[int]:
    """Lags at which the autocorrelation rises clearly from the minimum before, their neighbours and divisors."""
    correlations, pairs = correlations[: LONGEST_PERIOD + 1], pairs[: LONGEST_PERIOD + 1]
    lags = np.arange(len(correlations))
    valley = np.array([correlations[lag // 2 : lag + 1].min() for lag in lags])
    rise = (correlations - valley) / np.maximum(1.0 - valley, 1e-9)
    sure = correlations * np.sqrt(np.maximum(pairs, 1.0)) > SIGNIFICANT
    peaks = np.flatnonzero((rise > CLEAR) & sure & _peaks(correlations) & (lags > 1))
    clearest = peaks[np.argsort(-rise[peaks], kind="stable")][:MOST_PROPOSED]
    beside = np.concatenate([clearest, clearest - 1, clearest + 1])
    parts = [clearest // part for part in range(2, MOST_PARTS + 1)]
    proposed = np.unique(np.concatenate([beside, *(part[clearest % k == 0] for k, part in enumerate(parts, 2))]))
    return [int(lag) for lag in proposed if 1 < lag < len(correlations)]


def _peaks(correlations: Floats) -> Bools:
    before = np.append(np.inf, correlations[:-1])
    after = np.append(correlations[1:], -np.inf)
    return np.asarray((correlations >= before) & (correlations >= after))


def _differences(steps: Rows, values: Floats) -> tuple[Floats, Floats]:
    """Square roots of the gaps between observed cells, and the differences divided by them, less the drift."""
    root = np.sqrt(np.maximum(np.diff(steps), 1).astype(np.float64))
    drift = (values[-1] - values[0]) / max(float((root**2).sum()), 1.0)
    return root, np.diff(values) / root - drift * root


def _shape(steps: Rows, values: Floats, period: int) -> tuple[Floats, Floats]:
    """The season of a given period, and the residuals of the weighted differences."""
    root, _ = _differences(steps, values)
    phases = steps % period
    weights, differences = 1.0 / root**2, np.diff(values)
    before, after = phases[:-1], phases[1:]
    pairs = np.bincount(before * period + after, weights, period**2).reshape(period, period)
    pairs = pairs + pairs.T
    normal = np.zeros((period + 1, period + 1))
    normal[:period, :period] = np.diag(pairs.sum(axis=1)) - pairs + 1.0
    drift = np.bincount(after, minlength=period) - np.bincount(before, minlength=period)
    normal[:period, period] = normal[period, :period] = drift
    normal[period, period] = max(float((root**2).sum()), 1.0)
    right = np.zeros(period + 1)
    weighted = weights * differences
    right[:period] = np.bincount(after, weighted, period) - np.bincount(before, weighted, period)
    right[period] = differences.sum()
    normal.flat[:: period + 2] += 1e-11 * np.trace(normal) / (period + 1)
    solution = np.linalg.solve(normal, right)
    shape = solution[:period] - solution[:period].mean()
    return shape, (differences - np.diff(shape[phases])) / root - solution[period] * root


def _criterion(residuals: Floats, parameters: int) -> float:
    """The Bayesian information criterion, up to a constant."""
    size = len(residuals)
    if size <= parameters + 1:
        return float(np.inf)
    return float(size * np.log(max(float((residuals**2).mean()), 1e-300)) + parameters * np.log(size))


def most_common(periods: Iterable[int]) -> int | None:
    """The most frequent period, the shortest of ties; None without any."""
    distinct, counts = np.unique(np.fromiter(periods, dtype=np.intp), return_counts=True)
    return int(distinct[counts.argmax()]) if len(distinct) else None
