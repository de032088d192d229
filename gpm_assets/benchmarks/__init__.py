"""Measured claims: one file a benchmark, each with its rivals, its limits and a verdict."""
