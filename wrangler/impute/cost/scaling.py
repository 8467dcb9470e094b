"""The scaling model of a method on one table: time and memory, extrapolated from small runs on parts of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from sklearn.base import clone

from wrangler.impute.cost.complexity import Width
from wrangler.impute.cost.growth import Growth
from wrangler.impute.cost.subsample import narrowed, some_columns, subsample
from wrangler.impute.cost.trial_runs import Figures, Reading, Run, Sizes, bytes_of, line, seconds_of
from wrangler.impute.encoding import CATEGORICAL, MOST_LEVELS, kind_of
from wrangler.impute.pipeline import rows_by_group

if TYPE_CHECKING:
    from wrangler.impute.base import Imputer

MOST_ROWS, FEWEST_ROWS, MOST_CELLS = 10_000, 500, 200_000
WIDEST = 50
SMALLER, SMALLEST = 0.4, 0.1
OF_CAP = 0.5
LIGHTER, HEAVIER, FEWEST_TARGETS = 8, 3, 4
WARMING_ROWS = 50


@dataclass(frozen=True)
class ScalingModel:
    """Two measurements of time and two of memory, and the factors from them to the whole table.

    Attributes
    ----------
    seconds, bytes : pair of Reading
        On the smaller and on the larger sample.
    effort : mapping of str to float
        The factor from each figure to that at full effort.
    widths : (Width, Width)
        The widths of the samples and of the whole table.
    growth : Growth
        How figures grow from one width to the other.
    rows, columns : int
        The size of the larger sample.
    """

    seconds: tuple[Reading, Reading]
    bytes: tuple[Reading, Reading]
    effort: Mapping[str, float]
    widths: tuple[Width, Width]
    growth: Growth
    rows: int
    columns: int

    def at(self, name: str, sizes: Sizes) -> float:
        """One figure, for a table of these sizes."""
        pair = self.seconds if name in self.seconds[0][1] else self.bytes
        effort, (narrow, wide) = self.effort.get(name, 1.0), self.widths
        work = self.growth.work.get(name)
        if narrow == wide or work is None:
            return line(name, *pair, sizes) * effort * wide.columns / narrow.columns
        run, figures = pair[1]
        return figures[name] * effort * work(wide, sizes) / work(narrow, run)

    def seconds_at(self, sizes: Sizes) -> float:
        """Seconds of all stages together."""
        return sum(self.at(name, sizes) for name in ("prepare", "fit", "fill"))

    def bytes_at(self, sizes: Sizes) -> float:
        """Peak bytes over all stages."""
        held = self.at("held", sizes)
        filling = sum(self.at(name, sizes) for name in ("model", "predictions", "filling"))
        return held + max(self.at("preparing", sizes), self.at("fitting", sizes), filling)


def sizes_of(imputer: "Imputer", frame: pd.DataFrame) -> Sizes:
    """How many rows of `frame` each stage of `imputer` works on."""
    rows = len(frame)
    cap = getattr(imputer, imputer.growth.cap) if imputer.growth.cap else rows
    groups = [len(group) for group in rows_by_group(frame, imputer.group_by).values()]
    fitted = min(rows, cap) + sum(min(group, cap) for group in groups)
    return Sizes(rows, fitted, min(rows, imputer.growth.block or rows))


def fit_scaling_model(imputer: "Imputer", frame: pd.DataFrame) -> ScalingModel:
    """Fit the scaling model of an imputer, by runs on parts of `frame` that take bounded time."""
    random = np.random.default_rng(0)
    names = some_columns(frame, imputer, WIDEST, random)
    is_wide = len(names) + len(imputer.exclude) < frame.shape[1]
    narrow, part = (narrowed(imputer, names), frame[names]) if is_wide else (clone(imputer), frame)
    light, reduction = _lightened(narrow, part)
    most = int(np.clip(MOST_CELLS // max(len(names), 1), FEWEST_ROWS, MOST_ROWS))
    if light.growth.cap:
        most = min(most, max(int(OF_CAP * getattr(light, light.growth.cap)), FEWEST_ROWS))
    count = min(len(frame), most)
    large, small, smallest = (_part(part, light, share * count, random) for share in (1.0, SMALLER, SMALLEST))
    seconds_of(light, _part(part, light, WARMING_ROWS, random))
    seconds = (_reading(seconds_of, light, small), _reading(seconds_of, light, large))
    weights = (_reading(bytes_of, light, smallest), _reading(bytes_of, light, small))
    effort = {name: reduction * factor for name, factor in _effort(narrow, light, small, seconds[0][1]).items()}
    width = _width(narrow, part)
    widths = width, _width(imputer, frame) if is_wide else width
    return ScalingModel(seconds, weights, effort, widths, imputer.growth, len(large), len(names))


def _width(imputer: "Imputer", frame: pd.DataFrame) -> Width:
    """The width of `frame` as `imputer` reads it; levels are counted on the first rows."""
    read = [name for name in frame.columns if name not in set(imputer.exclude)]
    missing = frame[read].isna().mean()
    widths = {name: min(max(_levels(frame[name].iloc[:MOST_ROWS]) - 1, 1), MOST_LEVELS + 1) for name in read}
    wanted = set(read if imputer.columns is None else imputer.columns)
    incomplete = sum(bool(missing[name]) for name in read if name in wanted)
    missing_per_row = sum(float(missing[name]) * widths[name] for name in read)
    return Width(max(len(read), 1), sum(widths.values()) + 1, incomplete, missing_per_row)


def _part(frame: pd.DataFrame, imputer: "Imputer", count: float, random: np.random.Generator) -> pd.DataFrame:
    return subsample(frame, imputer, max(int(count), 1), random)


def _reading(run: Run, imputer: "Imputer", sample: pd.DataFrame) -> Reading:
    return sizes_of(imputer, sample), run(imputer, sample)


def _lightened(imputer: "Imputer", frame: pd.DataFrame) -> tuple["Imputer", float]:
    """The imputer with a low effort and few targets, and the factor by which the targets were reduced."""
    light, growth, reduction = clone(imputer), imputer.growth, 1.0
    if growth.effort:
        full = getattr(imputer, growth.effort)
        light.set_params(**{growth.effort: min(max(full // LIGHTER, growth.least_effort), full)})
    if growth.by_column:
        wanted = imputer.columns if imputer.columns is not None else frame.columns
        incomplete: list[str] = [name for name in wanted if name not in imputer.exclude and frame[name].isna().any()]
        levels = {name: _levels(frame[name].iloc[:MOST_ROWS]) for name in incomplete}
        incomplete.sort(key=levels.__getitem__)
        if len(incomplete) > FEWEST_TARGETS:
            places = (np.arange(FEWEST_TARGETS) + 0.5) * len(incomplete) / FEWEST_TARGETS
            light.set_params(columns=[incomplete[int(place)] for place in places])
            reduction = len(incomplete) / FEWEST_TARGETS
    return light, reduction


def _levels(column: pd.Series) -> int:
    """The number of levels, on which the time of trees depends; 0 for numbers."""
    return int(column.nunique()) if kind_of(column) in CATEGORICAL else 0


def _effort(full: "Imputer", light: "Imputer", sample: pd.DataFrame, before: Figures) -> dict[str, float]:
    """The factor from each figure to that at full effort, measured on the same sample at a higher effort."""
    name, factors = full.growth.effort, dict.fromkeys(("fit", "fill", "model", "predictions"), 1.0)
    if not name:
        return factors
    least, most = getattr(light, name), getattr(full, name)
    if full.growth.native is not None:  # Python traces little of the memory of the trees
        factors["model"] = most / least
    heavier = min(HEAVIER * least, most)
    if heavier > least:
        after = seconds_of(clone(light).set_params(**{name: heavier}), sample)
        for figure in ("fit", "fill"):
            grown = float(np.clip(after[figure] / before[figure] - 1.0, 0.0, heavier / least - 1.0))
            factors[figure] = 1.0 + grown * (most - least) / (heavier - least)
    return factors
