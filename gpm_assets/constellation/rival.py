"""GPROF, the operational retrieval that ours is held against: one product for every radiometer."""

from __future__ import annotations

GPROF = "2AGPROF"
"""How AlgorithmID begins in headers of the product; the name of the radiometer follows: `2AGPROFMHS`."""
_ENDING = "_GPROF"


def gprof_of(sensor: str) -> str:
    """The product of a sensor's GPROF granules: `F16_SSMIS_GPROF` of `F16_SSMIS`."""
    return sensor + _ENDING


def is_gprof(product: str) -> bool:
    """Whether a product is that of some sensor's GPROF granules."""
    return product.endswith(_ENDING)


def sensor_of(product: str) -> str:
    """The sensor that a product comes from: the inverse of `gprof_of`, every other product is a sensor itself."""
    return product.removesuffix(_ENDING)
