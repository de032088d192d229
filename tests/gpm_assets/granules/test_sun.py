import h5py
import numpy as np
import pytest

from gpm_assets.constellation.sun import sun_position
from gpm_assets.granules import hdf
from gpm_assets.granules.sun import BELOW_HORIZON, glint_angle, local_solar_time
from gpm_assets.granules.times import read_times


def test_equation_of_time_and_declination_through_the_year():
    # almanac 2014: extremes of the equation of time in minutes; solstices and equinox in degrees
    days = np.array(
        ["2014-02-11T12", "2014-11-03T12", "2014-06-21T10:51", "2014-12-21T23:03", "2014-03-20T16:57"], dtype="datetime64[ms]"
    )
    declination, equation = sun_position(days)
    assert equation[:2] * 4 == pytest.approx([-14.23, 16.45], abs=0.05)
    assert declination[2:] == pytest.approx([23.44, -23.44, 0.0], abs=0.01)


def test_mirror_image_below_the_spacecraft():
    time = np.array(["2020-06-20T12:00"], dtype="datetime64[ms]")
    declination, equation = sun_position(time)
    overhead = np.array([[declination[0]]]), np.array([[-equation[0]]])
    at = (declination, -equation, np.array([400.0]))
    assert glint_angle(time, *overhead, at)[0, 0] == 0
    opposite = -overhead[0], overhead[1] + 180.0
    assert glint_angle(time, *opposite, (-declination, -equation + 180.0, np.array([400.0])))[0, 0] == BELOW_HORIZON


def test_missing_positions_have_no_glint():
    time = np.array(["2020-06-20T12:00", "NaT"], dtype="datetime64[ms]")
    position = np.array([[np.nan], [10.0]])
    glint = glint_angle(time, position, position, (np.zeros(2), np.zeros(2), np.full(2, 400.0)))
    assert glint.ravel().tolist() == [-99, -99]


@pytest.mark.parametrize("name", ["1C.GPM.GMI", "1C.TRMM.TMI"])
def test_local_time_and_glint_of_real_files(real_data, name):
    (path,) = (real_data / "granules").glob(f"{name}.*")
    with h5py.File(path) as file:
        for group in (file[name] for name in hdf.swath_groups(file)):
            latitude, longitude = (group[key][...].astype(float) for key in ("Latitude", "Longitude"))
            time = read_times(group)
            hours = local_solar_time(time, longitude)
            assert np.abs(hours - group["sunLocalTime"][...]).max() * 3600 < 2
            spacecraft = tuple(group[f"SCstatus/{key}"][...].astype(float) for key in ("SClatitude", "SClongitude", "SCaltitude"))
            stored = group["sunGlintAngle"][:, :, 0].astype(int)
            difference = np.abs(glint_angle(time, latitude, longitude, spacecraft) - stored)
            assert difference.max() <= 1
            assert (difference > 0).mean() < 0.2  # rounding at half degrees, and a spherical Earth
