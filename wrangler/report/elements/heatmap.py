"""A square heat map of coefficients from -1 to 1 that stays readable from 2 to 100 columns."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.image import AxesImage
from scipy.cluster.hierarchy import leaves_list, linkage
from scipy.spatial.distance import squareform

from wrangler.report.elements.palette import DIVERGING
from wrangler.report.elements.wording import short_labels

MOST_COLUMNS = 100
_MOST_NUMBERS = 12
_MOST_LABELS = 60
_ROOMY_COLUMNS = 25
_DARK = 0.6
_FEWEST_CLUSTERED = 3


def heatmap_inches(columns: int) -> tuple[float, float]:
    """Width and height of a figure that holds one heat map with so many columns."""
    side = min(6.7, 2.6 + 0.34 * columns)
    return min(max(side + 1.6, 4.6), 7.6), side


def strongest(matrix: pd.DataFrame, most: int = MOST_COLUMNS) -> pd.DataFrame:
    """Keep the columns with the strongest coefficients when there are more than a picture can show."""
    if len(matrix) <= most:
        return matrix
    values = matrix.to_numpy(copy=True)
    np.fill_diagonal(values, 0)
    strength = np.nan_to_num(np.abs(values)).max(axis=1)
    kept = np.sort(np.argsort(-strength, kind="stable")[:most])
    return matrix.iloc[kept, kept]


def clustered(matrix: pd.DataFrame) -> pd.DataFrame:
    """Put correlated columns, of either sign, next to each other."""
    if len(matrix) < _FEWEST_CLUSTERED:
        return matrix
    distance = 1 - np.abs(np.nan_to_num(matrix.to_numpy(dtype=float)))
    distance = (distance + distance.T) / 2
    np.fill_diagonal(distance, 0)
    order = leaves_list(linkage(squareform(np.clip(distance, 0, 1), checks=False), "average", optimal_ordering=True))
    return matrix.iloc[order, order]


def draw_heatmap(
    axes: Axes, matrix: pd.DataFrame, title: str = "", *, reach: float = 1.0, numbers: bool = True
) -> AxesImage:
    """Draw a square table of coefficients from -reach to reach; labels are left out when there are too many."""
    matrix = strongest(matrix)
    values = matrix.to_numpy(dtype=float)
    masked = np.ma.masked_invalid(values)
    picture = axes.imshow(masked, cmap=DIVERGING, vmin=-reach, vmax=reach, interpolation="nearest")
    size = len(matrix)
    if size <= _MOST_LABELS:
        letters = 8.5 if size <= _ROOMY_COLUMNS else 5.5
        labels = short_labels(matrix.columns, 20)
        axes.set_xticks(range(size), labels, rotation=60, ha="right", rotation_mode="anchor", fontsize=letters)
        axes.set_yticks(range(size), labels, fontsize=letters)
    else:
        axes.set_xticks([])
        axes.set_yticks([])
    if numbers and size <= _MOST_NUMBERS:
        _write_numbers(axes, values)
    axes.spines[:].set_visible(False)
    axes.tick_params(length=0)
    axes.set_title(title)
    return picture


def draw_heatmap_with_scale(figure: Figure, matrix: pd.DataFrame, legend: str, *, lowest: float = -1.0) -> None:
    """Fill a figure with one heat map and its colour scale, of which the part from `lowest` on is shown."""
    axes = figure.add_subplot()
    scale = figure.colorbar(draw_heatmap(axes, matrix), ax=axes, shrink=0.75, aspect=28, label=legend)
    scale.ax.set_ylim(lowest, 1)


def _write_numbers(axes: Axes, values: np.ndarray[tuple[int, int], np.dtype[np.float64]]) -> None:
    for row, column in np.ndindex(values.shape):
        value = values[row, column]
        if np.isfinite(value):
            colour = "white" if abs(value) > _DARK else "#2B3137"
            axes.text(
                column,
                row,
                f"{value:.2f}".replace("-", "\N{MINUS SIGN}"),
                ha="center",
                va="center",
                color=colour,
                fontsize=8,
            )
