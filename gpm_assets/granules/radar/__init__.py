"""Rain seen by the radar: 2A-DPR, 2A-Ku and the combined 2B-CMB, read and written from one layout table."""

from gpm_assets.granules.radar.reading import read_radar
from gpm_assets.granules.radar.swath import RadarSwath, Rain
from gpm_assets.granules.radar.writing import name_radar, write_radar

__all__ = ["RadarSwath", "Rain", "name_radar", "read_radar", "write_radar"]
