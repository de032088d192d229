import shutil
from pathlib import Path

import h5py
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gpm_assets.errors import GranuleError
from gpm_assets.granules.radar import read_radar, write_radar
from gpm_assets.granules.verification import verify

RATES = {
    ("2ADPR", "near_surface"): "SLV/precipRateNearSurface",
    ("2ADPR", "surface"): "SLV/precipRateESurface",
    ("2BCMB", "near_surface"): "nearSurfPrecipTotRate",
    ("2BCMB", "surface"): "estimSurfPrecipTotRate",
}


@pytest.fixture
def dpr(tmp_path, make_radar):
    """A 2A-DPR V07 file of high quality everywhere, with rain of 1.5 mm/h."""
    path = tmp_path / "dpr.HDF5"
    write_radar(path, make_radar(), number=1)
    spotless(path, "FS", "FLG/qualityFlag", (0, -99))
    return path


@pytest.fixture
def combined(tmp_path, make_radar):
    """The same as 2B-CMB V07."""
    path = tmp_path / "combined.HDF5"
    write_radar(path, make_radar(product="2BCMB"), number=1)
    spotless(path, "KuGMI", "FLG/ioQuality", 1100)
    return path


def spotless(path, group, quality, good):
    with h5py.File(path, "r+") as file:
        file[f"{group}/{quality}"][...] = good
        file[f"{group}/Latitude"][...] = 10
        file[f"{group}/Longitude"][...] = 20
        file[f"{group}/{RATES['2ADPR' if group == 'FS' else '2BCMB', 'near_surface']}"][...] = 1.5


def set_values(path, name, where, value):
    with h5py.File(path, "r+") as file:
        file[name][where] = value


@pytest.mark.parametrize("product", ["2ADPR", "2BCMB"])
@pytest.mark.parametrize("value", [-1111.1, -1111.0, -9999.9, -9999.0, -28888.0, -29999.0, -1.0, np.nan, np.inf, 0.0])
def test_special_rates_never_become_rain(dpr, combined, product, value):
    path, group = (dpr, "FS") if product == "2ADPR" else (combined, "KuGMI")
    set_values(path, f"{group}/{RATES[product, 'near_surface']}", (0, 0), value)
    radar = read_radar(path)
    expected = 0.0 if value in (-1111.1, -1111.0, 0.0) else np.nan
    assert np.array_equal(radar.rain_mm_h[0, 0], np.float32(expected), equal_nan=True)
    assert (radar.rain_mm_h.reshape(-1)[1:] == 1.5).all()
    assert radar.counts == ({} if expected == 0 else {"rain missing": 1})


@pytest.mark.parametrize(("value", "expected"), [(-9999.9, np.nan), (-28888.0, np.nan), (-1111.1, np.nan), (-89.97, -89.97)])
def test_freezing_levels(dpr, value, expected):
    set_values(dpr, "FS/VER/heightZeroDeg", (0, 0), value)
    assert np.array_equal(read_radar(dpr).freezing_level_m[0, 0], np.float32(expected), equal_nan=True)


@pytest.mark.parametrize(
    ("value", "expected"), [(-9999.9, np.nan), (-28888.0, np.nan), (-1111.1, np.nan), (0.0, np.nan), (2379.0, 2379)]
)
def test_storm_tops(dpr, value, expected):
    set_values(dpr, "FS/PRE/heightStormTop", (0, 0), value)
    assert np.array_equal(read_radar(dpr).storm_top_m[0, 0], np.float32(expected), equal_nan=True)


@pytest.mark.parametrize(("name", "group"), [("2ADPR", "FS/PRE/heightStormTop"), ("2BCMB", "KuGMI/Input/stormTopAltitude")])
def test_a_file_without_storm_tops_has_its_rain_and_says_so(dpr, combined, name, group):
    path = dpr if name == "2ADPR" else combined
    with h5py.File(path, "r+") as file:
        del file[group]
    radar = read_radar(path)
    assert np.isnan(radar.storm_top_m).all()
    assert (radar.rain_mm_h == 1.5).all()
    assert radar.counts == {"storm top not in the file": 35}
    assert verify(path).valid_fraction == 1


def test_of_two_bands_the_storm_top_is_that_of_ku(tmp_path, make_radar):
    path = tmp_path / "both.HDF5"
    written = make_radar(product="2BCMB", swath="KuKaGMI")
    write_radar(path, written, number=1)
    set_values(path, "KuKaGMI/Input/stormTopAltitude", (..., 1), 5000)
    radar = read_radar(path, swath="KuKaGMI")
    assert np.array_equal(radar.storm_top_m, written.storm_top_m, equal_nan=True)


def test_a_second_frequency_that_is_missing_costs_nothing(dpr):
    radar = read_radar(dpr)
    assert (radar.quality == 0).all()
    assert (radar.rain_mm_h == 1.5).all()
    assert radar.counts == {}


def test_bad_quality_costs_the_rain_at_either_frequency_and_for_whole_scans(dpr):
    for ray, flags in enumerate([(2, -99), (0, 2), (1, 0), (-99, -99)]):
        set_values(dpr, "FS/FLG/qualityFlag", (0, ray), flags)
    set_values(dpr, "FS/scanStatus/dataQuality", 3, (0, 1))
    set_values(dpr, "FS/scanStatus/dataQuality", 4, (-99, -99))
    radar = read_radar(dpr)
    assert radar.quality[0, :5].tolist() == [2, 2, 1, -99, 0]
    assert np.isnan(radar.rain_mm_h[0, :5]).tolist() == [True, True, False, True, False]
    assert (radar.quality[3:] == 2).all()
    assert np.isnan(radar.rain_mm_h[3:]).all()
    assert radar.counts == {"quality missing": 1, "bad quality": 2 + 2 * 7}


def test_quality_of_the_combined_product(combined):
    for ray, code in enumerate([0, 21110, 1200, 901100, 99999, -9999]):
        set_values(combined, "KuGMI/FLG/ioQuality", (0, ray), code)
    set_values(combined, "KuGMI/scanStatus/dataQuality", 1, 4)
    radar = read_radar(combined)
    assert radar.quality[0, :6].tolist() == [0, 0, 1, 1, 2, -99]
    assert np.isfinite(radar.rain_mm_h[0, :6]).tolist() == [True, True, True, True, False, False]
    assert (radar.quality[1] == 2).all()


@pytest.mark.parametrize("name", ["FLG/qualityFlag", "scanStatus/dataQuality", "CSF/typePrecip", "PRE/landSurfaceType"])
def test_codes_that_are_no_whole_numbers_are_refused(dpr, name):
    with h5py.File(dpr, "r+") as file:
        shape = file[f"FS/{name}"].shape
        del file[f"FS/{name}"]
        file[f"FS/{name}"] = np.full(shape, np.nan)
    with pytest.raises(GranuleError, match=f"{name}: holds float64, expected whole numbers"):
        read_radar(dpr)


def test_positions_missing_and_out_of_range_are_masked_and_counted(dpr):
    set_values(dpr, "FS/Latitude", (0, 0), 90.5)
    set_values(dpr, "FS/Longitude", (0, 1), 181)
    set_values(dpr, "FS/Latitude", 2, -9999.9)
    set_values(dpr, "FS/Longitude", 2, -9999.9)
    set_values(dpr, f"FS/{RATES['2ADPR', 'near_surface']}", (3, 0), -28888)
    radar = read_radar(dpr)
    assert np.isnat(radar.time).sum() == 0
    assert np.isnan(radar.latitude[0, :3]).tolist() == [True, True, False]
    assert np.array_equal(np.isnan(radar.latitude), np.isnan(radar.longitude))
    assert np.isnan(radar.rain_mm_h).sum() == 2 + 7 + 1
    assert radar.counts == {"position out of range": 2, "position missing": 7, "rain missing": 1}
    assert verify(dpr, "GPM_DPR").counts == radar.counts
    assert verify(dpr).valid_fraction == 1 - 10 / 35


def test_the_combined_product_is_verified_too(combined):
    assert verify(combined).valid_fraction == 1


def test_other_files_other_rain_and_other_swaths_are_refused(dpr, granule_file):
    with pytest.raises(GranuleError, match=r"is a 1CSSMIS file, expected one of 2ADPR, 2AKu, 2BCMB"):
        read_radar(granule_file)
    with pytest.raises(GranuleError, match="unknown rain 'snow'; there is near_surface, surface"):
        read_radar(dpr, "snow")
    with pytest.raises(GranuleError, match="has no swath HS; there is FS"):
        read_radar(dpr, swath="HS")


def test_a_file_without_the_full_swath_gives_the_others_by_name(tmp_path, make_radar):
    path = tmp_path / "hs.HDF5"
    write_radar(path, make_radar(swath="HS"), number=1)
    with pytest.raises(GranuleError, match=r"has no full swath \(NS or FS\); there is HS"):
        read_radar(path)
    assert read_radar(path, swath="HS").swath == "HS"


def header_says(path, old, new):
    with h5py.File(path, "r+") as file:
        text = file.attrs["FileHeader"]
        assert old in text
        file.attrs["FileHeader"] = np.bytes_(text.replace(old, new))


def test_header_and_content_that_disagree_are_refused_with_both_named(dpr):
    header_says(dpr, b"ProductVersion=V07A", b"ProductVersion=V06A")
    with pytest.raises(GranuleError, match="header says 2ADPR V06A, whose swaths are NS, MS, HS; the file holds FS"):
        read_radar(dpr)


def test_a_granule_that_calls_itself_empty_is_refused(dpr):
    header_says(dpr, b"EmptyGranule=NOT_EMPTY", b"EmptyGranule=EMPTY")
    with pytest.raises(GranuleError, match="EmptyGranule=EMPTY"):
        read_radar(dpr)


def test_scans_outside_the_header_are_refused(dpr):
    set_values(dpr, "FS/ScanTime/Year", slice(None), 2001)
    with pytest.raises(GranuleError, match="scans run from 2001"):
        read_radar(dpr)


def test_the_combined_product_of_a_later_version_is_read_by_what_is_inside(combined):
    header_says(combined, b"ProductVersion=V07A", b"ProductVersion=V08A")
    assert read_radar(combined).swath == "KuGMI"


@settings(max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    name=st.sampled_from(
        [
            "Latitude",
            "SLV/precipRateNearSurface",
            "CSF/typePrecip",
            "PRE/heightStormTop",
            "FLG/qualityFlag",
            "scanStatus/dataQuality",
        ]
    ),
    shape=st.one_of(st.just([5, 7]), st.just([5]), st.lists(st.sampled_from([0, 1, 5, 7]), max_size=4)),
    kind=st.sampled_from(["f4", "i1", "u1", "i8", "f8", "S3"]),
)
def test_datasets_of_any_other_shape_or_type_are_read_or_refused(dpr, name, shape, kind):
    path = Path(shutil.copy(dpr, dpr.with_name("other.HDF5")))
    with h5py.File(path, "r+") as file:
        del file[f"FS/{name}"]
        file[f"FS/{name}"] = np.zeros(shape, kind)
    try:
        outcome = read_radar(path).latitude.shape
    except GranuleError as error:
        outcome = str(error)
    assert outcome == (5, 7) or str(path) in outcome


@pytest.mark.parametrize(
    ("pattern", "swaths", "family"),
    [
        ("2A.GPM.DPR.V9*", ("FS", "HS"), "2ADPR"),
        ("2A.GPM.DPR.V8*", ("NS", "MS", "HS"), "2ADPR"),
        ("2A.GPM.Ku*", ("FS",), "2ADPR"),
        ("2B*", ("KuGMI",), "2BCMB"),
    ],
)
def test_real_files_as_plain_h5py_reads_them(real_data, pattern, swaths, family):
    (path,) = (real_data / "granules").glob(pattern)
    level, top, kind = {
        "2ADPR": ("VER/heightZeroDeg", "PRE/heightStormTop", "CSF/typePrecip"),
        "2BCMB": ("Input/zeroDegAltitude", "Input/stormTopAltitude", "Input/precipitationType"),
    }[family]
    for name in swaths:
        with h5py.File(path) as file:
            for rain in ("near_surface", "surface"):
                radar = read_radar(path, rain, name)
                assert np.array_equal(radar.rain_mm_h, file[f"{name}/{RATES[family, rain]}"][...])
                assert radar.rain_mm_h.max() > 0.1
            stored = {field: file[f"{name}/{field}"][...] for field in ("Latitude", "Longitude", level, top, kind)}
        assert np.array_equal(radar.latitude, stored["Latitude"])
        assert np.array_equal(radar.longitude, stored["Longitude"])
        assert np.array_equal(radar.rain_type, np.maximum(stored[kind] // 10_000_000, 0))
        assert np.array_equal(radar.freezing_level_m, np.where(stored[level] < -9000, np.nan, stored[level]), equal_nan=True)
        assert np.array_equal(radar.storm_top_m, np.where(stored[top] < 0, np.nan, stored[top]), equal_nan=True)
        assert np.isfinite(radar.storm_top_m).any()
        assert (radar.surface == 0).all()
        assert (radar.quality == 0).all()
        assert radar.time[0] == np.datetime64("2014-03-08T22:09:51.419" if name == "HS" else "2014-03-08T22:09:51.089")
        assert radar.counts == {}


def test_default_is_the_full_swath(real_data):
    names = {path.name[:9]: read_radar(path).swath for path in sorted((real_data / "granules").glob("2*V07A*"))}
    assert names == {"2A.GPM.DP": "FS", "2A.GPM.Ku": "FS", "2B.GPM.DP": "KuGMI"}


def test_outer_rays_without_the_second_frequency_are_missing_in_a_real_file(real_data):
    (path,) = (real_data / "granules").glob("2B*")
    radar = read_radar(path, swath="KuKaGMI")
    assert np.isnan(radar.rain_mm_h).all()
    assert radar.counts == {"quality missing": 100}
    assert (radar.rain_type == -1).all()
