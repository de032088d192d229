"""Colour scales: one per channel and one for rain, the same in every figure so that figures can be compared."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gpm_assets.errors import GpmAssetsError

if TYPE_CHECKING:
    from matplotlib.colors import Colormap, Normalize

RAIN_LEVELS_MM_H = (0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 50.0)
"""Limits of rain classes; less than the first is drawn as no rain."""
NO_RAIN = "0.90"
"""Grey of pixels that were observed and are dry; unobserved ones stay white."""

TB_RANGES_K: tuple[tuple[float, dict[str, tuple[float, float]]], ...] = (
    (15.0, {"V": (150, 310), "H": (80, 310)}),
    (21.0, {"V": (170, 310), "H": (100, 310)}),
    (30.0, {"V": (190, 310), "H": (140, 310)}),
    (50.0, {"V": (190, 310), "H": (130, 310)}),
    (100.0, {"V": (150, 310), "H": (150, 310)}),
    (175.0, {"V": (130, 310), "H": (130, 310)}),
    (250.0, {"V": (180, 290), "H": (180, 290)}),
)
"""Frequency in GHz up to which a row holds, and TB range in K by polarisation: from cold sea or deep convection to warm land."""

TB_STEPS = 30
"""Shades of a TB scale: more are not told apart, and few make small files."""

OKABE_ITO = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000", "#F0E442")
"""Line colours that colour-blind readers tell apart (Okabe and Ito 2008)."""


@dataclass(frozen=True, eq=False)
class Scale:
    """How values become colours, and what the colour bar says; `classes` names values that stand for classes."""

    colours: Colormap
    norm: Normalize
    label: str
    extend: str
    classes: tuple[str, ...] = ()


def tb_range(channel: str) -> tuple[float, float]:
    """TB range in K of a channel by its name (`36.64V`, `183.31±3`, `88.2QV`, `89V-A`); raises GpmAssetsError for other names."""
    found = re.fullmatch(r"([\d.]+)(?:±[\d.]+)?Q?([VH]?)(?:-[AB])?", channel)
    rows = [limits for limit, limits in TB_RANGES_K if found and float(found[1]) <= limit]
    if not found or not rows:
        limit = TB_RANGES_K[-1][0]
        raise GpmAssetsError(
            f"no TB range for channel {channel!r}; names are a frequency in GHz up to {limit:g} and V or H, as in 36.64V"
        )
    return rows[0][found[2] or "V"]


def tb_scale(channel: str) -> Scale:
    """Scale of a channel in steps of about 4 to 8 K."""
    from matplotlib import colormaps
    from matplotlib.colors import Normalize

    return Scale(colormaps["viridis"].resampled(TB_STEPS), Normalize(*tb_range(channel)), f"{channel} TB (K)", "both")


def rain_scale() -> Scale:
    """Log-like classes of rain rate; dry is grey."""
    from matplotlib import colormaps
    from matplotlib.colors import BoundaryNorm, ListedColormap

    classes = len(RAIN_LEVELS_MM_H)
    shades = colormaps["viridis_r"].resampled(classes)
    colours = ListedColormap([shades(index) for index in range(classes)], name="rain").with_extremes(under=NO_RAIN)
    return Scale(colours, BoundaryNorm(RAIN_LEVELS_MM_H, classes, extend="max"), "rain rate (mm/h)", "both")


def probability_scale() -> Scale:
    """Probability in tenths; less than one is grey, as what is dry."""
    from matplotlib import colormaps
    from matplotlib.colors import BoundaryNorm, ListedColormap

    shades = colormaps["viridis_r"].resampled(9)
    colours = ListedColormap([shades(max(index - 1, 0)) if index else NO_RAIN for index in range(10)], name="probability")
    return Scale(colours, BoundaryNorm([tenth / 10 for tenth in range(11)], 10), "probability", "neither")


def rain_type_scale() -> Scale:
    """Stratiform, convective and other rain in colours that colour-blind readers tell apart; none is grey."""
    from matplotlib.colors import BoundaryNorm, ListedColormap

    colours = ListedColormap([NO_RAIN, OKABE_ITO[5], OKABE_ITO[1], OKABE_ITO[6]], name="rain type")
    norm = BoundaryNorm((-0.5, 0.5, 1.5, 2.5, 3.5), 4)
    return Scale(colours, norm, "rain type", "neither", ("none", "stratiform", "convective", "other"))
