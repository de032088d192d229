"""The dual-frequency radar that flies with GMI: its life and its scans."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from types import MappingProxyType

from gpm_assets.constellation.nouns import Life, SwathGroup

RADAR = "GPM_DPR"
"""The product: rain of the radar, granule by granule of GMI."""
COMBINED = "GPM_DPRGMI"
"""The product: rain of the radar and GMI together, in the radar's granules."""
RADAR_PRODUCTS: Mapping[str, str] = MappingProxyType({RADAR: "2ADPR", COMBINED: "2BCMB"})
"""What has granules of GMI's orbits, and how headers name it."""
RADAR_LIFE = Life(date(2014, 3, 8), None)
"""First 2A-DPR granule: 2014-03-08 22:09:50, orbit 144."""
RADAR_GROUP = SwathGroup("FS", 49, (), off_nadir_deg=17.04)
"""The full swath: 49 rays, 0.71 degrees apart."""
RADAR_SCAN_PERIOD_S = 0.7
