"""Errors a person can act on: what, which value, what was allowed, what to do."""

from __future__ import annotations


class GpmAssetsError(Exception):
    """Base of every error that the platform raises on purpose."""


class GranuleError(GpmAssetsError):
    """A granule that cannot be read, names an unknown sensor, or contradicts itself."""


class RequestError(GpmAssetsError):
    """A request that cannot be served: an unknown sensor, a month outside a sensor's life, a missing input."""


class ProvenanceError(GpmAssetsError):
    """An artefact that was made from other inputs, another configuration or another world than it is used with."""
