"""Make the bundled table of scattering by rain and ice: `python -m gpm_assets.simulation.generate_scattering`, in a second.

Rain: Mie spheres of water (permittivity of Rosenkranz 2015) with normalised gamma distributions of shape 3 (Testud et al.
2001), mass-weighted mean diameter 1.16 mm (R / 1 mm/h)^0.163 (the relation of the DPR's stratiform retrieval, Seto et al. 2013)
times a factor, fall speed of Atlas et al. 1973. Ice: Mie spheres of ice and air (permittivity of Matzler 2006, mixture of
Maxwell Garnett) with exponential distributions, for three habits: graupel of 400 kg/m3, snow aggregates whose density falls
with size (Brandes et al. 2007), and the geometric mean of both. Soft spheres scatter more forwards and, at 166 GHz and above,
less than aggregates of crystals do (Liu 2008), which is why the size that the simulation assumes is tuned, see `scattering`.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gpm_assets.simulation.spectroscopy import water_permittivity

Float = NDArray[np.float64]
Complex = NDArray[np.complex128]

TABLE = Path(__file__).with_name("scattering.npz")
FREQUENCY_GHZ = np.array([10.0, 13.0, 16.0, 19.0, 24.0, 31.0, 37.0, 50.0, 65.0, 85.0, 92.0, 118.0, 150.0, 166.0, 183.0, 205.0])
RAIN_MM_H = np.geomspace(0.05, 150.0, 24)
RAIN_K = np.array([273.0, 298.0])
DROP_SIZE = 2.0 ** np.array([-1.0, -0.5, 0.0, 0.5, 1.0])
ICE_MM = np.geomspace(0.2, 6.4, 11)
"""Mass-weighted mean diameter of ice."""
HABIT = np.array([0.0, 0.5, 1.0])
_ICE_K = 255.0
_GRAUPEL_KG_M3 = 400.0


def mie(size: Float, refraction: Complex) -> tuple[Float, Float, Float]:
    """Efficiencies of extinction and scattering and the asymmetry parameter (Bohren and Huffman 1983) of spheres.

    `size` (n,) is circumference over wavelength, `refraction` (n,) the refractive index with positive imaginary part.
    """
    last = int(np.max(size + 4 * size ** (1 / 3) + 4))
    inner = refraction * size
    start = max(last, int(np.max(np.abs(inner)))) + 16
    derivative = np.zeros((start + 1, len(size)), complex)  # logarithmic, of psi(inner), downwards
    for n in range(start, 0, -1):
        derivative[n - 1] = n / inner - 1 / (derivative[n] + n / inner)
    psi_before, psi = np.cos(size), np.sin(size)
    chi_before, chi = -np.sin(size), np.cos(size)
    extinction, scattering, forward = (np.zeros_like(size) for _ in range(3))
    a_before, b_before = (np.zeros(len(size), complex) for _ in range(2))
    for n in range(1, last + 1):  # chi of small spheres overflows where no term is used
        psi_next, chi_next = (2 * n - 1) / size * psi - psi_before, (2 * n - 1) / size * chi - chi_before
        xi_next, xi = psi_next - 1j * chi_next, psi - 1j * chi
        terms = (derivative[n] / refraction + n / size, derivative[n] * refraction + n / size)
        useful = n <= size + 4 * size ** (1 / 3) + 4
        with np.errstate(over="ignore", invalid="ignore"):
            a, b = (np.where(useful, (term * psi_next - psi) / (term * xi_next - xi), 0) for term in terms)
        extinction += (2 * n + 1) * np.real(a + b)
        scattering += (2 * n + 1) * (np.abs(a) ** 2 + np.abs(b) ** 2)
        forward += (2 * n + 1) / (n * (n + 1)) * np.real(a * np.conj(b))
        if n > 1:
            forward += (n * n - 1) / n * np.real(a_before * np.conj(a) + b_before * np.conj(b))
        a_before, b_before, psi_before, psi, chi_before, chi = a, b, psi, psi_next, chi, chi_next
    return 2 / size**2 * extinction, 2 / size**2 * scattering, 2 * forward / np.maximum(scattering, 1e-300)


def cross_sections(frequency_ghz: float, diameter_mm: Float, permittivity: Complex) -> Float:
    """Extinction, scattering, and scattering times asymmetry (3, n) in m2 of spheres."""
    extinction, scattering, asymmetry = mie(np.pi * diameter_mm * frequency_ghz / 299.792458, np.sqrt(permittivity))
    area = np.pi / 4 * (1e-3 * diameter_mm) ** 2
    return np.stack([extinction, scattering, scattering * asymmetry]) * area


def rain() -> Float:
    """(3, temperature, drop size, rain, frequency): extinction, scattering, scattering times asymmetry in Np/km per mm/h."""
    diameter = np.geomspace(0.05, 9.0, 160)  # mm
    width = np.gradient(diameter)
    speed = np.maximum(9.65 - 10.3 * np.exp(-0.6 * diameter), 0.0)  # m/s
    mean = DROP_SIZE[:, None] * 1.16 * RAIN_MM_H**0.163
    ratio = diameter / mean[..., None]
    number = ratio**3 * np.exp(-7 * ratio) * width  # relative
    flux = np.sum(number * np.pi / 6 * diameter**3 * speed, axis=-1) * 3.6e-3  # mm/h for one drop per m3 and mm
    number *= (RAIN_MM_H / flux / RAIN_MM_H)[..., None]
    result = np.empty((3, len(RAIN_K), *mean.shape, len(FREQUENCY_GHZ)))
    for at, kelvin in enumerate(RAIN_K):
        for index, frequency in enumerate(FREQUENCY_GHZ):
            epsilon = np.full(len(diameter), water_permittivity(frequency, kelvin))
            sections = cross_sections(float(frequency), diameter, epsilon)
            result[:, at, :, :, index] = 1e3 * np.einsum("qs,drs->qdr", sections, number)
    return result


def ice() -> Float:
    """(3, habit, size, frequency): extinction, scattering, scattering times asymmetry in m2/kg."""
    diameter = np.geomspace(0.05, 40.0, 200)
    width = np.gradient(diameter)
    result = np.empty((3, len(HABIT), len(ICE_MM), len(FREQUENCY_GHZ)))
    for at, habit in enumerate(HABIT):
        density = _density(diameter, float(habit))
        mass = np.pi / 6 * density * (1e-3 * diameter) ** 3
        slope = np.geomspace(0.2, 60.0, 400)  # 1/mm
        number = np.exp(-slope[:, None] * diameter) * width
        mean = np.sum(number * mass * diameter, axis=1) / np.sum(number * mass, axis=1)
        chosen = np.exp(np.interp(np.log(ICE_MM), np.log(mean[::-1]), np.log(slope[::-1])))
        number = np.exp(-chosen[:, None] * diameter) * width
        number /= np.sum(number * mass, axis=1)[:, None]
        for index, frequency in enumerate(FREQUENCY_GHZ):
            sections = cross_sections(float(frequency), diameter, _mixture(float(frequency), density / 917.0))
            result[:, at, :, index] = sections @ number.T
    return result


def _density(diameter_mm: Float, habit: float) -> Float:
    aggregates = np.minimum(178.0 * diameter_mm**-0.922, 600.0)
    return _GRAUPEL_KG_M3 ** (1 - habit) * aggregates**habit


def _mixture(frequency_ghz: float, share: Float) -> Complex:
    """Permittivity of air with a volume share of ice in it."""
    ice = ice_permittivity(frequency_ghz, _ICE_K)
    contrast = share * (ice - 1) / (ice + 2)
    return (1 + 2 * contrast) / (1 - contrast)


def ice_permittivity(frequency_ghz: float, temperature_k: float) -> complex:
    """Complex relative permittivity of pure ice (Matzler 2006)."""
    theta = 300.0 / temperature_k - 1
    alpha = (0.00504 + 0.0062 * theta) * np.exp(-22.1 * theta)
    boltzmann = np.exp(335.0 / temperature_k)
    beta = 0.0207 / temperature_k * boltzmann / (boltzmann - 1) ** 2 + 1.16e-11 * frequency_ghz**2
    beta += np.exp(-9.963 + 0.0372 * (temperature_k - 273.16))
    return complex(3.1884 + 9.1e-4 * (temperature_k - 273.0), alpha / frequency_ghz + beta * frequency_ghz)


def main() -> None:
    """Write the table beside this file."""
    np.savez_compressed(TABLE, allow_pickle=False, **table())


def table() -> dict[str, NDArray[np.floating[Any]]]:
    """Arrays of the bundled file by name."""
    return {
        "frequency_ghz": FREQUENCY_GHZ,
        "rain_mm_h": RAIN_MM_H,
        "rain_k": RAIN_K,
        "drop_size": DROP_SIZE,
        "ice_mm": ICE_MM,
        "habit": HABIT,
        "rain": rain().astype(np.float32),
        "ice": ice().astype(np.float32),
    }


if __name__ == "__main__":
    main()
