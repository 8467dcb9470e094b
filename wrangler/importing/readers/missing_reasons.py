"""The missing reason of each cell, for columns in which several occur.

The file is read once more, those columns only; where no column has several reasons this module is not even loaded.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from wrangler.importing.missing import OTHER
from wrangler.importing.options import Spec
from wrangler.importing.readers.formats import FORMATS, ReasonsByColumn
from wrangler.importing.readers.typed_cells import Marks
from wrangler.tables import literal

ROWS_AT_ONCE = 100_000
REASON_TYPE = pa.dictionary(pa.int8(), pa.string())
Batches = Iterator[Sequence[pa.Array]]


def write_markers(spec: Spec, name: str, reasons: ReasonsByColumn) -> None:
    """Write `spec.markers`: the named columns, in each cell the reason of its marker, null where that gives none.

    `reasons` gives the reason of each marker by column.
    """
    known_reasons = {
        column: {marker: reason for marker, reason in own.items() if reason != OTHER} for column, own in reasons.items()
    }
    schema = pa.schema([(column, REASON_TYPE) for column in known_reasons])
    with pq.ParquetWriter(spec.markers, schema) as writer:
        for batch in FORMATS[name].load().missing_reasons(spec, name, known_reasons):
            arrays = [array.dictionary_encode().cast(REASON_TYPE) for array in batch]
            writer.write_batch(pa.record_batch(arrays, schema=schema))


def reason_sql(cell: str, reasons: Mapping[str, str]) -> str:
    pairs = ", ".join(f"{literal(marker.strip())}: {literal(reason)}" for marker, reason in reasons.items())
    return f"MAP {{{pairs}}}[trim({cell})]"


def typed_reason(reasons: Mapping[str, str]) -> Callable[[Any], str | None]:
    """The missing reason of a cell that has a type of its own."""
    marks = Marks(list(reasons))
    return lambda cell: reasons.get(marks.of(cell) or "")


def columns_of(con: duckdb.DuckDBPyConnection, query: str) -> Batches:
    """By a cursor of its own, since the connection may still hold the result of another query."""
    batches: Any = con.cursor().sql(query).to_arrow_reader(ROWS_AT_ONCE)
    for batch in batches:
        yield batch.columns
