"""The joint test D1, against mitml for R (which `mice::D1` calls) and by simulation."""

import numpy as np
import pandas as pd
import pytest

from wrangler.analyze import AnalysisError, pool, pool_joint
from wrangler.impute import MiceImputer

ESTIMATES = [
    [0.356, 0.156, -0.261],
    [0.327, 0.229, -0.295],
    [0.513, 0.367, -0.483],
    [0.69, 0.088, -0.47],
    [0.393, 0.238, -0.277],
]
COVARIANCES = [
    [[0.0590, -0.0026, 0.0209], [-0.0026, 0.0650, -0.0031], [0.0209, -0.0031, 0.0894]],
    [[0.0684, -0.0234, -0.0030], [-0.0234, 0.0710, 0.0003], [-0.0030, 0.0003, 0.0675]],
    [[0.0555, 0.0034, 0.0012], [0.0034, 0.0754, 0.0182], [0.0012, 0.0182, 0.0579]],
    [[0.0885, -0.0443, 0.0026], [-0.0443, 0.1258, 0.0267], [0.0026, 0.0267, 0.0606]],
    [[0.0899, 0.0376, 0.0068], [0.0376, 0.0836, -0.0203], [0.0068, -0.0203, 0.0842]],
]


@pytest.mark.parametrize(("complete", "freedom"), [(np.inf, 150.14397172280843), (40, 28.09393411772913)])
def test_the_figures_are_those_of_mitml(complete, freedom):
    """`mitml:::.D1` of mitml 0.4-3 on the same numbers, without and with `df.com`."""
    tested = pool_joint(ESTIMATES, COVARIANCES, complete_degrees_of_freedom=complete)
    assert tested.statistic == pytest.approx(1.58684824397557, rel=1e-12)
    assert tested.relative_increase == pytest.approx(0.25452227435018, rel=1e-12)
    assert tested.degrees_of_freedom == pytest.approx(freedom, rel=1e-12)
    assert tested.terms == 3


def test_one_term_is_tested_as_by_pool():
    """D1 of one term is the square of the pooled t; its denominator has degrees of freedom of its own."""
    estimates, variances = [[1.0], [1.4], [1.1], [0.9]], [[[0.2]], [[0.25]], [[0.2]], [[0.22]]]
    pooled = pool(pd.DataFrame(estimates, columns=["a"]), pd.DataFrame(np.sqrt(variances).reshape(4, 1), columns=["a"]))
    score = pooled.loc["a", "estimate"] / pooled.loc["a", "standard_error"]
    assert pool_joint(estimates, variances).statistic == pytest.approx(score**2)


def test_equal_estimates_are_tested_by_the_complete_table():
    tested = pool_joint([[1.0, 2.0]] * 3, [np.eye(2)] * 3, null=[1.0, 0.0], complete_degrees_of_freedom=30)
    assert (tested.statistic, tested.degrees_of_freedom, tested.relative_increase) == (2.0, 30, 0.0)
    assert tested.p_value == pytest.approx((1 + 2 * 2.0 / 30) ** -15)  # F with 2 and 30 degrees of freedom


@pytest.mark.slow
def test_a_factor_without_effect_is_rejected_in_five_percent():
    """Three levels, 200 samples: a standard error of 1.5 %, so a false alarm in 1 of 400 by three of them."""
    rejected = 0
    for seed in range(200):
        random = np.random.default_rng(seed)
        level = random.integers(3, size=150)
        x = random.normal(size=150)
        table = pd.DataFrame({"level": pd.Categorical.from_codes(level, ["a", "b", "c"]), "x": x})
        table["y"] = pd.Series(x + random.normal(size=150)).mask(random.random(150) < 0.3)
        imputer = MiceImputer(draws=5, random_state=seed).fit(table)
        fits = [_fit(completed) for completed in imputer.transform_draws(table)]
        tested = pool_joint([fit[0] for fit in fits], [fit[1] for fit in fits], complete_degrees_of_freedom=146)
        rejected += tested.p_value < 0.05
    assert rejected / 200 == pytest.approx(0.05, abs=3 * 0.0154)


def _fit(table: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """The coefficients of the levels in a regression of y on level and x, and their covariance."""
    matrix = np.column_stack([table["level"] == "b", table["level"] == "c", table["x"], np.ones(len(table))]).astype(
        float
    )
    inverse = np.linalg.inv(matrix.T @ matrix)
    weights = inverse @ matrix.T @ table["y"]
    residuals = table["y"] - matrix @ weights
    return weights[:2], inverse[:2, :2] * float(residuals @ residuals) / (len(table) - 4)


@pytest.mark.parametrize(
    ("estimates", "covariances", "message"),
    [
        ([[1.0, 2.0]], [np.eye(2)], "at least two completed tables"),
        ([[1.0, 2.0]] * 2, [np.eye(3)] * 2, r"shape \(2, 2, 2\)"),
        ([[1.0, np.nan]] * 2, [np.eye(2)] * 2, "finite"),
        ([[1.0, 2.0], [1.0, 3.0]], [np.ones((2, 2))] * 2, "singular"),
        ([1.0, 2.0], [1.0, 1.0], "a row for each completed table"),
    ],
)
def test_what_cannot_be_tested_is_refused(estimates, covariances, message):
    with pytest.raises(AnalysisError, match=message):
        pool_joint(estimates, covariances)
