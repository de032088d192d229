"""Spectra of methods against the reference: ratio of power, coherence, wavelet efficiency, and effective resolutions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from gpm_assets.errors import GpmAssetsError
from gpm_assets.evaluation.figures.headline import headline
from gpm_assets.evaluation.figures.scales import OKABE_ITO
from gpm_assets.evaluation.spectra import COHERENT, EFFICIENT, RATIO_KM, curves, measures

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from pandas import DataFrame

PANELS = (
    ("dct", "power_ratio", "power, retrieved over reference", "power_ratio", "{:.2f} at 20-100 km"),
    ("dct", "coherence", "coherence", "dct_resolution_km", "{:.1f} km"),
    ("haar", "efficiency", "efficiency of Haar wavelets along the track", "haar_resolution_km", "{:.1f} km"),
)
"""Transform, curve, title, and the measure of the legend with its format."""
_GOOD_RATIO = (0.9, 1.1)
_TICKS_KM = (10, 20, 50, 100, 200, 500)


def spectra_figure(tables: Mapping[str, DataFrame], *, world: str, title: str = "") -> Figure:
    """Tables of `evaluation.spectra` by method; legends give ratios and effective resolutions (half a wavelength).

    Grey: a ratio of 0.9 to 1.1 at 20 to 100 km; dashed: what counts as resolved lies above. Raises GpmAssetsError for no method.
    """
    from matplotlib.figure import Figure

    if not tables:
        raise GpmAssetsError("spectra need the table of at least one method")
    figure = Figure(figsize=(11.0, 4.0), layout="constrained")
    found = {method: (curves(table), measures(table)) for method, table in tables.items()}
    for axes, (transform, curve, label, measure, number) in zip(figure.subplots(1, len(PANELS)), PANELS, strict=True):
        for (method, (seen, values)), colour in zip(found.items(), OKABE_ITO, strict=False):
            part = seen[seen["transform"] == transform]
            name = f"{method}: {number.format(values[measure])}"
            axes.plot(part["wavelength_km"], part[curve], ".-", color=colour, label=name, linewidth=1.2, markersize=4)
        _dress(axes, curve)
        axes.set_title(label, fontsize=9)
        axes.legend(fontsize=7, frameon=False)
    figure.suptitle(headline(title, world), fontsize=10)
    return figure


def _dress(axes: Axes, curve: str) -> None:
    """Axes with long waves to the left, and what is good."""
    from matplotlib.ticker import LogLocator

    axes.set_xscale("log")
    axes.set_xlabel("wavelength (km)", fontsize=9)
    axes.invert_xaxis()
    axes.set_xticks(_TICKS_KM, [str(tick) for tick in _TICKS_KM])
    axes.minorticks_off()
    axes.tick_params(labelsize=8)
    axes.grid(alpha=0.3)
    if curve == "power_ratio":
        axes.set_yscale("log")
        axes.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
        axes.yaxis.set_major_formatter("{x:g}")
        lowest, highest = axes.get_ylim()
        axes.set_ylim(max(min(lowest, 0.5), 1e-3), max(highest, 2.0))
        axes.fill_between(RATIO_KM, *_GOOD_RATIO, color="0.85")
        axes.axhline(1, color="0.6", linewidth=0.8)
    else:
        axes.set_ylim(-0.05, 1.05)
        axes.axhline(COHERENT if curve == "coherence" else EFFICIENT, color="0.4", linestyle="--", linewidth=1)
