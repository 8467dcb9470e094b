"""What a caller may ask of an import, what an import may cost, and what it gives back."""

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from wrangler.tables import ColumnType

MARKERS_FILE = "markers.parquet"
FormatName = Literal[
    "csv", "tsv", "json", "jsonl", "parquet", "xlsx", "xlsb", "ods", "stata", "spss", "sas", "sas_transport"
]
Character = Annotated[str, StringConstraints(min_length=1, max_length=1)]


class ImportOptions(BaseModel):
    """How the bytes are to be read; what is left out is inferred from them."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    format: FormatName | None = Field(None, description="the file's format; null: inferred from its content")
    delimiter: Character | None = Field(None, description="what stands between two fields of a line")
    decimal: Literal[".", ","] | None = Field(None, description="the decimal mark of numbers")
    thousands: Literal[",", ".", " ", "'", "_"] | None = Field(
        None, description="the mark between groups of three digits; null: there is none"
    )
    quote: Literal['"', "'"] | None = Field(None, description="the mark around fields")
    encoding: str | None = Field(
        None,
        description="for example utf-8, cp1252, latin-1, shift_jis, utf-16; null: a byte order mark, UTF-8 or what the "
        "evidence clearly supports, given in the report as `encoding_choice`",
    )
    sheet: str | int | None = Field(None, description="name of a sheet, or its number from 0")
    header: bool | None = Field(None, description="whether the first line holds the column names")
    skip_lines: int = Field(0, ge=0, le=10_000, description="lines above the header that are no table")
    missing_markers: list[str] | None = Field(None, description='the texts that mean "missing"; null: the standard set')
    column_missing_markers: dict[str, list[str]] = Field(
        default_factory=dict, description="the same for single columns, in place of `missing_markers`"
    )
    added_missing_markers: dict[str, list[str]] = Field(
        default_factory=dict, description="markers of single columns in addition to those that apply already"
    )
    types: dict[str, ColumnType] = Field(default_factory=dict, description="the type of single columns")
    day_first: bool | None = Field(None, description="whether 03/04/2024 is the third of April")
    conversion_failures: Literal["refuse", "missing"] = Field(
        "refuse", description="what happens to a value that does not fit the type asked for in `types`"
    )


@dataclass(frozen=True)
class ImportLimits:
    """The budget of one import; passing any of these is a refusal, never a crash."""

    bytes: int = 2 * 1024**3
    inflated_bytes: int = 8 * 1024**3
    rows: int = 50_000_000
    columns: int = 10_000
    cells: int = 1_000_000_000
    text_bytes: int = 8 * 1024**2
    seconds: float = 300.0
    memory_bytes: int = 4 * 1024**3
    threads: int = 2


@dataclass(frozen=True)
class ImportResult:
    """What came in; JSON-ready.

    Each column is a dict with `name`, `type`, `semantic_type` and `role` with the reason for each, `missing`, `markers`
    and their reasons, `distinct`; from Stata, SPSS and SAS also `label` and `marker_labels`.
    """

    rows: int
    format: str
    columns: list[dict[str, Any]]
    report: dict[str, Any]

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True)
class Spec:
    """What the import child gets: one file, how to read it, where to write, within what budget."""

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
        """What the child writes beside it where a column has several missing reasons."""
        return self.folder / MARKERS_FILE
