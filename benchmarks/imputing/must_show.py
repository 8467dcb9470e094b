"""The aims that the library was built for, and what came out: ratios of times measured in turn in one run."""

from collections.abc import Callable, Iterator

import pandas as pd

from benchmarks.imputing import summary
from benchmarks.imputing.results import Results

NOT_YET = "not measured"
SIMPLE, RIDGE, TREES, KNN = (
    "sklearn Simple",
    "sklearn Iterative(BayesianRidge)",
    "sklearn Iterative(ExtraTrees)",
    "sklearn KNN",
)


class Measured:
    """Looks figures up, and says so where one of them is missing."""

    def __init__(self, results: Results) -> None:
        self.frame = frame = results.frame()
        self.coverage = results.newest("coverage")
        self.speed = summary.speed(frame)
        self.accuracy = summary.by_method(frame) if (frame["kind"] == "accuracy").any() else pd.DataFrame()

    def of(self, table: str, method: str, figure: str = "seconds") -> float:
        value = float(self.speed.loc[(table, method), figure])
        if pd.isna(value):
            raise KeyError(figure)
        return value

    def times(self, slow: tuple[str, str], fast: tuple[str, str]) -> str:
        """How many times as long `slow` takes: by the clock, and by processor time, which no neighbour disturbs."""
        clock, used = (self.of(*slow, figure) / self.of(*fast, figure) for figure in ("seconds", "cpu_seconds"))
        return f"{clock:.3g}x ({used:.3g}x by processor time)"

    def errors(self, table: str, *names: str) -> str:
        """nRMSE and share wrong of some methods on a large table."""
        pairs = (f"{self.of(table, name, 'nrmse'):.3f} / {self.of(table, name, 'wrong'):.3f}" for name in names)
        return " against ".join(pairs)

    def covered(self) -> str:
        words = (
            "{low:.1%} to {high:.1%} by quantity, {runs} samples each, m = {draws}; a single draw down to {single:.1%}"
        )
        return words.format(**self.coverage)


def rows(results: Results) -> list[tuple[str, str, str]]:
    """What, the aim, and what was measured."""
    measured = Measured(results)
    made = []
    for what, aim, figure in _aims(measured):
        try:
            made.append((what, aim, figure()))
        except (KeyError, ZeroDivisionError):
            made.append((what, aim, NOT_YET))
    return made


def _aims(known: Measured) -> Iterator[tuple[str, str, Callable[[], str]]]:
    yield from _linear_aims(known)
    yield from _other_aims(known)
    yield from _auto_aims(known)


def _linear_aims(known: Measured) -> Iterator[tuple[str, str, Callable[[], str]]]:
    linear = "wrangler linear"
    yield (
        "linear, 10k x 20: IterativeImputer(BayesianRidge) takes",
        ">= 200x, error not above its own",
        lambda: f"{known.times(('10k', RIDGE), ('10k', linear))}, errors {known.errors('10k', linear, RIDGE)}",
    )
    yield (
        "linear, 1M x 20, by SimpleImputer's time",
        "<= 4x",
        lambda: known.times(("1M", linear), ("1M", SIMPLE)),
    )
    yield (
        "linear, 1M x 20, memory on top by the table's own",
        "<= 1.5x",
        lambda: f"{known.of('1M', linear, 'bytes') / known.of('1M', linear, 'table_bytes'):.2f}x",
    )
    yield ("linear, 10M by 1M", "<= 11x", lambda: known.times(("10M", linear), ("1M", linear)))
    yield (
        "linear, 1M x 20, by one X.T @ X",
        "<= 30x",
        lambda: known.times(("1M", linear), ("1M", "X.T @ X")),
    )


def _other_aims(known: Measured) -> Iterator[tuple[str, str, Callable[[], str]]]:
    boosted, knn, mice, r_mice = "wrangler boosted", "wrangler knn", "wrangler mice m=5", "R mice pmm m=5"

    def trees() -> str:
        table = summary.of_two(known.frame, boosted, TREES).loc[[boosted, TREES]]
        pairs = (f"{row['nrmse']:.3f} / {row['wrong']:.3f}" for _, row in table.iterrows())
        ratios = [table.loc[TREES, figure] / table.loc[boosted, figure] for figure in ("seconds", "cpu_seconds")]
        return f"{ratios[0]:.3g}x ({ratios[1]:.3g}x by processor time), errors {' against '.join(pairs)}"

    yield ("boosted, real tables: an extra-trees chain takes", ">= 10x, error not above its own", trees)
    yield ("boosted, 1M x 20, by SimpleImputer's time", "<= 20x", lambda: known.times(("1M", boosted), ("1M", SIMPLE)))
    for table, aim in (("10k", ">= 50x"), ("diamonds", ">= 200x")):
        yield (
            f"knn, {table}: KNNImputer takes",
            f"{aim}, error not above its own",
            lambda table=table: f"{known.times((table, KNN), (table, knn))}, errors {known.errors(table, knn, KNN)}",
        )
    yield ("knn, 1M by 10k", "<= 120x", lambda: known.times(("1M", knn), ("10k", knn)))
    yield (
        "mice, m = 5, 10k x 20: R mice takes",
        ">= 50x, Wasserstein distance not above its own",
        lambda: (
            f"{known.times(('10k', r_mice), ('10k', mice))}, distances "
            f"{known.of('10k', mice, 'wasserstein'):.3f} against {known.of('10k', r_mice, 'wasserstein'):.3f}"
        ),
    )
    yield ("mice, intervals at 95 % that hold the truth", "93-97 %", known.covered)


def _auto_aims(known: Measured) -> Iterator[tuple[str, str, Callable[[], str]]]:
    auto = "wrangler auto"

    def ratio() -> str:
        return f"{known.accuracy.loc[auto, 'to_best']:.3f}; next best {_next_best(known.accuracy['to_best'], auto)}"

    yield ("auto, real tables, by the best single method of each", "<= 1.02, lowest of all", ratio)
    yield (
        "auto, 100k x 20, by IterativeImputer(BayesianRidge)'s time",
        "<= 0.33x",
        lambda: known.times(("100k", auto), ("100k", RIDGE)),
    )


def _next_best(values: pd.Series, name: str) -> str:
    others = values.drop(name)
    return f"{others.idxmin()} with {others.min():.3f}"
