from dataclasses import replace

import numpy as np
import pytest

from gpm_assets.constellation.instruments import INSTRUMENTS
from gpm_assets.simulation import two_stream
from gpm_assets.simulation.physics import PHYSICS
from gpm_assets.simulation.radiative_transfer import brightness_temperature
from gpm_assets.simulation.world import world
from tests.gpm_assets.simulation import direct

PLAIN = replace(PHYSICS["A"], ice_polarisation=0.0)
CHANNELS = tuple(
    c for c in INSTRUMENTS["GPM_GMI"].channels if c.name in ("10.65V", "36.64V", "36.64H", "89V", "166V", "183.31±7V")
)


@pytest.fixture(scope="module")
def earth():
    """A sample of the world without wind."""
    random = np.random.default_rng(3)
    time = np.datetime64("2019-01-05", "ms") + (np.arange(40_000) // 4000 * 850).astype("timedelta64[h]")
    state = world(1, np.rad2deg(np.arcsin(random.uniform(-0.9, 0.9, 40_000))), random.uniform(-180, 180, 40_000), time)
    return replace(state, wind=np.zeros_like(state.wind))


def places(earth, kind):
    return {
        "clear": (earth.rain == 0) & (earth.ice == 0) & (earth.cloud_liquid < 0.01),
        "cloud": (earth.rain == 0) & (earth.ice < 0.002) & (earth.cloud_liquid > 0.1),
        "rain": (earth.rain > 0.2) & (earth.ice < 0.05),
        "ice": (earth.ice > 0.1) & (earth.ice < 2),
        "deep": earth.ice > 2,
    }[kind]


@pytest.mark.parametrize("incidence", [0.0, 52.8, 62.0])
@pytest.mark.parametrize(
    ("kind", "number", "streams", "rms_k", "most_k"),
    [
        ("clear", 8, 4, 0.3, 0.8),
        ("cloud", 8, 4, 0.4, 1.0),
        ("rain", 12, 8, 1.0, 2.5),
        ("ice", 6, 12, 1.5, 3.0),
        ("deep", 3, 16, 2.5, 4.5),
    ],
)
def test_against_the_direct_solution(earth, kind, number, streams, rms_k, most_k, incidence):
    chosen = np.random.default_rng(7).choice(np.flatnonzero(places(earth, kind)), number, replace=False)
    state = direct.part(earth, chosen)
    truth = direct.brightness_temperature(state, CHANNELS, incidence, streams)
    error = brightness_temperature(state, CHANNELS, incidence, physics=PLAIN) - truth
    assert np.sqrt(np.mean(error**2)) < rms_k
    assert np.abs(error).max() < most_k


def layers_of(depths, albedo, kelvin, asymmetry=0.3):
    shape = (1, 1)
    return [
        two_stream.layer(
            np.full(shape, depth * (1 - albedo), np.float32),
            np.full(shape, depth * albedo, np.float32),
            np.full(shape, depth * albedo * asymmetry, np.float32),
            np.full(1, below, np.float32),
            np.full(1, above, np.float32),
        )
        for depth, (below, above) in zip(depths, kelvin, strict=True)
    ]


def test_everything_at_one_temperature_is_black_whatever_scatters():
    stack = layers_of((0.3, 2.0, 5.0), 0.9, [(250, 250)] * 3)
    boundary = two_stream.Boundary(np.full((1, 1), 100.0), np.full((1, 1), 0.6), np.full((1, 1), 250.0))
    radiation = two_stream.diffuse(stack, boundary)
    np.testing.assert_allclose(radiation.mean, 250, atol=0.02)
    np.testing.assert_allclose(radiation.moment, 0, atol=0.02)
    for source in two_stream.sources(stack, radiation, np.float32(0.6)):
        np.testing.assert_allclose(source[:4], 250, atol=0.03)
        np.testing.assert_allclose(source.bulge, 0, atol=0.03)


@pytest.mark.parametrize("depth", [1e-4, 1e-3, 0.1, 3.0, 30.0])
def test_a_layer_that_only_absorbs_is_the_integral_of_its_emission(depth):
    source = two_stream.Source(*(np.float32(kelvin) for kelvin in (280, 260, 280, 260, 0)))
    emitted = two_stream.emit(np.float32(depth), source)
    along = (np.arange(20_000) + 0.5) / 20_000
    up = np.mean((260 + 20 * along) * np.exp(-depth * along)) * depth
    assert emitted.up == pytest.approx(up, rel=2e-4, abs=6e-3)  # single precision
    assert emitted.through == pytest.approx(np.exp(-depth), rel=1e-5)


def test_a_conservative_layer_loses_no_radiation():
    stack = layers_of((1.0, 4.0), 1.0, [(200, 200)] * 2)
    boundary = two_stream.Boundary(np.full((1, 1), 280.0), np.zeros((1, 1)), np.full((1, 1), 3.0))
    moment = two_stream._two_streams(stack, boundary).moment
    assert np.ptp(moment) < 2e-3 * np.mean(moment)
