import h5py
import numpy as np
import pytest

from gpm_assets.errors import GranuleError
from gpm_assets.granules.gprof import read_gprof
from gpm_assets.granules.gprof.layout import LATITUDE, LONGITUDE, PIXEL_STATUS, PROBABILITY, QUALITY, RAIN
from gpm_assets.granules.inspection import describe
from gpm_assets.granules.verification import product_of, verify
from tests.gpm_assets.granules.gprof.writing import made_up
from tests.gpm_assets.granules.patching import put, say

SENSORS = [("METOPB", "MHS"), ("GPM", "GMI"), ("F16", "SSMIS"), ("NPP", "ATMS"), ("GCOMW1", "AMSR2")]


@pytest.mark.parametrize(("version", "algorithm"), [("V05C", "GPROF2017v2"), ("V07A", "GPROF2021v1"), ("V08A", "GPROFNNv1")])
@pytest.mark.parametrize(("platform", "sensor"), SENSORS)
def test_what_is_in_the_file_comes_back(file, version, algorithm, platform, sensor):
    swath = read_gprof(file(version=version, platform=platform, sensor=sensor))
    made = made_up()
    assert np.array_equal(swath.rain_mm_h, made["arrays"][RAIN])
    assert np.array_equal(swath.latitude, made["arrays"][LATITUDE].astype(np.float64))
    assert np.array_equal(swath.longitude, made["arrays"][LONGITUDE].astype(np.float64))
    assert np.array_equal(swath.time, made["time"])
    np.testing.assert_allclose(swath.probability_of_precipitation, made["arrays"][PROBABILITY] / 100, rtol=1e-6)
    assert (swath.sensor, swath.version, swath.algorithm) == (f"{platform}_{sensor}", version, algorithm)
    assert swath.granule == f"{platform}_{sensor} 2A 069788 {version}"
    assert (swath.rain_mm_h.dtype, swath.quality.dtype) == (np.float32, np.int8)
    assert (swath.quality == 0).all()
    assert swath.counts == {}


@pytest.mark.parametrize("version", ["V07A", "V08A"])
def test_refused_pixels_are_missing_and_counted_once(file, version):
    """The float fill is that of the file in float32, which no float64 literal equals."""
    flaws = {
        PIXEL_STATUS: {(0, 0): 1, (0, 1): 2, (0, 2): 3, (0, 3): 4, (0, 4): 5, (1, 0): -99, (1, 1): 7},
        QUALITY: {(0, 0): -99, (1, 2): 1, (1, 3): 2, (1, 4): 3, (2, 0): -99},
        RAIN: {(2, 1): -9999.9, (2, 2): -1.0, (0, 1): -9999.9},
        LATITUDE: {(2, 3): -9999.9, (2, 4): 90.5},
        PROBABILITY: {(3, 0): -99, (3, 1): 101},
    }
    path = file(flaws, version=version)
    swath = read_gprof(path)
    lost = np.zeros(swath.rain_mm_h.shape, bool)
    lost[0], lost[1], lost[2] = True, [True, True, False, True, True], True
    assert np.array_equal(np.isnan(swath.rain_mm_h), lost)
    assert swath.counts == {
        "invalid position": 1,
        "TB out of range": 1,
        "surface class without database entries": 1,
        "no water vapour, temperature or surface class": 1,
        "no Bayesian solution": 1,
        "status missing": 1,
        "unknown quality code": 1,
        "extreme caution: snow on the ground": 1,
        "extreme caution: channels missing": 1,
        "quality missing": 1,
        "rain missing": 2,
        "position missing": 1,
        "position out of range": 1,
    }
    assert sum(swath.counts.values()) == lost.sum()
    assert np.isnan(swath.latitude[2, 3:]).all()
    assert np.isnan(swath.longitude[2, 3:]).all()
    unsure = lost.copy()
    unsure[2, 1:3] = False  # there the probability is known, the rain is not
    unsure[3, :2] = True
    assert np.array_equal(np.isnan(swath.probability_of_precipitation), unsure)
    assert swath.quality[1].tolist() == [0, 0, 1, 2, 3]
    assert verify(path, "METOPB_MHS_GPROF").valid_fraction == 1 - lost.mean()


def test_missing_scans_have_neither_time_nor_rain(file):
    made = made_up()
    made["time"][2] = np.datetime64("NaT")
    for field, fill in ((LATITUDE, -9999.9), (LONGITUDE, -9999.9), (RAIN, -9999.9), (PIXEL_STATUS, -99), (QUALITY, -99)):
        made["arrays"][field][2] = fill
    swath = read_gprof(file(**made))
    assert np.flatnonzero(np.isnat(swath.time)).tolist() == [2]
    assert np.isnan(swath.rain_mm_h[2]).all()
    assert np.isfinite(np.delete(swath.rain_mm_h, 2, axis=0)).all()
    assert swath.counts == {"status missing": 5}


def test_the_algorithm_of_a_file_that_lost_its_name_is_that_of_the_header(file):
    assert read_gprof(file(header={"FileName": ""})).algorithm == "GPROF NN0.8.14.dev"


def test_the_climate_product_is_read_and_no_rival(file):
    path = file(climate=True, version="V07A")
    assert read_gprof(path).granule == "METOPB_MHS 2A-CLIM 069788 V07A"
    assert product_of(verify(path).granule) is None
    assert product_of(verify(file(version="V07A")).granule) == "METOPB_MHS_GPROF"


def test_a_sensor_without_a_row_is_read_and_belongs_to_no_product(file):
    path = file(platform="NOAA15", sensor="AMSUB")
    assert read_gprof(path).sensor == "NOAA15_AMSUB"
    assert product_of(verify(path).granule) is None


@pytest.mark.parametrize("keep", [0, 4, 3000, 0.5])
def test_a_cut_file_is_refused_by_name(file, keep):
    path = file()
    content = path.read_bytes()
    path.write_bytes(content[: int(keep * len(content)) if isinstance(keep, float) else keep])
    with pytest.raises(GranuleError, match="METOPB"):
        read_gprof(path)


@pytest.mark.parametrize("name", ["surfacePrecipitation", "qualityFlag", "pixelStatus", "ScanTime/Year", "probabilityOfPrecip"])
def test_a_missing_dataset_is_named(file, name):
    path = file()
    with h5py.File(path, "r+") as opened:
        del opened[f"S1/{name}"]
    with pytest.raises(GranuleError, match=f"{name}: this dataset is missing"):
        read_gprof(path)


def test_shapes_and_types_that_do_not_fit_are_refused(file):
    path = file(version="V07A")
    with h5py.File(path, "r+") as opened:
        del opened["S1/qualityFlag"]
        opened["S1/qualityFlag"] = np.zeros((6, 4), np.int8)
    with pytest.raises(GranuleError, match="shapes disagree"):
        read_gprof(path)
    with h5py.File(path, "r+") as opened:
        del opened["S1/qualityFlag"]
        opened["S1/qualityFlag"] = np.zeros((6, 5), np.float32)
    with pytest.raises(GranuleError, match="qualityFlag: holds float32, expected whole numbers"):
        read_gprof(path)


def test_a_probability_in_another_unit_is_refused(file):
    path = file(version="V07A")
    with h5py.File(path, "r+") as opened:
        opened["S1/probabilityOfPrecip"].attrs["units"] = np.bytes_("1")
    with pytest.raises(GranuleError, match="is in '1', expected per cent"):
        read_gprof(path)


def test_what_contradicts_itself_or_is_something_else_is_refused(file, granule_file):
    with pytest.raises(GranuleError, match="is a 1CSSMIS file, expected 2AGPROF"):
        read_gprof(granule_file)
    with pytest.raises(GranuleError, match="AlgorithmID=2AGPROFGMI and InstrumentName=MHS, which disagree"):
        read_gprof(file(header={"AlgorithmID": "2AGPROFGMI"}))
    with pytest.raises(GranuleError, match="EmptyGranule=EMPTY"):
        read_gprof(file(header={"EmptyGranule": "EMPTY"}))
    path = file(version="V07A")
    put(path, {"S1/ScanTime/Year": 2020})
    with pytest.raises(GranuleError, match="scans run from 2020"):
        read_gprof(path)
    path = file(version="V07A")
    say(path, "NumberOfSwaths=1", "NumberOfSwaths=2")
    with pytest.raises(GranuleError, match="gives 2 swaths"):
        read_gprof(path)


def test_inspection_tells_the_rain_and_who_retrieved_it(file):
    found = describe(file({QUALITY: {(0, 0): 2}}))
    (swath,) = found["swaths"]
    assert (found["known"], found["level"], found["product"], found["edition"]) == (True, "2A", "2AGPROFMHS", 8)
    assert found["container"] == "netCDF-4"
    assert swath["retrieval"] == "GPROFNNv1"
    assert (swath["scans"], swath["scans_in_header"], swath["pixels"]) == (6, 6, 5)
    assert swath["masked"] == {"extreme caution: snow on the ground": 1}
    assert [(code["code"], code["fate"], code["pixels"]) for code in swath["quality"]] == [(0, "keep", 29), (2, "mask", 1)]
    assert swath["rainy_pixels"] == (made_up()["arrays"][RAIN].reshape(-1)[1:] > 0).sum()
    assert 0 <= swath["probability_of_precipitation"][0] < swath["probability_of_precipitation"][1] <= 1
