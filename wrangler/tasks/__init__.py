"""Queue in, service call out."""
