"""The lineage in the order of the data: one thin module a stage. Science lives elsewhere."""
