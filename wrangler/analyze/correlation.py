"""Correlation of the columns of a table by Pearson, Spearman or Kendall, on the rows that each pair has in common.

Pearson is one pass of blocked matrix products over the zero-filled, centred columns and their flags of presence, so
that holes cost no Python per pair. Spearman is Pearson on ranks. Kendall is tau-b, pair by pair.
"""

from dataclasses import dataclass
from typing import Literal, TypeAlias, get_args

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import stats

from wrangler.analyze.kinds import AnalysisError, as_numbers, column_kind
from wrangler.analyze.ranks import average_ranks

CorrelationMethod: TypeAlias = Literal["pearson", "spearman", "kendall"]
CORRELATION_METHODS: tuple[CorrelationMethod, ...] = get_args(CorrelationMethod)

_BLOCK_ROWS = 16_384
_SPEARMAN_CELLS = 400_000_000
_KENDALL_CELLS = 40_000_000
_NEGLIGIBLE_VARIANCE = 1e-12

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
        Rows in which both columns are present.
    left_out : dict of str to str
        Columns that were not correlated, each with the reason.
    notes : list of str
        In plain words, whatever was approximated.
    """

    method: CorrelationMethod
    matrix: pd.DataFrame
    counts: pd.DataFrame
    left_out: dict[str, str]
    notes: list[str]

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
        upper = np.triu_indices(len(self.matrix), k=1)
        names = self.matrix.columns.to_numpy(dtype=object)
        pairs = pd.DataFrame(
            {
                "left": names[upper[0]],
                "right": names[upper[1]],
                "coefficient": self.matrix.to_numpy()[upper],
                "rows": self.counts.to_numpy()[upper],
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
) -> Correlation:
    """Correlate every pair of number and boolean columns on the rows where both are present.

    Parameters
    ----------
    frame : DataFrame, shape (rows, columns)
        Text, category and date columns are left out, and named in the answer.
    method : {"pearson", "spearman", "kendall"}
        Kendall is tau-b, which allows for ties.
    min_rows : int
        Pairs with fewer common rows get NaN.
    random_state : int, Generator or None
        Rules the sample of rows that Kendall takes on long tables.

    Returns
    -------
    Correlation

    Raises
    ------
    AnalysisError
        If the method is unknown.

    Notes
    -----
    Infinite values count as missing. Spearman ranks each pair's common rows anew, as pandas and R do, up to 400 million
    rows times pairs; past that each column is ranked once over its own present values, and a note says so. Kendall
    draws rows at random when the table is too long for all pairs, and a note says how many.
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
        values[:, position] = as_numbers(frame[name])
    coefficients, counts, notes = _COEFFICIENTS[method](values, np.random.default_rng(random_state))
    coefficients[counts < min_rows] = np.nan
    labels = pd.Index([str(name) for name in names], dtype="str")
    return Correlation(
        method=method,
        matrix=pd.DataFrame(coefficients, index=labels, columns=labels),
        counts=pd.DataFrame(counts, index=labels, columns=labels),
        left_out=left_out,
        notes=notes,
    )


def _pearson(values: Floats, _rng: np.random.Generator) -> tuple[Floats, npt.NDArray[np.int64], list[str]]:
    """Sum products over blocks of rows: of values, of squares and of presence, for all pairs at once."""
    columns = values.shape[1]
    present = ~np.isnan(values)
    known = present.sum(axis=0)
    with np.errstate(invalid="ignore", divide="ignore"):
        centre = np.where(known, np.nansum(values, axis=0) / known, 0.0)
        spread = np.sqrt(np.nansum(np.square(values - centre), axis=0) / known)
    scale = np.where((spread > 0) & np.isfinite(spread), spread, 1.0)
    products, sums, squares, counts = (np.zeros((columns, columns)) for _ in range(4))
    for start in range(0, len(values), _BLOCK_ROWS):
        block = slice(start, start + _BLOCK_ROWS)
        flags = present[block].astype(np.float64)
        standard = np.where(present[block], (values[block] - centre) / scale, 0.0)
        products += standard.T @ standard
        sums += standard.T @ flags
        squares += np.square(standard).T @ flags
        counts += flags.T @ flags
    return _coefficients(products, sums, squares, counts), counts.astype(np.int64), []


def _coefficients(products: Floats, sums: Floats, squares: Floats, counts: Floats) -> Floats:
    """Turn the sums over common rows into correlations; entry (i, j) of `sums` is column i where j is present."""
    with np.errstate(invalid="ignore", divide="ignore"):
        variance = squares - sums**2 / counts
        variance[variance <= _NEGLIGIBLE_VARIANCE * np.maximum(squares, 1)] = np.nan
        coefficients = (products - sums * sums.T / counts) / np.sqrt(variance * variance.T)
    return np.clip(coefficients, -1, 1)


def _spearman(values: Floats, rng: np.random.Generator) -> tuple[Floats, npt.NDArray[np.int64], list[str]]:
    """Correlate ranks; pairs with different holes are ranked again on their common rows while that is affordable."""
    ranks = np.column_stack([average_ranks(column) for column in values.T]) if values.shape[1] else values
    coefficients, counts, _ = _pearson(ranks, rng)
    present = ~np.isnan(values)
    uneven = [
        (left, right)
        for left in range(values.shape[1])
        for right in range(left)
        if counts[left, right] < max(counts[left, left], counts[right, right])
    ]
    if len(uneven) * len(values) > _SPEARMAN_CELLS:
        note = (
            "Ranks were taken once per column over its own present values, not anew for each pair: the table is long."
        )
        return coefficients, counts, [note]
    for left, right in uneven:
        common = present[:, left] & present[:, right]
        pair = np.column_stack([average_ranks(values[common, left]), average_ranks(values[common, right])])
        coefficients[left, right] = coefficients[right, left] = _pearson(pair, rng)[0][0, 1]
    return coefficients, counts, []


def _kendall(values: Floats, rng: np.random.Generator) -> tuple[Floats, npt.NDArray[np.int64], list[str]]:
    """Kendall's tau-b of each pair, on a random sample of rows when all rows would take too long."""
    columns = values.shape[1]
    present = (~np.isnan(values)).astype(np.float64)
    counts = (present.T @ present).astype(np.int64)
    notes = []
    affordable = _KENDALL_CELLS // max(columns * (columns - 1) // 2, 1)
    if len(values) > affordable:
        values = values[np.sort(rng.choice(len(values), size=affordable, replace=False))]
        notes.append(f"Kendall's tau was computed on {affordable:,} rows drawn at random: the table is long.")
    coefficients = np.full((columns, columns), np.nan)
    for left in range(columns):
        for right in range(left + 1):
            common = ~np.isnan(values[:, left]) & ~np.isnan(values[:, right])
            if common.sum() > 1:
                tau = stats.kendalltau(values[common, left], values[common, right]).statistic
                coefficients[left, right] = coefficients[right, left] = tau
    return coefficients, counts, notes


_COEFFICIENTS = {"pearson": _pearson, "spearman": _spearman, "kendall": _kendall}
