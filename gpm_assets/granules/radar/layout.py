"""The layout table of radar products, shared by reader and writer: what every swath group of every version holds, and where.

Sources: headers of real files (2A-DPR V06A and V07A, 2A-Ku V07A, 2B-CMB V07A); names of groups up to V08 from gpm_api's product
catalogue. Not seen: V05 and V08, taken to be as V06 and V07; 2B-CMB before V07, whose datasets are those that the public source
of the combined algorithm (CORRA) fills for the swaths NS and MS, their types and dimensions as in V07 and in 2A-DPR V06A.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Literal

from gpm_assets.errors import GranuleError
from gpm_assets.granules.layout import Field

Quantity = Literal[
    "near_surface", "surface", "rain_type", "surface_class", "freezing_level", "storm_top", "quality", "scan_quality"
]
"""What is read and written; the first two are the rain rates of `Rain`."""

_PIXEL = ("nscan", "nray")

POSITION = (
    Field("Latitude", "f4", _PIXEL, "degrees", -9999.9),
    Field("Longitude", "f4", _PIXEL, "degrees", -9999.9),
)

LEVEL_2A: Mapping[Quantity, Field] = MappingProxyType(
    {
        "near_surface": Field("SLV/precipRateNearSurface", "f4", _PIXEL, "mm/hr", -9999.9),
        "surface": Field("SLV/precipRateESurface", "f4", _PIXEL, "mm/hr", -9999.9),
        "rain_type": Field("CSF/typePrecip", "i4", _PIXEL, "", -9999),
        "surface_class": Field("PRE/landSurfaceType", "i4", _PIXEL, "", -9999),
        "freezing_level": Field("VER/heightZeroDeg", "f4", _PIXEL, "m", -9999.9),
        "storm_top": Field("PRE/heightStormTop", "f4", _PIXEL, "m", -9999.9),
        "quality": Field("FLG/qualityFlag", "i1", _PIXEL, "", -99),
        "scan_quality": Field("scanStatus/dataQuality", "i1", ("nscan",), "", -99),
    }
)

LEVEL_2B: Mapping[Quantity, Field] = MappingProxyType(
    {
        "near_surface": Field("nearSurfPrecipTotRate", "f4", _PIXEL, "mm/hr", -9999.9),
        "surface": Field("estimSurfPrecipTotRate", "f4", _PIXEL, "mm/hr", -9999.9),
        "rain_type": Field("Input/precipitationType", "i4", _PIXEL, "", -9999),
        "surface_class": Field("Input/surfaceType", "i4", _PIXEL, "", -9999),
        "freezing_level": Field("Input/zeroDegAltitude", "f4", _PIXEL, "m", -9999.9),
        "storm_top": Field("Input/stormTopAltitude", "f4", _PIXEL, "m", -9999.9),
        "quality": Field("FLG/ioQuality", "i4", _PIXEL, "", -9999),
        "scan_quality": Field("scanStatus/dataQuality", "i1", ("nscan",), "", -99),
    }
)
"""`Input` holds copies of the 2A-Ku values, in their codes and units."""

_TWO_TOPS: Mapping[Quantity, Field] = MappingProxyType(
    {"storm_top": Field("Input/stormTopAltitude", "f4", (*_PIXEL, "nKuKa"), "m", -9999.9)}
)
"""Where the combined product uses both bands it tells the storm top of each, Ku first: seen in KuKaGMI, supposed in MS."""

_ONE_RATE = Field("surfPrecipTotRate", "f4", _PIXEL, "mm/hr", -9999.9)
LEVEL_2B_TO_V06: Mapping[Quantity, Field] = MappingProxyType({**LEVEL_2B, "near_surface": _ONE_RATE, "surface": _ONE_RATE})
"""Up to V06 the combined product had a single rate, which V07 calls that near the surface; it stands for both."""


@dataclass(frozen=True)
class RadarGroup:
    """A swath group: the product and the editions that have it, its datasets, the name of its ray dimension.

    `full` marks the 49 rays of Ku band; others are MS (25 matched Ka rays), HS (24 interlaced Ka rays) and KuKaGMI.
    """

    product: str
    name: str
    editions: tuple[int, ...]
    datasets: Mapping[Quantity, Field] = field(repr=False)
    full: bool = False
    rays: str = "nray"
    two_frequencies: bool = False
    """Whether both qualities have a last axis for frequencies, Ku and Ka."""

    def stored_as(self, quantity: Quantity) -> Field:
        """Field of a quantity with the dimensions of this group."""
        found = self.localised(self.datasets[quantity])
        several = self.two_frequencies and quantity in ("quality", "scan_quality")
        return replace(found, dimensions=(*found.dimensions, "nfreq")) if several else found

    def localised(self, field: Field) -> Field:
        """A field with the name that rays have in this group."""
        return replace(field, dimensions=tuple(self.rays if name == "nray" else name for name in field.dimensions))


RADAR_GROUPS = (
    RadarGroup("2ADPR", "NS", (5, 6), LEVEL_2A, full=True),
    RadarGroup("2ADPR", "MS", (5, 6), LEVEL_2A, rays="nrayMS"),
    RadarGroup("2ADPR", "FS", (7, 8), LEVEL_2A, full=True, two_frequencies=True),
    RadarGroup("2ADPR", "HS", (5, 6, 7, 8), LEVEL_2A, rays="nrayHS"),
    RadarGroup("2AKu", "NS", (5, 6), LEVEL_2A, full=True),
    RadarGroup("2AKu", "FS", (7, 8), LEVEL_2A, full=True),
    RadarGroup("2BCMB", "NS", (5, 6), LEVEL_2B_TO_V06, full=True),
    RadarGroup("2BCMB", "MS", (5, 6), MappingProxyType({**LEVEL_2B_TO_V06, **_TWO_TOPS}), rays="nrayMS"),
    RadarGroup("2BCMB", "KuGMI", (7,), LEVEL_2B, full=True),
    RadarGroup("2BCMB", "KuKaGMI", (7,), MappingProxyType({**LEVEL_2B, **_TWO_TOPS})),
)


@dataclass(frozen=True)
class RadarProduct:
    """A product as headers and names write it: AlgorithmID, level, sensor in the name, instrument in the header.

    `algorithms` gives the algorithm in file names by edition; near-real-time names leave its dash out.
    """

    name: str
    level: str
    sensor: str
    instrument: str
    algorithms: Mapping[int, str] = field(repr=False)

    @property
    def groups(self) -> tuple[RadarGroup, ...]:
        """All swath groups that the product ever had."""
        return tuple(group for group in RADAR_GROUPS if group.product == self.name)

    def groups_in(self, edition: int) -> tuple[RadarGroup, ...]:
        """The swath groups of one edition; none where its layout is unknown."""
        return tuple(group for group in self.groups if edition in group.editions)

    def group_in(self, edition: int, name: str) -> RadarGroup:
        """The group of that name in an edition, "" or any name of the full swath for the full one; raises GranuleError."""
        groups = self.groups_in(edition)
        if not groups:
            known = sorted({number for group in self.groups for number in group.editions})
            raise GranuleError(
                f"the layout of {self.name} is not known for V{edition:02d}; it is for {', '.join(f'V{n:02d}' for n in known)}"
            )
        full = name in ("", *(group.name for group in self.groups if group.full))
        found = next((group for group in groups if (group.full if full else group.name == name)), None)
        if found is None:
            raise GranuleError(
                f"{self.name} has no swath {name} in V{edition:02d}; there is {', '.join(group.name for group in groups)}"
            )
        return found


_DPR = MappingProxyType({5: "V7-20170308", 6: "V8-20180723", 7: "V9-20211125", 8: "V10-20260310"})
_CORRA = MappingProxyType({5: "CORRA2016", 6: "CORRA2018", 7: "CORRA2022"})

PRODUCTS: Mapping[str, RadarProduct] = MappingProxyType(
    {
        row.name: row
        for row in (
            RadarProduct("2ADPR", "2A", "DPR", "DPR", _DPR),
            RadarProduct("2AKu", "2A", "Ku", "DPR", _DPR),
            RadarProduct("2BCMB", "2B", "DPRGMI", "DPRGMI", _CORRA),
        )
    }
)
"""Sources of the algorithms: names of real files; V05 and V08 as public code that reads them spells the names."""
