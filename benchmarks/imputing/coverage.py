"""Whether intervals from pooled draws cover the truth as often as they say, over samples from known models.

Source: the design is that of van Buuren (2018), Flexible Imputation of Missing Data, section 2.5: bias, coverage and
width over many samples, each with new missing cells.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats
from scipy.special import expit

from wrangler.analyze import pool
from wrangler.impute import make_imputer

ROWS = 300
RELATED = 0.5
LEVEL = 0.95
LOSS = 1 / 3
MECHANISMS = ("MCAR", "MAR")
NEWTON_STEPS = 12


@dataclass(frozen=True)
class Estimate:
    """The estimate of a quantity from one completed table; `freedom` is that of a table without missing cells."""

    value: float
    variance: float
    freedom: float


@dataclass(frozen=True)
class Model:
    """Samples of a known model: what is estimated on each, and what is true of it."""

    name: str
    sample: Callable[[np.random.Generator], pd.DataFrame]
    incomplete: tuple[str, ...]
    estimate: Callable[[pd.DataFrame], dict[str, Estimate]]
    truth: dict[str, float]


@dataclass(frozen=True)
class Row:
    """Coverage of the intervals of one quantity: share, bias, mean width; by which method."""

    model: str
    mechanism: str
    quantity: str
    method: str
    covered: float
    bias: float
    width: float


def _predictors(random: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    first, own = random.normal(size=(2, ROWS))
    return first, RELATED * first + np.sqrt(1 - RELATED**2) * own


def _linear_sample(random: np.random.Generator) -> pd.DataFrame:
    first, second = _predictors(random)
    outcome = first + 0.5 * second + random.normal(size=ROWS)
    return pd.DataFrame({"outcome": outcome, "first": first, "second": second})


def _logistic_sample(random: np.random.Generator) -> pd.DataFrame:
    first, second = _predictors(random)
    outcome = np.where(random.random(ROWS) < expit(0.8 * first + 0.4 * second), "yes", "no")
    return pd.DataFrame({"outcome": pd.Categorical(outcome), "first": first, "second": second})


def _matrix(table: pd.DataFrame) -> np.ndarray:
    return np.column_stack([table["first"], table["second"], np.ones(len(table))])


def _linear_estimates(table: pd.DataFrame) -> dict[str, Estimate]:
    matrix, outcome = _matrix(table), table["outcome"].to_numpy()
    inverse = np.linalg.inv(matrix.T @ matrix)
    found = inverse @ matrix.T @ outcome
    freedom = len(table) - matrix.shape[1]
    variances = np.diag(inverse) * ((outcome - matrix @ found) ** 2).sum() / freedom
    return {
        "mean of outcome": _mean(outcome),
        "slope of first": Estimate(found[0], variances[0], freedom),
        "slope of second": Estimate(found[1], variances[1], freedom),
    }


def _logistic_estimates(table: pd.DataFrame) -> dict[str, Estimate]:
    matrix, outcome = _matrix(table), (table["outcome"] == "yes").to_numpy(dtype=np.float64)
    found, inverse = np.zeros(matrix.shape[1]), np.eye(matrix.shape[1])
    for _ in range(NEWTON_STEPS):
        chances = expit(matrix @ found)
        inverse = np.linalg.inv((matrix * (chances * (1 - chances))[:, None]).T @ matrix)
        found = found + inverse @ matrix.T @ (outcome - chances)
    freedom = len(table) - matrix.shape[1]
    return {
        "share of yes": _mean(outcome),
        "mean of first": _mean(table["first"].to_numpy()),
        "log odds by first": Estimate(found[0], inverse[0, 0], freedom),
        "log odds by second": Estimate(found[1], inverse[1, 1], freedom),
    }


def _mean(values: np.ndarray) -> Estimate:
    return Estimate(float(values.mean()), float(values.var(ddof=1)) / len(values), len(values) - 1)


MODELS = (
    Model(
        "linear",
        _linear_sample,
        ("outcome", "first"),
        _linear_estimates,
        {"mean of outcome": 0.0, "slope of first": 1.0, "slope of second": 0.5},
    ),
    Model(
        "logistic",
        _logistic_sample,
        ("outcome", "first"),
        _logistic_estimates,
        {"share of yes": 0.5, "mean of first": 0.0, "log odds by first": 0.8, "log odds by second": 0.4},
    ),
)


def with_missing_cells(
    whole: pd.DataFrame, names: Sequence[str], mechanism: str, random: np.random.Generator
) -> pd.DataFrame:
    """A third of the cells of each named column lost, at random or more likely the larger the second predictor is."""
    chances = np.full(ROWS, LOSS) if mechanism == "MCAR" else expit(whole["second"].to_numpy() - 0.85)
    return whole.assign(**{name: whole[name].mask(random.random(ROWS) < chances) for name in names})


def study(simulations: int, draws: int, models: Sequence[Model] = MODELS) -> Iterator[Row]:
    """Pooled draws beside single imputations that are taken for known cells, on the same samples."""
    for model in models:
        for mechanism in MECHANISMS:
            random = np.random.default_rng(20)
            found_intervals: dict[tuple[str, str], list[tuple[float, float]]] = {}
            for turn in range(simulations):
                incomplete = with_missing_cells(model.sample(random), model.incomplete, mechanism, random)
                for key, middle_and_reach in _intervals(incomplete, model, draws, turn):
                    found_intervals.setdefault(key, []).append(middle_and_reach)
            for (method, quantity), intervals in found_intervals.items():
                errors, reaches = np.array(intervals).T - np.array([[model.truth[quantity]], [0.0]])
                covered = float((np.abs(errors) <= reaches).mean())
                width = float(2 * reaches.mean())
                yield Row(model.name, mechanism, quantity, method, covered, float(errors.mean()), width)


def _intervals(
    incomplete: pd.DataFrame, model: Model, draws: int, seed: int
) -> Iterator[tuple[tuple[str, str], tuple[float, float]]]:
    imputer = make_imputer("mice", draws=draws, random_state=seed).fit(incomplete)
    tables = [model.estimate(table) for table in imputer.transform_draws(incomplete)]
    means = model.estimate(make_imputer("linear", random_state=seed).fit_transform(incomplete))
    for quantity in model.truth:
        found = [table[quantity] for table in tables]
        values, errors = [{quantity: one.value} for one in found], [{quantity: one.variance**0.5} for one in found]
        pooled = pool(values, errors, complete_degrees_of_freedom=found[0].freedom, level=LEVEL).loc[quantity]
        low, high = pooled["low"], pooled["high"]
        yield ("pooled", quantity), ((low + high) / 2, (high - low) / 2)
        yield ("one draw", quantity), _single(found[0])
        yield ("conditional means", quantity), _single(means[quantity])


def _single(found: Estimate) -> tuple[float, float]:
    return found.value, float(stats.t.ppf(0.5 + LEVEL / 2, found.freedom)) * float(np.sqrt(found.variance))


def coverage(runs: int, draws: int) -> dict[str, Any]:
    """The least and the largest share of intervals that hold the truth, pooled and of single draws."""
    rows = list(study(runs, draws))
    pooled = [row.covered for row in rows if row.method == "pooled"]
    single = [row.covered for row in rows if row.method == "one draw"]
    return {"low": min(pooled), "high": max(pooled), "single": min(single), "runs": runs, "draws": draws}
