"""Zarr products: one group a granule inside the month's store, CF metadata, atomic commits, lazy opening."""
