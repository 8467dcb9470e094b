"""What the parser child is told: one file, how to read it, where to write, within what budget."""

from dataclasses import dataclass
from pathlib import Path

from wrangler.importing.options import ImportLimits, ImportOptions

MARKERS_FILE = "markers.parquet"
EXPORT_PREFIX = ".export-"


@dataclass(frozen=True)
class Spec:
    source: Path
    folder: Path
    filename: str
    options: ImportOptions
    limits: ImportLimits

    @property
    def table(self) -> Path:
        """The Parquet file that the child writes."""
        return self.folder / "table.parquet"

    @property
    def markers(self) -> Path:
        """What the child writes beside it where a column's markers are of several kinds."""
        return self.folder / MARKERS_FILE
