"""Bytes to a typed table, in a child process, with a report of what was read, dropped and proposed."""

from wrangler.importing.errors import Code
from wrangler.importing.import_parent import import_table
from wrangler.importing.options import MARKERS_FILE, ImportLimits, ImportOptions, ImportResult

__all__ = ["MARKERS_FILE", "Code", "ImportLimits", "ImportOptions", "ImportResult", "import_table"]
