"""Jobs, one per partitions definition, and the monthly schedule."""
