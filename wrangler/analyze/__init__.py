"""Diagnosis of a table with missing cells, and of what an imputation did to it: a library without a server."""

from wrangler.analyze.alerts import column_alerts
from wrangler.analyze.association import Association, associate
from wrangler.analyze.collinearity import HIGH_CONDITION, HIGH_INFLATION, Collinearity, collinearity
from wrangler.analyze.correlation import CORRELATION_METHODS, Correlation, CorrelationMethod, correlate
from wrangler.analyze.differences import fill_differences
from wrangler.analyze.draws import DATES, cell_spread, draw_spread
from wrangler.analyze.flux import influx_outflux, is_monotone
from wrangler.analyze.inference import correlation_by_rows, correlation_intervals
from wrangler.analyze.joint_test import JointTest, pool_joint
from wrangler.analyze.kinds import AnalysisError, ColumnKind, as_numbers, column_kind
from wrangler.analyze.little import LittleTest, little_test
from wrangler.analyze.mechanism import missingness_predictors
from wrangler.analyze.missing import Missingness, missingness
from wrangler.analyze.p_values import holm
from wrangler.analyze.pooling import pool
from wrangler.analyze.quality import (
    CORRELATION_TOLERANCE,
    MOMENT_TOLERANCE,
    CorrelationChange,
    correlation_change,
    distribution_quality,
)
from wrangler.analyze.suggestion import suggest_methods

__all__ = [
    "CORRELATION_METHODS",
    "CORRELATION_TOLERANCE",
    "DATES",
    "HIGH_CONDITION",
    "HIGH_INFLATION",
    "MOMENT_TOLERANCE",
    "AnalysisError",
    "Association",
    "Collinearity",
    "ColumnKind",
    "Correlation",
    "CorrelationChange",
    "CorrelationMethod",
    "JointTest",
    "LittleTest",
    "Missingness",
    "as_numbers",
    "associate",
    "cell_spread",
    "collinearity",
    "column_alerts",
    "column_kind",
    "correlate",
    "correlation_by_rows",
    "correlation_change",
    "correlation_intervals",
    "distribution_quality",
    "draw_spread",
    "fill_differences",
    "holm",
    "influx_outflux",
    "is_monotone",
    "little_test",
    "missingness",
    "missingness_predictors",
    "pool",
    "pool_joint",
    "suggest_methods",
]
