"""Whether the tests, intervals and scores of a diagnosis hold what they state, with what they were before beside it.

`python -m benchmarks.statistics.diagnosis --samples 400` prints a Markdown table. "Before" are the figures of the audit
at commit 62089b3, partly of other samples than those drawn here; "now" is measured; the reference is the nominal value,
a closed form, scipy, or R, whose figures are left out where `Rscript` is missing.
"""

import argparse
import shutil
import subprocess
from collections.abc import Callable, Iterator

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import stats

from wrangler.analyze import (
    associate,
    collinearity,
    correlate,
    correlation,
    correlation_intervals,
    little_test,
    missingness_predictors,
    pool,
    suggest_methods,
)
from wrangler.analyze.normal_em import fit_normal, pattern_sums
from wrangler.impute.evaluation import ampute
from wrangler.impute.evaluation.metrics import intervals_of_errors

Floats = npt.NDArray[np.float64]
Line = tuple[str, str, str, str, str]
LEVEL = 0.05
CHANCE = 0.5
SECONDS = 60
LEAST_CELLS = 50


def r(code: str) -> str:
    """What R prints, or nothing where it is not installed."""
    program = shutil.which("Rscript")
    if program is None:
        return "no R"
    done = subprocess.run([program, "-e", code], capture_output=True, text=True, check=False, timeout=SECONDS)
    return done.stdout.strip() or "no result"


def percent(flags: list[bool] | Floats) -> str:
    return f"{np.mean(flags):.1%}"


def pairs(rng: np.random.Generator, rows: int, shared: float) -> Floats:
    return rng.multivariate_normal([0, 0], [[1, shared], [shared, 1]], rows)


def kendall(samples: int, rng: np.random.Generator) -> Iterator[Line]:
    ours, theirs, covered = [], [], []
    for _ in range(samples):
        frame = pd.DataFrame((pairs(rng, 100, 0.0) > 0).astype(float), columns=["a", "b"])
        ours.append(bool(correlation_intervals(correlate(frame, "kendall"))["p_value"][0] < LEVEL))
        theirs.append(bool(stats.kendalltau(frame["a"], frame["b"], method="asymptotic").pvalue < LEVEL))
        related = pd.DataFrame((pairs(rng, 100, 0.5) > 0).astype(float), columns=["a", "b"])
        row = correlation_intervals(correlate(related, "kendall")).iloc[0]
        covered.append(bool(row["low"] <= 1 / 3 <= row["high"]))
    yield (
        "14",
        "two independent binary columns, n = 100: rejected at 5 %",
        "18 %",
        percent(ours),
        f"scipy {percent(theirs)}",
    )
    yield "14", "two related binary columns, n = 100: coverage of the interval", "82 %", percent(covered), "95 %"
    four = np.repeat([[0, 0], [0, 1], [1, 0], [1, 1]], [30, 20, 21, 29], axis=0).astype(float)
    frame = pd.DataFrame(four, columns=["a", "b"])
    p_value = correlation_intervals(correlate(frame, "kendall"))["p_value"][0]
    code = "x=rep(c(0,0,1,1),c(30,20,21,29));y=rep(c(0,1,0,1),c(30,20,21,29));"
    theirs_p = stats.kendalltau(*four.T, method="asymptotic").pvalue
    from_r = r(f"{code}cat(round(cor.test(x,y,method='kendall',exact=FALSE)$p.value,4))")
    yield "14", "2 x 2 table 30, 20, 21, 29: p-value", ".008", f"{p_value:.4f}", f"scipy {theirs_p:.4f}, R {from_r}"


def pearson(samples: int, rng: np.random.Generator) -> Iterator[Line]:
    ours, theirs = [], []
    truth = (np.exp(0.6) - 1) / (np.e - 1)
    for _ in range(samples):
        values = np.exp(pairs(rng, 200, 0.6))
        row = correlation_intervals(correlate(pd.DataFrame(values, columns=["a", "b"]))).iloc[0]
        ours.append(bool(row["low"] <= truth <= row["high"]))
        fisher = stats.pearsonr(values[:, 0], values[:, 1]).confidence_interval(0.95)
        theirs.append(bool(fisher.low <= truth <= fisher.high))
    what = "two related lognormal columns, n = 200: coverage of Pearson's interval"
    yield "more", what, percent(theirs), percent(ours), f"95 %; scipy, by Fisher, {percent(theirs)}"


def sampled(_: int, rng: np.random.Generator) -> Iterator[Line]:
    columns, rows, drawn = 40, 20_000, 300
    kept = correlation._KENDALL_CELLS  # noqa: SLF001 - a table so long that the limit is reached takes minutes
    correlation._KENDALL_CELLS = drawn * columns * (columns - 1) // 2  # noqa: SLF001
    try:
        table = correlation_intervals(
            correlate(pd.DataFrame(rng.normal(size=(rows, columns))), "kendall", random_state=1)
        )
    finally:
        correlation._KENDALL_CELLS = kept  # noqa: SLF001
    outside = ((table["low"] > 0) | (table["high"] < 0)).mean()
    found = f"{int((table['p_corrected'] < LEVEL).sum())} of {len(table)}"
    yield "14", "sampled table, null pairs significant after Holm", "10,357 of 19,900", found, "0 in 95 % of tables"
    yield "14", "sampled table, null pairs whose interval covers 0", "22 %", f"{1 - outside:.1%}", "95 %"


def missing_together(rng: np.random.Generator) -> pd.DataFrame:
    """Three of four columns lose cells in the same rows, for no reason."""
    frame = pd.DataFrame({"x": rng.normal(size=200), "y": rng.lognormal(size=200)})
    frame["level"], frame["whole"] = rng.choice(list("abcdef"), 200), rng.normal(size=200)
    frame.loc[rng.random(200) < 0.25, ["x", "y", "level"]] = None
    return frame


def predictors(samples: int, rng: np.random.Generator) -> Iterator[Line]:
    found = [missingness_predictors(missing_together(rng), random_state=0) for _ in range(samples)]
    areas = np.mean([table["auc"].mean() for table in found])
    alarms = percent([bool(table["is_predicted"].any()) for table in found])
    yield "13", "MCAR, columns missing together: mean AUC", "1.000", f"{areas:.3f}", "0.5"
    yield (
        "13",
        "MCAR, columns missing together: tables with a column called predicted",
        "40 of 40",
        alarms,
        "at most 5 %",
    )
    covered = [
        bool(low <= CHANCE <= high) for table in found for low, high in table[["auc_low", "auc_high"]].to_numpy()
    ]
    yield "16", "interval of the AUC covers 0.5", "83 %", percent(covered), "95 %"


def sparse(samples: int, rng: np.random.Generator) -> Iterator[Line]:
    ours, theirs = [], []
    for _ in range(samples):
        site = rng.permutation(np.r_[np.repeat(0, 60), np.repeat(np.arange(1, 21), 2)])
        absent = np.arange(100) < 10
        frame = pd.DataFrame({"site": site.astype(str), "x": np.where(absent, np.nan, 1.0)})
        ours.append(bool(missingness_predictors(frame, random_state=0)["p_value"].iloc[0] < LEVEL))
        counts = pd.crosstab(site, absent)
        theirs.append(bool(stats.chi2_contingency(counts, correction=False).pvalue < LEVEL))
    yield (
        "16",
        "rare levels beside 10 missing cells: rejected at 5 %",
        "15.6 %",
        percent(ours),
        f"chi-squared {percent(theirs)}",
    )


def suggestions(samples: int, rng: np.random.Generator) -> Iterator[Line]:
    methods: list[str] = []
    for _ in range(max(samples // 10, 10)):
        frame = pd.DataFrame(rng.normal(size=(30, 12))).add_prefix("c")
        frame = frame.mask(rng.random(frame.shape) < 0.15)
        methods += suggest_methods(frame, associate(frame))["method"].tolist()
    share = percent([method == "auto" for method in methods])
    yield "16", "12 independent columns, n = 30: columns for which `auto` is suggested", "95 %", share, "at most 5 %"


def little(samples: int, rng: np.random.Generator) -> Iterator[Line]:
    tests = []
    for _ in range(samples):
        values = np.exp(rng.multivariate_normal(np.zeros(4), 0.5 + 0.5 * np.eye(4), 150))
        values[rng.random(values.shape) < 0.15] = np.nan
        tests.append(little_test(pd.DataFrame(values).add_prefix("c")))
    on_ranks, both = (
        percent([flag(test) for test in tests])
        for flag in (lambda test: test.rank_p_value < LEVEL, lambda test: test.rejects_mcar)
    )
    now = f"on ranks {on_ranks}, both {both}"
    alone = f"5 %; Little's alone {percent([test.p_value < LEVEL for test in tests])}"
    yield "17", "lognormal MCAR, n = 150: rejected at 5 %", "12 to 15 %", now, alone


def inflation(samples: int, rng: np.random.Generator) -> Iterator[Line]:
    complete, incomplete = [], []
    matrix = np.full((8, 8), 0.8) + 0.2 * np.eye(8)
    for _ in range(max(samples // 10, 10)):
        frame = pd.DataFrame(rng.multivariate_normal(np.zeros(8), matrix, 100)).add_prefix("c")
        complete += collinearity(frame).inflation["vif"].tolist()
        incomplete += collinearity(frame.mask(rng.random(frame.shape) < 0.3)).inflation["vif"].tolist()
    truth = np.linalg.inv(matrix)[0, 0]
    now = f"median {np.median(incomplete):.1f}, largest {max(incomplete):.0f}"
    whole = f"true {truth:.1f}; complete tables median {np.median(complete):.1f}, largest {max(complete):.0f}"
    yield "18", "variance inflation, 30 % MCAR, n = 100", "median 7.6, largest 46 (true 4.4)", now, whole
    frame = pd.DataFrame({"year": 2000 + rng.integers(0, 15, 200), "x": rng.normal(size=200)}).astype(float)
    scaled = np.column_stack([np.ones(200), frame]) / np.linalg.norm(np.column_stack([np.ones(200), frame]), axis=0)
    values = np.linalg.svd(scaled, compute_uv=False)
    now = f"{collinearity(frame).condition_index:.1f}"
    yield (
        "18",
        "condition index of a year and a number",
        "1.02 for 258",
        now,
        f"by singular values {values[0] / values[-1]:.1f}",
    )


def removal(_: int, rng: np.random.Generator) -> Iterator[Line]:
    complete = pd.DataFrame(rng.multivariate_normal(np.zeros(3), 0.5 + 0.5 * np.eye(3), 20_000), columns=list("abc"))
    incomplete = ampute(complete, share=0.3, mechanism="MAR", random_state=1)
    off = fit_normal(pattern_sums(incomplete.to_numpy()), 3).mean - complete.mean().to_numpy()
    simple = (incomplete.mean() - complete.mean()).to_numpy()
    worst = f"{off[np.abs(off).argmax()]:+.3f} (observed means {simple[np.abs(simple).argmax()]:+.3f})"
    yield "15", "`ampute` MAR of all columns: EM means off by", "-.317", worst, "0"
    table = complete.assign(a=complete["a"].where(complete["b"] < 0.2))
    for mechanism, before in (("MAR", ".056"), ("MNAR", ".277")):
        hidden = ampute(table, share=0.2, mechanism=mechanism, columns=["a"], random_state=1)  # type: ignore[arg-type]
        share = hidden["a"].isna()[table["a"].notna()].mean()
        yield "15", f"share of the observed cells hidden, asked .20, {mechanism}", before, f"{share:.3f}", ".200"


def scores(samples: int, rng: np.random.Generator) -> Iterator[Line]:
    kinds: dict[str, tuple[Callable[[int], Floats], float]] = {
        "normal": (np.ones, 1.0),
        "Student's t, 3 degrees": (lambda cells: np.sqrt(3 / rng.chisquare(3, cells)), np.sqrt(3.0)),
    }
    before = {("normal", 200): "5 %", ("Student's t, 3 degrees", 50): "36 %", ("Student's t, 3 degrees", 200): "22 %"}
    for kind, cells in ((kind, cells) for kind in kinds for cells in (50, 200)):
        tail, truth = kinds[kind]
        given, wrong, ratio = [], [], []
        for _ in range(samples):
            seen, unseen = rng.normal(size=(2, cells))
            spread = tail(cells)
            found = intervals_of_errors(unseen * spread, (seen + unseen) * spread)
            given.append(not np.isnan(found.error[0]))
            wrong.append(bool(found.error[0] > truth or found.error[1] < truth))
            ratio.append(bool(found.ratio[0] <= np.sqrt(0.5) <= found.ratio[1]))
        what = f"wrong intervals of the RMSE, {cells} cells, {kind}"
        yield "19", what, before.get((kind, cells), "-"), f"{percent(wrong)}, given {percent(given)}", "at most 5 %"
        what = f"coverage of the ratio to the baseline, {cells} cells, {kind}"
        yield "19", what, "SE .185 for .075" if cells == LEAST_CELLS else "-", percent(ratio), "95 %"


def pooling(_: int, __: np.random.Generator) -> Iterator[Line]:
    row = pool([{"a": 1.0}, {"a": 2.0}, {"a": 3.0}], [{"a": 0.0}] * 3, complete_degrees_of_freedom=30).loc["a"]
    code = "suppressMessages(library(mice));cat(pool.scalar(c(1,2,3),c(0,0,0),n=31,k=1)$df)"
    now = f"df {row['degrees_of_freedom']:.0f}, {row['low']:.2f} to {row['high']:.2f}"
    yield "20", "estimates 1, 2, 3 with standard errors of 0", "df 0, NaN", now, f"m - 1 = 2; mice df {r(code)}"


PARTS = (predictors, kendall, sampled, removal, sparse, suggestions, little, inflation, scores, pooling, pearson)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--samples", type=int, default=400, help="samples of each simulation")
    parser.add_argument("--seed", type=int, default=1)
    chosen = parser.parse_args()
    print("| item | what | before | now | reference |")
    print("|--:|---|--:|--:|--:|")
    for part in PARTS:
        for line in part(chosen.samples, np.random.default_rng([chosen.seed, PARTS.index(part)])):
            print(f"| {' | '.join(line)} |", flush=True)


if __name__ == "__main__":
    main()
