"""Backward fill: every hole of a series gets the next observed cell after it.

Source: next observation carried backward, as in pandas.DataFrame.bfill; here along `order_by`, inside groups and
never across them.
"""

from dataclasses import dataclass
from typing import ClassVar

from wrangler.impute.carrying import CarryImputer
from wrangler.impute.registry import method


@method(
    "bfill",
    "Backward fill",
    "Every hole gets the next observed cell after it, in row order or along order_by.",
    rank=21,
)
@dataclass(kw_only=True, eq=False, repr=False)
class BackwardFillImputer(CarryImputer):
    """Fill with the next observed cell after it.

    Holes at the trailing end, which have none, get the nearest cell on their other side, with an event. Text of any
    kind can be filled. Parameters as in `GapImputer`; `longest_gap` is the gap's whole length, where the `limit` of
    pandas fills the first cells of a longer gap.
    """

    is_backward: ClassVar[bool] = True
