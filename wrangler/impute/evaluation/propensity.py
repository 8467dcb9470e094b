"""The odds of each row to have a missing cell in a column, given all other columns of the row.

Source: the propensity score, a logistic regression of the treatment of a row, here of a missing cell, on its covariates
(Rosenbaum and Rubin, Biometrika 70, 1983).
"""

from collections.abc import Sequence

import numpy as np
from scipy.special import expit, logit

from wrangler.impute.arrays import Bools, Floats
from wrangler.impute.encoding import Features, Table, fit_features

FEWEST_MISSING = 10
MOST_WIDTH = 300
MOST_ODDS = 20.0
FITTED_CELLS = 1_000_000
MOST_ROUNDS = 50


def odds_of_missing(table: Table, targets: Sequence[str], random: np.random.Generator) -> dict[str, Floats]:
    """Odds of each row to have a missing cell in a target, regressed on the other columns and their missing cells.

    Parameters
    ----------
    table : Table
    targets : sequence of str
    random : Generator
        Chooses the rows to fit on where the table has more than a million cells.

    Returns
    -------
    dict of str to ndarray of shape (rows,)
        Relative to the overall odds, between 1/20 and 20; no entry for targets with few missing cells, or in tables of
        too many columns.
    """
    fittable = [name for name in targets if has_pattern(table.columns[name].missing_mask)]
    gaps = [name for name, column in table.columns.items() if has_pattern(column.missing_mask)]
    features = fit_features(table, list(table.columns))
    width = features.width + len(gaps)
    if not fittable or width > min(MOST_WIDTH, table.rows // 3):
        return {}
    flags = np.column_stack([table.columns[name].missing_mask for name in gaps])
    matrix = np.hstack([features.matrix(table), flags])
    rows = FITTED_CELLS // width
    sample = random.choice(table.rows, rows, replace=False) if table.rows > rows else np.arange(table.rows)
    fitted, odds = matrix[sample], {}
    for name in fittable:
        number = gaps.index(name)
        missing = flags[sample, number]
        if has_pattern(missing):
            others = _others(features, name, features.width + number, width)
            odds[name] = _odds(matrix, fitted, missing, others)
    return odds


def has_pattern(missing: Bools) -> bool:
    """Whether there are enough missing and enough observed cells to fit on."""
    return bool(min(missing.sum(), (~missing).sum()) >= FEWEST_MISSING)


def _others(features: Features, name: str, flag: int, width: int) -> Bools:
    """The columns of the matrix that do not come from one column of the table, by value or missing cells."""
    others = np.ones(width, dtype=bool)
    others[flag] = False
    for part in features.parts:
        if part.name == name:
            others[part.places] = False
    return others


def _odds(matrix: Floats, fitted: Floats, missing: Bools, others: Bools) -> Floats:
    """Relative odds of all rows, their logarithm shrunk by the ratio of adjusted R squared to R squared."""
    from sklearn.linear_model import LogisticRegression  # loads in half a second, and only races and hold-outs need it

    weights = np.zeros(matrix.shape[1])
    regression = LogisticRegression(fit_intercept=False, max_iter=MOST_ROUNDS, tol=1e-3)
    weights[others] = regression.fit(fitted[:, others], missing).coef_[0]
    mean, rows = float(missing.mean()), len(missing)
    left = float(np.square(missing - expit(fitted @ weights)).sum() / np.square(missing - mean).sum())
    explained = 1.0 - left
    beyond_chance = 1.0 - left * (rows - 1) / max(rows - int(others.sum()), 1)
    trust = max(beyond_chance / explained, 0.0) if explained > 0 else 0.0
    reach = np.log(MOST_ODDS)
    return np.asarray(np.exp(np.clip(trust * (matrix @ weights - logit(mean)), -reach, reach)))
