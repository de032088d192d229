from dataclasses import fields, replace

import h5py
import numpy as np
import pytest

from gpm_assets.errors import GranuleError
from gpm_assets.granules.identity import identify
from gpm_assets.granules.layout import LEVEL_2A_DPR
from gpm_assets.granules.radar import read_radar, write_2a_dpr


@pytest.fixture
def radar_file(tmp_path, radar_swath):
    path = tmp_path / "radar.HDF5"
    write_2a_dpr(path, radar_swath, number=33500)
    return path


def same(a, b):
    arrays = [field.name for field in fields(a) if field.name != "granule"]
    return all(np.array_equal(getattr(a, k), getattr(b, k), equal_nan=getattr(a, k).dtype.kind in "fM") for k in arrays)


@pytest.mark.parametrize("rain", ["near_surface", "surface"])
def test_written_radar_reads_back_equal(radar_file, radar_swath, rain):
    assert same(read_radar(radar_file, rain), radar_swath)
    assert identify(radar_file).identity == "GPM_DPR 2A 033500 V07A"


def set_values(path, name, where, value):
    with h5py.File(path, "r+") as file:
        file[f"FS/{name}"][where] = value


@pytest.mark.parametrize(
    ("value", "expected"), [(-1111.1, 0.0), (-1111.0, 0.0), (-9999.9, np.nan), (-28888.0, np.nan), (-29999.0, np.nan)]
)
def test_special_rain_rates(radar_file, value, expected):
    set_values(radar_file, "SLV/precipRateNearSurface", (0, 0), value)
    assert np.array_equal(read_radar(radar_file).rain_mm_h[0, 0], expected, equal_nan=True)


@pytest.mark.parametrize(
    ("value", "expected"),
    [(-1111, 0), (-9999, -1), (-28888, -1), (19031000, 1), (20000000, 2), (39999999, 3), (40000000, -1), (5, -1)],
)
def test_rain_types(radar_file, value, expected):
    set_values(radar_file, "CSF/typePrecip", (0, 0), value)
    assert read_radar(radar_file).rain_type[0, 0] == expected


@pytest.mark.parametrize(("value", "expected"), [(0, 0), (99, 0), (100, 1), (299, 2), (300, 3), (400, -1), (-9999, -1)])
def test_surfaces(radar_file, value, expected):
    set_values(radar_file, "PRE/landSurfaceType", (0, 0), value)
    assert read_radar(radar_file).surface[0, 0] == expected


@pytest.mark.parametrize(("value", "expected"), [(-9999.9, np.nan), (-28888.0, np.nan), (-89.97, -89.97), (4800.0, 4800.0)])
def test_freezing_levels(radar_file, value, expected):
    set_values(radar_file, "VER/heightZeroDeg", (0, 0), value)
    assert np.array_equal(read_radar(radar_file).freezing_level_m[0, 0], np.float32(expected), equal_nan=True)


def test_bad_quality_costs_the_rain_at_either_frequency_and_for_whole_scans(radar_file):
    set_values(radar_file, "FLG/qualityFlag", (0, 0), (2, -99))
    set_values(radar_file, "FLG/qualityFlag", (0, 1), (0, 2))
    set_values(radar_file, "FLG/qualityFlag", (0, 2), (1, 0))
    set_values(radar_file, "SLV/precipRateNearSurface", 0, 1.5)
    set_values(radar_file, "scanStatus/dataQuality", 3, (0, 1))
    radar = read_radar(radar_file)
    assert radar.quality[0, :3].tolist() == [2, 2, 1]
    assert np.isnan(radar.rain_mm_h[0, :3]).tolist() == [True, True, False]
    assert np.isnan(radar.rain_mm_h[3]).all()
    assert (radar.quality[3] == 2).all()
    assert (radar.quality[1] == -99).all()


def test_files_without_a_frequency_axis(radar_file):
    expected = read_radar(radar_file)
    with h5py.File(radar_file, "r+") as file:
        for name, keep in (("FLG/qualityFlag", np.s_[:, :, 0]), ("scanStatus/dataQuality", np.s_[:, 0])):
            values = file[f"FS/{name}"][keep]
            del file[f"FS/{name}"]
            file[f"FS/{name}"] = values
        file.move("FS", "NS")  # as in V06
    assert same(read_radar(radar_file), expected)


def test_other_files_and_other_rain_are_refused(radar_file, granule_file):
    with pytest.raises(GranuleError, match=r"1CSSMIS.*expected 2ADPR or 2AKu"):
        read_radar(granule_file)
    with pytest.raises(GranuleError, match="unknown rain 'snow'"):
        read_radar(radar_file, "snow")
    with h5py.File(radar_file, "r+") as file:
        file.move("FS", "HS")
    with pytest.raises(GranuleError, match=r"no full swath \(FS or NS\), only HS"):
        read_radar(radar_file)


def test_shapes_must_agree(radar_swath):
    with pytest.raises(GranuleError, match="surface has shape"):
        replace(radar_swath, surface=radar_swath.surface[:, 1:])
    with pytest.raises(GranuleError, match="times for 5 scans"):
        replace(radar_swath, time=radar_swath.time[1:])


def test_structure_is_that_of_a_real_file(radar_file, real_data):
    (path,) = (real_data / "granules").glob("2A.GPM.DPR.V9*")
    with h5py.File(radar_file) as ours, h5py.File(path) as real:
        for field in LEVEL_2A_DPR:
            a, b = ours[f"FS/{field.path}"], real[f"FS/{field.path}"]
            assert (a.dtype, a.ndim) == (b.dtype, b.ndim)
            assert dict(a.attrs) == dict(b.attrs)
            assert {k: a.attrs.get_id(k).dtype for k in a.attrs} == {k: b.attrs.get_id(k).dtype for k in b.attrs}
        assert list(ours["FS"].attrs) == list(real["FS"].attrs)


@pytest.mark.parametrize(
    ("prefix", "group", "rain"),
    [("2A.GPM.DPR.V9", "FS", 0.4301591), ("2A.GPM.DPR.V8", "NS", 0.4678596), ("2A.GPM.Ku", "FS", 0.4301591)],
)
def test_real_files(real_data, prefix, group, rain):
    (path,) = (real_data / "granules").glob(f"{prefix}*")
    radar = read_radar(path)
    with h5py.File(path) as file:
        assert np.array_equal(radar.latitude, file[f"{group}/Latitude"][...].astype(float))
        assert np.array_equal(radar.rain_mm_h, file[f"{group}/SLV/precipRateNearSurface"][...])
        assert np.array_equal(radar.rain_type > 0, file[f"{group}/CSF/typePrecip"][...] > 0)
        assert np.array_equal(read_radar(path, "surface").rain_mm_h, file[f"{group}/SLV/precipRateESurface"][...])
    assert radar.rain_mm_h.max() == pytest.approx(rain)
    assert (radar.surface == 0).all()
    assert (radar.quality == 0).all()
    assert np.isnan(radar.freezing_level_m).all()
    assert radar.time[0] == np.datetime64("2014-03-08T22:09:51.089")


def test_real_combined_file_is_refused(real_data):
    (path,) = (real_data / "granules").glob("2B*")
    with pytest.raises(GranuleError, match="2BCMB"):
        read_radar(path)
