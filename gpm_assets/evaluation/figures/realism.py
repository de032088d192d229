"""Figures of a simulated world against reality: channels, joint distribution, a moment's maps, rain rates, seasons, spectra."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from gpm_assets.evaluation.figures.maps import Window, draw_field
from gpm_assets.evaluation.figures.scales import OKABE_ITO, Scale, rain_scale, tb_scale
from gpm_assets.evaluation.realism.check import Row
from gpm_assets.evaluation.realism.rain import LONGEST_KM, SHORTEST_KM, WET_MM_H, Spectrum, rain_spectrum, spectrum
from gpm_assets.evaluation.realism.signatures import polarisation_corrected
from gpm_assets.evaluation.realism.tb import JUDGED, SURFACES
from gpm_assets.geography.zones import SEASONS
from gpm_assets.simulation.realism import Sample, pixel_spacing_km

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Values = NDArray[np.floating[Any]]

FIGURES = ("channels", "polarisation", "maps", "rates", "seasons", "spectra")
"""Names of the figures, in the order in which they are shown."""
_REAL, _SIMULATED, _OTHER = "0.55", OKABE_ITO[0], OKABE_ITO[1]
_TURBULENCE = -5 / 3


def draw(name: str, sample: Sample, tables: dict[str, list[Row]]) -> Figure:
    """One of FIGURES."""
    makers = {
        "channels": lambda: channel_figure(tables["channels"]),
        "polarisation": lambda: polarisation_figure(sample),
        "maps": lambda: map_figure(sample),
        "rates": lambda: rate_figure(sample),
        "seasons": lambda: season_figure(tables["zonal"]),
        "spectra": lambda: spectrum_figure(sample),
    }
    return makers[name]()


def channel_figure(rows: list[Row]) -> Figure:
    """Means and standard deviations of each channel, simulated as dots, real with what is allowed about it as bars."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(9.0, 5.6), layout="constrained")
    panels = figure.subplots(2, len(JUDGED), squeeze=False, sharex=True)
    for column, (surface, share) in enumerate(JUDGED.items()):
        here = [row for row in rows if row["surface"] == surface]
        mean, deviation = panels[0][column], panels[1][column]
        _against(mean, here, "mean", [row["mean_limit"] for row in here])
        _against(deviation, here, "deviation", [share * row["real_deviation"] for row in here])
        mean.set_title(f"{surface}: {here[0]['pixels']:,} pixels", fontsize=10)
        deviation.set_xticks(range(len(here)), [row["channel"] for row in here], rotation=60, ha="right", fontsize=8)
    panels[0][0].set_ylabel("mean TB (K)")
    panels[1][0].set_ylabel("standard deviation of TB (K)")
    panels[0][0].legend(fontsize=8, frameon=False, loc="lower right")
    return figure


def polarisation_figure(sample: Sample) -> Figure:
    """Joint counts of 36.64V-36.64H and 89V-89H over open water and over land."""
    from matplotlib.colors import LogNorm
    from matplotlib.figure import Figure

    looks = next(iter(sample.looks.values()))
    across, up = (looks.channel(f"{name}V") - looks.channel(f"{name}H") for name in ("36.64", "89"))
    figure = Figure(figsize=(9.0, 4.0), layout="constrained")
    panels = figure.subplots(1, 2, sharey=True)
    for axes, surface in zip(panels, ("open water", "land"), strict=True):
        here = SURFACES[surface](looks)
        counts, x, y = np.histogram2d(across[here], up[here], [np.linspace(-5, 90, 77), np.linspace(-10, 80, 73)])
        norm = LogNorm(1, max(counts.max(), 2))
        mesh = axes.pcolormesh(x, y, np.ma.masked_equal(counts.T, 0), cmap="viridis", norm=norm)
        axes.set(xlabel="36.64V - 36.64H (K)")
        axes.set_title(f"{surface}: {here.sum():,} pixels", fontsize=10)
        axes.grid(alpha=0.3)
        figure.colorbar(mesh, ax=axes, label="pixels", pad=0.02)
    panels[0].set_ylabel("89V - 89H (K)")
    return figure


def map_figure(sample: Sample) -> Figure:
    """The globe at one moment: 36.64H, polarisation-corrected 89 GHz, and rain."""
    from matplotlib import colormaps
    from matplotlib.colors import Normalize
    from matplotlib.figure import Figure

    shown = sample.snapshot
    cold = polarisation_corrected(shown.tb["89V"], shown.tb["89H"])
    ice = Scale(colormaps["cividis"].resampled(30), Normalize(160, 310), "PCT at 89 GHz (K)", "both")
    layers = ((shown.tb["36.64H"], tb_scale("36.64H")), (cold, ice), (shown.rain, rain_scale()))
    figure = Figure(figsize=(7.4, 10.2), layout="constrained")
    index = np.arange(shown.latitude.size).reshape(shown.latitude.shape)
    for axes, (values, scale) in zip(figure.subplots(3, 1, sharex=True), layers, strict=True):
        image = draw_field(axes, Window(-180.0, 180.0, -90.0, 90.0), index, values, scale)
        figure.colorbar(image, ax=axes, label=scale.label, extend=scale.extend, pad=0.02, shrink=0.9, format="%g")
    moment = np.datetime_as_string(shown.time, unit="m").replace("T", " ")
    figure.suptitle(f"{moment} UTC, GMI's incidence, pencil beams", fontsize=10)
    return figure


def rate_figure(sample: Sample) -> Figure:
    """How often each rate occurs (true, seen by the radar, log-normal), and which rates bring the volume."""
    from matplotlib.figure import Figure

    edges = np.geomspace(0.02, 120.0, 50)
    width = np.diff(np.log10(edges))
    rain, share = sample.places.rain.ravel(), sample.places.world.convective
    logarithm = np.log(rain[rain > 0].astype(np.float64))
    middle = np.sqrt(edges[1:] * edges[:-1])
    normal = np.exp(-0.5 * ((np.log(middle) - logarithm.mean()) / logarithm.std()) ** 2) / (logarithm.std() * np.sqrt(2 * np.pi))
    figure = Figure(figsize=(9.0, 3.8), layout="constrained")
    left, right = figure.subplots(1, 2)
    for values, name, colour in ((rain, "true", _SIMULATED), (sample.rays.seen, "as the radar sees it", _OTHER)):
        left.stairs(100 * _share(values, edges) / width, edges, color=colour, label=name)
    left.plot(middle, 100 * np.mean(rain > 0) * normal * np.log(10), color="0.4", linestyle="--", label="log-normal")
    left.axvline(WET_MM_H, color="0.8", linewidth=0.8)
    left.set(xscale="log", xlabel="rain rate (mm/h)", ylabel="% of pixels per decade")
    left.legend(fontsize=8, frameon=False)
    for weight, name, colour in ((share, "convective", OKABE_ITO[1]), (1 - share, "stratiform and shallow", OKABE_ITO[5])):
        volume, _ = np.histogram(rain, edges, weights=rain * weight)
        right.stairs(100 * volume / max(rain.sum(), 1e-9) / width, edges, color=colour, label=name)
    right.set(xscale="log", xlabel="rain rate (mm/h)", ylabel="% of volume per decade")
    right.legend(fontsize=8, frameon=False)
    return figure


def season_figure(zonal: list[Row]) -> Figure:
    """Zonal means of rain: share of time and amount, by season and for the year."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(9.0, 3.8), layout="constrained")
    latitude = [(row["south"] + row["north"]) / 2 for row in zonal]
    units = (("wet_percent", f"time with more than {WET_MM_H:g} mm/h (%)"), ("mm_day", "rain (mm/day)"))
    for axes, (name, label) in zip(figure.subplots(1, 2), units, strict=True):
        for season, colour in zip(SEASONS, OKABE_ITO, strict=False):
            axes.plot(latitude, _column(zonal, f"{season}_{name}"), color=colour, label=season, linewidth=1.2)
        axes.plot(latitude, _column(zonal, f"year_{name}"), color="black", label="year", linewidth=2.2)
        axes.set(xlabel="latitude (degrees)", ylabel=label, ylim=(0, None), xticks=range(-60, 61, 20))
        axes.grid(alpha=0.3)
    axes.legend(fontsize=8, frameon=False)
    return figure


def spectrum_figure(sample: Sample) -> Figure:
    """Power spectra along the scan of rain at pixel centres, with its fit, and of TB averaged by the antenna."""
    from matplotlib.figure import Figure

    spacing = pixel_spacing_km()
    looks = next(iter(sample.looks.values()))
    drawn: dict[str, Spectrum] = {"rain": rain_spectrum(sample.lines, spacing)}
    drawn |= {name: spectrum(looks.channel(name).astype(np.float64), spacing) for name in ("36.64H", "89H")}
    figure = Figure(figsize=(6.0, 4.4), layout="constrained")
    axes = figure.subplots()
    for (name, one), colour in zip(drawn.items(), (OKABE_ITO[0], OKABE_ITO[1], OKABE_ITO[2]), strict=True):
        axes.loglog(1 / one.wavenumber, one.power, color=colour, label=f"{name}, slope {one.slope:.2f}", linewidth=1.2)
    ends = np.array([LONGEST_KM, SHORTEST_KM])
    rain = drawn["rain"]
    axes.loglog(ends, np.exp(rain.level) * ends**-rain.slope, color="black", linewidth=2, label="fit of rain")
    above = 4 * np.exp(rain.level) * LONGEST_KM**-rain.slope  # beside the fit
    axes.loglog(ends, above * (ends / LONGEST_KM) ** -_TURBULENCE, "--", color="0.4", label="-5/3")
    axes.invert_xaxis()
    axes.set(xlabel="wavelength along the scan (km)", ylabel="relative power")
    axes.grid(alpha=0.3, which="both")
    axes.legend(fontsize=8, frameon=False)
    return figure


def _against(axes: Axes, rows: list[Row], name: str, allowed: list[float]) -> None:
    """Real values with what is allowed about them, and simulated ones on top."""
    place = np.arange(len(rows))
    real, limit = np.array([row[f"real_{name}"] for row in rows]), np.array(allowed)
    axes.bar(place, 2 * limit, 0.7, bottom=real - limit, color="0.87", label="allowed")
    axes.hlines(real, place - 0.35, place + 0.35, color=_REAL, linewidth=2, label="real")
    simulated = np.array([row[f"simulated_{name}"] for row in rows], np.float64)
    outside = ~(np.abs(simulated - real) <= limit)
    axes.plot(place[~outside], simulated[~outside], "o", color=_SIMULATED, markersize=5, label="simulated, within")
    axes.plot(place[outside], simulated[outside], "D", color=_OTHER, markersize=6, label="simulated, outside")
    axes.use_sticky_edges = False  # else the lowest bar ends on the frame
    axes.margins(y=0.06)
    axes.grid(axis="y", alpha=0.3)


def _share(rain: Values, edges: Values) -> Values:
    """Share of all known pixels in each class."""
    known = rain[np.isfinite(rain)]
    return np.histogram(known, edges)[0] / max(known.size, 1)


def _column(rows: list[Row], name: str) -> list[float]:
    return [np.nan if row[name] is None else row[name] for row in rows]
