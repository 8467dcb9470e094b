"""The same imputers on dask DataFrames: learnt by passes over the partitions, filled partition by partition.

Imported only when a dask DataFrame is given; nothing else of the library imports dask. What is learnt is what one
machine would have learnt of the whole table (see ADR 8): exact sums, counts, levels and medians of all partitions,
and of methods that learn from a sample the very rows they would have drawn in memory.
"""

from wrangler.impute.partitioned.learning import learn_partitions
from wrangler.impute.partitioned.mapping import fill_partitions

__all__ = ["fill_partitions", "learn_partitions"]
