"""The SQL of a column's figures: one struct that a single pass over the table fills."""

from dataclasses import replace
from typing import Any

from wrangler.importing.database import StoredColumn, iso_sql

QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)
BINS = 20
TOP = 10
CANDIDATES = 50


def is_number(column: StoredColumn) -> bool:
    return column.type in {"integer", "number"}


def figures_sql(column: StoredColumn, *, is_exact: bool) -> str:
    sql = column.sql
    distinct = f"count(DISTINCT {sql})" if is_exact else f"approx_count_distinct({sql})"
    parts = {"count": f"count({sql})", "distinct": distinct}
    if is_number(column):
        number = f"CASE WHEN isfinite({sql}::DOUBLE) THEN {sql}::DOUBLE END"
        finite = sql if column.type == "integer" else number
        quantile = "quantile_cont" if is_exact else "approx_quantile"
        parts |= {
            "min": f"min({finite})",
            "max": f"max({finite})",
            "infinite": f"count(*) FILTER (isinf({sql}::DOUBLE))",
            "mean": f"avg({number})",
            "std": f"CASE WHEN count({number}) > 1 THEN sqrt(var_samp({number})) END",
            "quantiles": f"{quantile}({number}, {list(QUANTILES)})",
            "zeros": f"count(*) FILTER ({sql} = 0)",
        }
    elif column.type == "date":
        low, high = (iso_sql(replace(column, sql=f"{which}({sql})")) for which in ("min", "max"))
        parts |= {"min": low, "max": high}
    elif column.type in {"text", "category"}:
        parts |= {"shortest": f"min(length({sql}))", "longest": f"max(length({sql}))"}
    if column.type in {"text", "category", "boolean"}:
        parts["frequent"] = f"approx_top_k({sql}::VARCHAR, {CANDIDATES})"
    return "{" + ", ".join(f"'{name}': {value}" for name, value in parts.items()) + "}"


def bin_sql(number: str, low: str, step: str) -> str:
    """The place, from 0, of the bin in which a number lies."""
    return f"least({BINS - 1}, floor(({number} - {low}) / {step}))::INTEGER"


def has_spread(column: StoredColumn, figures: dict[str, Any]) -> bool:
    """Whether a histogram of it has more than one bin."""
    return is_number(column) and figures["min"] is not None and figures["min"] != figures["max"]


def step_of(figures: dict[str, Any]) -> float:
    """How wide a bin is."""
    return (float(figures["max"]) - float(figures["min"])) / BINS
