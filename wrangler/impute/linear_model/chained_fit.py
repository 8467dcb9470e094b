"""Fitting a chain: column by column where the matrix is narrow, all columns at once where it is wide."""

from collections.abc import Callable

import numpy as np

from wrangler.impute.arrays import Bools, Floats
from wrangler.impute.encoding import Features
from wrangler.impute.linear_model.discriminants import groups_of
from wrangler.impute.linear_model.gram import Chain, GramFit, keep_better
from wrangler.impute.linear_model.wide_ridge import JointFit

WIDE = 100


def make_fit(features: Features, matrix: Floats, missing: list[Bools]) -> GramFit | JointFit:
    """The start of a fit: beyond `WIDE` columns the joint one, which has the same errors there and is quicker."""
    return JointFit(features, matrix, missing) if features.width > WIDE else GramFit(features, matrix, missing)


def fit_chain(
    features: Features,
    matrix: Floats,
    missing: list[Bools],
    rounds: int,
    tolerance: float,
    step: Callable[[int, float], None],
) -> Chain:
    """Fit all equations; `matrix` is completed in place.

    Parameters
    ----------
    features : Features
    matrix : ndarray of shape (rows, width)
        Missing cells are at their means.
    missing : list of ndarray of bool
        For each feature, its missing rows.
    rounds : int
        Most rounds through the features that have missing cells.
    tolerance : float
        Rounds end when the root mean square change is below this, in standard deviations.
    step : callable
        Called with the round and the change.

    Returns
    -------
    Chain
    """
    fit = make_fit(features, matrix, missing)
    changes = converge(fit, rounds, tolerance, step)
    if isinstance(fit, JointFit):
        fit.conclude()
        return Chain(features, fit.equations, fit.order, changes)
    for number in fit.order:
        selection, _ = fit.known_gram(number)
        fit.settle(number, selection)
        if features.parts[number].is_categorical:
            _choose_discriminant(fit, number, selection)
    return Chain(features, fit.equations, fit.order, changes)


def converge(fit: GramFit | JointFit, rounds: int, tolerance: float, step: Callable[[int, float], None]) -> list[float]:
    """Refresh the incomplete features until the imputed cells converge; returns the change of each round."""
    cells = sum(len(rows) for rows in fit.rows)
    changes: list[float] = []
    for number in range(1, rounds + 1 if cells else 1):
        changes.append(float(np.sqrt(fit.round() / cells)))
        step(number, changes[-1])
        if changes[-1] < tolerance:
            break
    return changes


def _choose_discriminant(fit: GramFit, number: int, selection: Floats) -> None:
    """Use linear discriminants if they have a smaller error than linear probabilities on observed cells."""
    equation, places = fit.equations[number], fit.features.parts[number].places
    inputs = equation.inputs[:-1]
    ridge = 1e-3 + len(inputs) / selection[-1, -1]
    discriminant = groups_of(selection, inputs, places, fit.normal(number, selection), ridge).scores()
    keep_better(equation, discriminant, fit.matrix, fit.rows[number])
