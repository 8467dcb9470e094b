"""All imputers that are compared, by name: Wrangler's own and their peers."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import pandas as pd

from benchmarks.imputing import peers
from benchmarks.imputing.peers import Timed
from benchmarks.imputing.r_peers import r_version, run_r
from wrangler.impute import METHODS, make_imputer

Run = Callable[[pd.DataFrame, int, int], pd.DataFrame | Timed]
OURS = ("mean", "random", "linear", "knn", "boosted", "forest", "pmm", "auto")
DRAWS = 5


@dataclass(frozen=True)
class Method:
    """One imputer: `draws` at random where others give the likeliest value; `needs` an R package."""

    name: str
    run: Run
    draws: bool = False
    needs: str = ""
    speed_only: bool = False

    @property
    def is_ours(self) -> bool:
        return self.name.startswith("wrangler")

    def is_installed(self) -> bool:
        return not self.needs or r_version(self.needs) is not None


def wrangler(frame: pd.DataFrame, seed: int, threads: int, method: str) -> pd.DataFrame:
    imputer = _made(method, seed, threads)
    filled: pd.DataFrame = imputer.fit_transform(frame)
    return filled


def wrangler_mice(frame: pd.DataFrame, seed: int, threads: int) -> pd.DataFrame:
    """All draws are made, the first is judged."""
    imputer = _made("mice", seed, threads, draws=DRAWS).fit(frame)
    draws: list[pd.DataFrame] = imputer.transform_draws(frame)
    return draws[0]


def _made(method: str, seed: int, threads: int, **options: object) -> Any:  # noqa: ANN401 - an Imputer
    imputer = make_imputer(method, random_state=seed, **options)
    return imputer.set_params(n_jobs=threads) if "n_jobs" in imputer.get_params() else imputer


def in_r(frame: pd.DataFrame, seed: int, threads: int, method: str, draws: int) -> Timed:
    del threads
    return run_r(frame, seed, method, draws)


def _ours() -> list[Method]:
    names = [name for name in OURS if name in METHODS]
    made = [
        Method(f"wrangler {name}", partial(wrangler, method=name), draws=name in {"random", "pmm"}) for name in names
    ]
    return [*made, Method(f"wrangler mice m={DRAWS}", wrangler_mice, draws=True, speed_only=True)]


ALL = (
    Method("sklearn Simple", peers.simple),
    *_ours(),
    Method("sklearn KNN", peers.nearest),
    Method("sklearn Iterative(BayesianRidge)", peers.ridge),
    Method("sklearn Iterative(ExtraTrees)", peers.extra_trees),
    Method("sklearn Iterative(HistGB)", peers.boosting),
    Method("statsmodels MICE", peers.statsmodels_mice, draws=True),
    Method("R mice pmm", partial(in_r, method="pmm", draws=1), draws=True, needs="mice"),
    Method("R mice rf", partial(in_r, method="rf", draws=1), draws=True, needs="mice"),
    Method(
        f"R mice pmm m={DRAWS}", partial(in_r, method="pmm", draws=DRAWS), draws=True, needs="mice", speed_only=True
    ),
    Method("R missForest", partial(in_r, method="missForest", draws=1), needs="missForest"),
    Method("X.T @ X", peers.cross_product, speed_only=True),
)
BY_NAME = {method.name: method for method in ALL}
