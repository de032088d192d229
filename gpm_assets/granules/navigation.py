"""Where the spacecraft was: the status of every scan, and the ascending node that a header's NavigationRecord gives."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from datetime import datetime

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class ScanStatus:
    """Where the spacecraft was at each scan, arrays (scan,): degrees, degrees, km; `orientation` in degrees, 180 looking aft."""

    latitude: NDArray[np.float64]
    longitude: NDArray[np.float64]
    altitude_km: NDArray[np.float64]
    orientation: NDArray[np.int16]

    @property
    def lengths(self) -> set[int]:
        """Lengths of the arrays; more than one where they do not belong together."""
        return {len(getattr(self, field.name)) for field in fields(self)}

    def every(self, step: int) -> ScanStatus:
        """The status at every n-th scan."""
        return replace(self, **{field.name: getattr(self, field.name)[::step] for field in fields(self)})


@dataclass(frozen=True)
class AscendingNode:
    """Longitude in degrees (-180 to 180) and UTC time at which the sub-satellite point crosses the equator northwards."""

    longitude: float
    time: datetime


def ascending_node(status: ScanStatus, time: NDArray[np.datetime64]) -> AscendingNode | None:
    """The first northward crossing between two neighbouring scans at times (scan,) UTC, linear between them; None without one.

    Scans are some 2 s apart, so the error of a straight line is below a metre.
    """
    latitude, longitude = status.latitude.astype(np.float64), status.longitude.astype(np.float64)
    known = np.isfinite(latitude) & np.isfinite(longitude) & ~np.isnat(time)
    crossing = known[:-1] & known[1:] & (latitude[:-1] < 0) & (latitude[1:] >= 0)
    if not crossing.any():
        return None
    before = int(crossing.argmax())
    after = before + 1
    share = latitude[before] / (latitude[before] - latitude[after])
    eastward = (longitude[after] - longitude[before] + 180.0) % 360.0 - 180.0
    interval_ms = (time[after] - time[before]).astype("timedelta64[ms]").astype(np.float64)
    moment = time[before].astype("datetime64[ms]") + np.timedelta64(round(share * interval_ms), "ms")
    return AscendingNode(float((longitude[before] + share * eastward + 180.0) % 360.0 - 180.0), moment.item())
