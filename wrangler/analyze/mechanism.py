"""Evidence for MAR: whether the observed columns predict where a cell is missing.

For each column with missing cells a ridge regression predicts, from the values of the other columns, which of its cells
are missing; it is evaluated on rows that it was not fitted on. Each other column is also tested alone.
"""

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import stats

from wrangler.analyze.multiplicity import holm
from wrangler.analyze.normal_em import Floats
from wrangler.analyze.predictors import Encoded, design, encode, is_like_an_identifier, normal_scores
from wrangler.analyze.ranks import average_ranks

MECHANISM_COLUMNS = [
    "missing",
    "auc",
    "auc_low",
    "auc_high",
    "predictor",
    "effect",
    "effect_kind",
    "p_value",
    "is_predicted",
]

_FEWEST = 10
_MOST_EACH = 1_000
_MOST_COLUMNS = 40
_MOST_PREDICTORS = 60
_FOLDS = 5
_PENALTY = 0.05
_LEVEL = 0.05
_CHANCE = 0.5

Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class _Effect:
    """How one predictor differs between the rows where a cell is missing and the others."""

    size: float
    kind: str
    p_value: float


@dataclass(frozen=True)
class _Evidence:
    """All that is known of where one column is missing."""

    missing: int
    area: float = np.nan
    reach: float = np.nan
    area_p_value: float = np.nan
    effects: dict[str, _Effect] = field(default_factory=dict)

    def record(self, corrected: dict[str, float], area_p_value: float) -> tuple[object, ...]:
        """One row of the result, with the p-values after correction."""
        interval = self.area, max(self.area - self.reach, 0.0), min(self.area + self.reach, 1.0)
        best = min(self.effects, key=lambda name: (corrected[name], -abs(self.effects[name].size)), default=None)
        if best is None:
            return self.missing, *interval, None, np.nan, None, np.nan, bool(2 * area_p_value < _LEVEL)
        effect, p_value = self.effects[best], corrected[best]
        is_predicted = bool(2 * np.nanmin([p_value, area_p_value]) < _LEVEL)
        return self.missing, *interval, best, effect.size, effect.kind, p_value, is_predicted


def missingness_predictors(
    frame: pd.DataFrame, *, random_state: int | np.random.Generator | None = None
) -> pd.DataFrame:
    """Measure, for each column with missing cells, how well the other columns predict where it is missing.

    Parameters
    ----------
    frame : DataFrame
    random_state : int, Generator or None
        For the folds, and the random sample of at most 1,000 missing and 1,000 present cells per column.

    Returns
    -------
    DataFrame indexed by column name
        At most 40 columns, those with most missing cells, each with at least 10 missing and 10 present:
        `missing` (cells); `auc` (area under the ROC curve by five-fold cross-validation, 0.5 is chance) with its 95 %
        interval `auc_low`, `auc_high` (Hanley and McNeil 1982); `predictor` (the best single column),
        `effect` with `effect_kind` ("mean difference": its mean where the cell is missing less its mean elsewhere, in
        standard deviations; "cramer_v" for levels), `p_value` of that (normal-scores test of van der Waerden, or
        chi-squared; Holm-corrected over all columns and predictors); `is_predicted` (that p-value, or the one of the
        area, Holm-corrected over the columns, lies below 0.025: a false positive in one table of twenty at most).
        The sixty columns with fewest missing cells serve as predictors.
    """
    rng = np.random.default_rng(random_state)
    counts = frame.isna().sum()
    testable = counts[(counts >= _FEWEST) & (len(frame) - counts >= _FEWEST)]
    targets = testable.sort_values(ascending=False, kind="stable").index[:_MOST_COLUMNS]
    readable = [name for name in counts.sort_values(kind="stable").index if not is_like_an_identifier(frame[name])]
    predictors = [encode(frame[name]) for name in readable[:_MOST_PREDICTORS]]
    evidence = [_examine(frame[name], predictors, rng) for name in targets]
    single = iter(holm(np.array([effect.p_value for one in evidence for effect in one.effects.values()])))
    joint = holm(np.array([one.area_p_value for one in evidence]))
    records = [
        one.record({name: float(next(single)) for name in one.effects}, float(p_value))
        for one, p_value in zip(evidence, joint, strict=True)
    ]
    index = pd.Index([str(name) for name in targets], name="column", dtype="str")
    result = pd.DataFrame(records, index=index, columns=MECHANISM_COLUMNS)
    return result.astype({"auc": float, "auc_low": float, "auc_high": float, "is_predicted": bool})


def _examine(target: pd.Series, predictors: list[Encoded], rng: np.random.Generator) -> _Evidence:
    absent = target.isna().to_numpy()
    rows = np.sort(np.concatenate([_some(np.flatnonzero(flags), rng) for flags in (absent, ~absent)]))
    flags = absent[rows]
    others = [one.at(rows) for one in predictors if one.name != str(target.name)]
    effects = {one.name: effect for one in others if (effect := _single_effect(one, flags)) is not None}
    blocks = [block for one in others if (block := design(one)).shape[1]]
    if not blocks:
        return _Evidence(int(absent.sum()), effects=effects)
    area = _area(_predicted(np.hstack(blocks), flags, rng), flags)
    cases, controls = int(flags.sum()), int((~flags).sum())
    chance_error = np.sqrt((cases + controls + 1) / (12 * cases * controls))
    p_value = float(stats.norm.sf((area - _CHANCE) / chance_error))
    return _Evidence(int(absent.sum()), area, 1.96 * _area_error(area, cases, controls), p_value, effects)


def _some(rows: npt.NDArray[np.int64], rng: np.random.Generator) -> npt.NDArray[np.int64]:
    return rng.choice(rows, _MOST_EACH, replace=False) if len(rows) > _MOST_EACH else rows


def _predicted(values: Floats, flags: Bools, rng: np.random.Generator) -> Floats:
    """Predict the flags of each fold by a ridge regression fitted on the other folds."""
    spread = values.std(axis=0)
    standard = (values - values.mean(axis=0)) / np.where(spread > 0, spread, 1.0)
    folds = np.empty(len(flags), dtype=np.int64)
    for side in (flags, ~flags):
        folds[side] = rng.permutation(int(side.sum())) % _FOLDS
    predicted = np.empty(len(flags))
    for fold in range(_FOLDS):
        fit, judge = standard[folds != fold], standard[folds == fold]
        truth = flags[folds != fold] - flags[folds != fold].mean()
        inner = fit.T @ fit + _PENALTY * len(fit) * np.eye(fit.shape[1])
        predicted[folds == fold] = judge @ np.linalg.solve(inner, fit.T @ truth)
    return predicted


def _area(predicted: Floats, flags: Bools) -> float:
    cases, controls = int(flags.sum()), int((~flags).sum())
    return float((average_ranks(predicted)[flags].sum() - cases * (cases + 1) / 2) / (cases * controls))


def _area_error(area: float, cases: int, controls: int) -> float:
    first, second = area / (2 - area), 2 * area**2 / (1 + area)
    variance = area * (1 - area) + (cases - 1) * (first - area**2) + (controls - 1) * (second - area**2)
    return float(np.sqrt(max(variance, 0.0) / (cases * controls)))


def _single_effect(predictor: Encoded, flags: Bools) -> _Effect | None:
    """The effect of one predictor on its own; None when it has too few values on either side."""
    known = ~np.isnan(predictor.numbers)
    values, flags = predictor.numbers[known], flags[known]
    if min(flags.sum(), (~flags).sum()) < _FEWEST or values.min() == values.max():
        return None
    return _level_difference(values, flags) if predictor.has_levels else _mean_difference(values, flags)


def _mean_difference(values: Floats, flags: Bools) -> _Effect:
    cases, rows = int(flags.sum()), len(flags)
    absent, present = values[flags], values[~flags]
    spread = float(np.sqrt((absent.var() + present.var()) / 2))
    scores = normal_scores(values)
    scores -= scores.mean()
    variance = cases * (rows - cases) / (rows * (rows - 1)) * float(scores @ scores)
    p_value = float(2 * stats.norm.sf(abs(float(scores[flags].sum())) / np.sqrt(variance)))
    size = float(absent.mean() - present.mean()) / spread if spread > 0 else np.inf
    return _Effect(size, "mean difference", p_value)


def _level_difference(levels: Floats, flags: Bools) -> _Effect:
    table = np.bincount(levels.astype(np.int64) * 2 + flags, minlength=2 * int(levels.max()) + 2).reshape(-1, 2)
    table = table[table.sum(axis=1) > 0]
    result = stats.chi2_contingency(table, correction=False)
    return _Effect(float(np.sqrt(result.statistic / table.sum())), "cramer_v", float(result.pvalue))
