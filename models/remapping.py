"""A patch seen in the middle of a conical scan, remapped to how its rows and columns would lie further out on the arc.

Labels are known in the middle only (a radar's swath is 245 km of GMI's 885 km), where pixels lie across the track. Further out
they turn along it: the same rain has another shape in the image. GPROF-NN remaps for the same reason (Pfreundschuh et al. 2022,
AMT 15, 5033); the formulae are derived here. Footprints keep their direction and ice its displacement: only places are remapped.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor
from torch.nn import functional

PIXEL_KM, SCAN_KM, ARC_DEG, PIXELS = 5.8, 13.5, 152.8, 221
"""GMI at 407 km: spacing along the arc, spacing of scans along the track, the arc and its pixels, as real positions have them."""
RADIUS_KM = (PIXELS - 1) * PIXEL_KM / math.radians(ARC_DEG)
"""Of the arc on the ground, 478 km."""


def source_places(azimuths: Tensor, scans: int, pixels: int) -> tuple[Tensor, Tensor]:
    """Scan and pixel (batch, scan, pixel) of a patch in the middle where patches at `azimuths` (batch,) in radians look.

    Counted from the patch's centre. Pixel a of scan b, at the azimuth t = phi + a p / R of a circle that moves s a scan, lies at
    (R sin t, R cos t + b s), less the patch's centre (R sin phi, R cos phi). The patch in the middle has the same place at the
    azimuth t' with sin t' = sin t - sin phi: its pixel is t' R / p, its scan b + (cos t - cos phi - cos t' + 1) R / s. For small
    patches that is (a cos phi, b - a p / s sin phi). Flat, looking forwards and without the Earth's turning: together off by less
    than 5 km in a patch of 32 pixels. Looking backwards the arc bends the other way, 0.3 scans at such a patch's corner.
    """
    azimuths = azimuths.double()[:, None]
    along = torch.arange(pixels, device=azimuths.device) - (pixels - 1) / 2
    across = torch.arange(scans, device=azimuths.device) - (scans - 1) / 2
    there = azimuths + along * (PIXEL_KM / RADIUS_KM)
    middle = torch.asin((there.sin() - azimuths.sin()).clamp(-1, 1))
    shift = (there.cos() - azimuths.cos() - middle.cos() + 1) * (RADIUS_KM / SCAN_KM)
    scan = across[:, None] + shift[:, None]
    return scan.float(), (middle * (RADIUS_KM / PIXEL_KM))[:, None].expand_as(scan).float()


def remap(field: Tensor, azimuths: Tensor, beyond: bool) -> Tensor:
    """`field` (batch, channel, scan, pixel) of the middle of the swath as it would look at `azimuths` (batch,) in radians.

    Bilinear: what TB and rain lose in variance they lose together. NaN where a pixel that counts is missing. Beyond the patch
    the nearest edge goes on if `beyond`, else nothing is known. Azimuth 0 gives the patch back, -phi the mirrored patch's mirror.
    """
    scans, pixels = field.shape[-2:]
    scan, pixel = (each.to(field.device) for each in source_places(azimuths, scans, pixels))
    grid = torch.stack([pixel / (pixels - 1), scan / (scans - 1)], dim=-1) * 2
    known = torch.isfinite(field).to(field)
    both = torch.cat([torch.nan_to_num(field), known], dim=1)
    padding = "border" if beyond else "zeros"
    values, share = functional.grid_sample(both, grid, "bilinear", padding, align_corners=True).chunk(2, dim=1)
    return torch.where(share > 0.999, values / share, torch.nan)
