"""Type I error of every test and coverage of every interval that a report prints, by kind of data and number of rows.

`python -m benchmarks.statistics.grid --samples 400` prints a Markdown table for each. A rate is bold where it lies more
than three standard errors of the simulation on the wrong side of 5 % or 95 % (false alarms too often, coverage too
seldom), in italics where it lies so far on the other side. Where the report did not give a figure in all samples, the
rate among those in which it did stands before their share, and it is marked by how many of all samples had a wrong
figure: an interval that is declined misleads nobody.
"""

import argparse
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import stats
from scipy.special import ndtr

from wrangler.analyze import (
    associate,
    correlate,
    correlation_intervals,
    draw_spread,
    little_test,
    missingness_predictors,
    suggest_methods,
)
from wrangler.impute.evaluation.metrics import intervals_of_errors, intervals_of_shares, mean_of
from wrangler.impute.selection.compare import Comparison, Trial
from wrangler.report.pictures.draws import share_interval

Floats = npt.NDArray[np.float64]
Outcome = bool | None
Study = Callable[[str, int, np.random.Generator], Mapping[str, Outcome]]

ROWS = (30, 100, 1_000)
LEVEL, COVERAGE = 0.05, 0.95
FAR = 3.0
SHARED = 0.5
POPULATION = 200_000
DRAWS = 5
SHARE_OF_TIED, SHARE_OF_RARE = 0.5, 0.05
BY_COLUMNS = 3

MARGINS: dict[str, Callable[[Floats], Floats]] = {
    "normal": lambda z: z,
    "lognormal": np.exp,
    "Student's t, 3 degrees": lambda z: np.asarray(stats.t.ppf(ndtr(z), 3)),
    "binary": lambda z: (z > 0).astype(float),
    "5-point": lambda z: np.floor(5 * ndtr(z)) + 1,
    "rare level": lambda z: (z > stats.norm.ppf(1 - SHARE_OF_RARE)).astype(float),
    "tied": lambda z: np.maximum(z, stats.norm.ppf(SHARE_OF_TIED)),
}
OF_LEVELS = ("binary", "5-point", "rare level")


def values(kind: str, rows: int, rng: np.random.Generator, columns: int = 1, shared: float = 0.0) -> Floats:
    """Rows of columns of one kind; the normal scores that they are made of have a common correlation."""
    spread = np.sqrt(shared) * rng.normal(size=(rows, 1)) + np.sqrt(1 - shared) * rng.normal(size=(rows, columns))
    return MARGINS[kind](spread)


def table(kind: str, rows: int, rng: np.random.Generator, columns: int, shared: float = 0.0) -> pd.DataFrame:
    return pd.DataFrame(values(kind, rows, rng, columns, shared)).add_prefix("c")


def covers(low: float, truth: float, high: float) -> Outcome:
    return None if np.isnan(low + high) else bool(low <= truth <= high)


def rejects(p_value: float) -> Outcome:
    return None if np.isnan(p_value) else bool(p_value < LEVEL)


@cache
def population(kind: str) -> Floats:
    return values(kind, POPULATION, np.random.default_rng(99), 2, SHARED)


@cache
def true_correlation(kind: str, method: str) -> float:
    frame = pd.DataFrame(population(kind), columns=["a", "b"])
    return float(correlate(frame, method, with_errors=False).matrix.loc["a", "b"])  # type: ignore[arg-type]


def correlations(kind: str, rows: int, rng: np.random.Generator) -> dict[str, Outcome]:
    found: dict[str, Outcome] = {}
    unrelated, related = table(kind, rows, rng, 2), table(kind, rows, rng, 2, SHARED)
    for method in ("pearson", "spearman", "kendall"):
        none = correlation_intervals(correlate(unrelated, method))
        some = correlation_intervals(correlate(related, method))
        name = method.capitalize()
        if none.empty or some.empty:  # a rare level that no row has
            continue
        found[f"{name}: p-value, independent columns"] = rejects(none["p_value"].iloc[0])
        found[f"{name}: interval, independent columns"] = covers(none["low"].iloc[0], 0.0, none["high"].iloc[0])
        truth = true_correlation(kind, method)
        found[f"{name}: interval, related columns"] = covers(some["low"].iloc[0], truth, some["high"].iloc[0])
    return found


def many_correlations(kind: str, rows: int, rng: np.random.Generator) -> dict[str, Outcome]:
    frame = table(kind, rows, rng, 6)
    return {
        f"{method.capitalize()}, 15 independent pairs: any p-value after Holm": bool(
            (correlation_intervals(correlate(frame, method))["p_corrected"] < LEVEL).any()
        )
        for method in ("pearson", "spearman", "kendall")
    }


def little(kind: str, rows: int, rng: np.random.Generator) -> dict[str, Outcome]:
    frame = table(kind, rows, rng, 3, SHARED)
    frame.loc[rng.random(rows) < 0.25, "c0"] = np.nan
    frame.loc[rng.random(rows) < 0.25, "c1"] = np.nan
    test = little_test(frame)
    return {
        "Little: p-value": rejects(test.p_value),
        "Little: p-value on ranks": rejects(test.rank_p_value),
        "Little: conclusion that rests on both": test.rejects_mcar if test.was_done else None,
    }


def mechanism(kind: str, rows: int, rng: np.random.Generator) -> dict[str, Outcome]:
    frame = table(kind, rows, rng, 3)
    if kind in OF_LEVELS:
        frame["level"] = pd.Series(values(kind, rows, rng)[:, 0]).astype(str)
    frame.loc[rng.random(rows) < 0.4, "c0"] = np.nan
    frame.loc[rng.random(rows) < 0.4, "c1"] = np.nan
    found = missingness_predictors(frame, random_state=0)
    row = found.loc["c0"] if "c0" in found.index else None
    if row is None:
        return {}
    return {
        "Predictors of missing cells: any column called predicted": bool(found["is_predicted"].any()),
        "Predictors of missing cells: any p-value after Holm": bool((found["p_value"] < LEVEL).any()),
        "AUC: interval, nothing predicts": covers(row["auc_low"], 0.5, row["auc_high"]),
        "Missing together: any pair named": bool(found["missing_with"].notna().any()),
    }


def suggestions(kind: str, rows: int, rng: np.random.Generator) -> dict[str, Outcome]:
    frame = table(kind, rows, rng, 4)
    if kind in OF_LEVELS:
        frame["c2"], frame["c3"] = frame["c2"].astype(str), frame["c3"].astype(str)
    frame.loc[rng.random(rows) < 0.2, "c0"] = np.nan
    if kind in OF_LEVELS:
        frame.loc[rng.random(rows) < 0.2, "c3"] = None
    methods = suggest_methods(frame, associate(frame))["method"]
    return {f"Suggestion: `auto` for unrelated column {name}": methods[name] == "auto" for name in methods.index}


def bootstrapped(column: pd.Series, rng: np.random.Generator) -> pd.Series:
    """Missing cells drawn from the observed ones by the approximate Bayesian bootstrap (Rubin and Schenker 1986)."""
    observed = column.dropna().to_numpy()
    pool = rng.choice(observed, len(observed))
    return column.mask(column.isna(), pd.Series(rng.choice(pool, len(column)), index=column.index))


def draws(kind: str, rows: int, rng: np.random.Generator) -> dict[str, Outcome]:
    whole = pd.Series(values(kind, rows, rng)[:, 0], name="c")
    truth = float(population(kind).mean())
    found = {}
    for name, column in (("mean", whole), ("share of the commonest level", whole.astype(str).astype(object))):
        if name != "mean" and kind not in OF_LEVELS:
            continue
        frame = column.mask(rng.random(rows) < 0.3, np.nan if name == "mean" else None).to_frame()
        tables = [bootstrapped(frame["c"], rng).to_frame() for _ in range(DRAWS)]
        row = draw_spread(tables, frame, frame.isna()).loc["c"] if frame["c"].isna().any() else None
        if row is None:
            continue
        share = float((population(kind) == float(row["quantity"].split()[-1])).mean()) if name != "mean" else truth
        found[f"Draws: interval of the {name}"] = covers(row["low"], share, row["high"])
    return found


@cache
def slope(kind: str) -> float:
    covariance = np.cov(population(kind).T)
    return float(covariance[0, 1] / covariance[0, 0])


def errors_of(kind: str, sample: Floats) -> tuple[Floats, Floats]:
    """Errors of a linear prediction of the second column from the first, and those of its mean."""
    centred = sample - population(kind).mean(axis=0)
    return centred[:, 1] - slope(kind) * centred[:, 0], centred[:, 1]


@cache
def true_errors(kind: str) -> tuple[float, float, float]:
    """RMSE, its ratio to that of the mean, and mean absolute error."""
    errors, baseline = errors_of(kind, population(kind))
    root, plain = np.sqrt(np.square(errors).mean()), np.sqrt(np.square(baseline).mean())
    return float(root), float(root / plain), float(np.abs(errors).mean())


def scores(kind: str, rows: int, rng: np.random.Generator) -> dict[str, Outcome]:
    errors, baseline = errors_of(kind, values(kind, rows, rng, 2, SHARED))
    root, ratio, mean = true_errors(kind)
    found, absolute = intervals_of_errors(errors, baseline), mean_of(abs(errors))
    reach = stats.t.ppf(0.975, rows - 1) * absolute.spread
    result = {
        "Scores: interval of the RMSE": covers(found.error[0], root, found.error[1]),
        "Scores: interval of the ratio of RMSEs": covers(found.ratio[0], ratio, found.ratio[1]),
        "Scores: MAE and its standard error, as an interval": covers(
            absolute.error - reach, mean, absolute.error + reach
        ),
    }
    if kind in OF_LEVELS:
        wrong, mode = (values(kind, rows, rng, 2, SHARED) == population(kind)[0, 0]).astype(float).T
        rate = float((population(kind) == population(kind)[0, 0]).mean())
        shares = intervals_of_shares(wrong, mode)
        result["Scores: interval of the error rate"] = covers(shares.error[0], rate, shares.error[1])
        result["Scores: interval of the ratio of error rates"] = covers(shares.ratio[0], 1.0, shares.ratio[1])
    return result


def ranking(kind: str, rows: int, rng: np.random.Generator) -> dict[str, Outcome]:
    records = []
    for place in range(BY_COLUMNS):
        errors, baseline = errors_of(kind, values(kind, rows, rng, 2, SHARED))
        low, high = intervals_of_errors(errors, baseline).ratio
        ratio = float(np.sqrt(np.square(errors).mean() / np.square(baseline).mean()))
        records.append({"column": f"c{place}", "ratio": ratio, "ratio_low": low, "ratio_high": high})
    empty = pd.DataFrame()
    row = Comparison([Trial("linear", empty, empty, pd.DataFrame(records), 0.0, None)]).ranking().iloc[0]
    return {
        "Comparison: interval of the mean ratio of 3 columns": covers(row["low"], true_errors(kind)[1], row["high"])
    }


def coverage(_kind: str, rows: int, rng: np.random.Generator) -> dict[str, Outcome]:
    share, cells = pd.Series([float((rng.random(rows) < COVERAGE).mean())]), pd.Series([rows])
    low, high = share_interval(share, cells)
    return {"Draws: interval of the share of hidden values covered": covers(low[0], COVERAGE, high[0])}


def areas(kind: str, rows: int, rng: np.random.Generator) -> tuple[float, float, float]:
    """The area and its interval where one column predicts the missing cells of another."""
    frame = table(kind, rows, rng, 2)
    score = stats.rankdata(frame["c1"])
    score = (score - score.mean()) / max(score.std(), 1e-9)
    frame["c0"] = frame["c0"].mask(rng.random(rows) < ndtr(score - 0.3))
    found = missingness_predictors(frame, random_state=0)
    if "c0" not in found.index:
        return np.nan, np.nan, np.nan
    row = found.loc["c0"]
    return row["auc"], row["auc_low"], row["auc_high"]


def predicted(kind: str, rows: int, samples: int, rng: np.random.Generator) -> Iterator[Mapping[str, Outcome]]:
    """Whether the interval of the area covers the mean area of all samples: there is no closed form."""
    found = [areas(kind, rows, rng) for _ in range(samples)]
    known = [area for area, *_ in found if not np.isnan(area)]
    for _, low, high in found:
        yield {"AUC: interval, one column predicts": covers(low, float(np.mean(known)), high) if known else None}


STUDIES: Sequence[Study] = (
    correlations,
    many_correlations,
    little,
    mechanism,
    suggestions,
    draws,
    coverage,
    scores,
    ranking,
)
PARTS = {many_correlations: 0.5, little: 0.5, draws: 0.5, ranking: 0.25}  # of the samples, of what takes long


@dataclass
class Rate:
    """How often something was so, of the samples in which a figure was given, of all samples."""

    hits: int = 0
    given: int = 0
    samples: int = 0

    def add(self, outcome: Outcome) -> None:
        self.samples += 1
        self.given += outcome is not None
        self.hits += bool(outcome)

    def words(self, nominal: float) -> str:
        if not self.given:
            return "not given"
        share = self.hits / self.given
        kept = (self.hits + (self.samples - self.given if nominal > SHARED else 0)) / self.samples
        apart = (kept - nominal) / np.sqrt(nominal * (1 - nominal) / self.samples)
        mark = ("**" if (apart > 0) == (nominal < SHARED) else "_") if abs(apart) > FAR else ""
        text = f"{mark}{100 * share:.1f} %{mark}"
        return text if self.given == self.samples else f"{text} of {self.given / self.samples:.0%}"


def is_interval(name: str) -> bool:
    return "interval" in name


def outcomes(
    study: Study, kind: str, rows: int, samples: int, rng: np.random.Generator
) -> Iterator[Mapping[str, Outcome]]:
    """Of all samples of one study, as many as its part asks for."""
    return (study(kind, rows, rng) for _ in range(max(int(samples * PARTS.get(study, 1.0)), 1)))


def measured(samples: int, seed: int, chosen: str) -> dict[str, dict[tuple[str, int], Rate]]:
    rates: dict[str, dict[tuple[str, int], Rate]] = defaultdict(lambda: defaultdict(Rate))
    cells = [(kind, rows) for kind in MARGINS for rows in ROWS]
    for place, study in enumerate([*STUDIES, None]):
        if chosen not in ("predicted" if study is None else study.__name__):
            continue
        for number, (kind, rows) in enumerate(cells):
            rng = np.random.default_rng([seed, place, number])
            found = predicted(kind, rows, samples, rng) if study is None else outcomes(study, kind, rows, samples, rng)
            for name, outcome in (item for one in found for item in one.items()):
                rates[name][kind, rows].add(outcome)
    return rates


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--samples", type=int, default=400, help="samples of each cell")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--study", default="", help="only the study of this name")
    chosen = parser.parse_args()
    np.seterr(invalid="ignore")
    rates = measured(chosen.samples, chosen.seed, chosen.study)
    for name, cells in rates.items():
        nominal = COVERAGE if is_interval(name) else LEVEL
        print(f"\n### {name} ({100 * nominal:.0f} %)\n")
        print(f"| data | {' | '.join(f'{rows:,} rows' for rows in ROWS)} |\n|---|{'--:|' * len(ROWS)}")
        for kind in MARGINS:
            words = [cells[kind, rows].words(nominal) if (kind, rows) in cells else "" for rows in ROWS]
            if any(words):
                print(f"| {kind} | {' | '.join(words)} |", flush=True)


if __name__ == "__main__":
    main()
