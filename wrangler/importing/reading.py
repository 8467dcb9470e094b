"""One file to one typed table: tell the format, read it, describe what came in."""

from typing import Any

from wrangler.importing.delimited import read_delimited
from wrangler.importing.formats import find_format
from wrangler.importing.options import ImportResult
from wrangler.importing.refusals import Code, refusal
from wrangler.importing.report import Report
from wrangler.importing.semantics import describe
from wrangler.importing.spec import Spec


def read_table(spec: Spec) -> ImportResult:
    """Write `spec.table` and tell what is in it."""
    report = Report(bytes=spec.source.stat().st_size)
    found = find_format(spec.source)
    _check_format(found, spec)
    columns = _read(found, spec, report)
    described = describe(spec, columns, report)
    report.columns = len(described)
    report.markers = {c["name"]: c["markers"] for c in described if c["markers"]}
    return ImportResult(rows=report.rows, format=report.format, columns=described, report=report.as_dict())


def _check_format(found: str, spec: Spec) -> None:
    asked = spec.options.format
    kinds = {"csv": "text", "tsv": "text"}
    if asked and kinds.get(asked, asked) != found:
        raise refusal(
            Code.FORMAT_MISMATCH,
            f"`format` says {asked}, but the content is {found}. Leave `format` out, or set it to what the file is.",
            option="/format",
        )


def _read(found: str, spec: Spec, report: Report) -> list[dict[str, Any]]:
    if found == "parquet":
        from wrangler.importing.parquet import read_parquet

        return read_parquet(spec, report)
    if found == "xlsx":
        from wrangler.importing.workbook import read_workbook

        return read_workbook(spec, report)
    return read_delimited(spec, report)
