"""The names of the three queues, and what travels on which."""

QUEUES = ("imputation", "analysis", "default")
MAINTENANCE_QUEUE = IMPORTS_QUEUE = "default"
