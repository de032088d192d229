"""What flies: instruments and channels, lifetimes, orbits, scan geometry."""
