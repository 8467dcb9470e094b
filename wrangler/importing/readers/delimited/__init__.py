"""CSV and its kin: dialect, header, typed cells, unparsed values with their line numbers."""

from wrangler.importing.readers.delimited.file import open_file
from wrangler.importing.readers.delimited.reader import read_delimited

__all__ = ["open_file", "read_delimited"]
