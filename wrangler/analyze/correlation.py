"""Correlation of the columns of a table by Pearson, Spearman or Kendall, on the rows that each pair has in common.

Pearson is one pass of blocked matrix products over the zero-filled, centred columns and their flags of presence, so
that missing cells cost no Python per pair. Spearman is Pearson on ranks. Kendall is tau-b, pair by pair.
"""

from dataclasses import dataclass, field, replace
from typing import Literal, TypeAlias, get_args

import numpy as np
import numpy.typing as npt
import pandas as pd

from wrangler.analyze.correlation_errors import fisher_errors, rank_errors
from wrangler.analyze.independence import exact_p_values, expected_together, has_common_value, permutation_p_values
from wrangler.analyze.kinds import AnalysisError, column_kind
from wrangler.analyze.ranks import average_ranks, kendall_tau, ordered, rank_correlations, ranks_of
from wrangler.analyze.units import in_own_unit

CorrelationMethod: TypeAlias = Literal["pearson", "spearman", "kendall"]
CORRELATION_METHODS: tuple[CorrelationMethod, ...] = get_args(CorrelationMethod)

_BLOCK_ROWS = 16_384
_SPEARMAN_CELLS = 5_000_000_000  # rows times pairs: three minutes of a busy processor
_KENDALL_CELLS = 20_000_000  # a minute
_ERROR_CELLS = 1_000_000_000  # rows times pairs, of which fourth moments are taken: some seconds
_NEGLIGIBLE_VARIANCE = 1e-12
_FEWEST_TOGETHER = 2.0  # rows; of fewer, the intervals of levels that are related covered 65 to 90 %

Floats: TypeAlias = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Correlation:
    """Coefficients of every pair of columns, and how many rows each rests on.

    Attributes
    ----------
    method : {"pearson", "spearman", "kendall"}
    matrix : DataFrame, square, names both ways
        Coefficients from -1 to 1; NaN where a pair has fewer than `min_rows` rows or a constant column.
    counts : DataFrame, square, names both ways
        Rows on which the coefficient rests: those in which both columns are present, of the sample if one was drawn.
    left_out : dict of str to str
        Columns that were not correlated, each with the reason.
    notes : list of str
        What was approximated, as sentences.
    standard_errors : DataFrame, square, or None
        On Fisher's scale: for Kendall from `kendall_tau`, for Pearson from `fisher_errors`, for Spearman from
        `rank_errors`, or from `fisher_errors` of the ranks where most rows of a column share one value. NaN where fewer
        than two rows are expected in which both columns differ from such a value; None where not asked for.
    p_values : DataFrame, square, or None
        Of independence: for Kendall from `kendall_tau`, for the others from `permutation_p_values`; exact for two
        columns of two values of which one is rare. None where not asked for.
    """

    method: CorrelationMethod
    matrix: pd.DataFrame
    counts: pd.DataFrame
    left_out: dict[str, str]
    notes: list[str]
    standard_errors: pd.DataFrame | None = None
    p_values: pd.DataFrame | None = None

    def pairs(self, at_least: float = 0.0) -> pd.DataFrame:
        """List each pair once, strongest first.

        Parameters
        ----------
        at_least : float
            Only pairs whose coefficient is at least so far from 0.

        Returns
        -------
        DataFrame
            `left` (str), `right` (str), `coefficient` (float), `rows` (int).
        """
        return self.inferred_pairs(at_least).drop(columns=["standard_error", "p_value"])

    def inferred_pairs(self, at_least: float = 0.0) -> pd.DataFrame:
        """List the pairs as `pairs` does, with `standard_error` and `p_value`; NaN where the correlation has none."""
        upper = np.triu_indices(len(self.matrix), k=1)
        names = self.matrix.columns.to_numpy(dtype=object)
        figures = {"standard_error": self.standard_errors, "p_value": self.p_values}
        pairs = pd.DataFrame(
            {
                "left": names[upper[0]],
                "right": names[upper[1]],
                "coefficient": self.matrix.to_numpy()[upper],
                "rows": self.counts.to_numpy()[upper],
                **{name: np.nan if table is None else table.to_numpy()[upper] for name, table in figures.items()},
            }
        )
        pairs = pairs[pairs["coefficient"].abs() >= at_least]
        order = pairs["coefficient"].abs().sort_values(ascending=False, kind="stable").index
        return pairs.loc[order].reset_index(drop=True)

    def events(self) -> list[dict[str, str | None]]:
        """List what was left out or approximated: `column`, `kind` and `message`, as an imputer's events."""
        dropped: list[dict[str, str | None]] = [
            {"column": name, "kind": "dropped", "message": f"'{name}' is not correlated: it {reason}."}
            for name, reason in self.left_out.items()
        ]
        return [*dropped, *({"column": None, "kind": "sampled", "message": note} for note in self.notes)]


def correlate(
    frame: pd.DataFrame,
    method: CorrelationMethod = "pearson",
    *,
    min_rows: int = 3,
    random_state: int | np.random.Generator | None = None,
    with_errors: bool = True,
) -> Correlation:
    """Correlate every pair of number and boolean columns on the rows where both are present.

    Parameters
    ----------
    frame : DataFrame, shape (rows, columns)
        Text, category and date columns are left out, and named in the result.
    method : {"pearson", "spearman", "kendall"}
        Kendall is tau-b, which allows for ties.
    min_rows : int
        Pairs with fewer common rows get NaN.
    random_state : int, Generator or None
        For the random sample of rows that Kendall, and the standard errors of Pearson, take on long tables.
    with_errors : bool
        Whether standard errors and p-values come with it, which `correlation_intervals` needs; they take as long again.

    Returns
    -------
    Correlation

    Raises
    ------
    AnalysisError
        If the method is unknown.

    Notes
    -----
    Infinite values count as missing. Spearman ranks each pair's common rows anew, as pandas and R do, up to 5,000
    million rows times pairs; past that each column is ranked once over its own present values, with a note.
    Kendall draws rows at random when the table is too long for all pairs, with a note of how many.
    """
    if method not in CORRELATION_METHODS:
        raise AnalysisError(f"Unknown correlation method {method!r}; use one of {', '.join(CORRELATION_METHODS)}.")
    left_out = {
        str(name): f"holds {kind}"
        for name in frame.columns
        if (kind := column_kind(frame[name])) not in {"number", "boolean"}
    }
    names = [name for name in frame.columns if str(name) not in left_out]
    values = np.empty((len(frame), len(names)), order="F")
    for position, name in enumerate(names):
        values[:, position] = in_own_unit(frame[name])
    rng = np.random.default_rng(random_state)
    found = _COEFFICIENTS[method](values, rng)
    found.coefficients[found.counts < min_rows] = np.nan
    found = _with_errors(method, values, found, rng) if with_errors else replace(found, standard_errors=None)
    labels = pd.Index([str(name) for name in names], dtype="str")

    def labelled(square: npt.NDArray[np.float64 | np.int64]) -> pd.DataFrame:
        return pd.DataFrame(square, index=labels, columns=labels)

    return Correlation(
        method=method,
        matrix=labelled(found.coefficients),
        counts=labelled(found.counts),
        left_out=left_out,
        notes=found.notes,
        standard_errors=None if found.standard_errors is None else labelled(found.standard_errors),
        p_values=None if found.p_values is None else labelled(found.p_values),
    )


@dataclass(frozen=True)
class _Found:
    """What a method finds, as square arrays."""

    coefficients: Floats
    counts: npt.NDArray[np.int64]
    notes: list[str] = field(default_factory=list)
    standard_errors: Floats | None = None
    p_values: Floats | None = None


def _pearson(values: Floats, _rng: np.random.Generator) -> _Found:
    """Sum products over blocks of rows, for all pairs at once; only incomplete columns need presence flags."""
    columns = values.shape[1]
    known, centre, scale = _moments(values)
    incomplete = np.flatnonzero(known < len(values))
    products, sums, squares = (np.zeros((columns, columns)) for _ in range(3))
    own, together = np.zeros(columns), np.zeros((len(incomplete), len(incomplete)), dtype=np.int64)
    for start in range(0, len(values), _BLOCK_ROWS):
        standard = np.ascontiguousarray(values[start : start + _BLOCK_ROWS]) - centre
        standard /= scale
        if len(incomplete):
            flags = (~np.isnan(standard[:, incomplete])).astype(np.float64)
            np.nan_to_num(standard, copy=False)
            sums[:, incomplete] += standard.T @ flags
            squares[:, incomplete] += np.square(standard).T @ flags
            together += _counted(flags)
        products += standard.T @ standard
        own += standard.sum(axis=0)
    whole = np.flatnonzero(known == len(values))
    sums[:, whole], squares[:, whole] = own[:, None], np.diag(products)[:, None]
    counts = np.minimum(known[:, None], known)
    counts[np.ix_(incomplete, incomplete)] = together
    return _Found(_coefficients(products, sums, squares, counts.astype(np.float64)), counts)


def _with_errors(method: CorrelationMethod, values: Floats, found: _Found, rng: np.random.Generator) -> _Found:
    """The same with standard errors on Fisher's scale and p-values, on as many rows as there is time for."""
    errors, p_values = found.standard_errors, found.p_values
    if errors is None or p_values is None:
        sample = _affordable(values, rng)
        if method == "spearman":
            sample = np.column_stack([ranks_of(ordered(column)) for column in sample.T]) if sample.size else sample
        p_values = permutation_p_values(sample, found.coefficients, found.counts, are_ranks=method == "spearman")
        _, centre, scale = _moments(sample)
        errors = fisher_errors((sample - centre) / scale, found.coefficients, found.counts)
        if method == "spearman":
            errors = np.where(has_common_value(sample), errors, rank_errors(found.coefficients, found.counts))
    errors = np.where(expected_together(values, found.counts) < _FEWEST_TOGETHER, np.nan, errors)
    return replace(found, standard_errors=errors, p_values=exact_p_values(values, p_values))


def _affordable(values: Floats, rng: np.random.Generator) -> Floats:
    affordable = _ERROR_CELLS // max(values.shape[1] ** 2, 1)
    if len(values) <= affordable:
        return values
    sample: Floats = values[np.sort(rng.choice(len(values), size=affordable, replace=False))]
    return sample


def _moments(values: Floats) -> tuple[npt.NDArray[np.int64], Floats, Floats]:
    """How many values each column has, their mean, and their standard deviation, 1 where that is 0."""
    known = np.zeros(values.shape[1], dtype=np.int64)
    centre, scale = np.zeros(values.shape[1]), np.ones(values.shape[1])
    for place, column in enumerate(values.T):
        present = column[~np.isnan(column)]
        known[place] = len(present)
        if len(present):
            centre[place], spread = present.mean(), present.std()
            scale[place] = spread if spread > 0 else 1.0
    return known, centre, scale


def _common_rows(values: Floats) -> npt.NDArray[np.int64]:
    """Rows in which each two columns are both present."""
    common = np.zeros((values.shape[1],) * 2, dtype=np.int64)
    for start in range(0, len(values), _BLOCK_ROWS):
        common += _counted((~np.isnan(values[start : start + _BLOCK_ROWS])).astype(np.float64))
    return common


def _counted(flags: Floats) -> npt.NDArray[np.int64]:
    """Rows in which two columns are both present; single precision is exact for the rows of a block."""
    single = flags.astype(np.float32)
    counted: npt.NDArray[np.int64] = (single.T @ single).astype(np.int64)
    return counted


def _coefficients(products: Floats, sums: Floats, squares: Floats, counts: Floats) -> Floats:
    """Turn the sums over common rows into correlations; entry (i, j) of `sums` is column i where j is present."""
    with np.errstate(invalid="ignore", divide="ignore"):
        variance = squares - sums**2 / counts
        variance[variance <= _NEGLIGIBLE_VARIANCE * np.maximum(squares, 1)] = np.nan
        coefficients = (products - sums * sums.T / counts) / np.sqrt(variance * variance.T)
    return np.clip(coefficients, -1, 1)


def _spearman(values: Floats, rng: np.random.Generator) -> _Found:
    """Correlate ranks; pairs with different missing cells are ranked on their common rows while time allows."""
    counts = _common_rows(values)
    own = np.diag(counts)
    uneven = np.tril(counts < np.maximum(own[:, None], own))
    is_affordable = np.count_nonzero(uneven) * len(values) <= _SPEARMAN_CELLS
    incomplete = np.flatnonzero((uneven | uneven.T).any(axis=0) & is_affordable)
    ranks, columns = np.empty_like(values, order="F"), []
    for place, column in enumerate(values.T):
        if place in incomplete:
            columns.append(ordered(column))
            ranks[:, place] = ranks_of(columns[-1])
        else:
            ranks[:, place] = average_ranks(column)
    coefficients = _pearson(ranks, rng).coefficients
    del ranks  # as large as the table
    if not is_affordable:
        note = (
            "Ranks were taken once per column over its own present values, not anew for each pair: the table is long."
        )
        return _Found(coefficients, counts, [note])
    left, right = np.nonzero(uneven)
    anew = np.full_like(coefficients, np.nan)
    anew[np.ix_(incomplete, incomplete)] = rank_correlations(columns, uneven[np.ix_(incomplete, incomplete)])
    coefficients[left, right] = coefficients[right, left] = anew[left, right]
    return _Found(coefficients, counts)


def _kendall(values: Floats, rng: np.random.Generator) -> _Found:
    """Kendall's tau-b of each pair, on a random sample of rows when all rows would take too long."""
    columns = values.shape[1]
    notes = []
    affordable = _KENDALL_CELLS // max(columns * (columns - 1) // 2, 1)
    if len(values) > affordable:
        values = values[np.sort(rng.choice(len(values), size=affordable, replace=False))]
        notes.append(f"Kendall's tau was computed on {affordable:,} rows drawn at random: the table is long.")
    coefficients, errors, p_values = (np.full((columns, columns), np.nan) for _ in range(3))
    for left in range(columns):
        for right in range(left + 1):
            common = ~np.isnan(values[:, left]) & ~np.isnan(values[:, right])
            tau = kendall_tau(values[common, left], values[common, right])
            coefficients[left, right] = coefficients[right, left] = tau.coefficient
            errors[left, right] = errors[right, left] = tau.standard_error
            p_values[left, right] = p_values[right, left] = tau.p_value
    return _Found(coefficients, _common_rows(values), notes, errors, p_values)


_COEFFICIENTS = {"pearson": _pearson, "spearman": _spearman, "kendall": _kendall}
