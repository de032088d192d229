"""The embedded default: one deterministic world, its radiative transfer, and the constellation that observes it."""
