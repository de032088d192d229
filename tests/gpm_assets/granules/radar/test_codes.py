import numpy as np
import pytest

from gpm_assets.granules.radar.codes import QUALITY, rain_type, stored_rain_type, stored_surface_class, surface_class


@pytest.mark.parametrize(
    ("stored", "expected"),
    [
        (-1111, 0),
        (-9999, -1),
        (-28888, -1),
        (-29999, -1),
        (19031000, 1),
        (20000000, 2),
        (39999999, 3),
        (40000000, -1),
        (5, -1),
    ],
)
def test_rain_types(stored, expected):
    assert rain_type(np.array([[stored]], np.int32)).tolist() == [[expected]]


@pytest.mark.parametrize(
    ("stored", "expected"), [(0, 0), (99, 0), (100, 1), (299, 2), (300, 3), (400, -1), (-1, -1), (-9999, -1), (-28888, -1)]
)
def test_surfaces(stored, expected):
    assert surface_class(np.array([[stored]], np.int32)).tolist() == [[expected]]


@pytest.mark.parametrize(
    ("stored", "expected"),
    [
        ((0, 0), 0),
        ((0, -99), 0),
        ((-99, 0), 0),
        ((1, 0), 1),
        ((0, 1), 1),
        ((2, -99), 2),
        ((1, 2), 2),
        ((-99, -99), -99),
        ((7, 0), 2),
    ],
)
def test_quality_flag_is_the_worst_of_the_frequencies_that_are_present(stored, expected):
    assert QUALITY["FLG/qualityFlag"].read(np.array([[stored]], np.int8)).tolist() == [[expected]]


@pytest.mark.parametrize(
    ("stored", "expected"),
    [
        (0, 0),
        (1100, 0),  # rain, the attenuation in the noise, freezing level from analysis
        (21110, 0),  # no rain
        (1200, 1),  # signal lost by attenuation
        (901100, 1),  # no brightness temperature
        (99999, 2),  # no radar
        (999999, 2),
        (9, 2),  # no output
        (90, 2),
        (-9999, -99),
    ],
)
def test_io_quality_by_its_digits(stored, expected):
    assert QUALITY["FLG/ioQuality"].read(np.array([[[stored]]], np.int32)).tolist() == [[expected]]


def test_codes_come_back():
    kinds, surfaces = np.arange(-1, 4, dtype=np.int8)[None], np.arange(-1, 4, dtype=np.int8)[None]
    assert np.array_equal(rain_type(stored_rain_type(kinds)), kinds)
    assert np.array_equal(surface_class(stored_surface_class(surfaces)), surfaces)
    quality = np.array([[0, 1, 2, -99]], np.int8)
    for name, code in QUALITY.items():
        assert np.array_equal(code.read(code.write(quality)[..., None]), quality), name
