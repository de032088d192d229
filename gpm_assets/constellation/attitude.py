"""Which way a platform looks: GPM and TRMM yaw by 180 degrees when the sun changes sides of the orbit.

One side of the spacecraft must stay in the shade. Both fly forwards while the sun stands on the side of the orbit's angular
momentum (real granules with orientation 0: GPM at beta 45 degrees, TRMM at 12) and backwards otherwise: GPM for about 41
days, TRMM for two to five weeks. The angle is that of the mean orbit, which passes zero once and needs no dead band, and it
is asked for where an orbit begins: no granule holds a turn.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from gpm_assets.constellation.nouns import Instrument
from gpm_assets.constellation.orbits import node, orbit_at, orbit_starts
from gpm_assets.constellation.sun import mean_sun, sun_position

Float = NDArray[np.float64]
Times = NDArray[np.datetime64]


def beta_angle(instrument: Instrument, time: Times) -> Float:
    """Angle (time,) in degrees between the mean orbit's plane and the sun, positive on the side of the angular momentum."""
    inclination = np.deg2rad(orbit_at(instrument, time[0]).inclination_deg)  # eras differ by less than 0.1 degrees
    declination, equation = (np.deg2rad(angle) for angle in sun_position(time))
    ahead = mean_sun(time) - equation - node(instrument, time)  # right ascension of the sun from the node
    sine = np.sin(declination) * np.cos(inclination) - np.cos(declination) * np.sin(inclination) * np.sin(ahead)
    return np.rad2deg(np.arcsin(sine))


def orientation(instrument: Instrument, time: Times) -> NDArray[np.int16]:
    """Yaw (time,) as `SCorientation` tells it: 0 degrees looking forwards, 180 backwards, the same over a whole orbit."""
    time = np.atleast_1d(time).astype("datetime64[ms]")
    if not instrument.spacecraft.yaws:
        return np.zeros(len(time), np.int16)
    starts, of_start = np.unique(orbit_starts(instrument, time), return_inverse=True)
    return np.where(beta_angle(instrument, starts) < 0, 180, 0).astype(np.int16)[of_start]
