"""Estimates of time and memory before a fit: scaling models of the methods, fitted to trial runs."""

from wrangler.impute.cost.complexity import BOOSTED, DRAWN, FOREST, LINEAR, NEIGHBOURS, Width
from wrangler.impute.cost.cost import Cost
from wrangler.impute.cost.estimate import LIKELY, MOST_ROUNDS, RACED_CELLS, estimate
from wrangler.impute.cost.growth import Growth
from wrangler.impute.cost.trial_runs import Sizes

__all__ = [
    "BOOSTED",
    "DRAWN",
    "FOREST",
    "LIKELY",
    "LINEAR",
    "MOST_ROUNDS",
    "NEIGHBOURS",
    "RACED_CELLS",
    "Cost",
    "Growth",
    "Sizes",
    "Width",
    "estimate",
]
