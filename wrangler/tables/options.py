"""Types of columns, limits of an export."""

from dataclasses import dataclass
from typing import Literal

ColumnType = Literal["text", "integer", "number", "boolean", "date", "category"]


@dataclass(frozen=True)
class ExportLimits:
    """The budget of a download that has to be made; passing any of these is a refusal, never a crash."""

    seconds: float = 300.0
    memory_bytes: int = 2 * 1024**3
    file_bytes: int = 16 * 1024**3
    threads: int = 2


EXPORT_PREFIX = ".export-"
