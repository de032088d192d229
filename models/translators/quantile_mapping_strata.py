"""Quantile mapping by surface and latitude: a table of its own for sea, land and coast in every band of |latitude|.

GPROF-NN matches quantiles by surface type and column water vapour (Pfreundschuh et al. 2022, AMT 15, 5033): how two sensors
differ does depend on the vapour and the warm ground that each sees. No reanalysis is at hand, and |latitude| stands in for it.
A channel near a vapour line would tell vapour itself, but rain moves it as well, so that a stratum of much vapour would be one
of much rain; it is another channel on every sensor; and without pairs GMI's pixels could not be sorted by what the partner
measures. Latitude is known without error, the same to both sensors, and no weather moves it. It does not tell the season:
tables are of the months that taught them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor

from models.conditions import SURFACES
from models.surfaces import surface_of
from models.training import Run
from models.translators.base import TranslationData
from models.translators.quantile_mapping import (
    QuantileMapping,
    QuantileMappingConfig,
    QuantileRecipe,
    Side,
    both_sides,
    mapped,
    quantile_nodes,
)

CENTRES_DEG = (0.0, 20.0, 40.0, 60.0)
"""Of bands of |latitude|. Between two of them both tables share a pixel, beyond the last there is only that: GMI ends at 69."""
STRATIFIED_BY = "land_fraction", "latitude"


@dataclass(frozen=True)
class StrataConfig(QuantileMappingConfig):
    """And `centres` of the bands of |latitude| in degrees, rising, two at least."""

    centres: tuple[float, ...] = CENTRES_DEG


class StratifiedQuantileMapping(QuantileMapping):
    """What the tables of the two nearest bands of the pixel's surface give, in between in proportion to |latitude|.

    Along a swath the map changes continuously; it jumps only where sea, coast and land meet. Tables are (surface, band, output,
    node) in K.
    """

    kind: ClassVar[str] = "quantile_mapping_strata"
    config_class: ClassVar[type] = StrataConfig
    config: StrataConfig

    def __init__(self, config: StrataConfig) -> None:
        super().__init__(config)
        self.conditions = STRATIFIED_BY
        for name in ("source_nodes", "target_nodes"):
            self.register_buffer(name, getattr(self, name).repeat(len(SURFACES), len(config.centres), 1, 1))

    def forward(self, given: Tensor) -> Tensor:
        """Map each channel by its pixel's two tables."""
        values = given[:, self.positions].movedim(1, 0)
        band, share = between(given[:, -1].abs(), self.config.centres)
        table = surface_of(given[:, -2]) * len(self.config.centres) + band
        return torch.lerp(self._by(table, values), self._by(table + 1, values), share).movedim(0, 1)

    def _by(self, table: Tensor, values: Tensor) -> Tensor:
        """`values` (output, batch, scan, pixel) in K, each by the table of its pixel (batch, scan, pixel)."""
        source, target = self.source_nodes.flatten(0, 1), self.target_nodes.flatten(0, 1)
        made = torch.empty_like(values)
        for number in torch.unique(table).tolist():
            here = table == number
            made[:, here] = mapped(values[:, here], source[number], target[number])
        return made


@dataclass(frozen=True)
class StrataRecipe(QuantileRecipe):
    """And the bands, and how many pixels a table of its own asks for: ten a node."""

    centres: tuple[float, ...] = CENTRES_DEG
    fewest: int = 2000


def fit_quantile_mapping_strata(data: TranslationData, recipe: StrataRecipe, run: Run) -> StratifiedQuantileMapping:
    """Tables from the two sides of weak pairs, without pairs from unpaired patches with the same strata in both domains.

    A pixel counts in the two tables that would map it, by the same shares. A stratum with too few pixels takes its surface's
    table, a surface with too few that of all. Raises ChannelError where channels or conditions are missing, TrainingError where
    a channel has no value.
    """
    config = StrataConfig(data.source.channels, recipe.outputs, data.nearest_names(recipe.outputs), recipe.nodes, recipe.centres)
    model = StratifiedQuantileMapping(config)
    sides = [_complete(side) for side in both_sides(data, recipe, run, STRATIFIED_BY)]
    everywhere = [quantile_nodes(side.tb, side.weights, recipe.nodes) for side in sides]
    for surface in range(len(SURFACES)):
        here = [_where(side, surface_of(side.conditions[:, 0]) == surface) for side in sides]
        own = _tables(here, [side.weights for side in here], recipe, everywhere)
        for band, masses in enumerate(zip(*(_by_band(side, recipe.centres) for side in here), strict=True)):
            tables = _tables(here, masses, recipe, own)
            model.source_nodes[surface, band], model.target_nodes[surface, band] = tables
    return model


def between(latitude: Tensor, centres: Sequence[float]) -> tuple[Tensor, Tensor]:
    """Number of the band whose centre is the next below |latitude| in degrees, and the share of the band above, 0 to 1."""
    rising = latitude.new_tensor(centres)
    band = (torch.searchsorted(rising, latitude.contiguous(), right=True) - 1).clamp(0, len(centres) - 2)
    return band, ((latitude - rising[band]) / (rising[band + 1] - rising[band])).clamp(0, 1)


def effective_number(weights: Tensor) -> float:
    """How many pixels of equal weight tell as much (Kish 1965): the square of the sum over the sum of squares."""
    weights = weights.double()
    return float(weights.sum() ** 2 / (weights**2).sum().clamp_min(1e-30))


def _complete(side: Side) -> Side:
    """The pixels of which all is known."""
    known = side.tb.isfinite().all(dim=1) & side.conditions.isfinite().all(dim=1) & (side.weights > 0)
    return _where(side, known)


def _where(side: Side, chosen: Tensor) -> Side:
    return Side(*(each[chosen] for each in side))


def _by_band(side: Side, centres: Sequence[float]) -> Iterator[Tensor]:
    """Weights (n,) of a side's pixels in every band."""
    band, share = between(side.conditions[:, 1].abs(), centres)
    for number in range(len(centres)):
        yield side.weights * torch.where(band == number, 1 - share, torch.where(band + 1 == number, share, 0.0))


def _tables(sides: Sequence[Side], masses: Sequence[Tensor], recipe: StrataRecipe, fallback: list[Tensor]) -> list[Tensor]:
    """Both tables (output, node) in K from the sides' pixels with these masses, `fallback` where either side has too few."""
    if min(effective_number(mass) for mass in masses) < recipe.fewest:
        return fallback
    return [quantile_nodes(side.tb, mass, recipe.nodes) for side, mass in zip(sides, masses, strict=True)]
