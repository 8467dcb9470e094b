"""Fitting on a dask DataFrame: exact statistics of all partitions, and the sample of rows for other methods."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from wrangler.impute.constraints import fit_limits
from wrangler.impute.context import Work, single_threads
from wrangler.impute.encoding import Table, encode
from wrangler.impute.errors import UnsuitableTable
from wrangler.impute.events import Progress
from wrangler.impute.linear_model import draw_rows
from wrangler.impute.partitioned.gathering import evenly_spaced, rows_at
from wrangler.impute.partitioned.statistics import Source, means, medians, modes
from wrangler.impute.partitioned.survey import Survey, Tallied, survey_of
from wrangler.impute.pipeline import Fallback, FitPlan, admit, find_indicated, report_ignored, select_columns

if TYPE_CHECKING:
    import dask.dataframe as dd

    from wrangler.impute.base import Imputer

STATISTICS = {"mean": means, "median": medians, "mode": modes}
SAMPLES = ("most_rows", "most_donors")
LARGEST_SAMPLE = 200_000


def fit_partitions(imputer: "Imputer", frame: "dd.DataFrame") -> None:
    """Fit `imputer` on all partitions, with the result that it would have in memory.

    Parameters
    ----------
    imputer : Imputer
    frame : dask DataFrame

    Raises
    ------
    UnsuitableTable
        When the method reads the order of the rows, or categories are not known.
    ImputationError
        As by `Imputer.fit`.
    """
    check_partitions(imputer, frame)
    admit(imputer, frame._meta, fitting=True)  # noqa: SLF001 - dask's own name for a frame without rows
    imputer._start_random()  # noqa: SLF001 - the library's own, as below
    survey = survey_of(frame, imputer.max_levels)
    selection = select_columns(survey.specimen, imputer, imputer.record_, survey.facts.__getitem__)
    columns = {name: survey.facts[name].column(name) for name in selection.kinds}
    specimen = survey.specimen.iloc[:0].copy()
    indicated = (
        find_indicated(specimen, selection.all_named, lambda name: survey.facts[name].is_incomplete)
        if imputer.add_indicator
        else ()
    )
    report_ignored(Table(columns, 0), imputer, imputer.record_)
    targets = {name: columns[name] for name in selection.targets}
    imputer.plan_ = FitPlan(
        selection,
        codecs={name: column.codec for name, column in columns.items()},
        specimen=specimen,
        fallbacks=_fallbacks(frame, survey, targets),
        limits=fit_limits(Table(targets, 0), specimen, imputer),
        indicated=indicated,
        masses={},  # the share of a value among filled cells is not known of a single partition
        group_numbers={},  # only methods that read the order of the rows need them, and these are refused
    )
    with single_threads():
        _fit(imputer, frame, survey, columns)
    imputer._fit_overrides(frame)  # noqa: SLF001


def check_partitions(imputer: "Imputer", frame: "dd.DataFrame") -> None:
    """Refuse what cannot be done partition by partition.

    Raises
    ------
    UnsuitableTable
        Naming the method or the column, and what to do instead.
    """
    if imputer.reads_order and (imputer.stays_in_group or imputer.order_by is not None):
        raise UnsuitableTable(
            f"'{imputer.method}' reads the rows in their order, across partitions; fill a pandas DataFrame instead "
            "(frame.compute(), a part of the series at a time if need be), or choose a method that reads no order."
        )
    for name, dtype in frame.dtypes.items():
        if isinstance(dtype, pd.CategoricalDtype) and not frame[name].cat.known:
            raise UnsuitableTable(
                f"Dask does not know the categories of {name!r}; make them known by frame.categorize([{name!r}])."
            )


def _fallbacks(frame: "dd.DataFrame", survey: Survey, targets: Mapping[str, Tallied]) -> dict[str, Fallback]:
    """The fallbacks that `fit_fallback` would give for the whole columns."""
    numbers = {name: column.codec for name, column in targets.items() if not column.is_categorical}
    sampled = evenly_spaced(frame, survey, numbers)
    known = {name: cells[~np.isnan(cells)] for name, cells in sampled.items()}
    rare = {name: targets[name] for name in numbers if not len(known[name]) and not np.isnan(numbers[name].low)}
    middles = medians(Source(frame, numbers), rare) if rare else {}
    middles |= {name: float(np.median(cells)) for name, cells in known.items() if len(cells)}
    return {
        name: Fallback(column.mode, "mode") if column.is_categorical else Fallback(middles.get(name, np.nan), "median")
        for name, column in targets.items()
    }


def _fit(imputer: "Imputer", frame: "dd.DataFrame", survey: Survey, columns: Mapping[str, Tallied]) -> None:
    work: Work = imputer._work("learn")  # noqa: SLF001 - the library's own
    work.announce(Progress(0.0, f"fitting {imputer.method}"))
    if imputer.method in STATISTICS and not imputer.group_by:
        targets = {name: columns[name] for name in imputer.plan_.method_targets(imputer)}
        statistics = STATISTICS[imputer.method](Source(frame, imputer.plan_.codecs), targets)
        imputer.fitted_, imputer.fitted_by_group_, imputer.group_fallbacks_ = statistics, {}, {}
        return
    sample = _sample(imputer, frame, survey, work)
    table = encode(sample, imputer.plan_.codecs, imputer.order_by)
    imputer._fit_methods(sample, table, work)  # noqa: SLF001


def _sample(imputer: "Imputer", frame: "dd.DataFrame", survey: Survey, work: Work) -> pd.DataFrame:
    """The rows that the method would draw from the whole table, or at least as many."""
    blank: pd.DataFrame = imputer.plan_.specimen
    if imputer.copies_cells:  # it is not fitted on cells
        return blank
    most = next((getattr(imputer, role) for role in SAMPLES if hasattr(imputer, role)), LARGEST_SAMPLE)
    if imputer.group_by:
        most = max(most, LARGEST_SAMPLE)
    rows = np.arange(survey.rows) if survey.rows <= most else draw_rows(survey.rows, most, work)
    return rows_at(frame, survey, rows, blank)
