"""Gas absorption, and clear-sky TB against PyRTlib where it is installed."""

from dataclasses import dataclass

import numpy as np
import pytest

from gpm_assets.constellation.instruments import INSTRUMENTS, Channel
from gpm_assets.simulation import gas, layers
from gpm_assets.simulation.physics import PHYSICS
from gpm_assets.simulation.radiative_transfer import brightness_temperature
from gpm_assets.simulation.spectroscopy import absorption, cloud_absorption
from gpm_assets.simulation.surface import surface
from tests.gpm_assets.simulation import direct

DECIBEL = 10 / np.log(10)
QUANTUM = direct.QUANTUM_K_PER_GHZ
EVERY_BAND = tuple({(c.frequency_ghz, c.sideband_ghz): c for i in INSTRUMENTS.values() for c in i.channels}.values())


@pytest.mark.parametrize(
    ("frequency_ghz", "db_per_km", "tolerance"),
    # Recommendation ITU-R P.676, figure of specific attenuation at 1013.25 hPa, 15 C, 7.5 g/m3
    [(10.0, 0.014, 0.15), (22.235, 0.19, 0.15), (60.0, 15.0, 0.1), (94.0, 0.40, 0.15), (183.31, 28.0, 0.1)],
)
def test_sea_level_attenuation(frequency_ghz, db_per_km, tolerance):
    assert absorption(frequency_ghz, 1013.25 - 9.97, 288.15, 9.97) * DECIBEL == pytest.approx(db_per_km, rel=tolerance)


def test_vapour_absorbs_and_the_line_is_at_its_place():
    dry, moist = (absorption(89.0, 1000.0, 290.0, pressure) for pressure in (0.0, 20.0))
    assert moist > 3 * dry
    around = absorption(np.array([180.0, 183.31, 186.6]), 700.0, 270.0, 4.0)
    assert around[1] > 2 * max(around[0], around[2])


def test_cloud_absorbs_more_at_higher_frequencies_and_where_it_is_colder():
    frequency = np.array([10.65, 18.7, 36.64, 89.0, 166.0])
    cold, warm = (cloud_absorption(frequency, kelvin) for kelvin in (265.0, 290.0))
    assert np.all(np.diff(cold) > 0)
    assert np.all((cold > warm)[:3])
    assert cloud_absorption(36.64, 283.0) == pytest.approx(0.20, rel=0.1)  # m2/kg, Liebe et al. 1991 within their spread


@pytest.mark.parametrize("kelvin", [230.0, 262.0, 295.0])
def test_polynomials_keep_the_line_by_line_optical_depth(kelvin):
    """Of every layer that may have this temperature, from dry to saturated."""
    thickness = np.diff(layers.EDGES_KM)
    for index, height in enumerate(layers.EDGES_KM[:-1] + thickness / 2):
        air = kelvin + 5.8 * height
        if not 228 < air < 314:
            continue
        inside = height + (np.arange(16) - 7.5) / 16 * thickness[index]
        temperature = np.maximum(air - 5.8 * inside, layers.TROPOPAUSE_K)
        shape = np.exp(-(inside - height) / layers.VAPOUR_SCALE_KM)
        for humidity in (0.05, 1.0):
            density = humidity * 216.68 * gas.saturation_hpa(np.array(kelvin)) / kelvin * shape
            vapour_hpa = density * temperature / 216.68
            dry_hpa = gas.pressure_hpa(inside, np.array(air), 5.8) - vapour_hpa
            terms = gas.features(*(np.array([v], np.float32) for v in (kelvin, density.mean() * thickness[index], 0.0)))
            found = (gas.polynomials(EVERY_BAND)[index] @ terms)[:, 0]
            for depth, channel in zip(found, EVERY_BAND, strict=True):
                bands = np.array([channel.frequency_ghz - channel.sideband_ghz, channel.frequency_ghz + channel.sideband_ghz])
                truth = absorption(bands[:, None], dry_hpa, temperature, vapour_hpa).mean() * thickness[index]
                share = 0.025 if height < 10 else 0.07
                assert depth == pytest.approx(truth, rel=share, abs=4e-3), (channel.name, height, humidity)


def test_sidebands_look_deeper_the_farther_they_are():
    channels = tuple(Channel(183.31, "H", 16, 16, 0.5, sideband_ghz=offset) for offset in (0.2, 1.0, 3.0, 7.0, 11.0))
    terms = gas.features(*(np.array([v], np.float32) for v in (265.0, 1.0, 0.0)))
    assert np.all(np.diff((gas.polynomials(channels)[5] @ terms)[:, 0]) < 0)


@dataclass
class Sky:
    """What PyRTlib finds at (frequency,): TB upwards over black ground of the air's temperature, TB downwards, optical depth."""

    up: np.ndarray
    down: np.ndarray
    depth: np.ndarray


@pytest.fixture(scope="module")
def pyrtlib_sky():
    spectrum = pytest.importorskip("pyrtlib.tb_spectrum", reason="PyRTlib is the oracle: pip install pyrtlib")
    equation = pytest.importorskip("pyrtlib.rt_equation").RTEquation
    height = np.concatenate([np.arange(0, 12, 0.25), np.arange(12, 24, 0.75), np.arange(24, 50.1, 2)])

    def sky(state, frequencies, incidence):
        air, lapse = float(state.air[0]), float(state.lapse_k_per_km[0])
        temperature = np.maximum(air - lapse * height, layers.TROPOPAUSE_K)
        density = float(state.vapour[0]) / layers.VAPOUR_SCALE_KM * np.exp(-height / layers.VAPOUR_SCALE_KM)
        density *= layers.humidity(height[:, None].astype(np.float32), state)[:, 0]
        saturated, _ = equation.vapor(temperature, np.ones_like(temperature))
        humidity = density * temperature / 216.68 / saturated
        pressure = gas.pressure_hpa(height, np.array(air), lapse)
        run = spectrum.TbCloudRTE(height, pressure, temperature, humidity, frequencies, np.array([90.0 - incidence]))
        run.init_absmdl("R20")
        found = []
        for satellite in (True, False):
            run.satellite = satellite
            run.emissivity = 1.0
            found.append(run.execute())
        depth = (found[0].tauwet + found[0].taudry).to_numpy()
        return Sky(found[0].tbtotal.to_numpy(), found[1].tbtotal.to_numpy(), depth)

    return sky


STATES = {
    "tropical sea": {"air": 300, "sea_surface": 301, "vapour": 55, "freezing_level": 4600, "upper_humidity": 1.0, "wind": 0},
    "tropical land": {"air": 303, "land": 1, "land_surface": 306, "vapour": 45, "freezing_level": 4800, "lapse_k_per_km": 6.2},
    "mid-latitude sea": {"air": 285, "sea_surface": 286, "vapour": 16, "freezing_level": 2000, "upper_humidity": 0.5, "wind": 0},
    "polar ice": {"air": 255, "sea_surface": 271.3, "sea_ice": 1, "vapour": 3, "freezing_level": 0, "lapse_k_per_km": 5.2},
}


@pytest.mark.parametrize(("name", "incidence"), [(n, i) for n, i in zip(STATES, (0.0, 35.0, 53.0, 65.0), strict=True)])
@pytest.mark.filterwarnings("ignore")
def test_clear_sky_is_within_one_kelvin_of_pyrtlib(pyrtlib_sky, name, incidence):
    """All bands of all instruments; Planck's law and the same surface on either side."""
    state = direct.world_of(1, **STATES[name])
    channels = tuple(Channel(c.frequency_ghz, p, 1, 1, 1, c.sideband_ghz) for c in EVERY_BAND for p in ("V", "H"))
    sides = np.array([(c.frequency_ghz - c.sideband_ghz, c.frequency_ghz + c.sideband_ghz) for c in channels])
    frequencies = np.unique(sides)
    sky = pyrtlib_sky(state, frequencies, incidence)
    ground = surface(state, tuple(channels[::2]), np.float32(incidence), PHYSICS["A"])
    ours = brightness_temperature(state, channels, incidence)[0]
    for index, channel in enumerate(channels):
        emission, reflectivity = (part[index % 2, index // 2, 0] for part in (ground.emission, ground.reflectivity))
        truth = []
        for frequency in sides[index]:
            at = np.searchsorted(frequencies, frequency)
            ends = sky.up[at], float(state.air[0]), sky.down[at], emission / (1 - reflectivity)
            up, air, down, skin = (1 / np.expm1(QUANTUM * frequency / kelvin) for kelvin in ends)
            through = np.exp(-sky.depth[at])
            radiance = up - through * air + through * ((1 - reflectivity) * skin + reflectivity * down)
            truth.append(QUANTUM * frequency / np.log1p(1 / radiance))
        assert ours[index] == pytest.approx(np.mean(truth), abs=1.0), channel.name


def test_absorption_is_that_of_pyrtlib():
    equation = pytest.importorskip("pyrtlib.rt_equation", reason="PyRTlib is the oracle: pip install pyrtlib").RTEquation
    model = pytest.importorskip("pyrtlib.absorption_model")
    for part in (model.H2OAbsModel, model.O2AbsModel, model.N2AbsModel, model.LiqAbsModel):
        part.model = "R20"
    model.H2OAbsModel.set_ll()
    model.O2AbsModel.set_ll()
    pressure, kelvin = np.array([1000.0, 700.0, 400.0, 150.0]), np.array([300.0, 275.0, 250.0, 215.0])
    vapour = np.array([30.0, 5.0, 0.5, 0.005])
    for frequency in (10.65, 22.235, 36.64, 89.0, 150.0, 180.31, 183.11, 190.31):
        wet, dry = equation.clearsky_absorption(pressure + vapour, kelvin, vapour, frequency)
        np.testing.assert_allclose(absorption(frequency, pressure, kelvin, vapour), wet + dry, rtol=1e-3)
        liquid = model.LiqAbsModel.liquid_water_absorption(1.0, frequency, 268.0)
        assert cloud_absorption(frequency, 268.0) == pytest.approx(liquid, rel=1e-6)
