"""Small runs of a method, from which its cost on a whole table is reported.

A run is read in three stages: preparing (admission, reading), fitting and filling. Time is that of the thread, so that
a busy machine does not count; memory is what tracemalloc sees, in runs of their own, as it slows them.
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
    """How large a table is to each stage.

    Attributes
    ----------
    rows : float
        All are prepared and filled.
    fitted : float
        Rows that are fitted on, those of groups besides those of the whole.
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
    """A figure where the sizes are `wanted`, on the rising line through two readings; never below 0."""
    size = FOLLOWS[name]
    near, far, at = (float(getattr(sizes, size)) for sizes in (small[0], large[0], wanted))
    low, high = small[1][name], large[1][name]
    slope = max((high - low) / (far - near), 0.0) if far > near else 0.0
    start = high - slope * far
    return max(start + slope * at, 0.0) if start >= 0 or not far else high * at / far


def quiet(run: Run) -> Run:
    """Without warnings: those of the whole table come when it is filled."""

    @wraps(run)
    def ran(imputer: "Imputer", sample: pd.DataFrame) -> Figures:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return run(imputer, sample)

    return ran


@quiet
def seconds_of(imputer: "Imputer", sample: pd.DataFrame) -> Figures:
    """Seconds of the processor that each stage takes."""
    turns: list[float] = []
    made = _observed_twin(imputer, lambda: turns.append(time.thread_time()))
    began = time.thread_time()
    table = made._fit_on(sample)  # noqa: SLF001 - one life in its parts
    fitted = time.thread_time()
    made._completed(sample, 0, table)  # noqa: SLF001
    return {"prepare": turns[0] - began, "fit": fitted - turns[0], "fill": time.thread_time() - fitted}


@quiet
def bytes_of(imputer: "Imputer", sample: pd.DataFrame) -> Figures:
    """Bytes that each stage leaves (held, model, answers) and holds besides at its peak (preparing, ...)."""
    with _traced():
        before = _traced_bytes()[0]
        turns: list[tuple[int, int]] = []
        made = _observed_twin(imputer, lambda: turns.append(_traced_bytes()))
        table = made._fit_on(sample)  # noqa: SLF001 - as above
        prepared, count, fitted = turns[0], len(turns), _traced_bytes()
        completed = made._completed(sample, 0, table)  # noqa: SLF001
        filled = _traced_bytes()
        # Each look forgets the peak, so that of a stage is the highest that was seen within it.
        fitting = max(fitted[1], *(peak for _, peak in turns[1:count]), 0)
        filling = max(filled[1], *(peak for _, peak in turns[count:]), 0)
        del completed
    native = imputer.growth.native
    predictions = float(PREDICTION_BYTES * len(sample) * len(made.plan_.targets)) if imputer.growth.block else 0.0
    held = float(prepared[0] - before)
    return {
        "held": held,
        "preparing": max(prepared[1] - before - held, 0.0),
        "fitting": max(float(fitting - prepared[0]), 0.0),
        "model": max(float(fitted[0] - prepared[0]), 0.0) + (native(made) if native else 0),
        "predictions": predictions + max(float(filled[0] - fitted[0]), 0.0),
        "filling": max(float(filling - max(fitted[0], filled[0])) - predictions, 0.0),
    }


def _observed_twin(imputer: "Imputer", record_moment: Callable[[], object]) -> "Imputer":
    """A twin that reports when it has prepared, works on one thread and has no time budget."""
    twin: Imputer = clone(imputer)
    twin.set_params(progress=lambda _: record_moment(), n_jobs=None, time_budget_seconds=None, random_state=0)
    return twin


def _traced_bytes() -> tuple[int, int]:
    """Bytes held now, and at most since this was last asked."""
    found = tracemalloc.get_traced_memory()
    tracemalloc.reset_peak()
    return found


@contextmanager
def _traced() -> Iterator[None]:
    """Memory is traced within; one thread at a time, as the tracing is the process's own."""
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
