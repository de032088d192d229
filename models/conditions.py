"""What a pixel's TB depend on beside the scene's rain: conditions that packs hold and translators may read, by name."""

from __future__ import annotations

from collections.abc import Mapping

CONDITIONS: Mapping[str, str] = {
    "land_fraction": "share of land within about 25 km, 0 to 1",
    "incidence": "incidence angle in degrees without its sign, mean of the channels",
    "scan_position": "place along the scan from -1 to 1",
    "latitude": "degrees north",
}
"""Every condition and its unit."""
SEA_LIMIT, LAND_LIMIT = 0.05, 0.95
"""Land fraction up to which a place is sea, from which it is land; coast between."""
SURFACES = ("sea", "land", "coast")
"""By their codes 0, 1, 2."""
