"""The file formats that are taken, one record each: how a file is recognised, and the module that reads it.

A new format is a record here and a module beside it with two functions:

    read(spec, report, name) -> list of dict        writes `spec.table`; a dict for each column
    missing_reasons(spec, name, reasons) -> batches  the missing reason of each cell of some columns

The module is imported when a file of its format is read, so the others cost nothing.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import Any, Protocol, cast

from wrangler.importing.options import Spec
from wrangler.importing.report import Report

ReasonsByColumn = Mapping[str, Mapping[str, str]]
"""For each column the missing reason of each of its markers."""


class Reader(Protocol):
    """What the module of a format has."""

    def read(self, spec: Spec, report: Report, name: str) -> list[dict[str, Any]]: ...

    def missing_reasons(self, spec: Spec, name: str, reasons: ReasonsByColumn) -> Iterator[Sequence[Any]]: ...


@dataclass(frozen=True)
class Format:
    """One file format.

    Attributes
    ----------
    name : str
        As it stands in reports and, unless `options` are given, in the import option `format`.
    title : str
        As people call it.
    module : str
        The module in this package that reads it.
    first_bytes : pattern of bytes, optional
        What its files begin with.
    member : str
        The member of a ZIP archive that makes it this format.
    options : tuple of str
        The values of the import option `format` that mean it.
    """

    name: str
    title: str
    module: str
    first_bytes: re.Pattern[bytes] | None = None
    member: str = ""
    options: tuple[str, ...] = ()

    def load(self) -> Reader:
        """The module that reads it."""
        return cast("Reader", import_module(f"wrangler.importing.readers.{self.module}"))


_SAS = bytes(12) + bytes.fromhex("c2ea8160b31411cfbd92080009c7318c181f1011")
_RECORDS = (
    Format("text", "CSV, TSV", "delimited", options=("csv", "tsv")),
    Format("json", "JSON", "json_table", options=("json", "jsonl")),
    Format("parquet", "Parquet", "parquet", re.compile(rb"PAR1")),
    Format("xlsx", "xlsx", "workbook", member="xl/workbook.xml"),
    Format("xlsb", "xlsb", "workbook", member="xl/workbook.bin"),
    Format("ods", "ods", "workbook", member="content.xml"),
    # Stata's older files begin with their version and byte order.
    Format("stata", "Stata", "statistical", re.compile(rb"<stata_dta>|[\x69-\x73][\x01\x02]\x01\x00")),
    Format("spss", "SPSS", "statistical", re.compile(rb"\$FL[23]")),
    Format("sas", "SAS", "statistical", re.compile(re.escape(_SAS))),
    Format("sas_transport", "SAS transport", "statistical", re.compile(rb"HEADER RECORD\*{7}LIB")),
)
FORMATS: Mapping[str, Format] = {record.name: record for record in _RECORDS}
OPTIONS: Mapping[str, str] = {
    option: record.name for record in _RECORDS for option in (record.options or (record.name,))
}
"""Which format each value of the import option `format` means."""
