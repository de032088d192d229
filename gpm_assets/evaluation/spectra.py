"""Down to which scale a retrieval follows the rain: spectra, coherence and wavelet efficiency, and two effective resolutions.

Two definitions are published, and they are not interchangeable:

- coherence of a 2-D cosine transform of 32 x 32 pixels above sqrt(1/2) (Pfreundschuh et al. 2024 and SatRain 2025). It is blind
  to amplitude: a smoothed field is as coherent as a sharp one, until noise takes over.
- Nash-Sutcliffe efficiency above 1/2 of Haar wavelets along the track (Guilloteau et al. 2017; GPROF-NN 2022). It is lost by
  smoothing and by noise alike.

Both sources call half a wavelength the resolution, so that a perfect retrieval has that of its grid; so do we. SatRain averages
coherences of single coefficients and takes the shortest coherent wave. Here the coefficients of a bin are pooled, which few
windows do not bias (a gain that falls steeply within a bin costs a little), and all longer waves must be coherent too. The ratio
of the power spectra tells smoothing (below 1) from invented detail (above 1), which coherence and efficiency do not.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from gpm_assets.errors import GpmAssetsError
from gpm_assets.evaluation.binned import Float, Row, require_added, rows

if TYPE_CHECKING:
    from pandas import DataFrame

WINDOW = 32
"""Scans and pixels of a window, a power of two."""
BINS_PER_OCTAVE = 4
COHERENT = math.sqrt(0.5)
EFFICIENT = 0.5
RATIO_KM = (20.0, 100.0)
"""Wavelengths over which the ratio of spectra is summarised."""
KEYS = ("transform", "wavelength_km")
"""`dct` with the middle of a quarter of an octave, `haar` with twice the scale of a level; rounded to 0.1 km."""
SUMS = ("windows", "missing", "n", "x", "y", "xx", "yy", "xy")
"""Windows that count, and those with a reference whose retrieval has a gap; coefficients, their sums, squares and products."""

Image = NDArray[np.float64]


def sums(retrieved: ArrayLike, reference: ArrayLike, *, along_km: float, across_km: float) -> list[Row]:
    """Rows of `KEYS` and `SUMS` of images of rain (scan, pixel) in mm/h, NaN where unknown, and the spacing of pixels in km.

    Bands of 32 scans are cut, from the first scan on, into windows at pixels where the whole band has a reference: 32 pixels wide
    for `dct`, one for `haar`. The retrieval has no say in it, so methods are compared on the same windows; one in which the
    retrieval has a gap is counted as missing and left out. Wavelengths are those of axes at right angles: on a conical scan these
    are so in its middle, towards its ends waves of one length spread over neighbouring bins. Waves shorter than twice `along_km`
    are seen across the track only. Raises GpmAssetsError for other shapes or spacings that are not positive.
    """
    x, y = np.asarray(retrieved, np.float64), np.asarray(reference, np.float64)
    if x.ndim != 2 or x.shape != y.shape:
        raise GpmAssetsError(f"spectra need images (scan, pixel) of one shape: retrieved {x.shape}, reference {y.shape}")
    if not (along_km > 0 and across_km > 0):
        raise GpmAssetsError(f"spectra need the spacing of pixels in km, above 0: along {along_km}, across {across_km}")
    return [*_dct_rows(x, y, along_km, across_km), *_haar_rows(x, y, along_km)]


def curves(table: DataFrame) -> DataFrame:
    """Curves by `transform` and `wavelength_km`, long waves first, with `windows`, `n` and, from the coefficients x and y,

    - `power_ratio`: sum x² / sum y²;
    - `coherence`: sum x y / sqrt(sum x² sum y²), 0 where nothing was retrieved;
    - `efficiency`: Nash-Sutcliffe's 1 - sum (x - y)² / sum (y - mean y)².

    NaN where the reference has no power. Raises GpmAssetsError for rows that were not added up.
    """
    require_added(table, KEYS)
    found = table.sort_values(["transform", "wavelength_km"], ascending=[True, False]).reset_index(drop=True)
    n, y, xx, yy, xy = (found[name].to_numpy(np.float64) for name in ("n", "y", "xx", "yy", "xy"))
    known = yy > 0
    variance = np.where(known, yy - y**2 / np.maximum(n, 1), np.nan)
    power = np.where(known, yy, np.nan)
    both = np.sqrt(xx * power)
    return found[[*KEYS, "windows", "n"]].assign(
        power_ratio=xx / power,
        coherence=np.where(both == 0, 0.0, xy / np.where(both == 0, 1.0, both)),
        efficiency=1 - (xx + yy - 2 * xy) / np.where(variance > 0, variance, np.nan),
    )


def measures(table: DataFrame) -> dict[str, float]:
    """Effective resolutions in km and the ratio of spectra; raises GpmAssetsError for rows that were not added up.

    `dct_resolution_km` and `haar_resolution_km`: see `effective_resolution_km`. `power_ratio`: geometric mean over the bins of
    `dct` from 20 to 100 km, and `power_ratio_lowest`, `power_ratio_highest` of them. `windows`, `missing` are those of `dct`.
    Values are NaN where nothing was seen.
    """
    seen = curves(table)
    dct, haar = (seen[seen["transform"] == name] for name in ("dct", "haar"))
    ratio = dct[dct["wavelength_km"].between(*RATIO_KM)]["power_ratio"].dropna().to_numpy(np.float64)
    logarithm = np.log(np.maximum(ratio, 1e-30)) if ratio.size else np.full(1, np.nan)
    counted = table[table["transform"] == "dct"][["windows", "missing"]].max()
    return {
        "dct_resolution_km": effective_resolution_km(dct["wavelength_km"], dct["coherence"], COHERENT),
        "haar_resolution_km": effective_resolution_km(haar["wavelength_km"], haar["efficiency"], EFFICIENT),
        "power_ratio": float(np.exp(logarithm.mean())),
        "power_ratio_lowest": float(np.exp(logarithm.min())),
        "power_ratio_highest": float(np.exp(logarithm.max())),
        **{name: float(np.nan_to_num(counted[name])) for name in ("windows", "missing")},
    }


def effective_resolution_km(wavelength_km: ArrayLike, skill: ArrayLike, limit: float) -> float:
    """Half the wavelength in km at which `skill` falls to `limit` for the first time, coming from long waves.

    Linear between wavelengths in the logarithm of the wavelength. Infinite where the longest wave has less skill, half the
    shortest wavelength where none has, NaN where no skill is known.
    """
    wavelength, value = np.asarray(wavelength_km, np.float64), np.asarray(skill, np.float64)
    order = np.argsort(-wavelength)
    order = order[np.isfinite(value[order])]
    wavelength, value = wavelength[order], value[order]
    if not len(value):
        return float("nan")
    lost = int(np.argmax(value <= limit))
    if value[lost] > limit:
        return float(wavelength[-1] / 2)
    if lost == 0:
        return float("inf")
    part = (value[lost - 1] - limit) / (value[lost - 1] - value[lost])
    return float(wavelength[lost - 1] * (wavelength[lost] / wavelength[lost - 1]) ** part / 2)


def _dct_rows(x: Image, y: Image, along_km: float, across_km: float) -> list[Row]:
    from scipy.fft import dctn

    corners = _windows(y)
    if not corners:
        return []
    pairs = np.stack([[image[s : s + WINDOW, p : p + WINDOW] for s, p in corners] for image in (x, y)])
    whole = np.isfinite(pairs[0]).all(axis=(1, 2))
    coefficients = dctn(pairs[:, whole], axes=(2, 3), norm="ortho").reshape(2, whole.sum(), WINDOW**2)[..., 1:]  # less the mean
    wavelengths, bin_ = np.unique(_wavelengths_km(along_km, across_km), return_inverse=True)
    binned = [np.bincount(bin_, values, len(wavelengths)) for values in _products(*coefficients)]
    return _rows("dct", wavelengths, whole, binned)


def _haar_rows(x: Image, y: Image, along_km: float) -> list[Row]:
    bands, pixels = len(y) // WINDOW, y.shape[1]
    x, y = (image[: bands * WINDOW].reshape(bands, WINDOW, pixels).swapaxes(1, 2).reshape(-1, WINDOW) for image in (x, y))
    known = np.isfinite(y).all(axis=1)
    if not known.any():
        return []
    x, y = x[known], y[known]
    whole = np.asarray(np.isfinite(x).all(axis=1))
    means = np.stack([x[whole], y[whole]])
    found: list[Row] = []
    for level in range(WINDOW.bit_length() - 1):
        even, odd = means[..., 0::2], means[..., 1::2]
        means, details = (even + odd) / math.sqrt(2), (even - odd) / math.sqrt(2)
        wavelength = np.array([round(2 ** (level + 1) * along_km, 1)])
        found += _rows("haar", wavelength, whole, [values.sum(keepdims=True) for values in _products(*details)])
    return found


def _rows(transform: str, wavelengths: Float, whole: NDArray[Any], products: Sequence[NDArray[Any]]) -> list[Row]:
    each = np.ones(len(wavelengths))
    found = dict(zip(SUMS, (whole.sum() * each, (~whole).sum() * each, *products), strict=True))
    return rows({"transform": transform, "wavelength_km": wavelengths.tolist()}, found)


def _products(x: Float, y: Float) -> list[Float]:
    """Counts, sums, squares and products of coefficients (window, coefficient), over windows."""
    return [np.full(x.shape[1], float(len(x))), *(part.sum(axis=0) for part in (x, y, x * x, y * y, x * y))]


def _windows(reference: Image) -> list[tuple[int, int]]:
    """First scan and pixel of every window."""
    corners: list[tuple[int, int]] = []
    for scan in range(0, len(reference) - WINDOW + 1, WINDOW):
        known = np.isfinite(reference[scan : scan + WINDOW]).all(axis=0)
        ends = np.flatnonzero(np.diff(known, prepend=False, append=False))
        for start, end in ends.reshape(-1, 2).tolist():
            corners += [(scan, pixel) for pixel in range(start, end - WINDOW + 1, WINDOW)]
    return corners


def _wavelengths_km(along_km: float, across_km: float) -> Float:
    """Middle of the bin of every coefficient but the mean: the k-th cosine of n pixels is 2 n / k pixels long (Strang 1999)."""
    half_waves = np.arange(WINDOW) / (2 * WINDOW)
    wavenumber = np.hypot(half_waves[:, None] / along_km, half_waves[None, :] / across_km).ravel()[1:]
    middle = 2.0 ** (np.rint(-np.log2(wavenumber) * BINS_PER_OCTAVE) / BINS_PER_OCTAVE)
    return np.round(np.maximum(middle, 2 * min(along_km, across_km)), 1)
