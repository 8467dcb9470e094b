"""Several methods on the same table and the same hidden cells: their errors, their time and their memory."""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from threading import Event as Flag
from threading import Thread
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from wrangler.impute.context import start_deadline
from wrangler.impute.errors import ImputationError, Unaffordable
from wrangler.impute.evaluation import Withholding, holdout_coverage, holdout_score, with_coverage
from wrangler.impute.events import Event, Progress, report
from wrangler.impute.multiple_imputation import FEWEST_DRAWS
from wrangler.impute.registry import make_imputer
from wrangler.impute.selection.candidates import BASELINES
from wrangler.impute.selection.time_budget import ProgressCallback, Watch, by_cost

if TYPE_CHECKING:
    from wrangler.impute.base import Imputer

_PAUSE_SECONDS = 0.005
_MEMORY = Path("/proc/self/statm")
_PAGE_BYTES = 4096
_TIE = 1e-3


@dataclass(frozen=True)
class HeldOut:
    """Which observed cells are hidden, the same from all methods."""

    share: float
    random_state: int
    mechanism: Withholding = "pattern"


@dataclass
class Trial:
    """The result of one method.

    Attributes
    ----------
    method : str
    completed, mask : DataFrame
        The completed table, and which of its cells were filled.
    scores : DataFrame
        From `holdout_score`, with the coverage of intervals where the method draws.
    seconds : float
        Time to fit and fill the whole table.
    peak_bytes : int or None
        Peak memory of that, above what was held before; None where the system does not report it.
    """

    method: str
    completed: pd.DataFrame
    mask: pd.DataFrame
    scores: pd.DataFrame
    seconds: float
    peak_bytes: int | None


@dataclass
class Comparison:
    """The trials of several methods, in the order in which they were given.

    Attributes
    ----------
    trials : list of Trial
    failed : mapping of method to str
        Methods that refused the table, each with the reason.
    left_out : mapping of method to str
        Methods whose trial was not finished, such as those for which the time budget was too short, with the reason.
    noun : str
        What is compared, for messages and column names.
    """

    trials: list[Trial] = field(default_factory=list)
    failed: dict[str, str] = field(default_factory=dict)
    left_out: dict[str, str] = field(default_factory=dict)
    noun: str = "method"

    @property
    def completed(self) -> dict[str, pd.DataFrame]:
        """The completed tables by method."""
        return {trial.method: trial.completed for trial in self.trials}

    @property
    def masks(self) -> dict[str, pd.DataFrame]:
        """The cells that each method filled, by method."""
        return {trial.method: trial.mask for trial in self.trials}

    @property
    def events(self) -> list[Event]:
        """Which methods are not among the trials, and why."""
        refused = [Event(None, "refused", f"'{name}' refused the table: {why}") for name, why in self.failed.items()]
        return refused + [
            Event(None, "stopped", f"'{name}' was left out: {why}.") for name, why in self.left_out.items()
        ]

    def ranking(self) -> pd.DataFrame:
        """Rank the methods by their error on the hidden cells, over the columns in which all were scored.

        Returns
        -------
        DataFrame indexed by method, smallest error first
            `error` (mean over the columns of the error as a share of the mean or mode baseline's), `low`, `high` (95 %,
            from the intervals of the columns by the method of Zou and Donner 2008, which takes their hidden cells as
            independent), `columns` (scored), `best_in` (columns in which no other method had a smaller error),
            `beats_baseline` (columns), `seconds`, `peak_bytes`.
        """
        by_column = self.by_column().dropna()
        least = by_column.min(axis=1)
        records = [_ranked(trial, by_column, least) for trial in self.trials]
        names = ["error", "low", "high", "columns", "best_in", "beats_baseline", "seconds", "peak_bytes"]
        index = pd.Index([trial.method for trial in self.trials], name=self.noun, dtype="str")
        return pd.DataFrame(records, index=index, columns=names).sort_values("error", kind="stable", na_position="last")

    def scores(self) -> pd.DataFrame:
        """The scores of all methods in one table, as from `holdout_score`, after a column with the method."""
        parts = [trial.scores.assign(**{self.noun: trial.method}) for trial in self.trials if not trial.scores.empty]
        if not parts:
            return pd.DataFrame(columns=[self.noun])
        joined = pd.concat(parts, ignore_index=True)
        return joined[[self.noun, *(name for name in joined if name != self.noun)]]

    def by_column(self) -> pd.DataFrame:
        """Error as a share of the baseline's, a row for each scored column, a column for each method."""
        parts = {
            trial.method: trial.scores.set_index("column")["ratio"] for trial in self.trials if not trial.scores.empty
        }
        table = pd.DataFrame(parts, dtype=float).rename_axis("column")
        return table.replace([np.inf, -np.inf], np.nan)


def compare_methods(  # noqa: PLR0913 - all but two have defaults
    frame: pd.DataFrame,
    methods: Sequence[str],
    *,
    share: float = 0.1,
    random_state: int = 0,
    progress: Callable[[Progress], object] | None = None,
    common: Mapping[str, Any] | None = None,
    time_budget_seconds: float | None = None,
) -> Comparison:
    """Fill a table by each of several methods, and measure all on the same hidden cells.

    Parameters
    ----------
    frame : DataFrame
    methods : sequence of str
        Names in `METHODS`; each is tried once, the cheap ones first.
    share : float
        Share of the observed cells of each column that are hidden, in the pattern of the missing ones.
    random_state : int
        The same for every method, so that the same cells are hidden from each.
    progress : callable, optional
        Called with a `Progress` of all methods together; returning False stops the comparison.
    common : mapping, optional
        Parameters that all methods take, such as `exclude`.
    time_budget_seconds : float, optional
        For all methods together. A method whose progress shows that it would take longer than is left is stopped and
        named in `left_out`; "mean" and "mode" are always tried.

    Returns
    -------
    Comparison
        Methods that refuse the table, or do not exist, are in its `failed`.

    Raises
    ------
    Cancelled
        When `progress` returns False.
    """
    names = list(dict.fromkeys(methods))
    comparison, deadline = Comparison(), start_deadline(time_budget_seconds)
    held_out = HeldOut(share, random_state)
    for place, name in enumerate(sorted(names, key=by_cost)):
        report_stage = _stage_callback(progress, f"trying {name}", place, len(names))
        report_stage(Progress(0.0, ""))
        try:
            imputer = make_imputer(name, random_state=random_state, **(common or {}))
            watch = Watch(None if name in BASELINES else deadline, _runs_of(imputer), report_stage)
            comparison.trials.append(_try(imputer, frame, held_out, watch))
        except ImputationError as exc:
            comparison.failed[name] = str(exc)
        except Unaffordable as exc:
            comparison.left_out[name] = str(exc)
    comparison.trials.sort(key=lambda trial: names.index(trial.method))
    return comparison


def _stage_callback(
    progress: Callable[[Progress], object] | None, doing: str, place: int, count: int
) -> ProgressCallback:
    """A callback for the progress of one method, which reports that of all methods."""

    def report_stage(of_method: Progress) -> None:
        stage = f"{doing}: {of_method.stage}" if of_method.stage else doing
        report(progress, replace(of_method, fraction=(place + of_method.fraction) / count, stage=stage))

    return report_stage


def _runs_of(imputer: "Imputer") -> int:
    """How often a trial fits and fills: the table, the one with hidden cells, and that again for intervals."""
    return 2 + (getattr(imputer, "draws", 1) >= FEWEST_DRAWS)


def _try(imputer: "Imputer", frame: pd.DataFrame, held_out: HeldOut, watch: Watch) -> Trial:
    def receive(progress: Progress) -> None:
        """Not a bound method, with which `clone` would copy the watch."""
        watch.receive(progress)

    imputer.set_params(progress=receive)
    with _peak_memory() as peak:
        start = time.perf_counter()
        completed = imputer.fit_transform(frame)
        seconds = time.perf_counter() - start
    watch.has_run()
    scores = holdout_score(imputer, frame, **asdict(held_out))
    watch.has_run()
    scores = with_coverage(scores, holdout_coverage(imputer, frame, **asdict(held_out)))
    return Trial(imputer.method, completed, imputer.mask_, scores, seconds, peak[-1] if peak else None)


def _ranked(trial: Trial, by_column: pd.DataFrame, least: pd.Series) -> tuple[object, ...]:
    known = by_column[trial.method] if trial.method in by_column else pd.Series(dtype=float)
    scores = trial.scores.set_index("column").loc[known.index]
    error, count = (float(known.mean()) if len(known) else np.nan), max(len(known), 1)
    bounds = scores.reindex(columns=["ratio_low", "ratio_high"]).astype(float)
    low, high = (float(np.sqrt(((bounds[name] - known) ** 2).sum())) / count for name in bounds)
    best = int((known <= least[known.index]).sum())
    beats = int((known < 1 - _TIE).sum())
    return error, max(error - low, 0.0), error + high, len(known), best, beats, trial.seconds, trial.peak_bytes


@contextmanager
def _peak_memory() -> Iterator[list[int]]:
    """Measure the memory of this process from a thread; the list gets the peak above the start, if it is known."""
    peaks: list[int] = []
    if not _MEMORY.exists():
        yield peaks
        return
    start, done = _held_bytes(), Flag()

    def watch() -> None:
        most = 0
        while not done.wait(_PAUSE_SECONDS):
            most = max(most, _held_bytes() - start)
        peaks.append(max(most, _held_bytes() - start, 0))

    watcher = Thread(target=watch, daemon=True)
    watcher.start()
    try:
        yield peaks
    finally:
        done.set()
        watcher.join()


def _held_bytes() -> int:
    return int(_MEMORY.read_text(encoding="ascii").split()[1]) * _PAGE_BYTES
