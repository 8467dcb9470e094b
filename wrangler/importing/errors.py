"""Every reason for which bytes are not taken as a table, each with a stable code."""

from enum import StrEnum

from wrangler.errors import FieldError, ImportRefused


class Code(StrEnum):
    BAD_OPTION = "bad_option"
    BINARY_COLUMN = "binary_column"
    BROKEN_ARCHIVE = "broken_archive"
    BROKEN_JSON = "broken_json"
    BROKEN_PARQUET = "broken_parquet"
    BROKEN_QUOTES = "broken_quotes"
    BROKEN_STATISTICAL = "broken_statistical"
    BROKEN_WORKBOOK = "broken_workbook"
    CONVERSION_FAILED = "conversion_failed"
    DUPLICATE_COLUMNS = "duplicate_columns"
    EMPTY_COLUMN_NAME = "empty_column_name"
    EMPTY_FILE = "empty_file"
    FORMAT_MISMATCH = "format_mismatch"
    HEADER_MISSING = "header_missing"
    HEADER_ONLY = "header_only"
    NESTED_ARCHIVE = "nested_archive"
    NESTED_COLUMNS = "nested_columns"
    NESTED_TOO_DEEP = "nested_too_deep"
    NUL_BYTES = "nul_bytes"
    OUT_OF_MEMORY = "out_of_memory"
    PARSER_DIED = "parser_died"
    RAGGED_LINES = "ragged_lines"
    READER_MISSING = "reader_missing"
    SEVERAL_MEMBERS = "several_members"
    TIMED_OUT = "timed_out"
    TOO_LARGE = "too_large"
    TOO_MANY_CELLS = "too_many_cells"
    TOO_MANY_COLUMNS = "too_many_columns"
    TOO_MANY_ROWS = "too_many_rows"
    TEXT_TOO_LONG = "text_too_long"
    UNKNOWN_COLUMN = "unknown_column"
    UNKNOWN_SHEET = "unknown_sheet"
    UNREADABLE = "unreadable"
    UNSUPPORTED_FORMAT = "unsupported_format"
    WRONG_ENCODING = "wrong_encoding"


IN_PARTS = "If it is as large as it should be, leave out columns that are not needed, or upload fewer rows at a time."


def refusal(code: Code, message: str, *, option: str | None = None, lines: list[int] | None = None) -> ImportRefused:
    """A refusal to raise; `option` is the JSON pointer, within the import options, of what would mend it."""
    errors = [FieldError(pointer=f"/options{option}", message=message)] if option else None
    return ImportRefused(message, errors=errors, code=str(code), lines=lines or [])


def out_of_memory(most_bytes: int) -> ImportRefused:
    message = f"Reading the file needed more than the {most_bytes // 2**20:,} MB it may use."
    return refusal(Code.OUT_OF_MEMORY, f"{message} {IN_PARTS}")


def timed_out(seconds: float) -> ImportRefused:
    return refusal(Code.TIMED_OUT, f"Reading the file took longer than {seconds:g} seconds. {IN_PARTS}")


def pointer_to(option: str, name: str) -> str:
    """The JSON pointer to the entry of one column in an option."""
    escaped = name.replace("~", "~0").replace("/", "~1")
    return f"/{option}/{escaped}"


def conversion_refusal(name: str, kind: str, count: int, listed: str, lines: list[int]) -> ImportRefused:
    """The refusal of values that do not fit the type which `types` asks for."""
    return refusal(
        Code.CONVERSION_FAILED,
        f"{count:,} values of column '{name}' are no {kind}: {listed}. Correct them, choose another type, or set "
        "`conversion_failures` to missing.",
        option=pointer_to("types", name),
        lines=lines,
    )
