"""A whole Wrangler under load while its parts are killed and stopped; then every job is accounted for.

`python -m tests.chaos --jobs 300 --faults 40 --seed 1` runs one campaign and prints its tables.
"""
