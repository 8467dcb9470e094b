"""The size of a table held against the budget."""

from wrangler.importing.options import ImportLimits
from wrangler.importing.refusals import Code, refusal


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
