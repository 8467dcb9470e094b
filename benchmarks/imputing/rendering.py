"""The page and its picture, from the results alone."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import matplotlib as mpl
import matplotlib.pyplot as plt
import pandas as pd

from benchmarks.imputing import methods, must_show, summary
from benchmarks.imputing.results import Results
from benchmarks.imputing.tables import TABLES

NAMES_IN_HEIGHT = 24  # that stand above one another in the picture
NAME_WIDTH = 12.0  # of the longest, as a ratio of times
HEADS = {
    "nrmse": "nRMSE",
    "wrong": "wrong",
    "wasserstein": "WD",
    "variation": "TV",
    "to_mean": "nRMSE : mean's",
    "to_mode": "wrong : mode's",
    "to_best": "error : best's",
    "seconds": "seconds",
    "cpu_seconds": "processor seconds",
}
INTRODUCTION = """# Imputers beside their peers

`make bench-impute` measures, `make bench-impute ARGS=--render` writes this page from what was measured.

nRMSE: root of the mean squared error over hidden cells by the standard deviation of the column, averaged over columns
of numbers; wrong: share of hidden levels that are wrong; WD: Wasserstein distance in standard deviations; TV: total
variation of the shares of levels. Two ratios compare with mean and most frequent level on the same tasks; their mean is
the error of a task, and the last ratio compares that of each table with the single method that had the smallest error
there; *auto* is not a single method. Methods marked \\* draw at random: judge them by WD and TV, the others by error.

Each measurement is a process of its own, forked from one that has imported everything; all methods run on a task one
after another before the next task. Seconds are those of `fit_transform`; peers that know numbers only get numbers
standardised and categories as dummies with a level dropped (codes for trees above ten levels; all dummies for
KNNImputer), and their time includes that. R's time is without reading and writing CSV. Processor seconds are what a
busy machine leaves comparable. A method is ended after its budget of processor seconds.
"""


def write_page(results: Results, page: Path) -> None:
    """Write the Markdown page and the picture beside it."""
    frame = results.frame()
    page.parent.mkdir(parents=True, exist_ok=True)
    parts = [INTRODUCTION, _machine(results.newest("machine"))]
    if (frame["kind"] == "accuracy").any():
        picture = page.with_suffix(".svg")
        _draw_frontier(summary.by_method(frame), picture)
        parts += [f"![Error against time]({picture.name})\n", *_accuracy_parts(frame)]
    if (frame["kind"] == "speed").any():
        parts.append("## Speed\n\n" + _speed(summary.speed(frame)))
    parts.append("## What must show\n\n" + _markdown(["what", "aim", "measured"], must_show.rows(results)))
    parts.append("## Tables\n\n" + _markdown(["table", "subject", "from", "rows", "columns"], _tables(frame)))
    page.write_text("\n".join(parts), encoding="utf-8")


def _accuracy_parts(frame: pd.DataFrame) -> Iterator[str]:
    means = summary.by_method(frame)
    yield f"## Accuracy: {means.attrs['tasks']} tasks that all of these finished\n\n{_accuracy(means)}"
    yield f"## nRMSE by mechanism and share\n\n{_matrix(summary.by_mechanism(frame))}"
    yield f"## Error by the best single method's, by table\n\n{_matrix(summary.best_by_table(frame))}"
    yield f"## nRMSE by table\n\n{_matrix(summary.by_table(frame, 'nrmse').T)}"
    yield f"## Share of levels wrong by table\n\n{_matrix(summary.by_table(frame, 'wrong').T)}"


def _machine(facts: dict[str, str]) -> str:
    return "\n".join(f"- {name}: {value}" for name, value in facts.items()) + "\n"


def _accuracy(means: pd.DataFrame) -> str:
    lines = []
    for name, row in means.sort_values("to_best").iterrows():
        best = [_number(row[figure], bold=row[figure] == means[figure].min()) for figure in HEADS]
        lines.append((_marked(str(name)), *best, f"{row['finished']:.0f} of {row['tried']:.0f}"))
    return _markdown(["imputer", *HEADS.values(), "finished"], lines)


def _matrix(values: pd.DataFrame) -> str:
    """Methods by columns, the best of each column in bold."""
    best = values.min()
    lines = [
        (_marked(str(name)), *(_number(row[column], bold=row[column] == best[column]) for column in values))
        for name, row in values.iterrows()
    ]
    return _markdown(["imputer", *map(str, values.columns)], lines)


def _speed(figures: pd.DataFrame) -> str:
    """Seconds, processor seconds and memory on top; or why there are none."""
    tables = list(figures.sort_values("rows").index.get_level_values("table").unique())
    lines = []
    for name in methods.BY_NAME:
        cells = [_speed_cell(figures.loc[(table, name)]) if (table, name) in figures.index else "" for table in tables]
        if any(cells):
            lines.append((_marked(name), *cells))
    return _markdown(["imputer: seconds (processor seconds), memory on top", *tables], lines)


def _speed_cell(row: pd.Series) -> str:
    if pd.isna(row["seconds"]):
        return str(row["reason"]).split(":")[0][:60]
    return f"{row['seconds']:.3g} ({row['cpu_seconds']:.3g}), {row['bytes'] / 1e6:.0f} MB"


def _tables(frame: pd.DataFrame) -> Iterator[tuple[str, ...]]:
    shapes = frame.drop_duplicates("table").set_index("table")
    for table in TABLES:
        if table.name in shapes.index:
            shape = shapes.loc[table.name]
            yield table.name, table.subject, table.source, f"{shape['rows']}", f"{shape['columns_of_table']}"


def _marked(name: str) -> str:
    return f"{name} \\*" if methods.BY_NAME[name].draws else name


def _number(value: float, *, bold: bool = False) -> str:
    if pd.isna(value):
        return ""
    shown = f"{value:.3f}" if value < 10 else f"{value:.0f}"
    return f"**{shown}**" if bold else shown


def _markdown(heads: Sequence[str], lines: Iterator[tuple[str, ...]] | Sequence[tuple[str, ...]]) -> str:
    rows = [tuple(heads), ("---",) * len(heads), *lines]
    return "\n".join("| " + " | ".join(cells) + " |" for cells in rows) + "\n"


def _draw_frontier(means: pd.DataFrame, path: Path) -> None:
    """Error by the baseline's against processor time, and the line of those that none beats in both."""
    mpl.use("svg")
    mpl.rcParams["svg.hashsalt"] = "wrangler"
    figure, axes = plt.subplots(1, 2, figsize=(12, 5), layout="constrained", sharex=True)
    for axis, figure_name, title in zip(
        axes, ("to_mean", "to_mode"), ("Numbers: nRMSE by the mean's", "Levels: share wrong by the mode's"), strict=True
    ):
        points = means[["cpu_seconds", figure_name]].dropna()
        _draw_points(axis, points, title)
    figure.savefig(path, metadata={"Date": None})
    plt.close(figure)


def _draw_points(axis: plt.Axes, points: pd.DataFrame, title: str) -> None:
    time, error = points.columns
    for name, row in points.iterrows():
        ours = methods.BY_NAME[str(name)].is_ours
        axis.plot(row[time], row[error], "o" if ours else "s", color="tab:blue" if ours else "0.55")
    ordered = points.sort_values(time)
    front = ordered[ordered[error] < ordered[error].cummin().shift(fill_value=float("inf"))]
    axis.step(front[time], front[error], where="post", color="tab:blue", linewidth=1, alpha=0.5)
    axis.set(title=title, xlabel="processor seconds, all tasks (log)", xscale="log")
    axis.margins(x=0.15)
    axis.set_xlim(right=points[time].max() * 15)  # room for the names of the slowest
    axis.grid(visible=True, alpha=0.2)
    _name_points(axis, points)


def _name_points(axis: plt.Axes, points: pd.DataFrame) -> None:
    """Names to the right of their points, each moved up as far as the names below it need."""
    time, error = points.columns
    step = (axis.get_ylim()[1] - axis.get_ylim()[0]) / NAMES_IN_HEIGHT
    placed: list[tuple[float, float]] = []
    for name, row in points.sort_values(error).iterrows():
        height = row[error]
        for before, taken in sorted(placed, key=lambda place: place[1]):
            if before / NAME_WIDTH < row[time] < before * NAME_WIDTH and abs(height - taken) < step:
                height = taken + step
        placed.append((row[time], height))
        text = {"textcoords": "offset points", "xytext": (5, 0), "fontsize": 8, "va": "center"}
        axis.annotate(str(name), (row[time], height), **text)
