"""The standard deviation of encoded numbers, which in some of the rows may be very small."""

import numpy as np

from wrangler.impute.arrays import Floats

SQUARABLE = 1e-140


def deviation(values: Floats) -> float:
    """Standard deviation; 0 only when all values are equal, even if their squares are 0 as floats.

    A column is scaled by its largest number: a group or a sample without it may hold numbers near 1e-300.

    Parameters
    ----------
    values : ndarray of float64
        At least one, none of which is NaN.

    Returns
    -------
    float
    """
    spread = float(values.std())
    if spread > SQUARABLE:
        return spread
    apart = values - values[0]
    reach = float(np.abs(apart).max())
    if reach < np.finfo(np.float64).tiny:  # its inverse would be no finite number
        return 0.0
    return reach * float((apart / reach).std())
