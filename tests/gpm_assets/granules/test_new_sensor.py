"""A sensor is a row: sounders and imagers that nobody wrote code for are written, read, simulated and co-registered."""

from datetime import date

import numpy as np
import pytest

from gpm_assets.collocation.sampling import gmi_like
from gpm_assets.constellation.instruments import INSTRUMENTS, row
from gpm_assets.constellation.nouns import Channel, Instrument, MeanElements, Radiometer, SwathGroup
from gpm_assets.constellation.platforms import PLATFORMS, Platform
from gpm_assets.constellation.radiometers import SSMI
from gpm_assets.errors import GranuleError
from gpm_assets.granules.inspection import describe
from gpm_assets.granules.read import read_1c
from gpm_assets.granules.verification import product_of, verify
from gpm_assets.granules.write import write_1c
from gpm_assets.simulation.granules import granule_name, simulate_granule
from gpm_assets.simulation.nature import Nature
from gpm_assets.simulation.plan import PlanConfig, plan

TROPICS03 = Platform(
    norad=56442,
    spelled="TROPICS03",
    eras=(
        MeanElements(
            since=date(2023, 5, 8),
            epoch=np.datetime64("2023-05-08", "ms"),
            inclination_deg=32.75,
            raan_deg=40.0,
            argument_of_perigee_deg=90.0,
            mean_anomaly_deg=0.0,
            eccentricity=0.001,
            mean_motion_rev_per_day=15.07,
            revolution=1,
            altitude_km=550.0,
        ),
    ),
)
TMS = Radiometer(
    sensor="TMS",
    scan="CROSSTRACK",
    scan_period_s=2.0,
    max_scans=4000,
    reference_group="S2",
    groups=(
        SwathGroup("S1", 81, (Channel(91.655, "QV", 29.6, 29.6, 0.66),), off_nadir_deg=60.0),
        SwathGroup("S2", 81, tuple(Channel(f, "QH", 16.9, 16.9, 0.6) for f in (184.41, 186.51, 190.31)), off_nadir_deg=60.0),
        SwathGroup("S3", 81, (Channel(204.8, "QH", 15.2, 15.2, 0.58),), off_nadir_deg=60.0),
    ),
)


def tropics() -> Instrument:
    return row(TMS, "TROPICS03", (date(2023, 6, 1), None), "XCAL2023-N", standard="GPM GMI V07 Tb")


def f15() -> Instrument:
    return row(SSMI, "F15", (date(2000, 2, 23), date(2006, 8, 14)), "XCAL2018-V")


NEW = {
    "TROPICS03_TMS": (tropics, "2024-07", "PAR702", "1C.TROPICS03.TMS.XCAL2023-N."),
    "F15_SSMI": (f15, "2003-07", "V07A", "1C.F15.SSMI.XCAL2018-V."),
}


@pytest.fixture(params=NEW)
def added(request, monkeypatch, tmp_path):
    """The new row, its month and version, and a simulated granule of it; the row is in the table."""
    make, month, version, _ = NEW[request.param]
    monkeypatch.setitem(PLATFORMS, "TROPICS03", TROPICS03)
    monkeypatch.setitem(INSTRUMENTS, request.param, make())
    piece = plan(request.param, month, PlanConfig(seed=1, orbits=2, fraction=0.01))[0]
    path = tmp_path / granule_name(piece)
    simulate_granule(piece, Nature(1), path)
    return INSTRUMENTS[request.param], version, path


def test_rows_make_a_sensor(added, request):
    instrument, _, path = added
    assert path.name.startswith(NEW[instrument.name][3])
    groups = read_1c(path)
    assert [swath.channels for swath in groups] == [tuple(c.name for c in group.channels) for group in instrument.groups]
    assert [swath.shape[1] for swath in groups] == [group.pixels for group in instrument.groups]
    assert all(60 < np.nanmin(swath.tb) < np.nanmax(swath.tb) < 330 for swath in groups)
    assert product_of(verify(path).granule) == instrument.name
    assert describe(path)["known"]
    whole = gmi_like(groups, instrument)
    assert whole.channels == instrument.channel_names
    assert whole.valid_fraction > 0.7  # gaps included


def test_without_its_row_a_sensor_is_refused_and_told(added, monkeypatch):
    instrument, _, path = added
    monkeypatch.delitem(INSTRUMENTS, instrument.name)
    with pytest.raises(GranuleError, match=rf"sensor {instrument.name} is unknown; known sensors are GPM_GMI"):
        read_1c(path)
    assert not describe(path)["known"]


def test_what_is_written_reads_back(added, orbit, status, tmp_path):
    instrument, version, _ = added
    groups = orbit(instrument.name, scans=8)
    path = tmp_path / "granule"
    each = [status(len(swath.time)) for swath in groups]
    write_1c(path, groups, instrument, number=417, status=each, version=version)
    for written, swath in zip(read_1c(path), groups, strict=True):
        np.testing.assert_array_equal(written.tb, swath.tb)
        np.testing.assert_array_equal(written.time, swath.time)
        np.testing.assert_allclose(written.latitude, swath.latitude, atol=1e-5)
        assert written.granule == f"{instrument.name} 1C 000417 {version}"


def test_half_the_scans_at_low_frequencies(orbit):
    low, high = orbit("F15_SSMI", scans=9)
    assert (low.shape, high.shape) == ((5, 64), (9, 128))
    np.testing.assert_array_equal(low.time, high.time[::2])
