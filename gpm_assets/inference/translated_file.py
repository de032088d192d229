"""A translated swath as a netCDF-4 file of its own: pseudo-GMI brightness temperatures, and rain where it was retrieved."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from gpm_assets.granules.described_file import FILL, PIXEL, write_described
from gpm_assets.granules.layout import Field
from gpm_assets.inference.translation import GMI_CHANNELS, PseudoTb
from gpm_assets.swath import Swath

if TYPE_CHECKING:
    from gpm_assets.inference.retrieval import Rain

_TB = {
    Field("tb", "f4", (*PIXEL, "channel"), "K", FILL): "brightness temperature as GMI might have measured it",
    Field("window_flag", "i1", PIXEL, "", -99): "0 whole, 1 inputs were missing in the window that makes 99 % of it, -1 no value",
}
_RAIN = {
    Field("rain_mean", "f4", PIXEL, "mm h-1", FILL): "mean rain rate",
    Field("probability_wet", "f4", PIXEL, "1", FILL): "probability that the rain rate reaches 0.1 mm h-1",
}


def write_translated(path: Path, swath: Swath, pseudo: PseudoTb, rain: Rain | None, about: dict[str, str]) -> None:
    """Write a swath's pseudo-TB, and its rain, atomically as CF netCDF-4; NaN and NaT become the fill value.

    `about` are attributes of the file: which models made it. Raises OSError.
    """
    valued = np.isfinite(pseudo.tb).any(axis=-1)
    values: dict[str, NDArray[np.generic]] = {
        "tb": pseudo.tb,
        "window_flag": np.where(valued, pseudo.partial, -1).astype(np.int8),
    }
    fields = _TB
    if rain is not None:
        fields, values = fields | _RAIN, values | {"rain_mean": rain.mean_mm_h, "probability_wet": rain.probability_wet}
    told = {
        "title": f"pseudo-GMI brightness temperatures of {swath.granule}",
        "granule": swath.granule,
        "sensor": swath.sensor,
        "channels": ",".join(GMI_CHANNELS),
    }
    write_described(path, swath, fields, values, told | about)
