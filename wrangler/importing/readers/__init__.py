"""One reader per file format, and detecting which one a file needs."""

from wrangler.importing.readers.formats import FORMATS, OPTIONS
from wrangler.importing.readers.read import read_table

__all__ = ["FORMATS", "OPTIONS", "read_table"]
