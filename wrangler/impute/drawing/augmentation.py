"""Drawing cells and equations: data augmentation from one Gram matrix.

In turn, the equations are drawn from their posterior given the completed rows, and the missing cells given the
equations. So the uncertainty of the equations enters the cells, which makes a multiple imputation proper.

A chain starts at cells drawn at random from the observed ones. Columns that are missing together would keep to that
start for long when they predict each other well; so in the first sweep each reads of them only those drawn before it,
by which they are drawn jointly. Other rows are filled by the same equations, sweep for
sweep, from cells of random completed rows. With the last equations in every sweep, their errors would add up where
columns that predict each other well are missing together: the variance between draws would grow with the sweeps.

For matching, donors are predicted by the likeliest equation and missing cells by a drawn one, both given the last
completed rows: type 1 matching. The drawn equation alone varies between draws, so that a cell is not drawn from the
same donors each time.

Sources: Tanner and Wong (1987), J. Am. Stat. Assoc. 82; Rubin (1987), Multiple Imputation for Nonresponse in Surveys,
examples 5.1 and 5.3; van Buuren (2018), Flexible Imputation of Missing Data, algorithms 3.1, 3.3 and 4.3, and section
3.4.2 for types of matching. Categories follow from a draw of their logit or of their discriminants (see `logit`,
`discriminants`, and `category_choice` for which).
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from scipy.linalg import lapack
from scipy.special import softmax

from wrangler.impute.arrays import Bools, Floats, Places
from wrangler.impute.drawing.category_choice import calibrated
from wrangler.impute.drawing.logit import Logit
from wrangler.impute.drawing.point_mass import Amounts
from wrangler.impute.drawing.truncated import draw_truncated
from wrangler.impute.encoding import Feature, Features
from wrangler.impute.linear_model import Chain, Equation, GramFit, factored, groups_of, solved_by

MOST_KEPT = 20_000_000  # weights of equations that are kept of the sweeps of a chain
SAME = 0.5  # share of its missing rows in which another column is missing too, to be missing together
FEW_ROWS = 5  # per input: with fewer, the ridge counts in the degrees of freedom


@dataclass(frozen=True)
class Start:
    """What all chains of draws start from.

    Attributes
    ----------
    chain : Chain
        The equations of greatest likelihood.
    logits : mapping of int to Logit
        By the number of their feature, those from which categories are drawn; others are drawn from discriminants.
    censored : frozenset of int
        Numbers whose observed cells lie outside the bounds of the missing ones. That these are within is known of them,
        so their equation is drawn given all rows.
    parts : mapping of int to Amounts
        Of semi-continuous numbers, what the last equation is fitted to.
    """

    chain: Chain
    logits: Mapping[int, Logit]
    censored: frozenset[int] = frozenset()
    parts: Mapping[int, Amounts] = field(default_factory=dict)


@dataclass(frozen=True)
class Drawn:
    """The last state of a chain of draws.

    Attributes
    ----------
    chain : Chain
        Equations drawn from their posterior given the completed rows.
    path : tuple of Chain
        The equations of each sweep, at most as many of the last as `MOST_KEPT` allows.
    likeliest : mapping of int to ndarray of shape (width,)
        By the number of their feature, the weights of numbers that are likeliest given the same rows.
    matrix : ndarray of shape (rows, width)
        The completed rows.
    trace : ndarray of shape (sweeps, features, 2)
        Mean and standard deviation of the drawn cells after each sweep, in the encoding of the column; for a category
        those of being its reference level. NaN for features without missing cells.
    """

    chain: Chain
    path: tuple[Chain, ...]
    likeliest: Mapping[int, Floats]
    matrix: Floats
    trace: Floats


def augment(
    start: Start,
    matrix: Floats,
    missing: list[Bools],
    sweeps: int,
    random: np.random.Generator,
    step: Callable[[float], object] = lambda _: None,
) -> Drawn:
    """Draw equations and missing cells in turn.

    Parameters
    ----------
    start : Start
    matrix : ndarray of shape (rows, width)
        Completed in place.
    missing : list of ndarray of bool
        For each feature, its missing rows.
    sweeps : int
    random : Generator
    step : callable
        Called before each equation with the share of the work that is done; may stop it by raising.

    Returns
    -------
    Drawn
    """
    whole, models = start.chain, dict(start.logits)
    parts = (sweeps + 1) * len(whole.order)
    _scatter(whole.features, matrix, missing, random)
    fit = GramFit(whole.features, matrix, missing)
    fit.equations = list(whole.equations)
    trace = np.full((sweeps, len(fit.equations), 2), np.nan)
    path: list[Chain] = []
    for sweep in range(sweeps):
        for place, number in enumerate(whole.order):
            step((sweep * len(whole.order) + place) / parts)
            if len(fit.rows[number]):
                inputs = _inputs(fit, number, whole) if sweep == 0 else whole.equations[number].inputs
                fit.equations[number] = replace(fit.equations[number], inputs=inputs)
                is_whole = len(inputs) == len(whole.equations[number].inputs)
                block = _redraw(fit, number, start, models if is_whole else {}, random)
                fresh = _drawn_cells(fit.equations[number], block, random)
                fit.replace(number, block, fresh)
                trace[sweep, number] = _mean_and_spread(whole.features.parts[number], fresh)
        path = [*path, replace(whole, equations=list(fit.equations))][-max(MOST_KEPT // whole.features.width**2, 1) :]
    likeliest = {}
    fit.equations = [
        replace(each, inputs=first.inputs) for each, first in zip(fit.equations, whole.equations, strict=True)
    ]
    for place, number in enumerate(whole.order):
        step((sweeps * len(whole.order) + place) / parts)
        if not whole.features.parts[number].is_categorical:
            likeliest[number] = _redraw_number(fit, number, _selection(fit, number, start), random)
            if number in start.parts:
                fit.equations[number] = replace(fit.equations[number], feature=start.parts[number].feature)
        else:
            _redraw(fit, number, start, models, random)
    return Drawn(replace(whole, equations=fit.equations), tuple(path), likeliest, matrix, trace)


def _scatter(features: Features, matrix: Floats, missing: list[Bools], random: np.random.Generator) -> None:
    """Give each missing cell an observed one of its column, drawn at random."""
    for part, flags in zip(features.parts, missing, strict=True):
        rows, known = np.flatnonzero(flags), np.flatnonzero(~flags)
        if len(rows) and len(known):
            cells = matrix[random.choice(known, len(rows)), part.places]
            matrix[rows, part.places] = cells if part.is_categorical else np.clip(cells, *part.bounds)


def start_from(
    starts: Floats, features: Features, matrix: Floats, missing: list[Bools], random: np.random.Generator
) -> None:
    """Give the missing cells of each row those of one completed row, drawn at random, in which they belong together."""
    rows = random.integers(len(starts), size=len(matrix))
    for part, flags in zip(features.parts, missing, strict=True):
        incomplete = np.flatnonzero(flags)
        matrix[incomplete, part.places] = starts[rows[incomplete], part.places]


def draw(path: Sequence[Chain], matrix: Floats, missing: list[Bools], sweeps: int, random: np.random.Generator) -> None:
    """Gibbs sweeps: each missing cell is drawn anew given the others; `matrix` is completed in place.

    Numbers are drawn from the normal around their prediction, levels by their probabilities; by the equations of each
    sweep in turn, the last ones last.
    """
    incomplete = [number for number in path[0].order if missing[number].any()]
    rows = {number: np.flatnonzero(missing[number]) for number in incomplete}
    for left in range(sweeps, 0, -1):
        chain = path[-((left - 1) % len(path)) - 1]
        for number in incomplete:
            equation = chain.equations[number]
            matrix[rows[number], equation.feature.places] = _drawn_cells(equation, matrix[rows[number]], random)


def draw_level(probabilities: Floats, random: np.random.Generator) -> Places:
    """One level for each row of probabilities."""
    reached = probabilities.cumsum(axis=1)
    return np.asarray((reached < random.random(len(reached))[:, None] * reached[:, -1:]).sum(axis=1))


def draw_codes(equation: Equation, matrix: Floats, random: np.random.Generator) -> Floats:
    """One code for each row: of a level that is kept distinct, then among the pooled ones where it is one of those."""
    feature = equation.feature
    chosen = draw_level(equation.probabilities(matrix), random)
    codes = feature.codes[chosen]
    rows = np.flatnonzero(chosen == feature.pooled_place)
    if len(rows):
        shares = np.broadcast_to(np.asarray(feature.pooled_shares), (len(rows), len(feature.pooled)))
        within = shares if equation.within is None else softmax(matrix[rows] @ equation.within, axis=1)
        codes[rows] = np.asarray(feature.pooled, dtype=np.float64)[draw_level(within, random)]
    return codes


def _drawn_cells(equation: Equation, block: Floats, random: np.random.Generator) -> Floats:
    """Drawn cells of one feature in rows of the matrix, in the scale of the matrix."""
    if equation.feature.is_categorical:
        chosen = draw_level(equation.probabilities(block), random)
        return np.asarray(chosen[:, None] == np.arange(1, equation.feature.width + 1), dtype=np.float64)
    return draw_numbers(equation, block, random)[:, None]


def draw_numbers(equation: Equation, block: Floats, random: np.random.Generator) -> Floats:
    """Standardised numbers of shape (rows,), drawn from the normal around their prediction, within their bounds."""
    means, spread = (block @ equation.weights)[:, 0], float(np.sqrt(max(equation.residual[0, 0], 0.0)))
    low, high = equation.feature.bounds
    if np.isfinite([low, high]).any():
        return draw_truncated(means, spread, low, high, random)
    return np.asarray(means + random.normal(0.0, spread, len(block)))


def _inputs(fit: GramFit, number: int, whole: Chain) -> Places:
    """What the first equation of a feature reads: nothing that is drawn later and mostly missing in the same rows."""
    later = np.array(whole.order[whole.order.index(number) + 1 :], dtype=np.intp)
    later = later[fit.shared[number, later] > SAME * len(fit.rows[number])]
    unread = [np.arange(whole.features.width)[whole.features.parts[other].places] for other in later]
    inputs = whole.equations[number].inputs
    return inputs[~np.isin(inputs, np.concatenate(unread))] if unread else inputs


def _redraw(fit: GramFit, number: int, start: Start, models: dict[int, Logit], random: np.random.Generator) -> Floats:
    """Draw the equation of one feature anew; returns the rows where the feature is missing."""
    if number not in models:
        selection, block = fit.known_gram(number)
        if fit.features.parts[number].is_categorical:
            fit.equations[number] = _drawn_discriminants(fit, number, selection, random)
        else:
            _redraw_number(fit, number, fit.gram if number in start.censored else selection, random)
        return block
    models[number] = models[number].moved(fit.matrix)
    fit.equations[number] = replace(fit.equations[number], discriminant=models[number].draw(random))
    return fit.matrix.take(fit.rows[number], axis=0)


def _selection(fit: GramFit, number: int, start: Start) -> Floats:
    """Gram matrix of the rows to which the last equation of a number is fitted."""
    if number in start.parts:
        amounts = start.parts[number]
        block = fit.matrix[amounts.rows]
        block[:, fit.features.parts[number].places.start] = amounts.standardised
        return block.T @ block
    return fit.gram if number in start.censored else fit.known_gram(number)[0]


def _drawn_discriminants(fit: GramFit, number: int, selection: Floats, random: np.random.Generator) -> Equation:
    """The equation of a category by discriminants from their posterior given the rows with Gram matrix `selection`."""
    equation, places = fit.equations[number], fit.features.parts[number].places
    ridge = 1e-3 + len(equation.inputs) * _ridge_factor(equation, selection) / selection[-1, -1]
    groups = groups_of(selection, equation.inputs[:-1], places, selection, ridge)
    shares = random.dirichlet(groups.counts)
    known = np.delete(np.arange(len(fit.matrix)), fit.rows[number])
    return replace(equation, discriminant=calibrated(groups.draw(random), fit.matrix, known, shares))


def _redraw_number(fit: GramFit, number: int, selection: Floats, random: np.random.Generator) -> Floats:
    """Draw the equation of a number given the rows with Gram matrix `selection`; returns its likeliest weights."""
    equation = fit.equations[number]
    factor, mean, squares, freedom = _fitted(fit, number, selection)
    residual = squares / random.chisquare(freedom)
    noise = random.normal(size=mean.shape) @ factored(residual).T
    drawn = mean + lapack.dtrtrs(factor, noise, lower=1, trans=1)[0]
    weights = _at_full_width(drawn, equation.inputs, fit)
    fit.equations[number] = replace(equation, weights=weights, residual=residual)
    return _at_full_width(mean, equation.inputs, fit)[:, 0]


def _fitted(fit: GramFit, number: int, selection: Floats) -> tuple[Floats, Floats, Floats, float]:
    """Cholesky factor of the normal equations, their solution, its residual sum of squares and degrees of freedom."""
    equation, places = fit.equations[number], fit.features.parts[number].places
    inputs, known = equation.inputs, max(float(selection[-1, -1]), 1.0)
    ridge = fit.ridges(equation, selection)[inputs] * _ridge_factor(equation, selection)
    normal, target = selection[np.ix_(inputs, inputs)], selection[inputs, places]
    normal.flat[:: len(inputs) + 1] += ridge
    factor = factored(normal)
    mean = solved_by(factor, target)
    return factor, mean, selection[places, places] - mean.T @ target, _freedom(factor, ridge, known)


def _ridge_factor(equation: Equation, selection: Floats) -> float:
    """The factor of the ridge: 1 with more inputs than rows, small with many rows, where it would bias the draws."""
    return min(len(equation.inputs) / max(float(selection[-1, -1]), 1.0), 1.0)


def _freedom(factor: Floats, ridge: Floats, known: float) -> float:
    """Residual degrees of freedom: rows less the effective number of inputs under the ridge."""
    effective = float(len(factor))
    if known < FEW_ROWS * effective:
        effective -= float((ridge * np.diag(solved_by(factor, np.eye(len(factor))))).sum())
    return max(known - effective, 1.0)


def _at_full_width(weights: Floats, inputs: Places, fit: GramFit) -> Floats:
    """Weights at their positions among all columns of the matrix, 0 elsewhere."""
    full = np.zeros((fit.features.width, weights.shape[1]))
    full[inputs] = weights
    return full


def _mean_and_spread(feature: Feature, cells: Floats) -> tuple[float, float]:
    if feature.is_categorical:
        share = 1.0 - float(cells.sum(axis=1).mean())
        return share, float(np.sqrt(max(share * (1.0 - share), 0.0)))
    numbers = feature.encoded(cells[:, 0])
    return float(numbers.mean()), float(numbers.std())
