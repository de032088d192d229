"""Truth as a netCDF-4 file of its own, which says in name and content that nobody measured it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from gpm_assets.granules.described_file import FILL, PIXEL, write_described
from gpm_assets.granules.layout import Field
from gpm_assets.simulation.nature import Nature
from gpm_assets.simulation.truth import Truth
from gpm_assets.swath import Swath

_STEP_K = 0.01
"""To which TB are rounded, as in granules."""
_FULL = (*PIXEL, "channel")
_FIELDS = {
    Field("tb", "f4", _FULL, "K", FILL): "brightness temperature that GMI would have measured, without noise",
    Field("tb_noisy", "f4", _FULL, "K", FILL): "brightness temperature that GMI would have measured, with its noise",
    Field("rain_mm_h", "f4", PIXEL, "mm h-1", FILL): "true rain at the surface, averaged by GMI's 36.64 GHz footprint",
    Field("convective_fraction", "f4", PIXEL, "1", FILL): "convective share of that rain",
    Field("land_fraction", "f4", PIXEL, "1", FILL): "share of land in the footprint",
    Field("freezing_level_m", "f4", PIXEL, "m", FILL): "height of the freezing level",
    Field("storm_top_m", "f4", PIXEL, "m", FILL): "height to which radar sees what rains, averaged by its rain",
}


def truth_name(granule: str) -> str:
    """File name of the truth at the pixels of a granule, given by its file name; no PPS name."""
    return f"TRUTH.{Path(granule).stem}.nc"


def write_truth(path: Path, swath: Swath, truth: Truth, nature: Nature) -> None:
    """Write the truth at a swath's pixels, atomically, as CF netCDF-4; NaN and NaT become the fill value."""
    values: dict[str, NDArray[np.floating]] = {
        "tb": _rounded(truth.tb),
        "tb_noisy": _rounded(truth.tb_noisy),
        "rain_mm_h": truth.rain_mm_h,
        "convective_fraction": truth.convective_fraction,
        "land_fraction": truth.land_fraction,
        "freezing_level_m": truth.freezing_level_m,
        "storm_top_m": truth.storm_top_m,
    }
    about = {
        "title": f"TRUTH of the simulated world at the pixels of {swath.granule}",
        "comment": "Simulated, known to nobody who measures: for test scores and ceilings, never to train or to choose a model. "
        "What GMI before its orbit boost would have measured there at the same instant, in the azimuth of view of "
        f"{swath.sensor}, on the GMI-like sampling of its granule.",
        "simulated_world": nature.world,
        "simulated_seed": str(nature.seed),
        "granule": swath.granule,
        "sensor": swath.sensor,
        "channels": ",".join(truth.channels),
    }
    write_described(path, swath, _FIELDS, values, about)


def _rounded(tb: NDArray[np.float32]) -> NDArray[np.float32]:
    return np.rint(tb / _STEP_K) * np.float32(_STEP_K)
