"""Which pixel is held against which: co-registration, GMI-like sampling, radar averaging, overlaps, strata, training packs."""
