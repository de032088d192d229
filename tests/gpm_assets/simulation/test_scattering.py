import numpy as np
import pytest
from scipy.special import hankel1, jv

from gpm_assets.constellation.instruments import Channel
from gpm_assets.simulation import generate_scattering, scattering
from gpm_assets.simulation.lookup import table
from gpm_assets.simulation.spectroscopy import water_permittivity

CHANNELS = tuple(Channel(frequency, "V", 10, 10, 0.5) for frequency in (10.65, 18.7, 36.64, 89.0, 166.0))


def of(rows, *values):
    return rows(CHANNELS, *(np.array([value], np.float32) for value in values))[..., 0]


@pytest.mark.parametrize(
    ("size", "refraction", "extinction", "scatters", "asymmetry"),
    # Bohren and Huffman 1983, appendix A; Wiscombe 1979, table of test cases
    [(5.21282, 1.55 + 0j, 3.10543, 3.10543, 0.63314), (1.0, 1.5 + 1j, 2.336321, 0.663454, 0.192136)],
)
def test_published_spheres(size, refraction, extinction, scatters, asymmetry):
    found = generate_scattering.mie(np.array([size]), np.array([refraction]))
    np.testing.assert_allclose(np.concatenate(found), (extinction, scatters, asymmetry), rtol=2e-5)


@pytest.mark.parametrize(("size", "refraction"), [(10.0, 1.5 + 1j), (0.3, 6 + 2j), (3.0, 6 + 2.5j)])
def test_spheres_against_bessel_functions(size, refraction):
    n = np.arange(1, int(size + 4 * size ** (1 / 3) + 10))
    inner = refraction * size

    def psi(order, z):
        return np.sqrt(np.pi * z / 2) * jv(order + 0.5, z)

    def xi(order):
        return np.sqrt(np.pi * size / 2) * hankel1(order + 0.5, size)

    inside = psi(n - 1, inner) - n / inner * psi(n, inner)
    outside, wave = psi(n - 1, size) - n / size * psi(n, size), xi(n - 1) - n / size * xi(n)
    a = (refraction * psi(n, inner) * outside - psi(n, size) * inside) / (refraction * psi(n, inner) * wave - xi(n) * inside)
    b = (psi(n, inner) * outside - refraction * psi(n, size) * inside) / (psi(n, inner) * wave - refraction * xi(n) * inside)
    extinction, scatters, _ = generate_scattering.mie(np.array([size]), np.array([refraction]))
    assert extinction[0] == pytest.approx(2 / size**2 * np.sum((2 * n + 1) * (a + b).real))
    assert scatters[0] == pytest.approx(2 / size**2 * np.sum((2 * n + 1) * (np.abs(a) ** 2 + np.abs(b) ** 2)))


def test_small_drops_scatter_as_rayleigh_says():
    epsilon = water_permittivity(10.65, 283.0)
    size = 0.02
    extinction, scatters, asymmetry = generate_scattering.mie(np.array([size]), np.sqrt(np.array([epsilon])))
    contrast = (epsilon - 1) / (epsilon + 2)
    assert extinction[0] == pytest.approx(4 * size * contrast.imag, rel=0.02)
    assert scatters[0] == pytest.approx(8 / 3 * size**4 * abs(contrast) ** 2, rel=0.02)
    assert abs(asymmetry[0]) < 0.01


def test_the_bundled_table_is_what_its_generator_makes():
    made = generate_scattering.table()
    with np.load(generate_scattering.TABLE) as bundled:
        assert set(bundled) == set(made)
        for name, values in made.items():
            np.testing.assert_allclose(bundled[name], values, rtol=1e-4)


def test_rain_attenuates_as_the_itu_says():
    """Recommendation ITU-R P.838-3 at 5 mm/h, horizontal, Np/km: its drops are flat, and more of them are large (10 GHz)."""
    found = 5 * of(scattering.rain, 283.0, 1.0, 5.0)[0]
    np.testing.assert_allclose(found[1:], [0.1007, 0.3592, 0.8968, 1.0461], rtol=0.3)
    assert 0.5 * 0.0261 < found[0] < 0.0261


def test_rain_absorbs_low_and_scatters_high_frequencies():
    extinction, scatters, forward = of(scattering.rain, 283.0, 1.0, 10.0)
    assert np.all(np.diff(scatters / extinction) > 0)
    assert scatters[0] < 0.1 * extinction[0]
    assert np.all(np.abs(forward) < scatters)
    assert np.all(scatters < extinction)


def test_larger_drops_of_the_same_rain_attenuate_low_frequencies_more_and_high_ones_less():
    small, large = (of(scattering.rain, 283.0, size, 10.0)[0] for size in (0.7, 1.4))
    assert large[0] > small[0]
    assert large[-1] < small[-1]


def test_ice_scatters_more_the_larger_it_is_and_the_higher_the_frequency():
    small, large = (of(scattering.ice, 0.3, size) for size in (0.5, 1.5))
    assert np.all(np.diff(small[1]) > 0)
    assert np.all(large[1] > small[1])
    assert np.all(large[2] / large[1] > small[2] / small[1])  # and more forwards
    assert 0.05 < of(scattering.ice, 0.5, 1.1)[0][3] < 0.4  # m2/kg at 89 GHz, of the order of Liu 2008


def test_dense_graupel_scatters_more_than_aggregates_of_its_size():
    graupel, aggregates = (of(scattering.ice, habit, 1.5)[1] for habit in (0.0, 1.0))
    assert np.all(graupel > 1.3 * aggregates)


def test_look_up_is_linear_and_clamped():
    plane = table(([0, 1, 2], [10, 20]), np.array([[[0, 1], [10, 11], [20, 21]]]))
    points = np.array([0.5, 1.5, -3, 9], np.float32), np.array([10, 15, 20, 99], np.float32)
    np.testing.assert_allclose(plane(*points)[0], [5, 15.5, 1, 21], atol=0.02)
    np.testing.assert_allclose(plane(points[0], 15.0)[0], [5.5, 15.5, 0.5, 20.5], atol=0.02)
