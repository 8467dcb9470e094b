"""CSV and its kin: dialect, header, typed cells, unparsed values with their line numbers."""

from wrangler.importing.readers.delimited.file import open_file
from wrangler.importing.readers.delimited.reader import missing_reasons, read

__all__ = ["missing_reasons", "open_file", "read"]
