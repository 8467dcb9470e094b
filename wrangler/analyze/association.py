"""Strength of association of columns of any type, on one scale from 0 to 1.

Numbers with numbers: Pearson's correlation (with its sign). Levels with levels: Cramer's V, corrected for bias (Bergsma
2013). Numbers with levels: the correlation ratio, corrected for bias as epsilon (Kelley 1935).
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from wrangler.analyze.correlation import correlate
from wrangler.analyze.normal_em import Floats
from wrangler.analyze.predictors import Encoded, encode, is_like_an_identifier

_MOST_ROWS = 100_000
_FEWEST_ROWS = 3

Codes = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Association:
    """Strength of association of every pair of columns.

    Attributes
    ----------
    matrix : DataFrame, square, names both ways
        From 0 to 1, from -1 for two number columns; NaN where a pair has too few rows or a constant column.
    counts : DataFrame, square, names both ways
        Rows in which both columns are present.
    measures : DataFrame, square, names both ways
        "pearson", "cramer_v" or "correlation_ratio".
    left_out : dict of str to str
        Columns that were not compared, each with the reason.
    notes : list of str
        What was approximated, as sentences.
    """

    matrix: pd.DataFrame
    counts: pd.DataFrame
    measures: pd.DataFrame
    left_out: dict[str, str]
    notes: list[str]

    def strongest(self) -> pd.DataFrame:
        """Name, for each column, the one that is most strongly associated with it.

        Returns
        -------
        DataFrame indexed by column name
            `partner` (str or None), `strength` (float, NaN without a partner).
        """
        strength = np.abs(self.matrix.to_numpy(copy=True))
        np.fill_diagonal(strength, np.nan)
        known = ~np.isnan(strength).all(axis=1) if len(strength) else np.zeros(0, dtype=bool)
        best = np.where(known, np.nanargmax(np.nan_to_num(strength, nan=-1.0), axis=1) if len(strength) else 0, 0)
        names = self.matrix.columns
        return pd.DataFrame(
            {
                "partner": [names[place] if is_known else None for place, is_known in zip(best, known, strict=True)],
                "strength": np.where(known, strength[np.arange(len(best)), best], np.nan),
            },
            index=names,
        )


def associate(frame: pd.DataFrame, *, random_state: int | np.random.Generator | None = None) -> Association:
    """Measure the strength of association of each pair of columns, whatever their types.

    Parameters
    ----------
    frame : DataFrame
        Dates count as numbers, booleans as levels. Text that looks like an identifier is left out, and named.
    random_state : int, Generator or None
        For the random sample of 100,000 rows that is taken of longer tables.

    Returns
    -------
    Association
    """
    notes = []
    if len(frame) > _MOST_ROWS:
        chosen = np.random.default_rng(random_state).choice(len(frame), _MOST_ROWS, replace=False)
        frame = frame.iloc[np.sort(chosen)]
        notes.append(f"Associations were measured on {_MOST_ROWS:,} rows drawn at random: the table is long.")
    left_out = {str(name): "is like an identifier" for name in frame if is_like_an_identifier(frame[name])}
    columns = [encode(frame[name]) for name in frame if str(name) not in left_out]
    names = pd.Index([column.name for column in columns], dtype="str")
    has_levels = np.array([column.has_levels for column in columns], dtype=np.bool_)
    measures = np.full((len(columns), len(columns)), "correlation_ratio")
    measures[np.ix_(has_levels, has_levels)], measures[np.ix_(~has_levels, ~has_levels)] = "cramer_v", "pearson"
    present = np.array([~np.isnan(column.numbers) for column in columns], dtype=np.float64).reshape(
        len(columns), len(frame)
    )
    return Association(
        matrix=pd.DataFrame(_strengths(columns, has_levels), index=names, columns=names),
        counts=pd.DataFrame((present @ present.T).astype(np.int64), index=names, columns=names),
        measures=pd.DataFrame(measures, index=names, columns=names),
        left_out=left_out,
        notes=notes,
    )


def _strengths(columns: list[Encoded], has_levels: npt.NDArray[np.bool_]) -> Floats:
    matrix = np.full((len(columns), len(columns)), np.nan)
    numeric, categorical = np.flatnonzero(~has_levels), np.flatnonzero(has_levels)
    numbers = pd.DataFrame({place: columns[place].numbers for place in numeric})
    matrix[np.ix_(numeric, numeric)] = correlate(numbers, with_errors=False).matrix.to_numpy()
    for order, place in enumerate(categorical):
        codes = np.nan_to_num(columns[place].numbers, nan=-1).astype(np.int64)
        matrix[numeric, place] = matrix[place, numeric] = _correlation_ratios(numbers.to_numpy(), codes)
        for other in categorical[: order + 1]:
            others = np.nan_to_num(columns[other].numbers, nan=-1).astype(np.int64)
            matrix[place, other] = matrix[other, place] = _cramer_v(codes, others)
    return matrix


def _cramer_v(left: Codes, right: Codes) -> float:
    known = (left >= 0) & (right >= 0)
    rows = int(known.sum())
    if rows < _FEWEST_ROWS:
        return np.nan
    heights, widths = int(left.max()) + 1, int(right.max()) + 1
    table = np.bincount(left[known] * widths + right[known], minlength=heights * widths).reshape(heights, widths)
    table = table[table.sum(axis=1) > 0][:, table.sum(axis=0) > 0].astype(np.float64)
    height, width = table.shape
    if min(height, width) <= 1:
        return np.nan
    expected = np.outer(table.sum(axis=1), table.sum(axis=0)) / rows
    phi_squared = float((np.square(table - expected) / expected).sum()) / rows
    corrected = max(0.0, phi_squared - (height - 1) * (width - 1) / (rows - 1))
    smaller = min(height - (height - 1) ** 2 / (rows - 1), width - (width - 1) ** 2 / (rows - 1)) - 1
    return float(min(np.sqrt(corrected / smaller), 1.0)) if smaller > 0 else np.nan


def _correlation_ratios(numbers: Floats, codes: Codes) -> Floats:
    """Epsilon of each number column given the levels."""
    ratios = np.full(numbers.shape[1], np.nan)
    levels = int(codes.max(initial=-1)) + 1
    for place in range(numbers.shape[1]):
        known = (codes >= 0) & ~np.isnan(numbers[:, place])
        values, groups = numbers[known, place], codes[known]
        rows, used = len(values), len(np.unique(groups))
        if rows < _FEWEST_ROWS or used <= 1 or rows <= used:
            continue
        values = values - values.mean()
        spread = float(values @ values)
        counts = np.bincount(groups, minlength=levels)
        sums = np.bincount(groups, weights=values, minlength=levels)
        if spread > 0:
            between = float((sums[counts > 0] ** 2 / counts[counts > 0]).sum())
            ratios[place] = np.sqrt(max(0.0, 1 - (1 - between / spread) * (rows - 1) / (rows - used)))
    return ratios
