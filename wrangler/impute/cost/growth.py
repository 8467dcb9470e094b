"""How the cost of a method grows with the table: what its estimate from small samples needs to know."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Growth:
    """How a method scales; by default it is fitted on all rows and fills all at once.

    Attributes
    ----------
    cap : str
        The parameter that limits the rows fitted on; empty when all rows are.
    effort : str
        The parameter to which fitting and filling are proportional, apart from a constant; empty when there is none.
    least_effort : int
        The smallest value of that parameter with which the method is run.
    by_column : bool
        Whether fitting and filling are proportional to the number of columns with missing cells.
    block : int
        Rows that are filled at once; 0 for all.
    work : mapping of str to callable
        By figure (`trial_runs.FOLLOWS`) the relative work on a table of a `Width` and `Sizes`; other figures are
        proportional to the columns.
    native : callable, optional
        The bytes that a fitted imputer holds and Python does not trace.
    rivals : callable, optional
        The methods that race, by name, given the number of rows and, as `is_ordered`, whether the rows are ordered.
    """

    cap: str = ""
    effort: str = ""
    least_effort: int = 1
    by_column: bool = False
    block: int = 0
    work: Mapping[str, Callable[..., float]] = field(default_factory=dict)
    native: Callable[[Any], int] | None = None
    rivals: Callable[..., Mapping[str, Any]] | None = None
