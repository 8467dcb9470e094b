"""Files of Stata, SPSS and SAS by the extra `readstat`: read in pieces, staged as Parquet, then converted."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from pathlib import Path
from types import ModuleType
from typing import Any, Protocol

import pyarrow as pa
import pyarrow.parquet as pq

from wrangler.importing.column_types import Columnar, kept_columns
from wrangler.importing.connection import open_for
from wrangler.importing.errors import Code, refusal
from wrangler.importing.missing import markers_of
from wrangler.importing.options import Spec
from wrangler.importing.readers.formats import ReasonsByColumn
from wrangler.importing.readers.headers import check_names, check_shape
from wrangler.importing.readers.statistical_variables import Variable, code_text
from wrangler.importing.readers.typed_cells import Marks
from wrangler.importing.report import Report
from wrangler.tables import Output, open_table, write_table

CELLS_AT_ONCE = 5_000_000
READERS = {"stata": "read_dta", "spss": "read_sav", "sas": "read_sas7bdat", "sas_transport": "read_xport"}
NAMES = {"stata": "Stata", "spss": "SPSS", "sas": "SAS", "sas_transport": "SAS transport"}
# What pyreadstat raises when it builds Python's objects from damaged bytes.
OF_DAMAGE = (ArithmeticError, LookupError, TypeError, ValueError)
Columns = dict[str, list[Any]]


class Metadata(Protocol):
    """What is used of pyreadstat's metadata, which has no types."""

    file_encoding: str | None
    number_rows: int | None
    column_names: list[str]
    column_names_to_labels: Mapping[str, str | None]
    missing_ranges: Mapping[str, Sequence[Mapping[str, Any]]]
    readstat_variable_types: Mapping[str, str]
    variable_measure: Mapping[str, str]
    variable_value_labels: Mapping[str, Mapping[float | str, str]]


@dataclass(frozen=True)
class Source:
    """One file and its reader."""

    path: Path
    form: str
    encoding: str | None

    def read(self, **options: int) -> tuple[Columns, Metadata]:
        """Columns by name, and the file's metadata."""
        pyreadstat = _library(self.form)
        kept = {"user_missing": True} if self.form != "sas_transport" else {}
        read = getattr(pyreadstat, READERS[self.form])
        try:
            columns, metadata = read(str(self.path), output_format="dict", encoding=self.encoding, **kept, **options)
        except (pyreadstat.ReadstatError, pyreadstat.PyreadstatError, *OF_DAMAGE) as error:
            if "onvert string" in str(error) or isinstance(error, UnicodeError):
                message = f"The texts of the {NAMES[self.form]} file are not in the encoding that it declares."
                message += " Set `encoding` to the file's own, for example cp1252."
                raise refusal(Code.WRONG_ENCODING, message, option="/encoding") from error
            raise _broken(self.form) from error
        return {name: list(values) for name, values in columns.items()}, metadata

    def pieces(self, rows: int) -> Iterator[Columns]:
        """All rows, some at a time."""
        offset = 0
        while True:
            columns, _ = self.read(row_offset=offset, row_limit=rows)
            found = len(next(iter(columns.values()), []))
            if found:
                yield columns
            if found < rows:
                return
            offset += found


def read(spec: Spec, report: Report, name: str) -> list[dict[str, Any]]:
    """Write the typed table of such a file; returns what is known of each column."""
    report.format = name
    source = Source(spec.source, name, spec.options.encoding)
    _, metadata = source.read(metadataonly=True)
    report.encoding = metadata.file_encoding
    check_names(list(metadata.column_names), spec.options, spec.limits)
    if not metadata.column_names:
        raise refusal(Code.EMPTY_FILE, f"The {NAMES[name]} file has no variables.")
    check_shape(max(metadata.number_rows or 0, 0), len(metadata.column_names), spec.limits)
    variables = [variable_of(name, metadata, spec, name) for name in metadata.column_names]
    at_once = max(1, CELLS_AT_ONCE // len(variables))
    pieces = source.pieces(at_once)
    first = next(pieces, None)
    if first is None:
        raise refusal(Code.HEADER_ONLY, f"The {NAMES[name]} file has variables and no rows.")
    is_whole = len(next(iter(first.values()))) < at_once
    rows = 0
    for piece in chain([first], pieces):
        rows += len(next(iter(piece.values())))
        check_shape(rows, len(variables), spec.limits)
        for variable in variables:
            variable.see(piece[variable.name])
    staged = spec.folder / "staged.parquet"
    _stage(variables, iter([first]) if is_whole else source.pieces(at_once), staged)
    return _convert(staged, variables, (spec, report), metadata)


def _library(form: str) -> ModuleType:
    try:
        import pyreadstat
    except ImportError:
        raise refusal(
            Code.READER_MISSING,
            f"The file is a {NAMES[form]} file. To take such files the server needs `pip install wrangler[readstat]`; "
            "or save the table as CSV or Parquet.",
        ) from None
    return pyreadstat


def _broken(form: str) -> Exception:
    message = f"The {NAMES[form]} file is damaged, cut short, or of a kind that cannot be read. Save it anew."
    return refusal(Code.BROKEN_STATISTICAL, message)


def variable_of(name: str, metadata: Metadata, spec: Spec, form: str) -> Variable:
    kind = metadata.readstat_variable_types[name]
    return Variable(
        name=name,
        marks=Marks(markers_of(name, spec.options, standard=())),
        labels=metadata.variable_value_labels.get(name) or {},
        ranges=metadata.missing_ranges.get(name) or (),
        is_numeric=kind != "string",
        may_be_whole=form != "stata",
        keeps_codes=spec.options.types.get(name, "category") not in {"category", "text"},
    )


def _stage(variables: list[Variable], pieces: Iterator[Columns], path: Path) -> None:
    schema = pa.schema([(variable.name, variable.arrow_type()) for variable in variables])
    with pq.ParquetWriter(path, schema) as writer:
        for piece in pieces:
            arrays = [variable.array(piece[variable.name]) for variable in variables]
            writer.write_batch(pa.record_batch(arrays, schema=schema))


def _convert(
    staged: Path, variables: list[Variable], into: tuple[Spec, Report], metadata: Metadata
) -> list[dict[str, Any]]:
    spec, report = into
    orders = {v.name: list(v.categories().values()) for v in variables if v.is_category}
    with open_for(spec, len(variables)) as con:
        table = open_table(con, staged)
        kinds = [replace(c, type="category" if c.name in orders else c.type) for c in table.columns]
        job = Columnar(spec, report, con, replace(table, columns=kinds), marks_apply=False)
        columns, values = job.convert()
        kept = {c["name"]: orders[c["name"]] for c in columns if c["type"] == "category" and c["name"] in orders}
        unranked = frozenset(name for name in kept if metadata.variable_measure.get(name) != "ordinal")
        write_table(con, table.sql, values, Output(spec.table, kept_columns(columns), table.rows, kept, unranked))
    report.rows = table.rows
    for variable, column in zip(variables, columns, strict=True):
        column["markers"] = dict(variable.markers) | column["markers"]
        column["is_ordered"] = variable.name in kept and variable.name not in unranked
        column["label"] = metadata.column_names_to_labels.get(variable.name)
        column["marker_labels"] = _marker_labels(variable)
        variable.report_to(report)
    return columns


def _marker_labels(variable: Variable) -> dict[str, str]:
    """The file's labels of its own codes for missing."""
    by_marker = {variable.marker_of(code) or code_text(code): text for code, text in variable.labels.items()}
    return {marker: by_marker[marker] for marker in variable.markers if marker in by_marker}


def missing_reasons(spec: Spec, name: str, reasons: ReasonsByColumn) -> Iterator[Sequence[Any]]:
    """The missing reason of each cell of these columns, by parts of the rows; null where its marker gives none."""
    import pyarrow as pa

    from wrangler.importing.readers.missing_reasons import ROWS_AT_ONCE

    source = Source(spec.source, name, spec.options.encoding)
    _, metadata = source.read(metadataonly=True)
    variables = {column: variable_of(column, metadata, spec, name) for column in reasons}
    for piece in source.pieces(ROWS_AT_ONCE):
        yield [
            pa.array([reasons[column].get(variable.marker_of(value) or "") for value in piece[column]], pa.string())
            for column, variable in variables.items()
        ]
