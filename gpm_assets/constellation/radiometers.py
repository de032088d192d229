"""Every kind of radiometer: swath groups, channels, footprints and noise. A new kind is a new table here.

Sources: channels, groups, pixels, scan periods, header limits: headers of real PPS V07 1C granules. Angles: design values and,
where real granules tell more, fits to their positions and incidences:
  GMI              arc of 152.8 degrees (0.694 a pixel: 3.6 ms at 32 turns a minute), from right to left; with 140 degrees,
                   as quoted elsewhere, the outermost pixels would lie 50 km inside the real ones
  SSMIS            arcs of a real F16 scene (1.6 to 3.7 km rms), from right to left; cone angles keep 53.1 degrees in S4
  TMI              from left to right, S1 half a degree behind S2; two angles of incidence in S1
  MHS              49.444 degrees by design, but the incidence of 59.11 degrees at 877 km (NOAA18) asks for 49.0
Footprints (km, along and across the view, at the altitude of the platform's nominal orbit or at nadir) and NEDT (K):
  GMI              instrument paper, MiRS (required values)
  SSMIS            MiRS, GPROF-NN, Li 2026
  SSMI             Hollinger et al. 1990
  AMSR2, AMSR-E    MiRS and GPROF-NN; AMSR-E's specification
  TMI              Kummerow et al. 1998, times 1.16 for the altitude after August 2001
  ATMS, MHS        MiRS, Earthdata
  SAPHIR           CNES (specification)
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

from gpm_assets.constellation.nouns import Channel, Polarisation, Radiometer, SwathGroup

VH: tuple[Polarisation, Polarisation] = ("V", "H")


def _vh(frequency_ghz: float, along_km: float, cross_km: float, nedt_k: float) -> tuple[Channel, Channel]:
    vertical, horizontal = (Channel(frequency_ghz, polarisation, along_km, cross_km, nedt_k) for polarisation in VH)
    return vertical, horizontal


def _line(
    sidebands_and_nedt: Iterable[tuple[float, float]], polarisation: Polarisation, along_km: float, cross_km: float
) -> tuple[Channel, ...]:
    """Channels in the water vapour line at 183.31 GHz from (sideband in GHz, NEDT in K)."""
    return tuple(Channel(183.31, polarisation, along_km, cross_km, nedt, side) for side, nedt in sidebands_and_nedt)


def _horn(scan: Literal["A", "B"], along_km: float, cross_km: float, nedt_k: tuple[float, float]) -> tuple[Channel, Channel]:
    vertical, horizontal = (Channel(89.0, p, along_km, cross_km, n, scan=scan) for p, n in zip(VH, nedt_k, strict=True))
    return vertical, horizontal


GMI = Radiometer(
    sensor="GMI",
    scan="CONICAL",
    scan_period_s=1.875,
    max_scans=3100,
    reference_group="S1",
    groups=(
        SwathGroup(
            "S1",
            221,
            (
                *_vh(10.65, 32.1, 19.4, 0.96),
                *_vh(18.7, 18.1, 10.9, 0.84),
                Channel(23.8, "V", 16.0, 9.7, 1.05),
                *_vh(36.64, 15.6, 9.4, 0.65),
                *_vh(89.0, 7.2, 4.4, 0.57),
            ),
            off_nadir_deg=48.5,
            arc_deg=(-76.4, 76.4),
        ),
        SwathGroup(
            "S2",
            221,
            (*_vh(166.0, 6.3, 4.1, 1.5), *_line([(3.0, 1.5), (7.0, 1.5)], "V", 5.8, 3.8)),
            off_nadir_deg=45.36,
            arc_deg=(-76.4, 76.4),
        ),
    ),
)

SSMIS = Radiometer(
    sensor="SSMIS",
    scan="CONICAL",
    scan_period_s=1.904,
    max_scans=4000,
    reference_group="S4",
    edge_pixels=16,  # real F16: S1 reaches 6.9 pixels (88 km) beyond S4 on one side, 3.3 on the other
    groups=(
        SwathGroup(
            "S1",
            90,
            (*_vh(19.35, 74.0, 45.0, 0.7), Channel(22.235, "V", 74.0, 45.0, 0.7)),
            off_nadir_deg=45.35,  # real F16 looks with S1 1.2 scans ahead of S4
            arc_deg=(-72.8, 71.0),
        ),
        SwathGroup("S2", 90, _vh(37.0, 44.2, 27.5, 0.5), off_nadir_deg=44.9, arc_deg=(-73.1, 70.8)),
        SwathGroup(
            "S3",
            180,
            (Channel(150.0, "H", 14.0, 13.0, 0.88), *_line([(1.0, 1.25), (3.0, 1.0), (6.6, 1.2)], "H", 14.0, 13.0)),
            off_nadir_deg=44.75,
            arc_deg=(-73.3, 71.1),
        ),
        SwathGroup("S4", 180, _vh(91.665, 14.4, 13.1, 0.9), off_nadir_deg=44.9, arc_deg=(-73.2, 70.9)),
    ),
)

SSMI = Radiometer(
    sensor="SSMI",
    scan="CONICAL",
    scan_period_s=1.899,
    max_scans=3400,
    reference_group="S2",
    groups=(
        SwathGroup(
            "S1",
            64,
            (
                Channel(19.35, "V", 69.0, 43.0, 0.45),
                Channel(19.35, "H", 69.0, 43.0, 0.42),
                Channel(22.235, "V", 50.0, 40.0, 0.74),
                Channel(37.0, "V", 37.0, 28.0, 0.37),
                Channel(37.0, "H", 37.0, 28.0, 0.38),
            ),
            off_nadir_deg=45.0,
            arc_deg=(-51.2, 51.2),
            scan_step=2,
        ),
        SwathGroup(
            "S2",
            128,
            (Channel(85.5, "V", 15.0, 13.0, 0.69), Channel(85.5, "H", 15.0, 13.0, 0.73)),
            off_nadir_deg=45.0,
            arc_deg=(-51.2, 51.2),
        ),
    ),
)

AMSR2 = Radiometer(
    sensor="AMSR2",
    scan="CONICAL",
    scan_period_s=1.5,
    max_scans=4300,
    reference_group="S5",
    groups=(
        *(
            SwathGroup(name, 243, channels, off_nadir_deg=47.5, arc_deg=(-61.0, 61.0), incidence_dimension="nchUIA1")
            for name, channels in (
                ("S1", _vh(10.65, 42.0, 24.0, 0.7)),
                ("S2", _vh(18.7, 22.0, 14.0, 0.7)),
                ("S3", _vh(23.8, 26.0, 15.0, 0.6)),
                ("S4", _vh(36.5, 12.0, 7.0, 0.7)),
            )
        ),
        SwathGroup("S5", 486, _horn("A", 5.0, 3.0, (1.2, 1.4)), off_nadir_deg=47.5, arc_deg=(-61.0, 61.0)),
        SwathGroup("S6", 486, _horn("B", 5.0, 3.0, (1.2, 1.4)), off_nadir_deg=47.0, arc_deg=(-61.0, 61.0)),
    ),
)

AMSRE = Radiometer(
    sensor="AMSRE",
    scan="CONICAL",
    scan_period_s=1.5,
    max_scans=4300,
    reference_group="S5",
    groups=(
        *(
            SwathGroup(name, 243, channels, off_nadir_deg=47.4, arc_deg=(-61.0, 61.0), incidence_dimension="nchUIA1")
            for name, channels in (
                ("S1", _vh(10.65, 51.0, 29.0, 0.6)),
                ("S2", _vh(18.7, 27.0, 16.0, 0.6)),
                ("S3", _vh(23.8, 32.0, 18.0, 0.6)),
                ("S4", _vh(36.5, 14.0, 8.0, 0.6)),
            )
        ),
        SwathGroup("S5", 486, _horn("A", 6.0, 4.0, (1.1, 1.1)), off_nadir_deg=47.4, arc_deg=(-61.0, 61.0)),
        SwathGroup("S6", 486, _horn("B", 6.0, 4.0, (1.1, 1.1)), off_nadir_deg=46.8, arc_deg=(-61.0, 61.0)),
    ),
)

TMI = Radiometer(
    sensor="TMI",
    scan="CONICAL",
    scan_period_s=1.899,
    max_scans=3100,
    reference_group="S3",
    groups=(
        SwathGroup(
            "S1",
            104,
            (Channel(10.65, "V", 68.4, 41.4, 0.63), Channel(10.65, "H", 68.4, 41.4, 0.54, incidence_offset_deg=0.11)),
            off_nadir_deg=49.37,
            arc_deg=(64.6, -65.2),
        ),
        SwathGroup(
            "S2",
            104,
            (
                Channel(19.35, "V", 35.4, 21.3, 0.50),
                Channel(19.35, "H", 35.4, 21.3, 0.47),
                Channel(21.3, "V", 31.6, 19.1, 0.71),
                Channel(37.0, "V", 18.6, 11.3, 0.36),
                Channel(37.0, "H", 18.6, 11.3, 0.31),
            ),
            off_nadir_deg=49.24,
            arc_deg=(65.1, -64.7),
        ),
        SwathGroup(
            "S3",
            208,
            (Channel(85.5, "V", 7.8, 4.8, 0.52), Channel(85.5, "H", 7.8, 4.8, 0.93)),
            off_nadir_deg=49.24,
            arc_deg=(65.1, -65.3),
        ),
    ),
)

ATMS = Radiometer(
    sensor="ATMS",
    scan="CROSSTRACK",
    scan_period_s=8 / 3,
    max_scans=2316,
    reference_group="S4",
    groups=(
        SwathGroup("S1", 96, (Channel(23.8, "QV", 75.0, 75.0, 0.9),), off_nadir_deg=52.725),
        SwathGroup("S2", 96, (Channel(31.4, "QV", 75.0, 75.0, 0.9),), off_nadir_deg=52.725),
        SwathGroup("S3", 96, (Channel(88.2, "QV", 32.0, 32.0, 0.5),), off_nadir_deg=52.725),
        SwathGroup(
            "S4",
            96,
            (
                Channel(165.5, "QH", 16.0, 16.0, 0.6),
                *_line([(7.0, 0.8), (4.5, 0.8), (3.0, 0.8), (1.8, 0.8), (1.0, 0.9)], "QH", 16.0, 16.0),
            ),
            off_nadir_deg=52.725,
        ),
    ),
)

MHS = Radiometer(
    sensor="MHS",
    scan="CROSSTRACK",
    incidence_sign=-1,
    scan_period_s=8 / 3,
    max_scans=4300,
    reference_group="S1",
    groups=(
        SwathGroup(
            "S1",
            90,
            (
                Channel(89.0, "V", 16.0, 16.0, 0.22),
                Channel(157.0, "V", 16.0, 16.0, 0.34),
                *_line([(1.0, 0.51), (3.0, 0.40)], "H", 16.0, 16.0),
                Channel(190.31, "V", 16.0, 16.0, 0.46),
            ),
            off_nadir_deg=49.0,
        ),
    ),
)

SAPHIR = Radiometer(
    sensor="SAPHIR",
    scan="CROSSTRACK",
    scan_period_s=1.638,
    max_scans=4000,
    reference_group="S1",
    groups=(
        SwathGroup(
            "S1",
            182,
            _line([(0.2, 2.35), (1.1, 1.45), (2.8, 1.36), (4.2, 1.38), (6.8, 1.03), (11.0, 1.10)], "", 10.0, 10.0),
            off_nadir_deg=42.96,
        ),
    ),
)
