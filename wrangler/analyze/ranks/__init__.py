"""Ranks of numbers, and the two coefficients of correlation that rest on them."""

from wrangler.analyze.ranks.average import average_ranks
from wrangler.analyze.ranks.kendall import KendallTau, kendall_tau
from wrangler.analyze.ranks.spearman import ordered, rank_correlations, ranks_of

__all__ = ["KendallTau", "average_ranks", "kendall_tau", "ordered", "rank_correlations", "ranks_of"]
