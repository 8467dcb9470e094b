"""Small runs of a method, from which its cost on a whole table is estimated.

A run is measured in three stages: preparing (validation, encoding), fitting and filling. Time is that of the thread, so
that other load does not count; memory is traced by tracemalloc, in separate runs, which it slows.
"""

import threading
import time
import tracemalloc
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import wraps
from typing import TYPE_CHECKING, Any

import pandas as pd
from sklearn.base import clone

if TYPE_CHECKING:
    from wrangler.impute.base import Imputer

PREDICTION_BYTES = 8
_tracing = threading.Lock()


@dataclass(frozen=True)
class Sizes:
    """The number of rows that each stage works on.

    Attributes
    ----------
    rows : float
        Rows of the table, all of which are prepared and filled.
    fitted : float
        Rows that are fitted on, those of the groups added to those of the whole.
    block : float
        Rows that are filled at once.
    """

    rows: float
    fitted: float
    block: float


FOLLOWS = {
    "prepare": "rows",
    "fit": "fitted",
    "fill": "rows",
    "held": "rows",
    "preparing": "rows",
    "fitting": "fitted",
    "model": "fitted",
    "predictions": "rows",
    "filling": "block",
}
Figures = Mapping[str, float]
Reading = tuple[Sizes, Figures]
Run = Callable[[Any, pd.DataFrame], Figures]


def line(name: str, small: Reading, large: Reading, wanted: Sizes) -> float:
    """A figure at the sizes `wanted`, on the line through two measurements, which never falls; at least 0."""
    size = FOLLOWS[name]
    near, far, at = (float(getattr(sizes, size)) for sizes in (small[0], large[0], wanted))
    low, high = small[1][name], large[1][name]
    slope = max((high - low) / (far - near), 0.0) if far > near else 0.0
    intercept = high - slope * far
    return max(intercept + slope * at, 0.0) if intercept >= 0 or not far else high * at / far


def without_warnings(run: Run) -> Run:
    """The same run without warnings, which the whole table will give when it is filled."""

    @wraps(run)
    def silent_run(imputer: "Imputer", sample: pd.DataFrame) -> Figures:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return run(imputer, sample)

    return silent_run


@without_warnings
def seconds_of(imputer: "Imputer", sample: pd.DataFrame) -> Figures:
    """Processor seconds of each stage."""
    moments: list[float] = []
    twin = _observed_twin(imputer, lambda: moments.append(time.thread_time()))
    began = time.thread_time()
    table = twin._fit_on(sample)  # noqa: SLF001 - the stages of `fit_transform`
    fitted = time.thread_time()
    twin._completed(sample, 0, table)  # noqa: SLF001
    return {"prepare": moments[0] - began, "fit": fitted - moments[0], "fill": time.thread_time() - fitted}


@without_warnings
def bytes_of(imputer: "Imputer", sample: pd.DataFrame) -> Figures:
    """Bytes that stages keep (held, model, predictions) and their peaks beyond these (preparing, fitting, filling)."""
    with _traced():
        before = _traced_bytes()[0]
        moments: list[tuple[int, int]] = []
        twin = _observed_twin(imputer, lambda: moments.append(_traced_bytes()))
        table = twin._fit_on(sample)  # noqa: SLF001 - as above
        prepared, count, fitted = moments[0], len(moments), _traced_bytes()
        completed = twin._completed(sample, 0, table)  # noqa: SLF001
        filled = _traced_bytes()
        # Each measurement resets the peak, so the peak of a stage is the highest of those within it.
        fitting = max(fitted[1], *(peak for _, peak in moments[1:count]), 0)
        filling = max(filled[1], *(peak for _, peak in moments[count:]), 0)
        del completed
    native = imputer.growth.native
    predictions = float(PREDICTION_BYTES * len(sample) * len(twin.plan_.targets)) if imputer.growth.block else 0.0
    held = float(prepared[0] - before)
    return {
        "held": held,
        "preparing": max(prepared[1] - before - held, 0.0),
        "fitting": max(float(fitting - prepared[0]), 0.0),
        "model": max(float(fitted[0] - prepared[0]), 0.0) + (native(twin) if native else 0),
        "predictions": predictions + max(float(filled[0] - fitted[0]), 0.0),
        "filling": max(float(filling - max(fitted[0], filled[0])) - predictions, 0.0),
    }


def _observed_twin(imputer: "Imputer", record_moment: Callable[[], object]) -> "Imputer":
    """A clone on one thread, without a time budget, that records the moments at which it reports progress."""
    twin: Imputer = clone(imputer)
    twin.set_params(progress=lambda _: record_moment(), n_jobs=None, time_budget_seconds=None, random_state=0)
    return twin


def _traced_bytes() -> tuple[int, int]:
    """Bytes held now, and the peak since the last call."""
    held_and_peak = tracemalloc.get_traced_memory()
    tracemalloc.reset_peak()
    return held_and_peak


@contextmanager
def _traced() -> Iterator[None]:
    """A context in which memory is traced; for one thread at a time, as tracing is of the whole process."""
    with _tracing:
        was_tracing = tracemalloc.is_tracing()
        if not was_tracing:
            tracemalloc.start()
        try:
            tracemalloc.reset_peak()
            yield
        finally:
            if not was_tracing:
                tracemalloc.stop()
