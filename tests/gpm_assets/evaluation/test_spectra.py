"""Spectra: known noise is found where it takes over, smoothing and noise are told apart, gaps are left out and counted."""

import math

import numpy as np
import pandas
import pytest
from scipy.fft import dctn, idctn

from gpm_assets.errors import GpmAssetsError
from gpm_assets.evaluation import spectra
from gpm_assets.evaluation.binned import add
from gpm_assets.evaluation.spectra import COHERENT, EFFICIENT, KEYS, SUMS, WINDOW, curves, effective_resolution_km

ALONG_KM, ACROSS_KM = 13.5, 5.8
K = np.hypot(np.arange(WINDOW)[:, None] / (2 * WINDOW * ALONG_KM), np.arange(WINDOW) / (2 * WINDOW * ACROSS_KM))
"""Wavenumbers (1/km) of the cosines of a window."""


def table_of(x, y, along_km=ALONG_KM, across_km=ACROSS_KM):
    rows = spectra.sums(x, y, along_km=along_km, across_km=across_km)
    return pandas.DataFrame(rows, columns=[*KEYS, *SUMS])


def measures(x, y):
    return spectra.measures(table_of(x, y))


def of(table, transform):
    found = curves(table)
    return found[found["transform"] == transform].set_index("wavelength_km")


def windows_of(image):
    """Whole windows (window, scan, pixel) of an image."""
    scans, pixels = (size // WINDOW for size in image.shape)
    return image.reshape(scans, WINDOW, pixels, WINDOW).swapaxes(1, 2).reshape(-1, WINDOW, WINDOW)


def filtered(image, gain):
    """The image with the cosines of every window multiplied by a gain (32, 32)."""
    scans, pixels = (size // WINDOW for size in image.shape)
    out = idctn(dctn(windows_of(image), axes=(1, 2), norm="ortho") * gain, axes=(1, 2), norm="ortho")
    return out.reshape(scans, pixels, WINDOW, WINDOW).swapaxes(1, 2).reshape(image.shape)


def noise(seed, scans=20 * WINDOW, pixels=6 * WINDOW):
    return np.random.default_rng(seed).normal(size=(scans, pixels))


def amplitude(power=1.5):
    """Of a field whose power falls with the wavenumber to the power -2 `power`; 1 at 100 km."""
    return (np.maximum(K, K[0, 1] / 10) * 100) ** -power


@pytest.fixture(scope="module")
def field():
    return filtered(noise(1), amplitude())


def gaussian(sigma_km):
    """Gain of a Gaussian smoothing."""
    return np.exp(-2 * (math.pi * K * sigma_km) ** 2)


@pytest.mark.parametrize("equal_km", [30.0, 60.0])
def test_white_noise_is_found_where_it_equals_the_field(field, equal_km):
    """With noise of power N, coherence² = S / (S + N): it falls to sqrt(1/2) where S = N."""
    deviation = (100 / equal_km) ** -1.5
    noisy = field + deviation * noise(2)
    assert measures(noisy, field)["dct_resolution_km"] == pytest.approx(equal_km / 2, rel=0.06)
    seen = of(table_of(noisy, field), "dct")
    power = (100 / seen.index.to_numpy()) ** -3
    middle = seen.index.to_series().between(13, 150).to_numpy()
    np.testing.assert_allclose(seen["coherence"][middle], np.sqrt(power / (power + deviation**2))[middle], atol=0.04)
    np.testing.assert_allclose(seen["power_ratio"][middle], (1 + deviation**2 / power)[middle], rtol=0.15)


@pytest.mark.parametrize("smoothed_km", [10.0, 20.0])
def test_a_smoothed_retrieval_loses_what_noise_covers(field, smoothed_km):
    """Of G y + e coherence² = G² S / (G² S + N): it is lost where the smoothed field has the noise's power."""
    deviation, waves = (100 / 25) ** -1.5, np.linspace(20, 300, 4000)
    gain = np.exp(-2 * (math.pi * smoothed_km / waves) ** 2)
    expected = waves[np.argmax(gain * (waves / 100) ** 1.5 > deviation)] / 2
    blurred = measures(filtered(field, gaussian(smoothed_km)) + deviation * noise(3), field)
    sharp = measures(field + deviation * noise(3), field)
    assert blurred["dct_resolution_km"] == pytest.approx(expected, rel=0.08)
    assert blurred["dct_resolution_km"] > 1.3 * sharp["dct_resolution_km"]
    assert blurred["haar_resolution_km"] > sharp["haar_resolution_km"]


def test_the_two_definitions_are_not_interchangeable(field):
    """Without noise smoothing loses efficiency and power, but hardly coherence."""
    smooth = filtered(field, gaussian(20))
    found, seen = measures(smooth, field), of(table_of(smooth, field), "dct")
    assert found["dct_resolution_km"] < ALONG_KM
    assert found["haar_resolution_km"] > 1.25 * ALONG_KM
    assert found["power_ratio"] < 0.1
    assert (seen["coherence"][seen.index > 50] > 0.96).all()  # below, the gain falls steeply within a bin
    long = seen.index > 100
    expected = np.exp(-4 * (math.pi * 20 / seen.index.to_numpy()) ** 2)
    np.testing.assert_allclose(seen["power_ratio"][long], expected[long], rtol=0.15)


def test_halving_keeps_coherence_and_costs_efficiency():
    """1 - (1 - 1/2)² = 3/4 at every scale; a quarter is left with 1 - 9/16 and resolves nothing."""
    y = noise(4)
    for factor, resolution in ((0.5, ALONG_KM), (0.25, math.inf)):
        found = table_of(factor * y, y)
        np.testing.assert_allclose(of(found, "haar")["efficiency"], 1 - (1 - factor) ** 2, atol=1e-3)
        np.testing.assert_allclose(of(found, "dct")["coherence"], 1)
        assert spectra.measures(found)["haar_resolution_km"] == resolution


def test_the_same_reaches_the_grid(field):
    found = measures(field, field)
    assert found["dct_resolution_km"] == ACROSS_KM
    assert found["haar_resolution_km"] == ALONG_KM
    assert found["power_ratio"] == found["power_ratio_lowest"] == found["power_ratio_highest"] == 1
    assert found["windows"] == field.size / WINDOW**2


def test_what_is_unrelated_resolves_nothing(field):
    found = measures(filtered(noise(9), amplitude()), field)
    assert found["dct_resolution_km"] == found["haar_resolution_km"] == math.inf
    assert found["power_ratio"] == pytest.approx(1, rel=0.1)


def test_invented_detail_raises_power_and_loses_coherence(field):
    """What a generator sharpens: detail with twice the field's own power below 80 km, at places of its own."""
    short = 1 / np.maximum(K, 1e-9) < 80
    invented = field + math.sqrt(2) * filtered(filtered(noise(6), amplitude()), short)
    found, seen = measures(invented, field), of(table_of(invented, field), "dct")
    detail = seen.index < 65
    np.testing.assert_allclose(seen["power_ratio"][detail], 3, rtol=0.2)
    np.testing.assert_allclose(seen["coherence"][detail], 1 / math.sqrt(3), atol=0.06)
    np.testing.assert_allclose(seen["coherence"][seen.index > 100], 1)
    assert found["power_ratio"] > 1.5
    assert found["power_ratio_highest"] > 2.5
    assert 60 / 2 < found["dct_resolution_km"] < 90 / 2


def test_white_noise_has_the_same_power_in_every_bin():
    """The transforms keep power, so coefficients of white noise have its variance at all scales."""
    found = table_of(noise(1), noise(2))
    assert np.all(np.abs(found["yy"] / found["n"] - 1) < 5 * np.sqrt(2 / found["n"]))
    dct = found[found["transform"] == "dct"]
    assert dct["n"].sum() == 20 * 6 * (WINDOW**2 - 1)


def test_wavelengths_are_those_of_waves_in_km():
    """A wave of 60 km lies in its bin whichever way it goes, though pixels are longer along the track than across."""
    along, across = (np.arange(size)[:, None] * step for size, step in ((20 * WINDOW, ALONG_KM), (6 * WINDOW, ACROSS_KM)))
    for image in (np.cos(2 * np.pi * along / 60) + 0 * across.T, np.cos(2 * np.pi * across.T / 60) + 0 * along):
        power = table_of(image, image).query("transform == 'dct'").set_index("wavelength_km")["yy"]
        assert power.idxmax() == pytest.approx(60, rel=0.1)
        assert power.sort_values(ascending=False).iloc[:3].sum() > 0.9 * power.sum()


def test_of_a_plain_loop(field):
    x, y = field[:80, :70] + 0.3 * noise(7)[:80, :70], field[:80, :70].copy()
    y[40, 5] = np.nan
    x[10, 66] = np.nan
    totals = {}
    corners = [(0, 0), (0, 32), (32, 6), (32, 38)]
    for scan, pixel in corners:
        a, b = (dctn(image[scan : scan + 32, pixel : pixel + 32], norm="ortho") for image in (x, y))
        for i, j in np.ndindex(32, 32):
            if i or j:
                bin_ = round(-4 * math.log2(K[i, j]))
                got = totals.setdefault(max(round(2 ** (bin_ / 4), 1), 11.6), np.zeros(4))
                got += [1, a[i, j] ** 2, b[i, j] ** 2, a[i, j] * b[i, j]]
    found = table_of(x, y).query("transform == 'dct'").set_index("wavelength_km")
    assert set(found.index) == set(totals)
    for wavelength, expected in totals.items():
        np.testing.assert_allclose(found.loc[wavelength, ["n", "xx", "yy", "xy"]].to_numpy(float), expected)
    level, products = 2, []
    for scan in (0, 32):
        for pixel in range(70):
            if (scan, pixel) != (32, 5) and (scan, pixel) != (0, 66):
                for start in range(scan, scan + 32, 8):
                    products.append(
                        [
                            (im[start : start + 4, pixel].sum() - im[start + 4 : start + 8, pixel].sum()) / math.sqrt(8)
                            for im in (x, y)
                        ]
                    )
    a, b = np.array(products).T
    haar = table_of(x, y).query("transform == 'haar'").set_index("wavelength_km").loc[2 ** (level + 1) * ALONG_KM]
    np.testing.assert_allclose(haar[["n", "y", "xx", "yy", "xy"]].astype(float), [len(a), b.sum(), a @ a, b @ b, a @ b])
    assert haar["missing"] == 1
    efficiency = 1 - np.sum((a - b) ** 2) / np.sum((b - b.mean()) ** 2)
    assert of(table_of(x, y), "haar")["efficiency"].loc[108.0] == pytest.approx(efficiency)


def test_gaps_are_left_out_and_counted(field):
    """Gaps of the retrieval are missing windows; those of the reference make none, and move windows to where it is known."""
    x, y = field[:64, :96].copy(), field[:64, :96].copy()
    x[3, 40] = np.nan
    found = spectra.measures(table_of(x, y))
    assert (found["windows"], found["missing"]) == (5, 1)
    assert found["dct_resolution_km"] == ACROSS_KM
    haar = table_of(x, y).query("transform == 'haar'")
    assert (haar["missing"] == 1).all()
    assert (haar["windows"] == 2 * 96 - 1).all()
    y[:, :5] = np.nan
    assert (table_of(y, y)["missing"] == 0).all()
    assert spectra.measures(table_of(y, y))["windows"] == 4
    nowhere = spectra.measures(table_of(np.full_like(y, np.nan), y))
    assert (nowhere["windows"], nowhere["missing"]) == (0, 4)
    assert np.isnan(nowhere["dct_resolution_km"])


def test_parts_add_up_in_any_order(field):
    x = field + 0.2 * noise(8)
    parts = [table_of(x[at : at + 64], field[at : at + 64]) for at in range(0, len(field), 64)]
    whole = table_of(x, field)
    for order in (parts, parts[::-1]):
        added = add(pandas.concat(order), KEYS, SUMS)
        pandas.testing.assert_frame_equal(added, add(whole, KEYS, SUMS))
    assert spectra.measures(added) == pytest.approx(spectra.measures(whole))
    with pytest.raises(GpmAssetsError, match="occur more than once"):
        spectra.measures(pandas.concat(parts))


def test_no_rain_has_no_resolution():
    dry = np.zeros((64, 64))
    found = measures(dry, dry)
    assert np.isnan([found[name] for name in ("dct_resolution_km", "haar_resolution_km", "power_ratio")]).all()
    assert found["windows"] == 4
    rain = np.abs(noise(3)[:64, :64])
    nothing = measures(dry, rain)
    assert nothing["dct_resolution_km"] == nothing["haar_resolution_km"] == math.inf
    assert nothing["power_ratio"] < 1e-20
    assert measures(dry[:20], dry[:20])["windows"] == 0


def test_resolution_between_wavelengths():
    waves = [400, 200, 100, 50]
    assert effective_resolution_km(waves, [0.9, 0.8, 0.2, 0.6], 0.5) == pytest.approx(math.sqrt(200 * 100) / 2)
    assert effective_resolution_km(waves[::-1], [0.6, 0.2, 0.8, 0.9], 0.5) == pytest.approx(math.sqrt(200 * 100) / 2)
    assert effective_resolution_km(waves, [np.nan, 0.8, np.nan, 0.6], EFFICIENT) == 25
    assert effective_resolution_km(waves, [0.1, 0.8, 0.8, 0.8], COHERENT) == math.inf
    assert np.isnan(effective_resolution_km(waves, [np.nan] * 4, 0.5))


def test_other_shapes_and_spacings_are_refused():
    with pytest.raises(GpmAssetsError, match=r"retrieved \(3, 4\), reference \(4, 3\)"):
        table_of(np.zeros((3, 4)), np.zeros((4, 3)))
    with pytest.raises(GpmAssetsError, match="along 0, across 5"):
        table_of(np.zeros((3, 4)), np.zeros((3, 4)), along_km=0, across_km=5)
