"""p-values of many tests at once."""

import numpy as np
import numpy.typing as npt


def holm(p_values: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Correct p-values so that the chance of any false alarm stays below the level (Holm 1979).

    Parameters
    ----------
    p_values : ndarray of float64, shape (n,)
        NaN stands for a test that was not done; it stays NaN and does not count.

    Returns
    -------
    ndarray of float64, shape (n,)
    """
    corrected = np.full(len(p_values), np.nan)
    done = np.flatnonzero(~np.isnan(p_values))
    order = done[np.argsort(p_values[done], kind="stable")]
    factors = np.arange(len(order), 0, -1)
    corrected[order] = np.minimum(np.maximum.accumulate(p_values[order] * factors), 1.0)
    return corrected
