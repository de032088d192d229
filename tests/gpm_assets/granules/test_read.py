import tracemalloc
from contextlib import suppress

import h5py
import numpy as np
import pytest

from gpm_assets.benchmarks.granules import write_granule
from gpm_assets.constellation.instruments import INSTRUMENTS
from gpm_assets.errors import GranuleError
from gpm_assets.granules import hdf
from gpm_assets.granules.read import read_1c, read_any_1c
from gpm_assets.granules.times import read_times

FILL = np.float32(-9999.9)


def set_values(path, name, where, value):
    with h5py.File(path, "r+") as file:
        file[name][where] = value


def test_fill_values_are_compared_in_the_type_of_the_file(granule_file):
    set_values(granule_file, "S1/Tc", (0, 0, 0), FILL)
    set_values(granule_file, "S1/incidenceAngle", (0, 1), FILL)
    first = read_1c(granule_file)[0]
    assert np.isnan(first.tb[0, 0, 0])
    assert np.isfinite(first.tb[0, 0, 1:]).all()
    assert np.isnan(first.incidence[0, 1]).all()
    assert first.counts == {"TB missing in a good pixel: 19.35V": 1}


def test_a_file_may_have_a_fill_value_of_its_own(granule_file):
    with h5py.File(granule_file, "r+") as file:
        file["S1/Tc"].attrs.modify("_FillValue", np.array([271.5], dtype=np.float32))  # netCDF-4 keeps an array of one
        file["S1/Tc"][2, 3, 1] = 271.5
    assert np.isnan(read_1c(granule_file)[0].tb[2, 3, 1])


def test_a_missing_scan_loses_tb_and_position_but_keeps_its_time(granule_file):
    for name in ("Tc", "Latitude", "Longitude"):
        set_values(granule_file, f"S4/{name}", 2, FILL)
    set_values(granule_file, "S4/Quality", 2, -1)
    set_values(granule_file, "S4/incidenceAngleIndex", 2, -99)
    swath = read_1c(granule_file)[3]
    assert np.isnan(swath.tb[2]).all()
    assert np.isnan(swath.latitude[2]).all()
    assert np.isnan(swath.incidence[2]).all()
    assert not np.isnat(swath.time[2])
    assert np.isfinite(swath.tb[[0, 1, 3, 4, 5]]).all()
    assert swath.counts == {"missing or unreadable": 180}


def test_missing_quality_is_minus_99(granule_file):
    set_values(granule_file, "S1/Quality", (0, slice(3)), -99)
    swath = read_1c(granule_file)[0]
    assert np.isnan(swath.tb[0, :3]).all()
    assert swath.counts == {"quality missing": 3}


def test_shapes_come_from_the_arrays_not_from_the_header(granule_file):
    with h5py.File(granule_file, "r+") as file:
        text = file["S1"].attrs["S1_SwathHeader"].replace(b"NumberScansGranule=6;", b"NumberScansGranule=3221;")
        file["S1"].attrs.create("S1_SwathHeader", text)
    assert read_1c(granule_file)[0].shape == (6, 90)


def test_v05_has_no_local_time_and_dimensions_of_the_first_group(granule_file):
    with h5py.File(granule_file, "r+") as file:
        for group in ("S1", "S2", "S3", "S4"):
            del file[group]["sunLocalTime"]
            file[group]["ScanTime/Year"].attrs.create("DimensionNames", np.bytes_(b"nscan1"))
    assert all(swath.valid_fraction == 1.0 for swath in read_1c(granule_file))


def test_netcdf_style_attributes(granule_file):
    """Texts of variable length and fill values in arrays of one, as netCDF-4 writes them."""
    plain = read_1c(granule_file)

    def restyle(_, item):
        for key, value in dict(item.attrs).items():
            item.attrs[key] = value.decode() if isinstance(value, bytes) else np.array([value])

    with h5py.File(granule_file, "r+") as file:
        restyle("", file)
        file.visititems(restyle)
    for a, b in zip(read_1c(granule_file), plain, strict=True):
        assert np.array_equal(a.tb, b.tb)
        assert (a.channels, a.granule) == (b.channels, b.granule)


def test_channels_in_the_order_of_the_file(granule_file):
    before = read_1c(granule_file)[1]
    with h5py.File(granule_file, "r+") as file:
        file["S2/Tc"][...] = file["S2/Tc"][...][:, :, ::-1]
        file["S2/Tc"].attrs.create("LongName", np.bytes_(b"channels 1) 37 GHz H-Pol and 2) 37 GHz V-Pol"))
    after = read_1c(granule_file)[1]
    assert after.channels == ("37H", "37V")
    assert np.array_equal(after.channel("37V"), before.channel("37V"))


def test_backward_look_and_a_turn_inside_the_granule(granule_file):
    set_values(granule_file, "S1/SCstatus/SCorientation", slice(0, 4), 180)
    set_values(granule_file, "S2/SCstatus/SCorientation", slice(None), -9999)
    first, second = read_1c(granule_file)[:2]
    assert first.aft
    assert first.counts == {"scans that look the other way": 2}
    assert not second.aft


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("S1/incidenceAngleIndex", 2, "IncidenceAngleIndex=1,1,1 in S1, the file holds 2,2,2"),
        ("S3/ScanTime/Year", 2021, "scans run from 2021"),
    ],
)
def test_content_that_contradicts_itself_is_refused(granule_file, name, value, words):
    set_values(granule_file, name, slice(None), value)
    with pytest.raises(GranuleError, match=words):
        read_1c(granule_file)


@pytest.mark.parametrize("name", ["Quality", "Latitude", "ScanTime/Minute", "incidenceAngle", "SCstatus/SCorientation", "Tc"])
def test_a_missing_dataset_is_named(granule_file, name):
    with h5py.File(granule_file, "r+") as file:
        del file["S3"][name]
    with pytest.raises(GranuleError, match=f"S3/{name}|S1, S2, S4"):
        read_1c(granule_file)


def set_index(path, group, index, angles):
    """Give a swath group of a file other incidence angles, and tell in its attribute and dataset which channel has which."""
    with h5py.File(path, "r+") as file:
        scans, pixels, channels = file[group]["Tc"].shape
        fill = {name: file[group][name].attrs["_FillValue"] for name in ("incidenceAngle", "incidenceAngleIndex")}
        for name in fill:
            del file[group][name]
        stored = np.broadcast_to(np.array(angles, dtype=np.float32), (scans, pixels, len(angles)))
        file[group]["incidenceAngle"] = stored
        file[group]["incidenceAngleIndex"] = np.broadcast_to(np.array(index, dtype=np.int8), (scans, channels))
        for name, value in fill.items():
            file[group][name].attrs["_FillValue"] = value
        claimed = f"IncidenceAngleIndex={','.join(map(str, index))};\n"
        file[group].attrs.create(f"{group}_IncidenceAngleIndex", np.bytes_(claimed.encode()))


def test_one_incidence_for_all_channels_is_a_view_and_several_are_gathered(granule_file):
    set_index(granule_file, "S1", (1, 2, 1), (53.1, 48.5))
    set_values(granule_file, "S1/incidenceAngleIndex", 4, -99)
    set_values(granule_file, "S1/incidenceAngle", (2, 3, 1), FILL)
    several, one = read_1c(granule_file)[:2]
    assert np.allclose(several.incidence[0, 0], [53.1, 48.5, 53.1])
    assert np.isnan(several.incidence[4]).all()
    assert np.isnan(several.incidence[2, 3]).tolist() == [False, True, False]
    assert several.incidence.flags.writeable
    assert one.incidence.strides[2] == 0
    assert not one.incidence.flags.writeable


def test_an_index_that_is_missing_for_one_channel_costs_only_that_channel(granule_file):
    set_values(granule_file, "S1/incidenceAngleIndex", (3, 1), -99)
    first = read_1c(granule_file)[0]
    absent = np.zeros(first.incidence.shape, dtype=bool)
    absent[3, :, 1] = True
    assert np.array_equal(np.isnan(first.incidence), absent)


def test_swath_groups_may_differ_in_scans(tmp_path):
    """SSMI samples its low frequencies at every other scan: 1611 and 3222 in a full granule."""
    path = write_granule(tmp_path, INSTRUMENTS["F15_SSMI"], scans=25)
    low, high = read_1c(path)
    assert (low.shape, high.shape) == ((13, 64), (25, 128))
    assert np.array_equal(low.time, high.time[::2])
    with h5py.File(path) as file:
        for swath in (low, high):
            assert np.array_equal(swath.tb, plain_values(file[swath.group], "Tc").astype(np.float32), equal_nan=True)


def test_reading_takes_little_more_memory_than_what_it_returns(tmp_path):
    path = write_granule(tmp_path, INSTRUMENTS["GPM_GMI"], scans=600)
    read_1c(path)
    tracemalloc.start()
    swaths = read_1c(path)
    held, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert held > sum(swath.tb.nbytes for swath in swaths)
    assert peak < 1.25 * held


def test_a_dataset_of_another_shape_is_refused(granule_file):
    with h5py.File(granule_file, "r+") as file:
        del file["S1/Quality"]
        file["S1/Quality"] = np.zeros((6, 89), dtype=np.int8)
    with pytest.raises(GranuleError, match="disagree"):
        read_1c(granule_file)


def test_an_empty_granule_is_refused(granule_file):
    with h5py.File(granule_file, "r+") as file:
        file.attrs.create("FileHeader", file.attrs["FileHeader"].replace(b"=NOT_EMPTY", b"=EMPTY"))
    with pytest.raises(GranuleError, match="EmptyGranule=EMPTY"):
        read_1c(granule_file)


def test_every_truncation_is_a_granule_error(granule_file):
    content = granule_file.read_bytes()
    for length in np.linspace(0, len(content) - 1, 40).astype(int):
        granule_file.write_bytes(content[:length])
        with pytest.raises(GranuleError):
            read_1c(granule_file)


def test_damaged_values_are_a_granule_error(granule_file):
    with h5py.File(granule_file) as file:
        place = file["S3/Tc"].id.get_chunk_info(0)
    content = bytearray(granule_file.read_bytes())
    content[place.byte_offset : place.byte_offset + place.size] = bytes(place.size)
    granule_file.write_bytes(content)
    with pytest.raises(GranuleError, match=r"S3/Tc.*damaged"):
        read_1c(granule_file)


def test_damaged_bytes_anywhere_are_read_or_refused(granule_file):
    rng = np.random.default_rng(5)
    content = np.frombuffer(granule_file.read_bytes(), dtype=np.uint8)
    for _ in range(150):
        damaged = content.copy()
        damaged[rng.integers(0, content.size, 20)] = rng.integers(0, 256, 20)
        granule_file.write_bytes(damaged.tobytes())
        with suppress(GranuleError):
            read_1c(granule_file)


def plain_values(group, name):
    dataset = group[name]
    values = dataset[...]
    return np.where(values == dataset.attrs["_FillValue"], np.nan, values.astype(float))


def real_1c(real_data):
    return sorted([*(real_data / "granules").glob("1C*"), *(real_data / "scenes").glob("1C*")])


def test_real_files_agree_with_plain_h5py(real_data):
    for path in real_1c(real_data):
        granule, swaths = read_any_1c(path)
        with h5py.File(path) as file:
            assert tuple(swath.group for swath in swaths) == hdf.swath_groups(file)
            for swath in swaths:
                group = file[swath.group]
                good = group["Quality"][...] >= 0
                assert np.array_equal(swath.tb[good], plain_values(group, "Tc")[good].astype(np.float32), equal_nan=True)
                assert np.isnan(swath.tb[~good]).all()
                assert np.array_equal(swath.latitude, plain_values(group, "Latitude"), equal_nan=True)
                assert np.array_equal(swath.longitude, plain_values(group, "Longitude"), equal_nan=True)
                assert np.array_equal(swath.quality, group["Quality"][...])
                assert np.array_equal(swath.time, read_times(group))
                angles = plain_values(group, "incidenceAngle")
                for i, column in enumerate(group["incidenceAngleIndex"][0] - 1):
                    expected = angles[:, :, column].astype(np.float32)
                    assert np.array_equal(swath.incidence[:, :, i], expected, equal_nan=True)
                assert swath.granule == granule.identity
                second = (swath.time - swath.time.astype("datetime64[D]")).astype("timedelta64[ms]").astype(float) / 1000
                assert np.allclose(second, group["ScanTime/SecondOfDay"][...], atol=1e-3)


def test_real_scene_of_v05(real_data):
    (path,) = (real_data / "scenes").glob("1C.F16*")
    swaths = read_1c(path)
    row = INSTRUMENTS["F16_SSMIS"]
    assert [swath.channels for swath in swaths] == [tuple(channel.name for channel in group.channels) for group in row.groups]
    assert [swath.shape for swath in swaths] == [(168, 90), (168, 90), (168, 180), (168, 180)]
    valid = [int(np.isfinite(swath.tb).all(axis=2).sum()) for swath in swaths]
    assert valid == [15120 - 9890, 15120 - 9850, 30240 - 19670, 30240 - 19681]
    assert swaths[1].channel("37V")[np.isfinite(swaths[1].channel("37V"))].min() == pytest.approx(205.2, abs=0.1)
    assert np.nanmax(swaths[3].channel("91.665H")) == pytest.approx(299.7, abs=0.1)
    assert not any(swath.aft for swath in swaths)


def test_real_tmi_has_two_incidence_angles_in_its_first_group(real_data):
    (path,) = (real_data / "granules").glob("1C.TRMM.TMI*")
    _, swaths = read_any_1c(path)
    assert np.allclose(swaths[0].incidence[0, 0], [53.27, 53.38])
    assert all(swath.valid_fraction == 1.0 for swath in swaths)


@pytest.mark.parametrize("sensor", ["TRMM.TMI", "GCOMW1.AMSR2", "F18.SSMIS", "NPP.ATMS", "METOPB.MHS", "MT1.SAPHIR", "GPM.GMI"])
def test_real_sensors_have_the_channels_of_their_row(real_data, sensor):
    (path,) = (real_data / "granules").glob(f"1C.{sensor}*")
    row = INSTRUMENTS[sensor.replace(".", "_")]
    assert [swath.channels for swath in read_1c(path)] == [tuple(c.name for c in group.channels) for group in row.groups]


def test_a_sensor_without_a_row_is_refused_with_the_known_ones_unless_any_will_do(granule_file):
    with h5py.File(granule_file, "r+") as file:
        header = file.attrs["FileHeader"].replace(b"SatelliteName=F16", b"SatelliteName=F20")
        file.attrs.create("FileHeader", header)
        del file.attrs["XCALinfo"]
    with pytest.raises(GranuleError, match=r"F20_SSMIS is unknown; known sensors are .*GPM_GMI"):
        read_1c(granule_file)
    granule, swaths = read_any_1c(granule_file)
    assert granule.sensor_name == "F20_SSMIS"
    assert swaths[1].channels == ("37V", "37H")


def test_real_radar_file_is_no_1c(real_data):
    (path,) = (real_data / "granules").glob("2A.GPM.DPR.V9*")
    with pytest.raises(GranuleError, match=r"2ADPR.*expected level 1C"):
        read_1c(path)
