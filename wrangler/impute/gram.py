"""Chained ridge regression from one Gram matrix: the engine behind the linear methods.

Keep G = X'X of the completed matrix X. For a feature j, the Gram matrix of the rows where j is known is G less that of
the rows where it is missing, so each regression is a solve of the size of the matrix's width and never a pass over all
rows; refreshing j costs only its missing rows. To the diagonal blocks the residual covariance of the imputed
predictors is added, times the number of rows in which they were imputed: that makes the chain the EM algorithm for
the multivariate normal with the cross terms left out.

Sources: Buck (1960), J. R. Stat. Soc. B 22; Dempster, Laird and Rubin (1977), J. R. Stat. Soc. B 39; van Buuren and
Groothuis-Oudshoorn (2011), J. Stat. Softw. 45(3), for the chain; Fisher's linear discriminants for categories.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import numpy.typing as npt
from scipy.linalg import LinAlgError, lapack
from scipy.special import softmax

from wrangler.impute.codec import Floats
from wrangler.impute.features import Feature, Features
from wrangler.impute.table import Bools

SMALLEST_VARIANCE = 1e-6
Places = npt.NDArray[np.intp]


@dataclass
class Equation:
    """How one feature follows from the others.

    Attributes
    ----------
    feature : Feature
    inputs : ndarray of int
        Columns of the matrix that are read, the ones last.
    weights : ndarray of shape (width of the matrix, width of the feature)
        Zero at columns that are not read.
    residual : ndarray of shape (width of the feature, width of the feature)
        Covariance of what the equation leaves unexplained.
    discriminant : ndarray or None
        Shape (width of the matrix, levels): scores of the levels, for a category whose discriminants were better.
    """

    feature: Feature
    inputs: Places
    weights: Floats
    residual: Floats
    discriminant: Floats | None = None

    def amounts(self, matrix: Floats) -> Floats:
        """Predicted encoded numbers of shape (rows,), within the reach of what was learnt."""
        return self.feature.read(matrix @ self.weights)

    def probabilities(self, matrix: Floats) -> Floats:
        """Probabilities of shape (rows, levels), in the order of `feature.codes`."""
        if self.discriminant is not None:
            return np.asarray(softmax(matrix @ self.discriminant, axis=1))
        linear = matrix @ self.weights
        linear = np.clip(np.hstack([1.0 - linear.sum(axis=1, keepdims=True), linear]), 1e-3, 1.0)
        return np.asarray(linear / linear.sum(axis=1, keepdims=True))


@dataclass
class Chain:
    """Equations learnt together, and how the learning went.

    Attributes
    ----------
    features : Features
    equations : list of Equation
        One for each feature.
    order : list of int
        The order in which features are refreshed: fewest holes first.
    changes : list of float
        Root mean square change of the imputed cells in each round, in standard deviations.
    """

    features: Features
    equations: list[Equation]
    order: list[int]
    changes: list[float] = field(default_factory=list)

    @cached_property
    def by_name(self) -> dict[str, Equation]:
        """The equation of each column that varies."""
        return {equation.feature.name: equation for equation in self.equations}


class GramFit:
    """The state of one fit: matrix, Gram matrix, and which cells of the matrix are imputed."""

    def __init__(self, features: Features, matrix: Floats, missing: list[Bools]) -> None:
        self.features, self.matrix = features, matrix
        self.rows = [np.flatnonzero(part) for part in missing]
        holes = np.stack(missing, axis=1).astype(np.float64)
        self.shared = holes.T @ holes
        self.gram = matrix.T @ matrix
        self.equations = [_blank(part, features.width) for part in features.parts]
        self.owner = np.repeat(np.arange(len(features.parts)), [part.width for part in features.parts])

    def solve(self, number: int, selection: Floats) -> Floats:
        """Refresh the equation of one feature from the rows whose Gram matrix is `selection`; answers it."""
        equation, places = self.equations[number], self.features.parts[number].places
        inputs = equation.inputs
        known = selection[-1, -1]
        normal = selection[np.ix_(inputs, inputs)] + self._uncertainty(number)[np.ix_(inputs, inputs)]
        target = selection[inputs, places]
        normal.flat[:: len(inputs) + 1] += self._ridge(equation, len(inputs))
        weights = _solved(normal, target)
        own = selection[places, places]
        residual = (own - weights.T @ target - target.T @ weights + weights.T @ normal @ weights) / max(known, 1.0)
        equation.weights = np.zeros((self.features.width, weights.shape[1]))
        equation.weights[inputs] = weights
        equation.residual = residual
        return normal

    def known_gram(self, number: int) -> tuple[Floats, Floats]:
        """Gram matrix of the rows where a feature is known, and the rows where it is not."""
        block = self.matrix[self.rows[number]]
        return self.gram - block.T @ block, block

    def refresh(self, number: int, block: Floats) -> float:
        """Impute one feature anew in its missing rows, `block`; answers the sum of squared changes."""
        places = self.features.parts[number].places
        fresh = block @ self.equations[number].weights
        change = fresh - block[:, places]
        cross = block.T @ change
        self.gram[:, places] += cross
        self.gram[places, :] += cross.T
        self.gram[places, places] += change.T @ change
        self.matrix[self.rows[number], places] = fresh
        return float((change**2).sum())

    def _uncertainty(self, number: int) -> Floats:
        """What imputed predictors lack in variance, in the rows where the feature is known."""
        extra = np.zeros_like(self.gram)
        for other, part in enumerate(self.features.parts):
            cells = self.shared[other, other] - self.shared[number, other]
            if cells > 0 and other != number:
                extra[part.places, part.places] = cells * self.equations[other].residual
        return extra

    def _ridge(self, equation: Equation, inputs: int) -> Floats:
        """Prior precision: as if the explained variance were shared evenly by all inputs; none on the intercept."""
        left = min(max(float(np.trace(equation.residual)) / max(_variance(equation.feature), 1e-12), 0.01), 0.95)
        ridge = np.full(inputs, 1e-3 + inputs * left / (1.0 - left))
        ridge[-1] = 1e-9
        return ridge


def _variance(feature: Feature) -> float:
    return sum(share * (1 - share) for share in feature.shares) if feature.is_levelled else 1.0


def _blank(feature: Feature, width: int) -> Equation:
    others = np.r_[0 : feature.places.start, feature.places.stop : width]
    shares = np.asarray(feature.shares)
    residual = np.diag(shares) - np.outer(shares, shares) if feature.is_levelled else np.eye(1)
    return Equation(feature, others.astype(np.intp), np.zeros((width, feature.width)), residual)


def _solved(normal: Floats, target: Floats) -> Floats:
    """Solution of positive definite equations; the diagonal is raised until they are."""
    if not len(normal):
        return np.zeros_like(target)
    raised = normal
    for power in range(-10, 3):
        _, weights, info = lapack.dposv(raised, target)
        if info == 0 and np.isfinite(weights).all():
            return np.asarray(weights)
        raised = normal + np.eye(len(normal)) * (np.trace(normal) / len(normal) * 10.0**power)
    raise LinAlgError("The normal equations cannot be solved.")


def learn_chain(
    features: Features,
    matrix: Floats,
    missing: list[Bools],
    rounds: int,
    tolerance: float,
    step: Callable[[int, float], None],
) -> Chain:
    """Learn all equations; `matrix` is completed in place.

    Parameters
    ----------
    features : Features
    matrix : ndarray of shape (rows, width)
        Missing cells at their means.
    missing : list of ndarray of bool
        For each feature, its missing rows.
    rounds : int
        Most rounds through the features that have holes.
    tolerance : float
        Rounds end when the root mean square change is below this, in standard deviations.
    step : callable
        Told the round and the change.

    Returns
    -------
    Chain
    """
    fit = GramFit(features, matrix, missing)
    order = sorted(range(len(features.parts)), key=lambda number: len(fit.rows[number]))
    chain = Chain(features, fit.equations, order)
    holed = [number for number in order if len(fit.rows[number])]
    cells = sum(len(fit.rows[number]) for number in holed)
    for turn in range(rounds if cells else 0):
        moved = 0.0
        for number in holed:
            selection, block = fit.known_gram(number)
            fit.solve(number, selection)
            moved += fit.refresh(number, block)
        chain.changes.append(float(np.sqrt(moved / cells)))
        step(turn + 1, chain.changes[-1])
        if chain.changes[-1] < tolerance:
            break
    for number in order:
        selection, _ = fit.known_gram(number)
        fit.solve(number, selection)
        if features.parts[number].is_levelled:
            _choose_discriminant(fit, number, selection)
    return chain


def _choose_discriminant(fit: GramFit, number: int, selection: Floats) -> None:
    """Keep linear discriminants when they err less than linear probabilities where the category is known."""
    equation, feature = fit.equations[number], fit.features.parts[number]
    known = np.setdiff1d(np.arange(len(fit.matrix)), fit.rows[number], assume_unique=True)[:5000]
    if not len(known):
        return
    rows = fit.matrix[known]
    dummies = rows[:, feature.places]
    truth = np.where(dummies.any(axis=1), dummies.argmax(axis=1) + 1, 0)
    discriminant = _discriminant(fit, number, selection)
    linear = rows @ equation.weights
    linear = np.hstack([1.0 - linear.sum(axis=1, keepdims=True), linear]).argmax(axis=1)
    if ((rows @ discriminant).argmax(axis=1) != truth).sum() < (linear != truth).sum():
        equation.discriminant = discriminant


def _discriminant(fit: GramFit, number: int, selection: Floats) -> Floats:
    """Fisher's linear discriminants with the levels' frequencies as priors, from the Gram matrix alone."""
    feature, inputs = fit.features.parts[number], fit.equations[number].inputs[:-1]
    known = selection[-1, -1]
    counts = selection[-1, feature.places]
    counts = np.maximum(np.append(known - counts.sum(), counts), 0.5)
    sums = selection[inputs, feature.places]
    sums = np.column_stack([selection[inputs, -1] - sums.sum(axis=1), sums])
    means = sums / counts
    scatter = selection[np.ix_(inputs, inputs)] + fit._uncertainty(number)[np.ix_(inputs, inputs)]  # noqa: SLF001
    within = (scatter - (means * counts) @ means.T) / known
    within.flat[:: len(inputs) + 1] += 1e-3 + len(inputs) / known
    weights = _solved(within, means)
    scores = np.zeros((fit.features.width, len(counts)))
    scores[inputs] = weights
    scores[-1] = np.log(counts / known) - 0.5 * (means * weights).sum(axis=0)
    return scores


def complete(chain: Chain, matrix: Floats, missing: list[Bools], tolerance: float, rounds: int) -> None:
    """Sweep the equations over rows until their missing cells are still; `matrix` is completed in place."""
    holed = [number for number in chain.order if missing[number].any()]
    for _ in range(rounds):
        largest = 0.0
        for number in holed:
            places = chain.features.parts[number].places
            fresh = matrix @ chain.equations[number].weights
            change = np.abs(fresh - matrix[:, places])[missing[number]].max(initial=0.0)
            np.copyto(matrix[:, places], fresh, where=missing[number][:, None])
            largest = max(largest, float(change))
        if largest < tolerance or len(holed) < 2:  # noqa: PLR2004 - nothing feeds back
            break


def draw(chain: Chain, matrix: Floats, missing: list[Bools], sweeps: int, random: np.random.Generator) -> None:
    """Gibbs sweeps: each missing cell is drawn anew given the others; `matrix` is completed in place.

    Numbers are drawn from the normal around their prediction, levels by their probabilities.
    """
    holed = [number for number in chain.order if missing[number].any()]
    for _ in range(sweeps):
        for number in holed:
            equation, rows = chain.equations[number], np.flatnonzero(missing[number])
            places = equation.feature.places
            if equation.feature.is_levelled:
                chosen = draw_level(equation.probabilities(matrix[rows]), random)
                matrix[rows, places] = chosen[:, None] == np.arange(1, equation.feature.width + 1)
            else:
                noise = random.normal(0.0, float(np.sqrt(max(equation.residual[0, 0], 0.0))), len(rows))
                matrix[rows, places] = matrix[rows] @ equation.weights + noise[:, None]


def draw_level(probabilities: Floats, random: np.random.Generator) -> Places:
    """One level for each row of probabilities."""
    reached = probabilities.cumsum(axis=1)
    return np.asarray((reached < random.random(len(reached))[:, None] * reached[:, -1:]).sum(axis=1))
