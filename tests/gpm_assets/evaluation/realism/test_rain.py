"""Spectra of known slope, shares of known size, and the world's own rain."""

import numpy as np
import pytest

from gpm_assets.evaluation.realism import rain
from gpm_assets.simulation.nature import Nature
from gpm_assets.simulation.realism import Extent, Rays, Sample, lines, pixel_spacing_km


@pytest.fixture(scope="module")
def places():
    return lines(Nature(1), 2018, 3000, every=20)


@pytest.mark.parametrize("slope", [-1.0, -5 / 3, -2.5])
def test_the_slope_of_a_power_law_is_found(slope):
    random = np.random.default_rng(1)
    wavenumber = np.fft.rfftfreq(4 * 221, 5.3)
    amplitude = np.where(wavenumber > 0, np.maximum(wavenumber, 1e-9) ** (slope / 2), 0)
    phases = np.exp(2j * np.pi * random.uniform(size=(400, wavenumber.size)))
    scans = np.fft.irfft(amplitude * phases, axis=1)[:, :221]
    found = rain.spectrum(scans, 5.3)
    assert found.slope == pytest.approx(slope, abs=0.15)
    assert found.power.sum() == pytest.approx(1)


def test_what_the_radar_sees_is_a_share_of_what_rains():
    true = np.array([[0.0, 0.2, 0.5, 2.0, np.nan]], np.float32)
    seen = np.array([[0.0, 0.0, 0.6, 1.5, np.nan]], np.float32)
    sample = Sample(Extent(), {}, Rays(true, seen), None, None, None)
    assert rain.radar_share(sample) == pytest.approx(2 / 3)
    assert np.isnan(rain.radar_share(Sample(Extent(), {}, Rays(true * 0, seen * 0), None, None, None)))


def test_zonal_means_add_up(places):
    zonal = rain.zonal_table(places)
    assert [row["south"] for row in zonal] == list(range(-65, 56, 10))
    for row in zonal:
        inside = (places.latitude >= row["south"]) & (places.latitude < row["north"])
        assert row["year_mm_day"] == pytest.approx(24 * places.rain[inside].mean(dtype=float))
        shares = [row[f"{season}_wet_percent"] for season in ("DJF", "MAM", "JJA", "SON")]
        assert min(shares) <= row["year_wet_percent"] <= max(shares)


def test_an_empty_band_has_no_mean(places):
    few = lines(Nature(1), 2018, 2, every=40)
    assert any(row["year_mm_day"] is None for row in rain.zonal_table(few))


def test_the_world_rains_as_the_earth_does(places):
    """The climate of the world is held by its own tests; here the checks are, on a tenth of the sample."""
    rays = Rays(np.full((2, 2), 0.5, np.float32), np.array([[0.5, 0.5], [0.0, 0.0]], np.float32))
    sample = Sample(Extent(), {}, rays, lines(Nature(1), 2018, 400), places, None)
    checks = {check.name: check for check in rain.rain_checks(sample, rain.zonal_table(places), pixel_spacing_km())}
    assert checks["share of pixels above 0.1 mm/h, true"].holds
    true, seen = (checks[f"share of pixels above 0.1 mm/h, {what}"].value for what in ("true", "as the radar sees it"))
    assert seen == pytest.approx(true / 2)
    assert checks["convective share of tropical volume"].value == pytest.approx(100 * rain.convective_share(places))
    assert checks["rainiest band of latitude, its middle"].holds


def test_a_dry_world_fails_its_checks(places):
    dry = lines(Nature(1), 2018, 60, every=20)
    object.__setattr__(dry.world, "rain", np.full_like(dry.world.rain, 0.05))
    sample = Sample(Extent(), {}, Rays(np.ones((1, 1)), np.ones((1, 1))), lines(Nature(1), 2018, 50), dry, None)
    checks = {check.name: check for check in rain.rain_checks(sample, rain.zonal_table(dry), pixel_spacing_km())}
    for name in ("share of pixels above 0.1 mm/h, true", "highest rate"):
        assert not checks[name].holds
