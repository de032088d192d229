"""PPS granules: their names, layout, reading with quality control, writing, and where they come from."""
