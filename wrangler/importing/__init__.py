"""Bytes to a typed table: import with a report that hides nothing, pages of rows, profile, export."""

from wrangler.errors import ExportRefused
from wrangler.importing.exporting import export
from wrangler.importing.exports import export_apart
from wrangler.importing.options import ExportLimits, ImportLimits, ImportOptions, ImportResult
from wrangler.importing.profiling import profile
from wrangler.importing.refusals import Code
from wrangler.importing.rows import read_rows
from wrangler.importing.supervisor import import_table

__all__ = [
    "Code",
    "ExportLimits",
    "ExportRefused",
    "ImportLimits",
    "ImportOptions",
    "ImportResult",
    "export",
    "export_apart",
    "import_table",
    "profile",
    "read_rows",
]
