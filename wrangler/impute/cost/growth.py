"""How the cost of a method grows with the table: what must be known of it to foresee the cost from small samples."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Growth:
    """What a method says of itself; the default is one that is fitted on all rows and fills them all at once.

    Attributes
    ----------
    cap : str
        The parameter that limits the rows fitted on; none: all rows are.
    effort : str
        The parameter to which fitting and filling are proportional, besides what does not depend on it.
    least_effort : int
        Its smallest value of use.
    by_column : bool
        Whether fitting and filling are proportional to the number of columns with missing cells.
    block : int
        Rows that are filled at once; 0 for all.
    work : mapping of str to callable
        By figure (`calibration.FOLLOWS`) the relative work on a table of a `Width` and `Sizes`; of the others it is in
        proportion to the columns.
    native : callable, optional
        Bytes that a fitted imputer holds in memory which Python does not trace.
    rivals : callable, optional
        The methods that race by name, given the number of rows, and as `is_ordered` whether they have an order.
    """

    cap: str = ""
    effort: str = ""
    least_effort: int = 1
    by_column: bool = False
    block: int = 0
    work: Mapping[str, Callable[..., float]] = field(default_factory=dict)
    native: Callable[[Any], int] | None = None
    rivals: Callable[..., Mapping[str, Any]] | None = None
