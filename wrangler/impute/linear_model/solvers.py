"""Systems of symmetric positive definite equations, solved even when they are nearly singular."""

import numpy as np
from scipy.linalg import LinAlgError, lapack

from wrangler.impute.arrays import Floats


def solved(normal: Floats, target: Floats) -> Floats:
    """Solution of the equations `normal @ weights = target`."""
    return solved_by(factored(normal), target)


def solved_by(factor: Floats, target: Floats) -> Floats:
    """Solution of equations whose lower Cholesky factor is given."""
    if not len(factor):
        return np.zeros_like(target)
    return np.asarray(lapack.dpotrs(factor, target, lower=1)[0])


def factored(normal: Floats) -> Floats:
    """Lower Cholesky factor of the equations; the diagonal is increased until there is one.

    Raises
    ------
    LinAlgError
        When the equations are not finite.
    """
    if not len(normal):
        return normal
    raised = normal
    for power in range(-10, 3):
        factor, info = lapack.dpotrf(raised, lower=1, clean=1)
        if info == 0 and np.isfinite(factor).all():
            return np.asarray(factor)
        raised = normal + np.eye(len(normal)) * (np.trace(normal) / len(normal) * 10.0**power)
    raise LinAlgError("The normal equations cannot be solved.")
