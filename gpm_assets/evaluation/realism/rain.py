"""Rain of the simulated world: how often, where, how much, of which kind, and on which scales."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gpm_assets.evaluation.realism.check import Check, Row
from gpm_assets.geography.zones import SEASONS, season
from gpm_assets.simulation.realism import Lines, Sample

Values = NDArray[np.floating[Any]]

WET_MM_H = 0.1
BAND_DEG = 10
BANDS = np.arange(-65, 56, BAND_DEG)
"""Southern edges of latitude bands."""
SHORTEST_KM, LONGEST_KM = 10.0, 100.0
"""Wavelengths over which slopes are fitted."""
_TROPICS_DEG = 20.0
_TALLEST = 15.0
"""Degrees from the equator within which the rainiest band must lie."""


@dataclass(frozen=True, eq=False)
class Spectrum:
    """Power per wavenumber (1/km) of scans, relative to its sum, and the slope of its fit between 10 and 100 km."""

    wavenumber: Values
    power: Values
    slope: float
    level: float
    """Logarithm of the fitted power at one per km."""


def spectrum(scans: Values, spacing_km: float) -> Spectrum:
    """Mean power spectrum of scans (scan, pixel) without their means, under a Hann window."""
    tapered = (scans - scans.mean(axis=1, keepdims=True)) * np.hanning(scans.shape[1])
    power = np.mean(np.abs(np.fft.rfft(tapered, axis=1)) ** 2, axis=0)[1:]
    wavenumber = np.fft.rfftfreq(scans.shape[1], spacing_km)[1:]
    fitted = (wavenumber >= 1 / LONGEST_KM) & (wavenumber <= 1 / SHORTEST_KM)
    power = power / max(power.sum(), 1e-30)
    slope, level = np.polyfit(np.log(wavenumber[fitted]), np.log(np.maximum(power[fitted], 1e-30)), 1)
    return Spectrum(wavenumber, power, float(slope), float(level))


def rain_spectrum(lines: Lines, spacing_km: float) -> Spectrum:
    """Of the lines with rain."""
    rain = lines.rain.astype(np.float64)
    return spectrum(rain[(rain > WET_MM_H).any(axis=1)], spacing_km)


def zonal_table(lines: Lines) -> list[Row]:
    """Share of time with rain (%) and amount (mm/day) by band of latitude, of the year and of each season."""
    rain, when = lines.rain, season(_months(lines))
    rows = []
    for south in BANDS:
        inside = (lines.latitude >= south) & (lines.latitude < south + BAND_DEG)
        row: Row = {"south": int(south), "north": int(south + BAND_DEG)}
        for name, code in [("year", None), *((name, code) for code, name in enumerate(SEASONS))]:
            here = inside if code is None else inside & (when == code)[:, None]
            values = rain[here].astype(np.float64)
            row[f"{name}_wet_percent"] = float(100 * np.mean(values > WET_MM_H)) if values.size else None
            row[f"{name}_mm_day"] = float(24 * values.mean()) if values.size else None
        rows.append(row)
    return rows


def rain_checks(sample: Sample, zonal: list[Row], spacing_km: float) -> list[Check]:
    """Occurrence, rates, kinds and scales, then where and when it rains."""
    rain = sample.places.rain
    occurrence = float(np.mean(rain > WET_MM_H))
    logarithm = np.log(rain[rain > 0].astype(np.float64))
    standard = (logarithm - logarithm.mean()) / max(logarithm.std(), 1e-9)
    return [
        Check("share of pixels above 0.1 mm/h, true", 100 * occurrence, 5.0, 9.0, "%"),
        Check("share of pixels above 0.1 mm/h, as the radar sees it", 100 * occurrence * radar_share(sample), 3.0, 6.0, "%"),
        Check("logarithm of rates, skewness", float(np.mean(standard**3)), -0.8, 0.8),
        Check("logarithm of rates, kurtosis above a Gaussian's", float(np.mean(standard**4) - 3), -1.0, 1.0),
        Check("highest rate", float(rain.max()), 50.0, 100.1, "mm/h"),
        Check("convective share of tropical volume", 100 * convective_share(sample.places), 45.0, 65.0, "%"),
        Check("slope of the spectrum along the scan, 10-100 km", rain_spectrum(sample.lines, spacing_km).slope, -2.3, -1.3),
        *_climate_checks(sample.places, zonal),
    ]


def radar_share(sample: Sample) -> float:
    """Rays above 0.1 mm/h that the radar sees over those that are; NaN where none is."""
    known = np.isfinite(sample.rays.seen) & np.isfinite(sample.rays.true)
    wet = np.sum(sample.rays.true[known] > WET_MM_H)
    return float(np.sum(sample.rays.seen[known] > WET_MM_H) / wet) if wet else np.nan


def convective_share(lines: Lines) -> float:
    """Of the rain within 20 degrees of the equator."""
    tropical = np.abs(lines.latitude) < _TROPICS_DEG
    rain = lines.rain[tropical].astype(np.float64)
    return float(np.sum(rain * lines.world.convective.reshape(lines.latitude.shape)[tropical]) / max(rain.sum(), 1e-9))


def _climate_checks(lines: Lines, zonal: list[Row]) -> list[Check]:
    wettest = max(zonal, key=lambda row: row["year_mm_day"] or 0.0)
    months, wet = _months(lines), lines.rain > WET_MM_H

    def winter_over_summer(south: float, north: float, winter: tuple[int, ...], summer: tuple[int, ...]) -> float:
        inside = (lines.latitude >= south) & (lines.latitude < north)
        shares = [float(np.mean(wet[inside & np.isin(months, part)[:, None]])) for part in (winter, summer)]
        return shares[0] / max(shares[1], 1e-9)

    cold, warm = (11, 12, 1, 2, 3), (5, 6, 7, 8, 9)
    return [
        Check("rainiest band of latitude, its middle", wettest["south"] + BAND_DEG / 2, -_TALLEST, _TALLEST, "degrees"),
        Check(
            "storm track 35-55N, wet share November-March over May-September", winter_over_summer(35, 55, cold, warm), 1.1, 4.0
        ),
        Check(
            "storm track 30-50S, wet share May-September over November-March", winter_over_summer(-50, -30, warm, cold), 1.0, 4.0
        ),
        Check("rain belt 5-15N, wet share May-September over November-March", winter_over_summer(5, 15, warm, cold), 1.1, 6.0),
    ]


def _months(lines: Lines) -> NDArray[np.int64]:
    """Calendar months 1 to 12 (line,)."""
    return lines.time.astype("datetime64[M]").astype(np.int64) % 12 + 1
