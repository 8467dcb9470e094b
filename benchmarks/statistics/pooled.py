"""Coverage of pooled 95 % intervals of mice over kinds of data that are hard to impute, beside R's mice.

`python -m benchmarks.statistics.pooled --samples 500` prints a Markdown table. The same interval without missing cells
stands beside: where it does not cover in 95 % of samples, no imputation can. Without Rscript and the package mice, its
column says so.
"""

import argparse
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import stats
from scipy.special import expit

from benchmarks.imputing.r_peers import r_version
from benchmarks.statistics.draws import (
    LEVEL,
    Sample,
    Study,
    covers,
    drawn_here,
    drawn_in_r,
    figures,
    lost,
    lost_together,
)

LARGE = 2_000_000
LIMIT = -0.5


@dataclass(frozen=True)
class Quantity:
    """An estimate from a completed table with its variance, and the true value in the population."""

    name: str
    estimate: Callable[[pd.DataFrame], tuple[float, float]]
    truth: float
    parameters: int = 1


def mean(name: str, truth: float) -> Quantity:
    """The mean of a column."""
    return Quantity(f"mean of {name}", lambda table: (float(table[name].mean()), table[name].var() / len(table)), truth)


def share(name: str, value: object, truth: float) -> Quantity:
    """The share of a value in a column."""

    def estimate(table: pd.DataFrame) -> tuple[float, float]:
        found = float((table[name] == value).mean())
        return found, max(found * (1 - found), 0.5 / len(table)) / (len(table) - 1)

    return Quantity(f"share of {value}", estimate, truth)


def slope(outcome: str, inputs: Sequence[str], truth: float) -> Quantity:
    """The slope of a column on the first of others, by least squares."""

    def estimate(table: pd.DataFrame) -> tuple[float, float]:
        matrix = np.column_stack([np.ones(len(table)), table[list(inputs)]])
        inverse = np.linalg.inv(matrix.T @ matrix)
        weights = inverse @ matrix.T @ table[outcome]
        residuals = table[outcome] - matrix @ weights
        return float(weights[1]), float(inverse[1, 1] * (residuals @ residuals) / (len(table) - matrix.shape[1]))

    return Quantity(f"slope of {outcome} on {inputs[0]}", estimate, truth, len(inputs) + 1)


def coverages(quantities: Sequence[Quantity]) -> Callable[[Sample, Sequence[pd.DataFrame]], dict[str, float]]:
    """A measure: of each quantity, whether the pooled interval covers it, and whether that of the whole table does."""

    def measure(sample: Sample, tables: Sequence[pd.DataFrame]) -> dict[str, float]:
        covered = {}
        for quantity in quantities:
            freedom = len(sample.whole) - quantity.parameters
            found = [quantity.estimate(table) for table in tables]
            values, variances = [value for value, _ in found], [variance for _, variance in found]
            covered[quantity.name] = covers(values, variances, quantity.truth, freedom)
            value, variance = quantity.estimate(sample.whole)
            reach = stats.t.ppf(0.5 + LEVEL / 2, freedom) * variance**0.5
            covered[f"{quantity.name} without missing cells"] = float(abs(value - quantity.truth) <= reach)
        return covered

    return measure


def study(
    name: str,
    sample: Callable[[np.random.Generator], Sample],
    quantities: Sequence[Quantity],
    options: dict[str, object] | None = None,
) -> Study:
    """Pooled intervals of 20 draws."""
    ideals = dict.fromkeys((quantity.name for quantity in quantities), "95 %")
    return Study(name, sample, coverages(quantities), ideals, draws=20, options=options or {})


def _skewed(random: np.random.Generator) -> Sample:
    x = random.normal(size=200)
    whole = pd.DataFrame({"y": np.exp(0.5 * x + 0.5 * random.normal(size=200)), "x": x})
    return lost(whole, ["y"], expit(x - 1), random)


def _small(random: np.random.Generator) -> Sample:
    x = random.normal(size=50)
    whole = pd.DataFrame({"y": x + random.normal(size=50), "x": x})
    return lost(whole, ["y"], np.full(50, 0.3), random)


def _levels(count: int, rows: int) -> Callable[[np.random.Generator], Sample]:
    """Levels of equal frequency that shift x; z follows x."""

    def sample(random: np.random.Generator) -> Sample:
        codes = random.integers(count, size=rows)
        x = 1.5 * codes / (count - 1) + random.normal(size=rows)
        level = pd.Categorical([f"l{code:02}" for code in codes])
        whole = pd.DataFrame({"level": level, "x": x, "z": x + random.normal(size=rows)})
        return lost(whole, ["level"], expit(whole["z"].to_numpy() - 1.5), random)

    return sample


def _rare(random: np.random.Generator) -> Sample:
    x, z = random.normal(size=(2, 400))
    y = np.where(random.random(400) < expit(-4 + x), "yes", "no")
    whole = pd.DataFrame({"y": pd.Categorical(y, ["no", "yes"]), "x": x, "z": z})
    return lost(whole, ["y"], expit(0.7 * z - 0.6), random)


def _wide(random: np.random.Generator) -> Sample:
    numbers = 0.6 * random.normal(size=(150, 1)) + 0.8 * random.normal(size=(150, 15))
    whole = pd.DataFrame(numbers, columns=[f"c{number}" for number in range(15)])
    return Sample(whole, whole.mask(random.random(whole.shape) < 0.2))


def _semicontinuous(random: np.random.Generator) -> Sample:
    x = random.normal(size=300)
    amount = np.exp(0.5 * x + 0.5 * random.normal(size=300))
    whole = pd.DataFrame({"y": np.where(random.random(300) < expit(x - 0.2), amount, 0.0), "x": x})
    return lost(whole, ["y"], expit(x - 1), random)


def _bounded(random: np.random.Generator) -> Sample:
    x = random.normal(size=200)
    whole = pd.DataFrame({"y": 100 * expit(1.5 * x + random.normal(size=200)), "x": x})
    return lost(whole, ["y"], expit(x - 1), random)


def _censored(random: np.random.Generator) -> Sample:
    x = random.normal(size=200)
    whole = pd.DataFrame({"y": x + random.normal(size=200), "x": x})
    return lost(whole, ["y"], (whole["y"] < LIMIT).to_numpy(dtype=float), random)


def _strong_mar(random: np.random.Generator) -> Sample:
    x = random.normal(size=200)
    whole = pd.DataFrame({"y": x + random.normal(size=200), "x": x})
    return lost(whole, ["y"], expit(3 * x - 1), random)


def _population() -> dict[str, float]:
    """True values without a closed form, from a large sample."""
    random = np.random.default_rng(0)
    x, noise = random.normal(size=(2, LARGE))
    amount = expit(x - 0.2) * np.exp(0.5 * x + 0.125)
    return {
        "amount": float(amount.mean()),
        "zeros": float(1 - expit(x - 0.2).mean()),
        "bounded": float(100 * expit(1.5 * x + noise).mean()),
        "rare": float(expit(-4 + x).mean()),
    }


def studies() -> tuple[Study, ...]:
    """All studies."""
    truth = _population()
    on_x = ("x",)
    return (
        study("skewed, 200 rows", _skewed, [mean("y", float(np.exp(0.25)))]),
        study("50 rows", _small, [mean("y", 0.0), slope("y", on_x, 1.0)]),
        study("three levels, 300 rows", _levels(3, 300), [share("level", "l00", 1 / 3), share("level", "l02", 1 / 3)]),
        study("thirty levels, 1,000 rows", _levels(30, 1000), [share("level", "l00", 1 / 30)]),
        study("a rare level (3 %), 400 rows", _rare, [share("y", "yes", truth["rare"])]),
        study("15 columns, 150 rows", _wide, [mean("c0", 0.0), slope("c0", ("c1",), 0.36)]),
        study(
            "55 % zeros, 300 rows",
            _semicontinuous,
            [mean("y", truth["amount"]), share("y", 0.0, truth["zeros"])],
        ),
        study("bounded, 200 rows", _bounded, [mean("y", truth["bounded"])], {"bounds": {"y": (0, 100)}}),
        study(
            "below a limit, 200 rows",
            _censored,
            [mean("y", 0.0), slope("y", on_x, 1.0)],
            {"bounds": {"y": (None, LIMIT)}},
        ),
        study("r = .95, lost together, 300 rows", lost_together, [mean("a", 0.0), slope("a", ("b",), 0.95)]),
        study("strong MAR, 200 rows", _strong_mar, [mean("y", 0.0), slope("y", on_x, 1.0)]),
    )


def lines(samples: int, names: Sequence[str], *, with_r: bool) -> Iterator[str]:
    """A line of the table for each quantity."""
    for each in studies():
        if names and not any(name in each.name for name in names):
            continue
        random = np.random.default_rng(12)
        drawn = [each.sample(random) for _ in range(samples)]
        now = figures(each, drawn, drawn_here(each, drawn))
        peer = figures(each, drawn, drawn_in_r(each, drawn)) if with_r else {}
        for name in each.ideal:
            cells = (now[f"{name} without missing cells"], now[name], peer.get(name))
            shown = " | ".join("" if cell is None else f"{cell:.1%}" for cell in cells)
            yield f"| {each.name} | {name} | {shown} |"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--samples", type=int, default=500, help="samples of each model")
    parser.add_argument("--only", nargs="*", default=[], help="studies whose names contain one of these")
    parser.add_argument("--without-r", action="store_true", help="do not run R's mice")
    chosen = parser.parse_args()
    version = None if chosen.without_r else r_version("mice")
    print(f"| study | quantity | without missing cells | pooled | {version or 'R with mice was not run'} |")
    print("|---|---|--:|--:|--:|")
    for line in lines(chosen.samples, chosen.only, with_r=version is not None):
        print(line, flush=True)


if __name__ == "__main__":
    main()
