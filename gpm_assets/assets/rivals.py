"""The operational rival of a month: 2A-GPROF granules that landed beside a sensor's 1C files, as methods on the same pixels."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from gpm_assets import provenance
from gpm_assets.assets import granules
from gpm_assets.collocation.rival import on_pixels
from gpm_assets.constellation.rival import gprof_of
from gpm_assets.errors import GpmAssetsError, GranuleError
from gpm_assets.evaluation.methods import Method, Result
from gpm_assets.evaluation.references import Overpass
from gpm_assets.evaluation.retrieved import Retrieved
from gpm_assets.granules.gprof import read_gprof
from gpm_assets.settings import Home
from gpm_assets.swath import Swath


def inputs(home: Home, sensor: str, month: str) -> dict[str, str]:
    """Content of the GPROF granules of a month, nothing where none has landed."""
    landed = granules.landed(home, gprof_of(sensor), month)
    return {gprof_of(sensor): provenance.digest([one.row.sha256 for one in landed])} if landed else {}


def methods(home: Home, sensor: str, month: str) -> list[Method]:
    """One method a version of the product, as `gprof_v07`; an overpass without a granule of it is one on which it fails."""
    by_version: dict[str, list[granules.Landed]] = {}
    for one in granules.landed(home, gprof_of(sensor), month):
        by_version.setdefault(one.row.version[:3].lower(), []).append(one)
    return [_method(f"gprof_{version}", landed) for version, landed in sorted(by_version.items())]


def with_shared_pixels(overpass: Overpass, rivals: Sequence[Method]) -> Overpass:
    """The overpass with more references: each one's rain where a rival retrieved some, so that all are held against it there."""
    more = []
    for rival in rivals:
        try:
            rain = rival.make(overpass.swath).against(np.zeros(overpass.swath.shape, np.float32)).mean
        except GpmAssetsError:
            continue  # scored as a failure
        shared = (one.shared_with(rival.name, np.isfinite(rain)) for one in overpass.references)
        more += [one for one in shared if one.known.any()]
    return replace(overpass, references=(*overpass.references, *more))


def _method(name: str, landed: Sequence[granules.Landed]) -> Method:
    def make(swath: Swath) -> Result:
        time = swath.time[~np.isnat(swath.time)]
        first, last = (one.astype("datetime64[us]").item() for one in (time[0], time[-1]))
        near = [one.path for one in landed if one.row.start <= last and one.row.stop >= first]
        if not near:
            raise GranuleError(f"no granule of {name} from {first:%Y-%m-%d %H:%M} to {last:%H:%M} UTC")
        rain = np.full(swath.shape, np.nan, np.float32)
        for path in near:
            rain = np.where(np.isfinite(rain), rain, on_pixels(read_gprof(path), swath))
        return Result(lambda reference: Retrieved.certain(rain, reference))

    return Method(name, make, reach=0)
