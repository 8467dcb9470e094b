"""Forward fill: every hole of a series gets the last observed cell before it.

Source: last observation carried forward, as in pandas.DataFrame.ffill; here along `order_by`, inside groups and
never across them.
"""

from dataclasses import dataclass

from wrangler.impute.carrying import CarryImputer
from wrangler.impute.registry import method


@method(
    "ffill",
    "Forward fill",
    "Every hole gets the last observed cell before it, in row order or along order_by.",
    rank=20,
)
@dataclass(kw_only=True, eq=False, repr=False)
class ForwardFillImputer(CarryImputer):
    """Fill with the last observed cell before it.

    Holes at the leading end, which have none, get the nearest cell on their other side, with an event. Text of any
    kind can be filled. Parameters as in `GapImputer`; `longest_gap` is the gap's whole length, where the `limit` of
    pandas fills the first cells of a longer gap.
    """
