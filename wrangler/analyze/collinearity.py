"""Collinearity: variance inflation factors and the condition index, of tables with missing cells too.

References: J. Fox and G. Monette (1992), Generalized collinearity diagnostics, Journal of the American Statistical
Association 87, 178-183, as `vif` of car for R; D. A. Belsley, E. Kuh and R. E. Welsch (1980), Regression Diagnostics,
chapter 3.
"""

from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd

from wrangler.analyze.correlation import correlate
from wrangler.analyze.kinds import ColumnKind, column_kind
from wrangler.analyze.normal_em import Floats, PatternSums, fit_normal, pattern_sums
from wrangler.analyze.predictors import encode, is_like_an_identifier
from wrangler.analyze.units import unit_of

HIGH_INFLATION = 10.0
HIGH_CONDITION = 30.0

_SMALLEST_EIGENVALUE = 1e-10
_IMPOSSIBLE_EIGENVALUE = -1e-3
_LARGEST_INFLATION = 1e6
_MOST_LEVELS = 9
_MOST_WORK = 3e7  # patterns times columns cubed: some ten seconds of iterations
_SMALL_WIDTH = 20  # columns, below which an iteration takes no less time
_ROWS_PER_COLUMN = 2
_TOLERANCE = 1e-5
_MOST_ITERATIONS = 200
_MEASURED: frozenset[ColumnKind] = frozenset({"number", "boolean"})


@dataclass(frozen=True)
class Collinearity:
    """How far columns are linear combinations of each other.

    Attributes
    ----------
    inflation : DataFrame indexed by column name, highest first
        `vif` (variance inflation factor; infinite for a column that is a combination of others), `r_squared` (share of
        its variance that the other columns explain) and `terms` (coefficients of the column in a linear model: 1 for
        numbers, one less than the levels for categories). With several terms `vif` is the generalised factor to the
        power 1 / terms, which compares with that of a number.
    condition_index : float
        Square root of the largest by the smallest eigenvalue of the products of the columns, intercept included, each
        scaled to length 1 and not centred; above 30 the data hardly determine some coefficients of a linear model, the
        intercept perhaps. NaN with fewer than two columns.
    centred_condition_index : float
        The same of the correlation matrix: without the part that comes from columns whose mean is large beside their
        spread, which harms the intercept alone.
    left_out : dict of str to str
        Columns without variance or without rows in common with others.
    is_filled : bool
        Whether missing cells were filled by their column's mean.
    notes : list of str
        What was approximated, as sentences.
    """

    inflation: pd.DataFrame
    condition_index: float
    left_out: dict[str, str]
    is_filled: bool = False
    centred_condition_index: float = np.nan
    notes: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class _Terms:
    """The columns of the design matrix: standardised values, NaN where missing, and where 0 lies on that scale.

    Attributes
    ----------
    names : list of str
        The column of the table that each term belongs to.
    values : ndarray, shape (rows, terms)
    means : ndarray, shape (terms,)
        Mean by standard deviation, in the unit of the column.
    """

    names: list[str]
    values: Floats
    means: Floats

    def without(self, name: str) -> "_Terms":
        kept = np.array([one != name for one in self.names], dtype=np.bool_)
        return _Terms([one for one in self.names if one != name], self.values[:, kept], self.means[kept])


def collinearity(frame: pd.DataFrame) -> Collinearity:
    """Measure how far each column is a combination of the others.

    Parameters
    ----------
    frame : DataFrame
        With missing cells or without. Booleans count as numbers; of text and categories the eight commonest levels, the
        others as one; dates are left out, and text that is like an identifier.

    Returns
    -------
    Collinearity

    Notes
    -----
    With missing cells the covariances are maximum-likelihood estimates by EM under a joint normal distribution: those
    of the rows that each two columns have in common fit together badly, and inflate the factors. Where EM would take
    too long, or two columns share fewer rows than twice the number of terms, the covariances of pairs are used, and
    where these contradict each other, so that the matrix has eigenvalues clearly below 0, those of the table with each
    missing cell filled by its column's mean, which makes the factors too small.
    """
    terms, left_out = _terms(frame)
    pairwise = correlate(pd.DataFrame(terms.values), with_errors=False)
    pairs, counts = pairwise.matrix.to_numpy(), pairwise.counts.to_numpy()
    while len(terms.names) and np.isnan(pairs).any():
        worst = terms.names[int(np.isnan(pairs).sum(axis=0).argmax())]
        left_out[worst] = "has no variance, or no rows in common with some other column"
        kept = np.flatnonzero([name != worst for name in terms.names])
        terms, pairs, counts = terms.without(worst), pairs[np.ix_(kept, kept)], counts[np.ix_(kept, kept)]
    if len(set(terms.names)) <= 1:
        return Collinearity(pd.DataFrame({"vif": [], "r_squared": [], "terms": []}), np.nan, left_out)
    sums = pattern_sums(terms.values)
    if len(sums) == 1 or _is_affordable(sums, counts):
        estimate = fit_normal(sums, len(terms.names), tolerance=_TOLERANCE, most_iterations=_MOST_ITERATIONS)
        spread = np.sqrt(np.diag(estimate.covariance))
        result = _measured(
            terms, estimate.covariance / np.outer(spread, spread), (terms.means + estimate.mean) / spread
        )
        notes = [] if estimate.converged else ["The estimates by EM did not converge; the factors are approximate."]
        return replace(result, left_out=left_out, notes=notes)
    if np.linalg.eigvalsh(pairs)[0] < _IMPOSSIBLE_EIGENVALUE:
        filled = correlate(pd.DataFrame(np.nan_to_num(terms.values)), with_errors=False).matrix.to_numpy()
        note = "Missing cells were filled by means, since the table is too wide for its rows: inflation is higher."
        return replace(_measured(terms, filled, terms.means), left_out=left_out, is_filled=True, notes=[note])
    note = "Covariances rest on the rows that each two columns have in common: inflation may be lower."
    return replace(_measured(terms, pairs, terms.means), left_out=left_out, notes=[note])


def _is_affordable(sums: list[PatternSums], counts: "np.ndarray[tuple[int, ...], np.dtype[np.int64]]") -> bool:
    columns = len(counts)
    work = len(sums) * float(columns + _SMALL_WIDTH) ** 3
    return work <= _MOST_WORK and int(counts.min()) >= _ROWS_PER_COLUMN * columns


def _terms(frame: pd.DataFrame) -> tuple[_Terms, dict[str, str]]:
    """Standardise number columns, and make flags of the levels of the others."""
    names: list[str] = []
    values: list[Floats] = []
    means: list[float] = []
    left_out: dict[str, str] = {}
    for name in frame.columns:
        kind = column_kind(frame[name])
        if kind == "date":
            left_out[str(name)] = f"holds {kind}"
        elif is_like_an_identifier(frame[name]):
            left_out[str(name)] = "is like an identifier"
        else:
            offset, columns = _numbers(frame[name]) if kind in _MEASURED else (0.0, _flags(frame[name]))
            for column in columns.T:
                standard, mean = _standardised(column, offset)
                names.append(str(name))
                values.append(standard)
                means.append(mean)
    stacked = np.column_stack(values) if values else np.empty((len(frame), 0))
    return _Terms(names, stacked, np.array(means)), left_out


def _numbers(column: pd.Series) -> tuple[float, Floats]:
    """The values in a unit of their own, and the distance of its 0 from that of the column, in that unit."""
    unit = unit_of(column)
    return unit.offset / unit.scale, unit.read(column)[:, None]


def _flags(column: pd.Series) -> Floats:
    """A flag for each level but the commonest, the rare ones together; a column of one level as it is."""
    codes = np.minimum(encode(column).numbers, _MOST_LEVELS - 1)
    known = ~np.isnan(codes)
    levels = int(codes[known].max()) + 1 if known.any() else 1
    flags: Floats = (codes[:, None] == np.arange(1, max(levels, 2))).astype(np.float64)
    flags[~known] = np.nan
    return flags


def _standardised(column: Floats, offset: float) -> tuple[Floats, float]:
    known = column[~np.isnan(column)]
    mean, spread = (float(known.mean()), float(known.std())) if len(known) else (np.nan, np.nan)
    # A constant column stays constant, whichever its rounded spread, and is left out for it.
    if not len(known) or known.min() == known.max():
        return column * 0.0, np.nan
    return (column - mean) / spread, (mean + offset) / spread


def _measured(terms: _Terms, correlations: Floats, means: Floats) -> Collinearity:
    """Measures from the correlations of the terms, and from their means in standard deviations."""
    values, vectors = np.linalg.eigh(correlations)
    values = np.maximum(values, _SMALLEST_EIGENVALUE)
    inverse = (vectors / values) @ vectors.T
    records = {}
    for name in dict.fromkeys(terms.names):
        places = np.flatnonzero([one == name for one in terms.names])
        own = np.ix_(places, places)
        # The ratio of determinants of Fox and Monette, by that of a block of the inverse.
        generalised = max(float(np.linalg.det(correlations[own]) * np.linalg.det(inverse[own])), 1.0)
        is_endless = generalised > _LARGEST_INFLATION
        records[name] = np.inf if is_endless else generalised ** (1 / len(places)), len(places)
    vif = np.array([vif for vif, _ in records.values()])
    table = pd.DataFrame(
        {
            "vif": vif,
            "r_squared": np.clip(1 - 1 / vif, 0, 1),
            "terms": [width for _, width in records.values()],
        },
        index=pd.Index(list(records), name="column", dtype="str"),
    )
    return Collinearity(
        table.sort_values("vif", ascending=False, kind="stable"),
        _index(_uncentred(correlations, means)),
        {},
        centred_condition_index=_index(correlations),
    )


def _uncentred(correlations: Floats, means: Floats) -> Floats:
    """The products of intercept and columns, each scaled to length 1."""
    length = np.hypot(1.0, means)
    products = np.ones((len(means) + 1,) * 2)
    products[0, 1:] = products[1:, 0] = means / length
    products[1:, 1:] = (correlations + np.outer(means, means)) / np.outer(length, length)
    return products


def _index(products: Floats) -> float:
    values = np.maximum(np.linalg.eigvalsh(products), _SMALLEST_EIGENVALUE)
    return float(np.sqrt(values[-1] / values[0]))
