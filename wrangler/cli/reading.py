"""Commands that only read keep no writer of SQLite waiting, however long they take."""

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

from wrangler.extensions import reads_only

Parameters = ParamSpec("Parameters")
Returned = TypeVar("Returned")


def reading(command: Callable[Parameters, Returned]) -> Callable[Parameters, Returned]:
    """Mark a command as one that writes no row.

    Its transactions take no write lock: it may wait for a program that it starts, or for whoever reads what it prints.
    """

    @wraps(command)
    def with_read_transactions(*arguments: Parameters.args, **options: Parameters.kwargs) -> Returned:
        before = reads_only.set(True)
        try:
            return command(*arguments, **options)
        finally:
            reads_only.reset(before)

    return with_read_transactions
