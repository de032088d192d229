"""Rain of the operational retrieval: 2A-GPROF of any radiometer, V05 to V08."""

from gpm_assets.granules.gprof.reading import read_gprof
from gpm_assets.granules.gprof.swath import GprofSwath

__all__ = ["GprofSwath", "read_gprof"]
