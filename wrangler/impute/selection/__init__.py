"""Choosing among methods: the race on held-out cells, the choice for each column, time budgets, comparisons."""

from wrangler.impute.selection.auto import AutoImputer
from wrangler.impute.selection.compare import Comparison, Trial, compare_methods

__all__ = ["AutoImputer", "Comparison", "Trial", "compare_methods"]
