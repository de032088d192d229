from dataclasses import replace

import pytest

from gpm_assets.errors import GranuleError


def test_shapes_must_agree(make_radar):
    radar = make_radar()
    with pytest.raises(GranuleError, match="surface has shape"):
        replace(radar, surface=radar.surface[:, 1:])
    with pytest.raises(GranuleError, match="times for 5 scans"):
        replace(radar, time=radar.time[1:])
