"""One file to one typed table: detect the format, read it, describe what came in."""

from dataclasses import replace

from wrangler.importing import progress
from wrangler.importing.describe import describe
from wrangler.importing.errors import Code, refusal
from wrangler.importing.missing import count_reasons, reasons_by_marker
from wrangler.importing.options import ImportResult, Spec
from wrangler.importing.readers.detect import find_format
from wrangler.importing.readers.formats import FORMATS, OPTIONS
from wrangler.importing.readers.unpack import PACKINGS, nested_archive, unpack
from wrangler.importing.report import Report

CONVERTED_SHARE = 0.8


def read_table(spec: Spec) -> ImportResult:
    """Write `spec.table` and report what is in it."""
    report = Report(bytes=spec.source.stat().st_size)
    found = find_format(spec.source)
    if found in PACKINGS:
        report.packing = found
        spec = replace(spec, source=unpack(spec.source, found, spec.folder, spec.limits))
        found = find_format(spec.source)
        if found in PACKINGS:
            raise nested_archive(found)
    _check_format(found, spec)
    progress.write_progress(spec.folder, 0.0, "reading")
    columns = FORMATS[found].load().read(spec, report, found)
    progress.write_progress(spec.folder, CONVERTED_SHARE, "describing")
    described = describe(spec, columns, report)
    report.columns = len(described)
    for column in described:
        if column["markers"]:
            column["missing_reasons"] = count_reasons(column["markers"], column.get("marker_labels", {}))
            report.markers[column["name"]] = column["markers"]
            report.missing_reasons[column["name"]] = column["missing_reasons"]
    several = reasons_by_marker(described)
    if several:
        from wrangler.importing.readers.missing_reasons import write_markers

        write_markers(spec, found, several)
    return ImportResult(rows=report.rows, format=report.format, columns=described, report=report.as_dict())


def _check_format(found: str, spec: Spec) -> None:
    asked = spec.options.format
    if asked and OPTIONS[asked] != found:
        raise refusal(
            Code.FORMAT_MISMATCH,
            f"`format` is {asked}, but the content is {found}. Leave `format` out, or set it to what the file is.",
            option="/format",
        )
