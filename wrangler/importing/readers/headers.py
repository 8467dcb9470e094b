"""Column names: none empty, none twice; and options may name only these."""

from wrangler.importing.errors import Code, pointer_to, refusal
from wrangler.importing.options import ImportLimits, ImportOptions

SHOWN = 10
LONGEST_NAME = 1000


def check_names(names: list[str], options: ImportOptions, limits: ImportLimits) -> None:
    """Refuse names that are empty, doubled or too many, and options for columns that are not there."""
    if len(names) > limits.columns:
        raise refusal(
            Code.TOO_MANY_COLUMNS, f"The table has {len(names):,} columns; at most {limits.columns:,} are taken."
        )
    empty = [position for position, name in enumerate(names, 1) if not name.strip()]
    if empty:
        raise refusal(
            Code.EMPTY_COLUMN_NAME,
            f"{_columns(empty)} no name. Give each column a name in the first line; a delimiter at the line's end "
            "makes a column too.",
        )
    long = [position for position, name in enumerate(names, 1) if len(name) > LONGEST_NAME]
    if long:
        raise refusal(
            Code.TEXT_TOO_LONG,
            f"The name of column {long[0]} is longer than {LONGEST_NAME:,} characters. "
            "Is the first line really the one with the names?",
        )
    _check_characters(names)
    _check_unique(names)
    _check_options(names, options)


def _columns(positions: list[int]) -> str:
    shown = ", ".join(str(position) for position in positions[:SHOWN])
    more = " and more" if len(positions) > SHOWN else ""
    return f"Column {shown} has" if len(positions) == 1 else f"Columns {shown}{more} have"


def _check_characters(names: list[str]) -> None:
    for position, name in enumerate(names, 1):
        if "\0" in name:
            raise refusal(Code.NUL_BYTES, f"The name of column {position} holds a NUL character.")
        if not name.isascii() and any("\ud800" <= character <= "\udfff" for character in name):
            message = f"The name of column {position} holds half a character (a lone surrogate): no text has that."
            raise refusal(Code.WRONG_ENCODING, message)


def _check_unique(names: list[str]) -> None:
    places: dict[str, list[int]] = {}
    for position, name in enumerate(names, 1):
        places.setdefault(name, []).append(position)
    doubled = {name: found for name, found in places.items() if len(found) > 1}
    if doubled:
        repeated_words = "; ".join(
            f"'{name}' at positions {', '.join(map(str, found[:SHOWN]))}"
            for name, found in list(doubled.items())[:SHOWN]
        )
        raise refusal(
            Code.DUPLICATE_COLUMNS, f"Column names occur more than once: {repeated_words}. Give each its own."
        )


def _check_options(names: list[str], options: ImportOptions) -> None:
    known = set(names)
    for option in ("types", "column_missing_markers", "added_missing_markers"):
        asked = getattr(options, option)
        for name in asked:
            if name not in known:
                raise refusal(
                    Code.UNKNOWN_COLUMN,
                    f"`{option}` names the column '{name}', which the table does not have. "
                    f"It has: {', '.join(names[:SHOWN])}{' ...' if len(names) > SHOWN else ''}.",
                    option=pointer_to(option, name),
                )


def check_shape(rows: int, columns: int, limits: ImportLimits) -> None:
    if columns > limits.columns:
        message = f"The table has {columns:,} columns; at most {limits.columns:,} are taken."
        raise refusal(Code.TOO_MANY_COLUMNS, message)
    if rows > limits.rows:
        raise refusal(Code.TOO_MANY_ROWS, f"The table has {rows:,} rows; at most {limits.rows:,} are taken.")
    if rows * columns > limits.cells:
        raise refusal(
            Code.TOO_MANY_CELLS,
            f"The table has {rows:,} rows x {columns:,} columns; at most {limits.cells:,} cells are taken.",
        )
