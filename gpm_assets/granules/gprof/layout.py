"""The layout table of 2A-GPROF: what is read of its one swath group.

Sources: V08 from a public fixture generated from a real file (2A.METOPB.MHS.GPROFNNv1 V08A, netCDF-4); V05 to V07 (HDF5) from
gpm_api, which reads real files of them under the same names. No real file was at hand.
"""

from __future__ import annotations

from gpm_assets.granules.layout import Field

GROUP = "S1"
"""The one swath group, whose header is the attribute `SwathHeader`."""

_PIXEL = ("nscan", "npixel")

LATITUDE = Field("Latitude", "f4", _PIXEL, "degrees", -9999.9)
LONGITUDE = Field("Longitude", "f4", _PIXEL, "degrees", -9999.9)
RAIN = Field("surfacePrecipitation", "f4", _PIXEL, "mm/hr", -9999.9)
"""Rain and melted snow together; the mean of the retrieval's distribution, not its most likely value."""
PROBABILITY = Field("probabilityOfPrecip", "i1", _PIXEL, "percent", -99)
PIXEL_STATUS = Field("pixelStatus", "i1", _PIXEL, "", -99)
QUALITY = Field("qualityFlag", "i1", _PIXEL, "", -99)

NUMBERS = (LATITUDE, LONGITUDE, RAIN)
CODES = (PIXEL_STATUS, QUALITY, PROBABILITY)
"""What is read as float32, NaN where missing, and as whole numbers."""
