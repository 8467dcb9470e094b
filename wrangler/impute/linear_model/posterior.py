"""Drawing cells and equations: data augmentation from one Gram matrix.

Turn by turn the equations are drawn from their posterior given the completed rows, and the missing cells given the
equations, so that what is not known of the equations is in the cells as well: what makes a multiple imputation proper.

For matching, the last equations of numbers come from rows that are resampled, and so do the donors: the approximate
Bayesian bootstrap.

Sources: Tanner and Wong (1987), J. Am. Stat. Assoc. 82; Rubin (1987), Multiple Imputation for Nonresponse in Surveys,
examples 5.1 and 5.3; Rubin and Schenker (1986), J. Am. Stat. Assoc. 81, for the bootstrap; van Buuren (2018), Flexible
Imputation of Missing Data, algorithms 3.1 and 4.3. Categories follow from a draw of their discriminants (see
`discriminants`).
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from scipy.linalg import lapack

from wrangler.impute.arrays import Bools, Floats, Places
from wrangler.impute.encoding import Feature
from wrangler.impute.linear_model.discriminants import groups_of
from wrangler.impute.linear_model.gram import Chain, Equation, GramFit, ridges_of
from wrangler.impute.linear_model.solvers import factored, solved_by

FEW_ROWS = 5


@dataclass(frozen=True)
class Drawn:
    """Where a chain of draws came to.

    Attributes
    ----------
    chain : Chain
        Equations of levels, drawn from their posterior; those of numbers are the likeliest given resampled rows.
    times : ndarray of int, shape (rows,)
        How often each row is among those. Donors taken from them as often vary like the equations do, also in what
        the equations leave open; with all rows as donors, what neighbours share by chance would be in every draw.
    matrix : ndarray of shape (rows, width)
        The completed rows.
    trace : ndarray of shape (sweeps, features, 2)
        Mean and standard deviation of the drawn cells after each sweep, in the encoding of the column; for a category
        those of being its reference level. NaN for features without missing cells.
    """

    chain: Chain
    times: Places
    matrix: Floats
    trace: Floats


def augment(
    whole: Chain,
    matrix: Floats,
    missing: list[Bools],
    sweeps: int,
    random: np.random.Generator,
    step: Callable[[float], object] = lambda _: None,
) -> Drawn:
    """Draw equations and missing cells in turn.

    Parameters
    ----------
    whole : Chain
        The likeliest equations, from which the first cells are drawn.
    matrix : ndarray of shape (rows, width)
        Completed in place.
    missing : list of ndarray of bool
        For each feature, its missing rows.
    sweeps : int
    random : Generator
    step : callable
        Reported before each equation how far the work is, from 0 to 1; may stop it by raising.

    Returns
    -------
    Drawn
    """
    parts = (sweeps + 1) * len(whole.order)
    draw(whole, matrix, missing, 1, random)
    fit = GramFit(whole.features, matrix, missing)
    fit.equations = list(whole.equations)
    trace = np.full((sweeps, len(fit.equations), 2), np.nan)
    for turn in range(sweeps):
        for place, number in enumerate(whole.order):
            step((turn * len(whole.order) + place) / parts)
            if len(fit.rows[number]):
                selection, block = fit.known_gram(number)
                fit.equations[number] = _drawn_equation(fit, number, selection, random)
                fresh = _drawn_cells(fit.equations[number], block, random)
                fit.replace(number, block, fresh)
                trace[turn, number] = _mean_and_spread(whole.features.parts[number], fresh)
    times = random.multinomial(len(matrix), np.full(len(matrix), 1.0 / len(matrix)))
    again = GramFit(whole.features, matrix * np.sqrt(times)[:, None], missing)
    again.equations = fit.equations
    for place, number in enumerate(whole.order):
        step((sweeps * len(whole.order) + place) / parts)
        if whole.features.parts[number].is_categorical:
            fit.equations[number] = _drawn_equation(fit, number, fit.known_gram(number)[0], random)
        else:
            fit.equations[number] = _resampled_equation(again, number, again.known_gram(number)[0])
    return Drawn(replace(whole, equations=fit.equations), times, matrix, trace)


def draw(chain: Chain, matrix: Floats, missing: list[Bools], sweeps: int, random: np.random.Generator) -> None:
    """Gibbs sweeps: each missing cell is drawn anew given the others; `matrix` is completed in place.

    Numbers are drawn from the normal around their prediction, levels by their probabilities.
    """
    incomplete = [number for number in chain.order if missing[number].any()]
    for _ in range(sweeps):
        for number in incomplete:
            equation, rows = chain.equations[number], np.flatnonzero(missing[number])
            matrix[rows, equation.feature.places] = _drawn_cells(equation, matrix[rows], random)


def draw_level(probabilities: Floats, random: np.random.Generator) -> Places:
    """One level for each row of probabilities."""
    reached = probabilities.cumsum(axis=1)
    return np.asarray((reached < random.random(len(reached))[:, None] * reached[:, -1:]).sum(axis=1))


def _drawn_cells(equation: Equation, block: Floats, random: np.random.Generator) -> Floats:
    """Cells of one feature in rows of the matrix, as the matrix holds them."""
    if equation.feature.is_categorical:
        chosen = draw_level(equation.probabilities(block), random)
        return np.asarray(chosen[:, None] == np.arange(1, equation.feature.width + 1), dtype=np.float64)
    noise = random.normal(0.0, float(np.sqrt(max(equation.residual[0, 0], 0.0))), len(block))
    return np.asarray(block @ equation.weights + noise[:, None])


def _drawn_equation(fit: GramFit, number: int, selection: Floats, random: np.random.Generator) -> Equation:
    """One feature's equation from its posterior given the rows whose Gram matrix is `selection`."""
    equation, places = fit.equations[number], fit.features.parts[number].places
    if equation.discriminant is not None:
        ridge = 1e-3 + len(equation.inputs) * _weakness(equation, selection) / selection[-1, -1]
        groups = groups_of(selection, equation.inputs[:-1], places, selection, ridge)
        return replace(equation, discriminant=groups.draw(random))
    factor, mean, rest, freedom = _fitted(fit, number, selection)
    residual = rest / random.chisquare(freedom)
    noise = random.normal(size=mean.shape) @ factored(residual).T
    drawn = mean + lapack.dtrtrs(factor, noise, lower=1, trans=1)[0]
    return replace(equation, weights=_spread_out(drawn, equation.inputs, fit), residual=residual)


def _resampled_equation(fit: GramFit, number: int, selection: Floats) -> Equation:
    """A number's likeliest equation given the rows, drawn anew, whose Gram matrix is `selection`."""
    _, mean, rest, freedom = _fitted(fit, number, selection)
    equation = fit.equations[number]
    return replace(equation, weights=_spread_out(mean, equation.inputs, fit), residual=rest / freedom)


def _fitted(fit: GramFit, number: int, selection: Floats) -> tuple[Floats, Floats, Floats, float]:
    """Cholesky factor of the normal equations, their solution, the sum of squares it leaves, and its freedom."""
    equation, places = fit.equations[number], fit.features.parts[number].places
    inputs, known = equation.inputs, max(float(selection[-1, -1]), 1.0)
    ridge = ridges_of(equation)[inputs] * _weakness(equation, selection)
    normal, target = selection[np.ix_(inputs, inputs)], selection[inputs, places]
    normal.flat[:: len(inputs) + 1] += ridge
    factor = factored(normal)
    mean = solved_by(factor, target)
    return factor, mean, selection[places, places] - mean.T @ target, _freedom(factor, ridge, known)


def _weakness(equation: Equation, selection: Floats) -> float:
    """How far the ridge stays: in full with more inputs than rows; with many rows it would only bias the draws."""
    return min(len(equation.inputs) / max(float(selection[-1, -1]), 1.0), 1.0)


def _freedom(factor: Floats, ridge: Floats, known: float) -> float:
    """Rows less what the inputs took of them: each as much as the ridge leaves it."""
    taken = float(len(factor))
    if known < FEW_ROWS * taken:
        taken -= float((ridge * np.diag(solved_by(factor, np.eye(len(factor))))).sum())
    return max(known - taken, 1.0)


def _spread_out(weights: Floats, inputs: Places, fit: GramFit) -> Floats:
    """Weights at their places in the width of the matrix."""
    spread = np.zeros((fit.features.width, weights.shape[1]))
    spread[inputs] = weights
    return spread


def _mean_and_spread(feature: Feature, cells: Floats) -> tuple[float, float]:
    if feature.is_categorical:
        share = 1.0 - float(cells.sum(axis=1).mean())
        return share, float(np.sqrt(max(share * (1.0 - share), 0.0)))
    return float(cells.mean()) * feature.spread + feature.center, float(cells.std()) * feature.spread
