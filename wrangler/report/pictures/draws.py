"""Pictures and tables of several completed tables: how far they differ, and whether the iterations converged."""

import numpy as np
import pandas as pd
from matplotlib.ticker import FuncFormatter, MaxNLocator

from wrangler.analyze import DATES
from wrangler.report.elements import (
    IMPUTED,
    OBSERVED,
    QUIET,
    Format,
    Note,
    Picture,
    Table,
    count_words,
    drawing,
    format_value,
    render,
)

_NORMAL_QUANTILE = 1.959964
_MOST_TRACES = 60
_NEVER = 1e-16


def draws_table(spread: pd.DataFrame | None) -> Table | Note:
    """Show the measures of `draw_spread`; a sentence when there is one table only."""
    if spread is None or spread.empty:
        return Note("One completed table was made; set draws above 1 to see how uncertain the imputed values are.")
    ordered = spread.sort_values("missing_information", ascending=False, kind="stable")
    shown = pd.DataFrame(
        {
            "filled": ordered["filled"],
            "spread": ordered["spread"],
            "disagreement": ordered["disagreement"],
            "pooled, with 95 % interval": [
                _interval_words(*row)
                for row in zip(ordered["quantity"], ordered["estimate"], ordered["low"], ordered["high"], strict=True)
            ],
            "missing information": ordered["missing_information"],
        }
    )
    formats: dict[str, Format] = {"spread": "number", "disagreement": "percent", "missing information": "percent"}
    return Table(shown, "How far the completed tables differ, most missing information first", formats)


def convergence_picture(convergence: pd.DataFrame) -> Picture | Note:
    """Plot the change of the imputed values by iteration; a sentence for methods that do not iterate."""
    if convergence.empty:
        return Note("The method does not iterate, so there is no convergence to show.")
    sets = convergence["equations"].unique()[:_MOST_TRACES]
    with drawing(7.6, 2.8) as figure:
        axes = figure.add_subplot()
        for number in sets:
            trace = convergence[convergence["equations"] == number]
            change = np.maximum(trace["change"], _NEVER)
            axes.plot(trace["iteration"], change, color=IMPUTED, alpha=0.6, linewidth=1.2, marker="o", markersize=3)
        axes.set_yscale("log")
        axes.yaxis.set_major_formatter(FuncFormatter(lambda change, _place: f"{change:g}"))
        axes.set_xlabel("iteration")
        axes.set_ylabel("change (standard deviations)")
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
        alt = (
            f"Lines falling to the right: change of the imputed values by iteration, one line for each of "
            f"{len(sets)} sets of equations; the longest took {convergence['iteration'].max():,} iterations."
        )
        table = Table(convergence, "The same as a table: change in each iteration", hide_index=True, folded=True)
        return render(figure, alt, table)


def chains_table(r_hat: pd.DataFrame | None) -> Table | Note:
    """Show R-hat of the chains of several draws, the largest first; a sentence when there are none to compare."""
    known = None if r_hat is None else r_hat.dropna()
    if known is None or known.empty:
        return Note("There are no chains of draws to compare: set draws above 1, of a method with 4 sweeps or more.")
    largest = known[["mean", "standard_deviation"]].max(axis=1)
    shown = known.assign(mixed=np.where(largest > known["by_chance"], "no", "yes"))
    shown = shown.loc[largest.sort_values(ascending=False, kind="stable").index].set_index("column")
    shown = shown.rename(
        columns={"mean": "R-hat of the mean", "standard_deviation": "of the spread", "by_chance": "at most by chance"}
    )
    formats: dict[str, Format] = {
        "R-hat of the mean": "number",
        "of the spread": "number",
        "at most by chance": "number",
    }
    return Table(shown, "Whether the chains of draws have mixed, the largest R-hat first", formats)


def coverage_picture(coverage: pd.DataFrame | None) -> Picture | Note:
    """Plot how often the draws' intervals contained the hidden values; a sentence when that was not measured."""
    if coverage is None or coverage.empty:
        return Note("No intervals were checked: set draws to 3 or more, on a table with a filled column of numbers.")
    shown = coverage.sort_values("coverage", kind="stable").head(40)
    with drawing(7.6, 1.1 + 0.3 * len(shown)) as figure:
        axes = figure.add_subplot()
        places = np.arange(len(shown))
        axes.axvline(0.95, color=QUIET, linestyle="--", linewidth=1)
        low, high = share_interval(shown["coverage"], shown["cells"])
        axes.hlines(places, low, high, color=OBSERVED, linewidth=1.5)
        axes.scatter(shown["coverage"], places, color=OBSERVED, s=36, zorder=3)
        axes.set_yticks(places, shown["column"])
        axes.set_ylim(len(shown) - 0.4, -0.6)
        axes.set_xlim(max(0.0, min(0.8, float(low.min()) - 0.05)), 1.005)
        axes.set_xlabel("coverage: share of hidden values inside the 95 % interval of the draws (dashed: 95 %)")
        alt = (
            "Dots: share of hidden values that lie inside the draws' 95 % intervals, "
            f"for {count_words(len(shown), 'column')}; the least is {100 * shown['coverage'].iloc[0]:.0f} %."
        )
        formats: dict[str, Format] = {"coverage": "percent", "standard_error": "percent"}
        table = Table(shown, "The same as a table: coverage and mean width", formats, hide_index=True, folded=True)
        return render(figure, alt, table)


def share_interval(share: pd.Series, cells: pd.Series) -> tuple[pd.Series, pd.Series]:
    """95 % interval of a share (Wilson 1927), which has a width where all cells agree, too.

    Parameters
    ----------
    share, cells : Series of float and of int
        Shares, and how many cells each rests on.

    Returns
    -------
    tuple of Series
        Low and high ends, between 0 and 1.
    """
    part = _NORMAL_QUANTILE**2 / cells
    centre = (share + part / 2) / (1 + part)
    reach = np.sqrt(part * share * (1 - share) + part**2 / 4) / (1 + part)
    return (centre - reach).clip(lower=0.0), (centre + reach).clip(upper=1.0)


def _interval_words(quantity: str, estimate: float, low: float, high: float) -> str:
    """The estimate with its interval, in words."""
    write = _date_words if quantity == DATES else format_value
    return f"{quantity} {write(estimate)} ({write(low)} to {write(high)})"


def _date_words(days: float) -> str:
    """A date from its days since 1970, a dash for none."""
    return format_value(str(np.datetime64(round(days), "D")) if np.isfinite(days) else None)
