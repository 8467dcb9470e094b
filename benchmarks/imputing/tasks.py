"""Tasks: a table, which of its cells are hidden, and what they held."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np
import pandas as pd

from benchmarks.imputing import tables
from wrangler.impute.evaluation import ampute

MECHANISMS = ("MCAR", "MAR", "MNAR")
SHARES = (0.3, 0.1)
SPEED_SHARE = 0.15


@dataclass(frozen=True)
class Task:
    """What names a task in the results: the same name gives the same missing cells."""

    kind: str
    table: str
    mechanism: str
    share: float
    seed: int


@dataclass(frozen=True)
class Hidden:
    """The hidden cells of one column: where they are, what they held, and the spread of what the column holds."""

    rows: np.ndarray
    truth: np.ndarray
    spread: float
    levels: tuple[str, ...]


@dataclass(frozen=True)
class IncompleteTable:
    """A table with missing cells and what is known of them."""

    frame: pd.DataFrame
    hidden: dict[str, Hidden]


@dataclass(frozen=True)
class Extent:
    """Which tables lose which shares of their cells, and how often."""

    tables: Sequence[str]
    mechanisms: Sequence[str] = MECHANISMS
    shares: Sequence[float] = SHARES
    seeds: int = 5


def accuracy_tasks(extent: Extent) -> Iterator[Task]:
    """Seed by seed over all tables, so that a run that is ended early has seen all of them."""
    turns = product(range(extent.seeds), extent.shares, extent.mechanisms, extent.tables)
    return (Task("accuracy", table, mechanism, share, seed) for seed, share, mechanism, table in turns)


def speed_tasks(names: Sequence[str]) -> Iterator[Task]:
    for name in names:
        yield Task("speed", name, "MCAR", SPEED_SHARE, 0)


def incomplete(task: Task) -> IncompleteTable:
    """The table of a task with its missing cells.

    MCAR and MNAR hit every column. MAR hits a random half, driven by the other half: else it would not be MAR. On
    speed, half of the columns lose cells at random.
    """
    whole = table_of(task.table)
    random = np.random.default_rng([task.seed, *task.table.encode()])
    half = list(random.permutation(whole.columns)[: (whole.shape[1] + 1) // 2])
    if task.kind == "speed":
        frame = whole.copy(deep=False)
        for name in half:
            frame[name] = whole[name].mask(random.random(len(whole)) < task.share)
    else:
        frame = ampute(
            whole,
            share=task.share,
            mechanism=task.mechanism,  # type: ignore[arg-type]
            columns=half if task.mechanism == "MAR" else None,
            random_state=int(random.integers(2**31)),
        )
    hidden = {name: _hidden(whole[name], frame[name]) for name in whole}
    return IncompleteTable(frame, {name: cells for name, cells in hidden.items() if len(cells.rows)})


def table_of(name: str) -> pd.DataFrame:
    if name == "flights":
        return tables.flights()
    if name in tables.BY_NAME:
        return tables.BY_NAME[name].load()
    return mixed(size_of(name))


def size_of(name: str) -> int:
    """Rows of a synthetic table by its name: 10k, 1M."""
    return int(name[:-1]) * {"k": 10**3, "M": 10**6}[name[-1]]


def mixed(rows: int, columns: int = 20) -> pd.DataFrame:
    """Numbers and categories that depend on four factors: plain, skewed and curved numbers, three to seven levels."""
    random = np.random.default_rng(rows)
    factors = random.normal(size=(rows, 4)).astype(np.float32)
    made: dict[str, pd.Series] = {}
    for number in range(columns):
        values = factors @ random.normal(size=4).astype(np.float32)
        values /= values.std()
        values += random.normal(scale=0.6, size=rows).astype(np.float32)
        if number % 10 in {2, 5, 8}:
            cuts = np.quantile(values[:10_000], np.linspace(0, 1, 4 + number % 10 // 2)[1:-1])
            levels = [f"level {level}" for level in range(len(cuts) + 1)]
            made[f"c{number}"] = pd.Series(pd.Categorical.from_codes(np.searchsorted(cuts, values), levels))
        else:
            bent = np.exp(values) if number % 10 == 3 else values + 0.5 * values**2 if number % 10 == 6 else values
            made[f"x{number}"] = pd.Series(bent.astype(np.float64))
    return pd.DataFrame(made)


def _hidden(whole: pd.Series, frame: pd.Series) -> Hidden:
    rows = np.flatnonzero(frame.isna().to_numpy() & whole.notna().to_numpy())
    if isinstance(whole.dtype, pd.CategoricalDtype):
        levels = tuple(whole.cat.categories)
        return Hidden(rows, whole.cat.codes.to_numpy()[rows], 1.0, levels)
    values = whole.to_numpy()
    return Hidden(rows, values[rows], float(np.nanstd(values)) or 1.0, ())
