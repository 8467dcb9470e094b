"""Mutation testing: plant single faults at random and count how many of them the tests see."""
