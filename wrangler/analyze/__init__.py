"""Diagnosis of a table with holes, and of what an imputation did to it: a library for notebooks, without a server."""

from wrangler.analyze.correlation import CORRELATION_METHODS, Correlation, CorrelationMethod, correlate
from wrangler.analyze.kinds import AnalysisError, ColumnKind, as_numbers, column_kind
from wrangler.analyze.missing import Missingness, missingness
from wrangler.analyze.quality import (
    CORRELATION_TOLERANCE,
    MOMENT_TOLERANCE,
    CorrelationChange,
    correlation_change,
    distribution_quality,
)

__all__ = [
    "CORRELATION_METHODS",
    "CORRELATION_TOLERANCE",
    "MOMENT_TOLERANCE",
    "AnalysisError",
    "ColumnKind",
    "Correlation",
    "CorrelationChange",
    "CorrelationMethod",
    "Missingness",
    "as_numbers",
    "column_kind",
    "correlate",
    "correlation_change",
    "distribution_quality",
    "missingness",
]
