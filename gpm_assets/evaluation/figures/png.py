"""Figures as small PNG, because asset metadata carries them as text."""

from __future__ import annotations

import io
from base64 import b64encode
from typing import TYPE_CHECKING

from gpm_assets.errors import GpmAssetsError

if TYPE_CHECKING:
    from matplotlib.figure import Figure

ATTEMPTS = ((110, 128), (85, 128), (68, 96), (54, 64))
"""Dots per inch and colours, tried in turn until the file is small enough; palettes take a third of the bytes.

Colour scales have few steps (`scales`), so a palette that covers the extremes loses none of them."""


def png(figure: Figure, max_bytes: int = 100_000) -> bytes:
    """The figure as PNG of at most `max_bytes`; raises GpmAssetsError where 56 dots per inch are still too many."""
    for dpi, colours in ATTEMPTS:
        data = _palette_png(figure, dpi, colours)
        if len(data) <= max_bytes:
            return data
    raise GpmAssetsError(
        f"figure takes {len(data)} bytes at {dpi} dpi, {max_bytes} were allowed; draw fewer panels or allow more bytes"
    )


def as_markdown(data: bytes) -> str:
    """A PNG as Markdown image with its bytes inside, as the Dagster UI shows it."""
    return f"![figure](data:image/png;base64,{b64encode(data).decode()})"


def _palette_png(figure: Figure, dpi: int, colours: int) -> bytes:
    from PIL import Image

    drawn, small = io.BytesIO(), io.BytesIO()
    figure.savefig(drawn, dpi=dpi, format="png", bbox_inches="tight", pad_inches=0.05)
    image = Image.open(drawn).convert("RGB").quantize(colours, method=Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE)
    image.save(small, format="PNG", optimize=True)
    return small.getvalue()
