"""Thin Dagster wrappers of plain objects: home, sources, registry, accelerator."""
