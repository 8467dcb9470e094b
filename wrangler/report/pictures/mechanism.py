"""Pictures and tables on the missing-data mechanism, and on what it suggests."""

import numpy as np
import pandas as pd
from matplotlib.ticker import StrMethodFormatter
from scipy.cluster.hierarchy import dendrogram, linkage
from scipy.spatial.distance import squareform

from wrangler.analyze import LittleTest, Missingness, is_monotone
from wrangler.report.elements import (
    IMPUTED,
    INK,
    OBSERVED,
    QUIET,
    Format,
    Note,
    Picture,
    Table,
    count_words,
    drawing,
    format_value,
    interval_words,
    name_list,
    p_value_words,
    render,
    short_labels,
    strongest,
)

_FEWEST_LEAVES = 3
_MOST_LEAVES = 30
_MOST_DOTS = 30
_FEW_LABELS = 12
_LABEL_STEPS = (4, 20)
_LABEL_WIDTH, _LABEL_HEIGHT = 0.5, 0.055  # of a long label, as shares of the two axes
_TOGETHER = 1e-9


def nullity_dendrogram(missing: Missingness) -> Picture | Note:
    """Draw which columns join early because they are missing in the same rows; a sentence with fewer than three."""
    phi = strongest(missing.correlation(), _MOST_LEAVES)
    if len(phi) < _FEWEST_LEAVES:
        return Note("Fewer than three columns have missing cells in some rows only, so there are no groups to draw.")
    distance = 1 - phi.to_numpy()
    distance = np.where(distance < _TOGETHER, 0.0, (distance + distance.T) / 2)
    np.fill_diagonal(distance, 0)
    if not distance.any():
        return Note(f"All {len(phi)} columns that have missing cells in some rows only have them in the same rows.")
    joined = linkage(squareform(distance, checks=False), "average")
    with drawing(7.6, 1.2 + 0.22 * len(phi)) as figure:
        axes = figure.add_subplot()
        leaves = short_labels(phi.columns, 32)
        dendrogram(
            joined, orientation="left", labels=leaves, ax=axes, color_threshold=0, above_threshold_color=OBSERVED
        )
        axes.tick_params(axis="y", labelsize=8.5, length=0)
        axes.set_xlim(max(float(joined[:, 2].max()) * 1.05, 0.1), -0.01)
        axes.set_xlabel("1 less the correlation of missing cells; joined at the right: missing in the same rows")
        axes.spines["left"].set_visible(False)
        first = [phi.columns[int(place)] for place in joined[0, :2]]
        alt = (
            f"Tree of {len(phi)} columns joined by how often they are missing in the same rows; "
            f"{name_list(first)} are joined first, at {joined[0, 2]:.2f}."
        )
        table = Table(phi, "The same as a table: correlation of missing cells", folded=True)
        return render(figure, alt, table)


def flux_picture(flux: pd.DataFrame, missing: Missingness) -> Picture | Note:
    """Plot how usable each column is to predict others, and to be predicted; a sentence for a complete table."""
    if not missing.incomplete_columns:
        return Note("No cell is missing, so nothing has to be predicted from other columns.")
    ordered = flux.sort_values("outflux", kind="stable")
    with drawing(7.6, 3.8) as figure:
        axes = figure.add_subplot()
        incomplete = flux["present"] < 1
        axes.scatter(flux["influx"][~incomplete], flux["outflux"][~incomplete], color=OBSERVED, s=30, zorder=3)
        axes.scatter(flux["influx"][incomplete], flux["outflux"][incomplete], color=IMPUTED, s=30, zorder=3)
        for (influx, outflux), label in _labelled_points(ordered[ordered["present"] < 1]):
            axes.annotate(label, (influx, outflux), (6, 3), textcoords="offset points", fontsize=8, color=INK)
        axes.set_xlim(-0.02 * float(flux["influx"].max()), max(float(flux["influx"].max()) * 1.35, 0.02))
        axes.set_ylim(-0.03, 1.06)
        axes.xaxis.set_major_formatter(StrMethodFormatter("{x:g}"))
        axes.set_xlabel("influx: how far other columns are present where this one is missing")
        axes.set_ylabel("outflux: how far it is\npresent where others are missing")
        monotone = "monotone" if is_monotone(missing) else "not monotone"
        alt = (
            f"Dots: influx and outflux of {len(flux)} columns; the least usable for others is "
            f"{name_list(ordered.index[:1])} with an outflux of {ordered['outflux'].iloc[0]:.2f}. "
            f"The pattern of missing cells is {monotone}."
        )
        formats: dict[str, Format] = {"present": "percent"}
        table = Table(ordered, "The same as a table: influx and outflux", formats, folded=True)
        return render(figure, alt, table)


def _labelled_points(flux: pd.DataFrame) -> list[tuple[tuple[float, float], str]]:
    """The points worth a label, lowest outflux first: one label where columns lie on each other or nearly so."""
    width = max(float(flux["influx"].max()), 0.01)
    shared: dict[tuple[int, int], list[str]] = {}
    for name, influx, outflux in zip(flux.index, flux["influx"], flux["outflux"], strict=True):
        place = int(influx / width * _LABEL_STEPS[0]), int(outflux * _LABEL_STEPS[1])
        shared.setdefault(place, []).append(str(name))
    labelled: list[tuple[tuple[float, float], str]] = []
    for names in shared.values():
        x, y = float(flux["influx"][names[0]]), float(flux["outflux"][names[0]])
        if all(abs(x - left) > _LABEL_WIDTH * width or abs(y - low) > _LABEL_HEIGHT for (left, low), _ in labelled):
            labelled.append(((x, y), name_list(names, 1)))
    return labelled[:_FEW_LABELS]


def monotone_note(missing: Missingness) -> Note:
    """State whether the pattern of missing cells is monotone, and what that means."""
    if not missing.incomplete_columns:
        return Note("No cell is missing.")
    if is_monotone(missing):
        return Note(
            "The pattern is monotone: in some order of the columns, once a cell of a row is missing, so are all after "
            "it. Such a table can be filled column by column in one pass."
        )
    return Note("The pattern is not monotone: each column may be missing where another is present, so methods iterate.")


def little_table(test: LittleTest) -> Table:
    """Show the figures of Little's test, and what it left out."""
    figures: list[tuple[str, str]] = []
    if test.was_done:
        figures = [
            ("chi-squared", format_value(test.statistic)),
            ("degrees of freedom", f"{test.degrees_of_freedom:,}"),
        ]
        figures.append(("p-value", p_value_words(test.p_value)))
        figures.append(("p-value on ranks", p_value_words(test.rank_p_value)))
    figures += [
        ("patterns", f"{test.patterns:,}"),
        ("rows", f"{test.rows:,}"),
        ("columns tested", name_list(test.columns, 12)),
    ]
    reasons = dict.fromkeys(test.left_out.values())
    for reason in reasons:
        names = [name for name, why in test.left_out.items() if why == reason]
        figures.append((f"left out: {reason}", name_list(names, 8)))
    figures += [("note", note) for note in test.notes]
    shown = pd.DataFrame(figures, columns=["what", "value"])
    return Table(shown, "Little's test of missing completely at random (MCAR)", hide_index=True)


def mechanism_picture(predicted: pd.DataFrame) -> Picture | Note:
    """Plot how well the other columns predict where a column is missing; a sentence when none could be examined."""
    known = predicted[predicted["auc"].notna()]
    if known.empty:
        return Note("No column has at least 10 missing and 10 present cells, so no such evidence could be gathered.")
    shown = known.sort_values("auc", ascending=False, kind="stable").head(_MOST_DOTS)
    with drawing(7.6, 1.2 + 0.27 * len(shown)) as figure:
        axes = figure.add_subplot()
        places = np.arange(len(shown))
        axes.axvline(0.5, color=QUIET, linestyle="--", linewidth=1)
        axes.hlines(places, shown["auc_low"], shown["auc_high"], color=IMPUTED, linewidth=1.5)
        axes.scatter(shown["auc"], places, color=IMPUTED, s=34, zorder=3)
        axes.set_yticks(places, short_labels(shown.index, 32))
        axes.set_ylim(len(shown) - 0.4, -0.6)
        axes.set_xlim(min(0.35, float(shown["auc_low"].min()) - 0.02), 1.02)
        axes.set_xlabel("how well the other columns predict where this one is missing (AUC; dashed: not at all)")
        alt = (
            f"Dots with 95 % intervals: how well other columns predict where each of {len(shown)} columns is missing; "
            f"best for {name_list(shown.index[:1])} ({shown['auc'].iloc[0]:.2f}), 0.5 is chance."
        )
        return render(figure, alt)


def mechanism_table(predicted: pd.DataFrame) -> Table | Note:
    """Show for each column the one that alone predicts best where it is missing."""
    if predicted.empty:
        return Note("There is nothing to list.")
    ordered = predicted.sort_values("auc", ascending=False, kind="stable")
    shown = pd.DataFrame(
        {
            "missing": ordered["missing"],
            "AUC": [interval_words(*row) for row in ordered[["auc", "auc_low", "auc_high"]].to_numpy(dtype=float)],
            "best single predictor": ordered["predictor"],
            "its effect": [_effect_words(*row) for row in zip(ordered["effect"], ordered["effect_kind"], strict=True)],
            "p-value": [p_value_words(value) for value in ordered["p_value"]],
            "predicted": ordered["is_predicted"],
            "missing together with": [
                "" if name is None or pd.isna(name) else f"{name} ({phi:.2f})"
                for name, phi in zip(ordered["missing_with"], ordered["missing_with_phi"], strict=True)
            ],
        }
    )
    words = int(predicted["is_predicted"].sum())
    of = count_words(len(predicted), "column")
    caption = (
        f"The values of other columns predict where cells are missing in {words:,} of {of} with missing cells; "
        "in brackets, how strongly cells are missing in the same rows (1: always, 0: by chance)"
    )
    return Table(shown, caption, {"missing": "count"})


def alerts_table(alerts: pd.DataFrame) -> Table | Note:
    """List what deserves a second look; a sentence when nothing does."""
    if alerts.empty:
        return Note("Nothing: no column is empty, constant, an identifier, skewed, heavy-tailed or has values far out.")
    return Table(alerts, f"{count_words(len(alerts), 'remark')} on the columns", hide_index=True)


def suggestions_table(suggestions: pd.DataFrame) -> Table | Note:
    """List a method for each column with missing cells, with its reason."""
    if suggestions.empty:
        return Note("No cell is missing, so there is nothing to fill.")
    caption = "A first choice for each column with missing cells; `auto` measures instead of guessing"
    return Table(suggestions, caption.replace("`", ""), {"missing": "percent"})


def _effect_words(size: float, kind: str | None) -> str:
    if kind is None:
        return ""
    return f"Cramér's V {size:.2f}" if kind == "cramer_v" else f"{format_value(size, 'change')} SD"
