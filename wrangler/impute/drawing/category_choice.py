"""Whether the levels of a category are drawn from a logit or from discriminants: by log loss on rows left out.

Discriminants use more of the data where predictors are normal within levels, and are wrong where they are not; a logit
asks for neither. So it is taken unless the others are clearly better, or it would have too many weights.

Source: Efron (1975), J. Am. Stat. Assoc. 70, for the efficiency of both.
"""

from collections.abc import Callable

import numpy as np
from scipy.special import log_softmax, softmax

from wrangler.impute.arrays import Bools, Floats, Places, Rows
from wrangler.impute.drawing.logit import MOST_PARAMETERS, Logit, fit_logit
from wrangler.impute.linear_model import Chain, Equation, Groups, groups_of, ridge_of

MOST_JUDGED = 2000  # rows, half of them to fit on
FEWEST_JUDGED = 40
MOST_CALIBRATED = 2000
ROUNDS = 5
LEAST = 1e-12


def fit_logits(whole: Chain, matrix: Floats, missing: list[Bools], step: Callable[[float], object]) -> dict[int, Logit]:
    """The logits of incomplete categories, by the number of their feature, but where discriminants are better.

    Parameters
    ----------
    whole : Chain
    matrix : ndarray of shape (rows, width)
        Completed.
    missing : list of ndarray of bool
        For each feature, its missing rows.
    step : callable
        Called with the share of the work that is done; may stop it by raising.
    """
    chosen: dict[int, Logit] = {}
    numbers = [number for number in whole.order if whole.features.parts[number].is_categorical]
    for place, number in enumerate(numbers):
        step(place / len(numbers))
        if missing[number].any():
            logit = _fit(whole.equations[number], matrix, np.flatnonzero(~missing[number]))
            chosen |= {number: logit} if logit else {}
    return chosen


def _fit(equation: Equation, matrix: Floats, known: Rows) -> Logit | None:
    if equation.feature.width * len(equation.inputs) > MOST_PARAMETERS or not len(known):
        return None
    truth = _truth(equation, matrix, known)
    if len(known) >= FEWEST_JUDGED and _are_discriminants_better(equation, matrix, known, truth):
        return None
    start = _discriminants(equation, matrix, known).scores()
    return fit_logit(matrix, known, truth, equation.inputs, _ridge(equation, len(known)), start)


def _truth(equation: Equation, matrix: Floats, rows: Rows) -> Places:
    dummies = matrix[rows, equation.feature.places]
    return np.where(dummies.any(axis=1), dummies.argmax(axis=1) + 1, 0)


def _ridge(equation: Equation, rows: int) -> float:
    """That of the linear equations: small with many rows, where it would bias the draws."""
    return ridge_of(equation) * min(len(equation.inputs) / max(rows, 1), 1.0)


def _discriminants(equation: Equation, matrix: Floats, rows: Rows) -> Groups:
    block = matrix[rows]
    selection = block.T @ block
    ridge = 1e-3 + len(equation.inputs) * min(len(equation.inputs) / len(rows), 1.0) / len(rows)
    return groups_of(selection, equation.inputs[:-1], equation.feature.places, selection, ridge)


def _are_discriminants_better(equation: Equation, matrix: Floats, known: Rows, truth: Places) -> bool:
    """By more than the standard error of the difference, on the second of two halves of the rows."""
    judged = np.linspace(0, len(known) - 1, min(len(known), MOST_JUDGED)).astype(np.intp)
    fitted, rest = judged[::2], judged[1::2]
    scores = _discriminants(equation, matrix, known[fitted]).scores()
    ridge = _ridge(equation, len(fitted))
    logit = fit_logit(matrix, known[fitted], truth[fitted], equation.inputs, ridge, scores).scores()
    block, rows = matrix[known[rest]], np.arange(len(rest))
    losses = [log_softmax(block @ each, axis=1)[rows, truth[rest]] for each in (logit, scores)]
    gain = losses[1] - losses[0]
    return bool(gain.mean() > gain.std() / np.sqrt(len(gain)))


def calibrated(scores: Floats, matrix: Floats, known: Rows, shares: Floats) -> Floats:
    """Scores with other constants, so that the mean probabilities over the observed rows are the shares.

    Discriminants whose predictors are not normal within levels would draw some levels too often.
    """
    some = matrix[known[:: max(-(-len(known) // MOST_CALIBRATED), 1)]]
    if not len(some):
        return scores
    products = some @ scores
    constants = np.zeros(scores.shape[1])
    for _ in range(ROUNDS):
        reached = softmax(products + constants, axis=1).mean(axis=0)
        constants += np.log(np.maximum(shares, LEAST) / np.maximum(reached, LEAST))
    moved = scores.copy()
    moved[-1] += constants
    return moved
