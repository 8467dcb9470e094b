"""`auto` beside single methods on small tables, by how their cells were lost.

`python -m benchmarks.statistics.small_tables` prints Markdown. The score of a task is the root of the mean squared
error of the lost cells by that of the mean of the observed ones, averaged over columns; of a method, the mean over
tasks. The rules of `auto` were designed on the tables of `DESIGN` and then judged once on those of `OTHERS`.
"""

import argparse
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
import numpy.typing as npt
import pandas as pd
from sklearn import datasets
from sklearn.experimental import enable_iterative_imputer  # noqa: F401 - makes the next import possible
from sklearn.impute import IterativeImputer

from benchmarks.imputing.tables import from_r
from wrangler.impute import make_imputer
from wrangler.impute.evaluation import ampute

Bools = npt.NDArray[np.bool_]
Generator = np.random.Generator
METHODS = ("mean", "linear", "knn", "boosted", "forest", "auto")
PEER = "BayesianRidge"
FEWEST_KEPT = 10


def shipped(load: Callable[..., object], columns: int | None = None) -> pd.DataFrame:
    """The numbers of a table that scikit-learn ships, without its target."""
    frame: pd.DataFrame = load(as_frame=True).data  # type: ignore[attr-defined]
    return frame.iloc[:, :columns]


DESIGN: Mapping[str, tuple[Callable[[], pd.DataFrame], int]] = {
    "swiss": (partial(from_r, "datasets/swiss"), 47),
    "states": (partial(from_r, "car/States"), 51),
    "iris": (partial(shipped, datasets.load_iris), 150),
    "cpus": (partial(from_r, "MASS/cpus", without=["name"]), 209),
    "diabetes": (partial(shipped, datasets.load_diabetes), 300),
    "cancer": (partial(shipped, datasets.load_breast_cancer, 10), 120),
}
OTHERS: Mapping[str, tuple[Callable[[], pd.DataFrame], int]] = {
    "judges": (partial(from_r, "datasets/USJudgeRatings"), 43),
    "crime": (partial(from_r, "MASS/UScrime"), 47),
    "prestige": (partial(from_r, "car/Prestige"), 102),
    "urine": (partial(from_r, "boot/urine"), 79),
    "wine": (partial(shipped, datasets.load_wine), 178),
    "crabs": (partial(from_r, "MASS/crabs", without=["index"]), 200),
    "glass": (partial(from_r, "MASS/fgl"), 214),
    "traits": (partial(from_r, "psych/epi.bfi"), 231),
    "pima": (partial(from_r, "MASS/Pima.tr"), 200),
    "boston": (partial(from_r, "MASS/Boston"), 400),
}


def ranks(values: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Ranks between 0 and 1."""
    return (values.argsort(kind="stable").argsort(kind="stable") + 0.5) / len(values)


def noisy_ranks(values: npt.NDArray[np.float64], random: Generator) -> npt.NDArray[np.float64]:
    return ranks(ranks(values) + random.normal(0, 0.3, len(values)))


def panel(cells: npt.NDArray[np.float64], random: Generator) -> Bools:
    """Drop-out: once a column is lost, all later ones are; rows with large values in the first leave earlier."""
    rows, columns = cells.shape
    first = columns // 3
    leaves = noisy_ranks(cells[:, 0], random) < 0.6
    last = np.where(leaves, random.integers(first, columns, rows), columns)
    return np.arange(columns)[None, :] >= last[:, None]


def two_phase(cells: npt.NDArray[np.float64], random: Generator) -> Bools:
    """A block of columns is measured in 40 % of the rows, chosen by a column that is known in all."""
    return in_rows(noisy_ranks(cells[:, 0], random) > 0.4, np.arange(cells.shape[1]) >= cells.shape[1] // 2)


def censored(cells: npt.NDArray[np.float64], _: Generator) -> Bools:
    """The largest 30 % of each second column are lost."""
    lost = np.column_stack([ranks(column) > 0.7 for column in cells.T])
    return lost & (np.arange(cells.shape[1]) % 2 == 1)


def clusters(cells: npt.NDArray[np.float64], random: Generator) -> Bools:
    """Of eight clusters of rows each loses a block of columns of its own."""
    columns = cells.shape[1]
    cluster = np.minimum((8 * noisy_ranks(cells[:, -1], random)).astype(np.intp), 7)
    return np.array([random.permutation(columns) < max(columns * 2 // 5, 1) for _ in range(8)])[cluster]


def sequential(cells: npt.NDArray[np.float64], random: Generator) -> Bools:
    """Each column but the first is lost where the one before it is large, or lost itself."""
    lost = np.zeros(cells.shape, dtype=bool)
    for column in range(1, cells.shape[1]):
        chance = np.where(lost[:, column - 1], 0.5, np.where(ranks(cells[:, column - 1]) > 0.6, 0.5, 0.1))
        lost[:, column] = random.random(len(cells)) < chance
    return lost


def at_random(cells: npt.NDArray[np.float64], random: Generator) -> Bools:
    """40 % of all cells."""
    return random.random(cells.shape) < 0.4


def by_others(cells: npt.NDArray[np.float64], random: Generator) -> Bools:
    """30 % of a half of the columns, by the other half."""
    frame = pd.DataFrame(cells).add_prefix("c")
    half = [str(name) for name in random.permutation(frame.columns)[: (cells.shape[1] + 1) // 2]]
    lost = ampute(frame, share=0.3, mechanism="MAR", columns=half, random_state=int(random.integers(2**31)))
    return lost.isna().to_numpy()


def merged(cells: npt.NDArray[np.float64], random: Generator) -> Bools:
    """Two sources under one another: some columns in both, some in one only, some in the other only."""
    first = random.random(len(cells)) < 0.5
    part = random.permutation(cells.shape[1]) % 3
    return in_rows(first, part == 1) | in_rows(~first, part == 2)


def in_rows(rows: Bools, columns: Bools) -> Bools:
    return np.asarray(rows[:, None] & columns[None, :])


PATTERNS: Mapping[str, Callable[[npt.NDArray[np.float64], Generator], Bools]] = {
    "panel drop-out": panel,
    "two-phase": two_phase,
    "censored": censored,
    "cluster-wise": clusters,
    "sequential": sequential,
    "MCAR 40 %": at_random,
    "MAR 30 %": by_others,
    "merged sources": merged,
}


@dataclass(frozen=True)
class Task:
    """A table, and the same without the lost cells."""

    table: str
    pattern: str
    whole: pd.DataFrame
    frame: pd.DataFrame


def tasks(tables: Mapping[str, tuple[Callable[[], pd.DataFrame], int]], seed: int) -> Iterator[Task]:
    """Each table with cells lost in each pattern; a column of which fewer than ten would be left loses none."""
    for name, (load, rows) in tables.items():
        loaded = load().select_dtypes("number").dropna()
        for pattern, lose in PATTERNS.items():
            random = np.random.default_rng([seed, *name.encode(), *pattern.encode()])
            whole = loaded.iloc[random.permutation(len(loaded))[:rows]].reset_index(drop=True)
            lost = lose(whole.to_numpy(np.float64), random)
            lost[:, (~lost).sum(axis=0) < FEWEST_KEPT] = False
            lost[lost.all(axis=1), 0] = False
            yield Task(name, pattern, whole, whole.mask(lost))


def score(task: Task, filled: pd.DataFrame) -> float:
    """Root mean squared error by that of the column mean, averaged over columns."""
    ratios = []
    for name in task.whole:
        lost = task.frame[name].isna() & task.whole[name].notna()
        if lost.any():
            truth = task.whole.loc[lost, name]
            baseline = float(((task.frame[name].mean() - truth) ** 2).mean())
            ratios.append(np.sqrt(float(((filled.loc[lost, name] - truth) ** 2).mean()) / baseline))
    return float(np.mean(ratios))


def fill(method: str, frame: pd.DataFrame, seed: int) -> pd.DataFrame:
    if method != PEER:
        return make_imputer(method, random_state=seed).fit_transform(frame)
    center, spread = frame.mean(), frame.std().replace(0.0, 1.0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that it has not converged in its usual ten rounds
        filled = IterativeImputer(random_state=seed).fit_transform((frame - center) / spread)
    return pd.DataFrame(filled, frame.index, frame.columns) * spread + center


def measure(chosen: Sequence[Task], methods: Sequence[str], seed: int) -> pd.DataFrame:
    """A row for each task: table, pattern, and the score of each method."""
    records = []
    for task in chosen:
        scores = {method: score(task, fill(method, task.frame, seed)) for method in methods}
        records.append({"table": task.table, "pattern": task.pattern, **scores})
    return pd.DataFrame(records)


def render(scores: pd.DataFrame, methods: Sequence[str]) -> Iterator[str]:
    """Lines of a Markdown table: the mean of each pattern and of all."""
    single = [method for method in methods if method not in {"auto", PEER}]
    yield f"| pattern | {' | '.join(methods)} | auto : best single |"
    yield f"|---|{'--:|' * (len(methods) + 1)}"
    means = scores.groupby("pattern", sort=False)[list(methods)].mean()
    means.loc["all"] = scores[list(methods)].mean()
    for pattern, row in means.iterrows():
        figures = " | ".join(f"{value:.3f}" for value in row)
        yield f"| {pattern} | {figures} | {row.get('auto', np.nan) / row[single].min():.3f} |"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--methods", default=",".join((*METHODS, PEER)), help="by commas")
    chosen = parser.parse_args()
    methods = chosen.methods.split(",")
    for title, tables in (("Design", DESIGN), ("Other tables", OTHERS)):
        scores = measure(list(tasks(tables, chosen.seed)), methods, chosen.seed)
        print(f"\n## {title}: {len(scores)} tasks\n")
        print("\n".join(render(scores, methods)), flush=True)


if __name__ == "__main__":
    main()
