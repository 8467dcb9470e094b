"""What draws of missing cells do to shares, slopes, spreads and intervals, beside R's mice on the same samples.

`python -m benchmarks.statistics.draws --samples 200` prints a Markdown table. "Before" are the figures of commit
ec0e737 on the same 200 samples, by the same script. Without Rscript and the package mice, its column says so.
"""

import argparse
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats
from scipy.special import expit

from benchmarks.imputing.r_peers import r_version
from wrangler.impute import MiceImputer

SCRIPT = Path(__file__).with_name("draws.R")
LEVEL = 0.95
NEWTON_STEPS = 25
BEFORE: dict[tuple[str, str], float] = {
    ("100 levels, 5,000 rows, 30 % lost", "share of the commonest level among drawn cells"): 0.544,
    ("two levels, 300 rows", "slope of x"): 1.48,
    ("two levels, 300 rows", "slope of x without missing cells"): 1.53,
    ("two levels, 300 rows", "coverage of the slope"): 0.965,
    ("two levels, 300 rows", "coverage of the share"): 0.975,
    ("a rare level (3 %), 400 rows", "slope of x"): 0.901,
    ("a rare level (3 %), 400 rows", "slope of x without missing cells"): 1.06,
    ("a rare level (3 %), 400 rows", "coverage of the slope"): 0.95,
    ("a rare level (3 %), 400 rows", "coverage of the share"): 0.935,
    ("separated levels, 200 rows", "wrong among drawn cells"): 0.219,
    ("three columns lost together, 5 sweeps", "SD of drawn cells by that of observed cells"): 0.652,
    ("three columns lost together, 5 sweeps", "correlation of a and b among drawn cells"): 0.884,
    ("three columns lost together, 5 sweeps", "variance of the mean between draws"): 0.000754,
    ("three columns lost together, 5 sweeps", "coverage of the mean"): 0.875,
    ("three columns lost together, 60 sweeps", "SD of drawn cells by that of observed cells"): 0.974,
    ("three columns lost together, 60 sweeps", "correlation of a and b among drawn cells"): 0.943,
    ("three columns lost together, 60 sweeps", "variance of the mean between draws"): 0.00217,
    ("three columns lost together, 60 sweeps", "coverage of the mean"): 0.97,
    ("the same with a predictor, 5 sweeps", "slope of a on an observed z among drawn cells"): 0.825,
    ("one predictor, 300 rows, 20 draws", "correlation between draws of a cell"): 0.143,
    ("one predictor, 300 rows, 20 draws", "coverage of single cells"): 0.87,
    ("one predictor, 300 rows, 20 draws", "coverage of the mean"): 0.96,
}


@dataclass(frozen=True)
class Sample:
    """A table, the same with missing cells, and what is true of the model that it is from."""

    whole: pd.DataFrame
    incomplete: pd.DataFrame


Measure = Callable[[Sample, Sequence[pd.DataFrame]], dict[str, float]]


@dataclass(frozen=True)
class Study:
    """Samples of a known model, how they are completed, and what is measured on each; means are shown.

    Attributes
    ----------
    name : str
    sample : callable
    measure : callable
        Given a sample and its completed tables.
    ideal : dict of str to str
        What each figure should be.
    draws, sweeps : int
    part : float
        Share of the samples that are asked for, as some take long.
    in_r : bool
        Whether mice can complete it.
    options : dict
        Parameters of the imputer, which mice does not have.
    """

    name: str
    sample: Callable[[np.random.Generator], Sample]
    measure: Measure
    ideal: dict[str, str]
    draws: int = 5
    sweeps: int = 5
    part: float = 1.0
    in_r: bool = True
    options: dict[str, Any] = field(default_factory=dict)


def lost(whole: pd.DataFrame, names: Sequence[str], chances: np.ndarray, random: np.random.Generator) -> Sample:
    """The cells of some columns, lost together by the chance of each row."""
    missing_mask = random.random(len(whole)) < chances
    return Sample(whole, whole.assign(**{name: whole[name].mask(missing_mask) for name in names}))


def _many_levels(random: np.random.Generator) -> Sample:
    codes = random.choice(100, 5000, p=[0.05, *[0.95 / 99] * 99])
    x = random.normal(size=100)[codes] + random.normal(size=5000)
    level = pd.Categorical([f"l{code:02}" for code in codes])
    return lost(pd.DataFrame({"level": level, "x": x}), ["level"], np.full(5000, 0.3), random)


def _shares(sample: Sample, tables: Sequence[pd.DataFrame]) -> dict[str, float]:
    missing_mask = sample.incomplete["level"].isna()
    share = np.mean([(table["level"][missing_mask] == "l00").mean() for table in tables])
    return {"share of the commonest level among drawn cells": float(share)}


def _logit_sample(constant: float, slope: float, rows: int) -> Callable[[np.random.Generator], Sample]:
    def sample(random: np.random.Generator) -> Sample:
        x, other = random.normal(size=(2, rows))
        outcome = np.where(random.random(rows) < expit(constant + slope * x + 0.5 * other), "yes", "no")
        whole = pd.DataFrame({"y": pd.Categorical(outcome, ["no", "yes"]), "x": x, "z": other})
        return lost(whole, ["y"], expit(0.7 * other - 0.6), random)

    return sample


def _logit(table: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """Weights and variances of the logit of y on x and z, with a faint prior for tables that are separated."""
    matrix = np.column_stack([np.ones(len(table)), table["x"], table["z"]])
    outcome = (table["y"] == "yes").to_numpy(dtype=np.float64)
    found, inverse = np.zeros(3), np.eye(3)
    for _ in range(NEWTON_STEPS):
        chances = expit(matrix @ found)
        inverse = np.linalg.inv((matrix * (chances * (1 - chances))[:, None]).T @ matrix + 1e-3 * np.eye(3))
        step = inverse @ (matrix.T @ (outcome - chances) - 1e-3 * found)
        found = found + step * min(1.0, 2.0 / max(float(np.abs(step).max()), 1e-12))
    return found, np.diag(inverse)


def covers(values: Sequence[float], variances: Sequence[float], truth: float, freedom: float) -> float:
    """1 if the interval pooled by Rubin's rules (Barnard and Rubin 1999) covers the truth, else 0."""
    draws, between, within = len(values), float(np.var(values, ddof=1)), float(np.mean(variances))
    total = within + (1 + 1 / draws) * between
    lost_share = (1 + 1 / draws) * between / total
    own = (freedom + 1) / (freedom + 3) * freedom * (1 - lost_share)
    degrees = 1 / (1 / own + lost_share**2 / (draws - 1))
    reach = stats.t.ppf(0.5 + LEVEL / 2, degrees) * total**0.5
    return float(abs(np.mean(values) - truth) <= reach)


def _slopes(constant: float, slope: float) -> Measure:
    share_truth = float(
        np.mean(expit(constant + np.hypot(slope, 0.5) * stats.norm.ppf((np.arange(4000) + 0.5) / 4000)))
    )

    def measure(sample: Sample, tables: Sequence[pd.DataFrame]) -> dict[str, float]:
        fits = [_logit(table) for table in tables]
        shares = [float((table["y"] == "yes").mean()) for table in tables]
        rows = len(sample.whole)
        return {
            "slope of x": float(np.mean([weights[1] for weights, _ in fits])),
            "slope of x without missing cells": float(_logit(sample.whole)[0][1]),
            "coverage of the slope": covers([w[1] for w, _ in fits], [v[1] for _, v in fits], slope, rows - 3),
            "coverage of the share": covers(
                shares, [share * (1 - share) / (rows - 1) for share in shares], share_truth, rows - 1
            ),
        }

    return measure


def _separated(random: np.random.Generator) -> Sample:
    x, other = random.normal(size=(2, 200))
    whole = pd.DataFrame({"y": pd.Categorical(np.where(x > 0, "yes", "no"), ["no", "yes"]), "x": x, "z": other})
    return lost(whole, ["y"], np.full(200, 0.3), random)


def _wrong(sample: Sample, tables: Sequence[pd.DataFrame]) -> dict[str, float]:
    missing_mask = sample.incomplete["y"].isna()
    wrong = [(table["y"].astype(str) != sample.whole["y"].astype(str))[missing_mask].mean() for table in tables]
    return {"wrong among drawn cells": float(np.mean(wrong))}


def lost_together(random: np.random.Generator) -> Sample:
    shared = random.normal(size=(300, 1))
    numbers = np.sqrt(0.95) * shared + np.sqrt(0.05) * random.normal(size=(300, 3))
    whole = pd.DataFrame(numbers, columns=["a", "b", "c"]).assign(z=random.normal(size=300))
    return lost(whole, ["a", "b", "c"], np.full(300, 0.4), random)


def _spreads(sample: Sample, tables: Sequence[pd.DataFrame]) -> dict[str, float]:
    missing_mask = sample.incomplete["a"].isna()
    drawn = [table.loc[missing_mask] for table in tables]
    means = [float(table["a"].mean()) for table in tables]
    return {
        "SD of drawn cells by that of observed cells": float(
            np.mean([part["a"].std() for part in drawn]) / sample.incomplete["a"].std()
        ),
        "correlation of a and b among drawn cells": float(np.mean([part["a"].corr(part["b"]) for part in drawn])),
        "variance of the mean between draws": float(np.var(means, ddof=1)),
        "coverage of the mean": covers(means, [float(table["a"].var()) / 300 for table in tables], 0.0, 299),
    }


def _predicted_together(random: np.random.Generator) -> Sample:
    sample = lost_together(random)
    z = sample.whole["a"] + 0.3 * random.normal(size=300)
    return Sample(sample.whole.assign(z=z), sample.incomplete.assign(z=z))


def _follows(sample: Sample, tables: Sequence[pd.DataFrame]) -> dict[str, float]:
    missing_mask = sample.incomplete["a"].isna()
    slopes = [float(np.polyfit(table["z"][missing_mask], table["a"][missing_mask], 1)[0]) for table in tables]
    return {"slope of a on an observed z among drawn cells": float(np.mean(slopes))}


def _line(random: np.random.Generator) -> Sample:
    x = random.normal(size=300)
    whole = pd.DataFrame({"y": x + random.normal(size=300), "x": x})
    return lost(whole, ["y"], np.full(300, 0.3), random)


def _cells(sample: Sample, tables: Sequence[pd.DataFrame]) -> dict[str, float]:
    missing_mask = sample.incomplete["y"].isna()
    x, truth = sample.whole["x"][missing_mask].to_numpy(), sample.whole["y"][missing_mask].to_numpy()
    drawn = np.stack([table["y"][missing_mask].to_numpy() for table in tables])
    residuals = drawn - drawn.mean(axis=1, keepdims=True)
    residuals = residuals - np.outer(residuals @ (x - x.mean()) / ((x - x.mean()) ** 2).sum(), x - x.mean())
    correlation = np.corrcoef(residuals)
    draws = len(tables)
    reach = stats.t.ppf(0.5 + LEVEL / 2, draws - 1) * drawn.std(axis=0, ddof=1) * np.sqrt(1 + 1 / draws)
    means = [float(table["y"].mean()) for table in tables]
    return {
        "correlation between draws of a cell": float(correlation[np.triu_indices(draws, 1)].mean()),
        "coverage of single cells": float((np.abs(drawn.mean(axis=0) - truth) <= reach).mean()),
        "coverage of the mean": covers(means, [float(table["y"].var()) / 300 for table in tables], 0.0, 299),
    }


_COVERAGE = "95 %"
_SLOPE_IDEALS = {
    "slope of x without missing cells": "",
    "coverage of the slope": _COVERAGE,
    "coverage of the share": _COVERAGE,
}
_SPREAD_IDEALS = {
    "SD of drawn cells by that of observed cells": "1",
    "correlation of a and b among drawn cells": ".95",
    "variance of the mean between draws": ".0022",
    "coverage of the mean": _COVERAGE,
}
STUDIES = (
    Study(
        "100 levels, 5,000 rows, 30 % lost",
        _many_levels,
        _shares,
        {"share of the commonest level among drawn cells": ".05"},
        part=0.1,
        in_r=False,
    ),
    Study(
        "two levels, 300 rows", _logit_sample(0.0, 1.5, 300), _slopes(0.0, 1.5), {"slope of x": "1.5"} | _SLOPE_IDEALS
    ),
    Study(
        "a rare level (3 %), 400 rows",
        _logit_sample(-4.0, 1.0, 400),
        _slopes(-4.0, 1.0),
        {"slope of x": "1"} | _SLOPE_IDEALS,
    ),
    Study("separated levels, 200 rows", _separated, _wrong, {"wrong among drawn cells": "few"}),
    Study("three columns lost together, 5 sweeps", lost_together, _spreads, _SPREAD_IDEALS),
    Study("three columns lost together, 60 sweeps", lost_together, _spreads, _SPREAD_IDEALS, sweeps=60, part=0.5),
    Study(
        "the same with a predictor, 5 sweeps",
        _predicted_together,
        _follows,
        {"slope of a on an observed z among drawn cells": ".92"},
    ),
    Study(
        "one predictor, 300 rows, 20 draws",
        _line,
        _cells,
        {
            "correlation between draws of a cell": "0",
            "coverage of single cells": _COVERAGE,
            "coverage of the mean": _COVERAGE,
        },
        draws=20,
        part=0.5,
    ),
)


def drawn_here(study: Study, samples: Sequence[Sample]) -> Iterator[list[pd.DataFrame]]:
    """The completed tables of each sample."""
    for seed, sample in enumerate(samples):
        imputer = MiceImputer(draws=study.draws, sweeps=study.sweeps, random_state=seed, **study.options).fit(
            sample.incomplete
        )
        yield imputer.transform_draws(sample.incomplete)


def drawn_in_r(study: Study, samples: Sequence[Sample]) -> Iterator[list[pd.DataFrame]]:
    """The same by mice, with its defaults but for the numbers of tables and sweeps."""
    kinds = "".join("f" if dtype == "category" else "n" for dtype in samples[0].incomplete.dtypes)
    long = pd.concat([sample.incomplete.assign(**{".sample": number}) for number, sample in enumerate(samples)])
    long = long[[".sample", *samples[0].incomplete.columns]]
    with tempfile.TemporaryDirectory() as folder:
        given, made = Path(folder) / "given.csv", Path(folder) / "made.csv"
        long.to_csv(given, index=False)
        numbers = [str(number) for number in (study.draws, study.sweeps, 5)]
        argv = [shutil.which("Rscript") or "Rscript", str(SCRIPT), str(given), str(made), kinds, *numbers]
        subprocess.run(argv, check=True, capture_output=True)
        filled = pd.read_csv(made, keep_default_na=False, na_values=[""])
    for number, sample in enumerate(samples):
        part = filled[filled[".sample"] == number]
        yield [
            table.drop(columns=[".imp", ".id", ".sample"]).set_index(sample.incomplete.index)
            for _, table in part.groupby(".imp")
        ]


def figures(study: Study, samples: Sequence[Sample], tables: Iterator[list[pd.DataFrame]]) -> dict[str, float]:
    """Means over the samples."""
    measured = [study.measure(sample, completed) for sample, completed in zip(samples, tables, strict=True)]
    return {name: float(np.mean([each[name] for each in measured])) for name in measured[0]}


def lines(samples: int, *, with_r: bool) -> Iterator[str]:
    """A line of the table for each figure."""
    for study in STUDIES:
        random = np.random.default_rng(12)
        drawn = [study.sample(random) for _ in range(max(round(samples * study.part), 1))]
        now = figures(study, drawn, drawn_here(study, drawn))
        peer = figures(study, drawn, drawn_in_r(study, drawn)) if with_r and study.in_r else {}
        for name, ideal in study.ideal.items():
            cells = (BEFORE.get((study.name, name)), now[name], peer.get(name))
            shown = " | ".join("" if cell is None else f"{cell:.3g}" for cell in cells)
            yield f"| {study.name} | {name} | {ideal} | {shown} |"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--samples", type=int, default=200, help="samples of each model")
    chosen = parser.parse_args()
    version = r_version("mice")
    print(f"| study | figure | ideal | before | now | {version or 'R with mice is not installed'} |")
    print("|---|---|---|--:|--:|--:|")
    for line in lines(chosen.samples, with_r=version is not None):
        print(line, flush=True)


if __name__ == "__main__":
    main()
