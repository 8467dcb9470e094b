"""Which skewed columns are drawn on the scale of their logarithms: those that the equations describe better so.

A normal distribution around a prediction describes incomes or concentrations badly, and so do residuals of other rows:
large values vary more. Whether logarithms do better is decided by the likelihood of the observed cells given the other
columns, of all columns together, as a logarithm also changes what the other columns are predicted from.

Source: Box and Cox (1964), J. R. Stat. Soc. B 26, for choosing a scale by likelihood; Besag (1975), The Statistician
24, for the sum of conditional likelihoods.
"""

from collections.abc import Mapping

import numpy as np
from scipy.stats import skew

from wrangler.impute.encoding import Column, Feature, Table, fit_features
from wrangler.impute.linear_model import MOST_COLUMNS, fit_chain, is_skewed

LESS_SKEWED = 0.5
MOST_ROWS = 1000
SURE = 3.0  # least gain in log-likelihood, of a column and of all together
ROUNDS, TOLERANCE = 8, 0.05
LEAST_RESIDUAL = 1e-6


def columns_to_log(table: Table, random: np.random.Generator) -> frozenset[str]:
    """Names of the columns of positive numbers that are better described by their logarithms.

    Parameters
    ----------
    table : Table
    random : Generator
        Chooses the rows that are read when there are very many.

    Returns
    -------
    frozenset of str
    """
    if len(table.columns) > MOST_COLUMNS:
        return frozenset()
    sample = table
    if table.rows > MOST_ROWS:
        sample = table.take(np.sort(random.choice(table.rows, MOST_ROWS, replace=False)))
    skewed = frozenset(name for name, column in sample.columns.items() if _is_positive_and_skewed(column))
    if not skewed:
        return skewed
    plain, logged = _log_likelihoods(sample, frozenset()), _log_likelihoods(sample, skewed)
    better = frozenset(name for name in skewed & plain.keys() if logged[name] - plain[name] > SURE)
    if better and better != skewed:
        logged = _log_likelihoods(sample, better)
    return better if sum(logged.values()) - sum(plain.values()) > SURE else frozenset()


def _is_positive_and_skewed(column: Column) -> bool:
    """Whether all observed numbers are positive, and much less skewed as logarithms."""
    if not is_skewed(column) or not (column.known > 0).all():
        return False
    return abs(float(skew(np.log(column.known)))) < LESS_SKEWED * abs(float(skew(column.known)))


def _log_likelihoods(table: Table, logged: frozenset[str]) -> Mapping[str, float]:
    """Of the observed cells of each number given the other columns, but for a constant."""
    features = fit_features(table, list(table.columns)).logged(table, logged)
    chain = fit_chain(features, features.matrix(table), features.missing(table), ROUNDS, TOLERANCE, lambda *_: None)
    return {
        each.feature.name: _log_likelihood(each.feature, table.columns[each.feature.name], float(each.residual[0, 0]))
        for each in chain.equations
        if not each.feature.is_categorical
    }


def _log_likelihood(feature: Feature, column: Column, residual: float) -> float:
    logs = np.log(column.known) if feature.knots else np.zeros(1)
    unit = np.log(logs.std()) + logs.mean() if feature.knots else np.log(feature.spread)
    return -len(column.known) * float(0.5 * np.log(max(residual, LEAST_RESIDUAL)) + unit)
