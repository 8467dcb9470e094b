# ruff: noqa: S608 - SQL names columns by position (c0, c1) and takes texts as quoted literals only
"""What the columns of a table mean: semantic type, a guessed role with its reason, values that may mean "missing"."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import duckdb

from wrangler.importing.connection import open_for
from wrangler.importing.describe.date_sentinels import propose_days
from wrangler.importing.describe.sentinels import propose_sentinels
from wrangler.importing.missing import ISO_DAY
from wrangler.importing.options import Spec
from wrangler.importing.report import Report
from wrangler.tables import StoredColumn, StoredTable, open_table, per_column

EXACT_ROWS = 200_000
NEARLY_ALL = 0.9
OF_TEXTS = frozenset({"csv", "tsv", "json", "jsonl"})
CATEGORY_VALUES = 50
CATEGORY_SHARE = 0.2
CODE_VALUES = 10
LONGEST_ID = 64
ID_NAME = re.compile(r"(^|[_\s.-])(id|uuid|guid|key|index|rowid|nr)$|^unnamed|[a-z](Id|ID)$|^(id|ID|Id)([_\s.-]|$)")
TARGET_NAMES = frozenset({"target", "label", "outcome", "response", "y"})
ORDERED = (
    ("low", "medium", "high"),
    ("small", "medium", "large"),
    ("never", "rarely", "sometimes", "often", "always"),
    ("poor", "fair", "good", "very good", "excellent"),
    ("strongly disagree", "disagree", "neutral", "agree", "strongly agree"),
    ("xs", "s", "m", "l", "xl", "xxl"),
    ("none", "mild", "moderate", "severe"),
)
TRUTHS = ({"0", "1"}, {"yes", "no"}, {"y", "n"}, {"t", "f"}, {"true", "false"})


@dataclass(frozen=True)
class Values:
    """Figures of one column's values, and all of them (lower case) where they are few."""

    rows: int
    filled: int
    distinct: int
    longest: int
    padded: int
    some: frozenset[str]

    @property
    def is_unique(self) -> bool:
        return self.filled > 1 and self.distinct == self.filled


def describe(spec: Spec, columns: list[dict[str, Any]], report: Report) -> list[dict[str, Any]]:
    """Each column with semantic type, role and distinct count, read back from the table that was written."""
    with open_for(spec, len(columns)) as con:
        table = open_table(con, spec.table)
        values = _values(con, table)
        padded = [column for column, found in zip(table.columns, values, strict=True) if found.padded]
        propose_sentinels(con, table, padded, report)
        propose_days(con, table, _forms_of_days(spec, table, report), report)
    if table.rows > EXACT_ROWS:
        report.note("Counts of distinct values are estimates, within a few percent.")
    described = []
    for column, found in zip(columns, values, strict=True):
        semantic, reason = _semantic_type(column["name"], column["type"], found)
        if column.get("is_ordered"):
            semantic, reason = "ordinal", "its categories were stored in an order"
        role, role_reason = _role(column["name"], semantic, reason, found)
        described.append(
            {
                **column,
                "semantic_type": semantic,
                "semantic_reason": reason,
                "role": role,
                "role_reason": role_reason,
                "distinct": found.distinct,
            }
        )
    return described


def _forms_of_days(spec: Spec, table: StoredTable, report: Report) -> Mapping[str, str]:
    """How a day is written as a marker, by column: as the file has it, or in ISO where its cells are dates."""
    if report.format in OF_TEXTS:
        return report.date_formats
    return {column.name: ISO_DAY for column in table.columns if column.name not in spec.options.types}


def _values(con: duckdb.DuckDBPyConnection, table: StoredTable) -> list[Values]:
    columns = [(column.sql, column.type) for column in table.columns]
    all_figures = per_column(con, table.sql, columns, lambda sql, kind: _figures(sql, kind, table.rows))
    few = [
        column
        for column, figures in zip(table.columns, all_figures, strict=True)
        if column.type in {"text", "category", "integer"} and 0 < figures["distinct"] <= CODE_VALUES
    ]
    lists = per_column(con, table.sql, [(column.sql, column.type) for column in few], lambda sql, _: _some(sql))
    some = {column.sql: frozenset(values) for column, values in zip(few, lists, strict=True)}
    found = []
    for column, figures in zip(table.columns, all_figures, strict=True):
        filled, distinct = figures["filled"], figures["distinct"]
        if table.rows > EXACT_ROWS and _may_be_id(column) and distinct > NEARLY_ALL * filled:
            distinct = _exact(con, table, column)
        values = some.get(column.sql, frozenset())
        found.append(Values(table.rows, filled, distinct, figures["longest"] or 0, figures["padded"], values))
    return found


def _may_be_id(column: StoredColumn) -> bool:
    return column.type == "text" or (column.type == "integer" and bool(ID_NAME.search(column.name)))


def _some(sql: str) -> str:
    return f"list(DISTINCT lower({sql}::VARCHAR)) FILTER ({sql} IS NOT NULL)"


def _figures(sql: str, kind: str, rows: int) -> str:
    is_text = kind in {"text", "category"}
    counts = {
        "filled": f"count({sql})",
        "distinct": f"count(DISTINCT {sql})" if rows <= EXACT_ROWS else f"approx_count_distinct({sql})",
        "longest": f"max(length({sql}))" if is_text else "0",
        "padded": f"count(*) FILTER ({sql} < '!' OR ends_with({sql}, ' '))" if is_text else "0",
    }
    return "{" + ", ".join(f"'{name}': {value}" for name, value in counts.items()) + "}"


def _exact(con: duckdb.DuckDBPyConnection, table: StoredTable, column: StoredColumn) -> int:
    row = con.execute(f"SELECT count(DISTINCT {column.sql}) FROM {table.sql}").fetchone()
    return int(row[0]) if row else 0


def _semantic_type(name: str, kind: str, values: Values) -> tuple[str, str]:
    if kind in {"boolean", "date", "number"}:
        return kind, f"its values are of type {kind}"
    if values.filled == 0:
        return "text", "it holds no value"
    if values.some in TRUTHS:
        return "boolean", f"its only values are {' and '.join(sorted(values.some))}"
    if kind == "integer":
        return _semantic_integer(name, values)
    return _semantic_text(name, kind, values)


def _semantic_integer(name: str, values: Values) -> tuple[str, str]:
    if values.is_unique and ID_NAME.search(name):
        return "id", "its name is that of an identifier and no value occurs twice"
    if values.distinct <= CODE_VALUES < values.filled:
        return "ordinal", f"it holds whole numbers of {values.distinct} different values only"
    return "integer", "its values are whole numbers"


def _semantic_text(name: str, kind: str, values: Values) -> tuple[str, str]:
    for scale in ORDERED:
        if len(values.some) > 1 and values.some <= set(scale):
            return "ordinal", f"its values stand on the scale {' < '.join(scale)}"
    if kind == "category":
        return "category", "it was stored or asked for as a category"
    if values.is_unique and (
        ID_NAME.search(name) or (values.longest <= LONGEST_ID and values.filled > CATEGORY_VALUES)
    ):
        return "id", "no value occurs twice"
    if values.distinct <= max(CODE_VALUES, min(CATEGORY_VALUES, CATEGORY_SHARE * values.filled)):
        return "category", f"it holds {values.distinct} different texts only"
    return "text", "it holds many different texts"


def _role(name: str, semantic: str, reason: str, values: Values) -> tuple[str, str]:
    repeats = values.distinct < values.filled
    is_named_id = semantic in {"integer", "text", "category"} and ID_NAME.search(name)
    rules = (
        (values.filled == 0, "excluded", "it holds no value"),
        (semantic == "id", "id", reason),
        (values.distinct == 1 < values.filled, "excluded", "all its values are the same"),
        (semantic == "date" and values.distinct > values.filled / 2, "time", "it holds dates that seldom repeat"),
        (name.strip().lower() in TARGET_NAMES, "target", f"its name is '{name}'"),
        (is_named_id and repeats, "group", "its name is that of an identifier and its values repeat"),
    )
    found = next(((role, why) for holds, role, why in rules if holds), None)
    return found or ("feature", "no rule suggests another role")
