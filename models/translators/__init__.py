"""Translation methods: a file each, and a row here."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from models.training import Run
from models.translators import cyclegan, cyclegan_plus, fastcut, gradient_boosting, paired_unet, pixel_mlp, uvcgan
from models.translators.base import TranslationData, Translator
from models.translators.cyclegan import fit_cyclegan
from models.translators.cyclegan_plus import fit_cyclegan_plus
from models.translators.fastcut import fit_fastcut
from models.translators.gaussian_transport import TransportRecipe, fit_gaussian_transport
from models.translators.gradient_boosting import fit_gradient_boosting
from models.translators.linear import LinearRecipe, fit_linear
from models.translators.nearest import CopyRecipe, IdentityRecipe, fit_identity, fit_raw
from models.translators.paired_unet import fit_paired_unet
from models.translators.pixel_mlp import fit_pixel_mlp
from models.translators.quantile_mapping import QuantileRecipe, fit_quantile_mapping
from models.translators.quantile_mapping_strata import StrataRecipe, fit_quantile_mapping_strata
from models.translators.restored_linear import fit_restored_linear
from models.translators.spatial_filter import SpatialFilterRecipe, fit_spatial_filter
from models.translators.uvcgan import fit_uvcgan

Supervision = Literal["none", "strata", "pairs", "pairs and rain"]
"""Strata of rain, surface, latitude and season; weak pairs with GMI, which a linear lift needs too; and what retrievals found."""


@dataclass(frozen=True)
class Method:
    """How a translator is fitted: `fit(data, recipe, run)` with one of its `recipes` by size.

    `seeded` methods give another model for another seed; the others need one fit only.
    """

    fit: Callable[[TranslationData, Any, Run], Translator]
    recipes: Mapping[str, Any]
    seeded: bool = False
    supervision: Supervision = "none"
    """What it learns from beside the unpaired TB of both sensors."""
    quick: bool = False
    """Whether it is fitted in seconds, or is what everybody asks for: what a demonstration shows."""

    @property
    def learns_rain(self) -> bool:
        """Whether it learns from what retrievals say of GMI's TB too; none of them may judge it."""
        return self.supervision == "pairs and rain"


def _same(recipe: Any) -> dict[str, Any]:
    return {"demo": recipe, "published": recipe}


METHODS: dict[str, Method] = {
    "identity": Method(fit_identity, _same(IdentityRecipe())),
    "raw": Method(fit_raw, _same(CopyRecipe()), quick=True),
    "linear": Method(fit_linear, _same(LinearRecipe()), quick=True, supervision="pairs"),
    "restored_linear": Method(fit_restored_linear, _same(LinearRecipe()), supervision="pairs"),
    "gaussian_transport": Method(fit_gaussian_transport, _same(TransportRecipe()), supervision="strata"),
    "ridge_by_surface": Method(fit_spatial_filter, _same(SpatialFilterRecipe(window=1)), supervision="pairs"),
    "footprint_matching": Method(
        fit_spatial_filter, _same(SpatialFilterRecipe(by_surface=False, own_channel=True)), supervision="pairs"
    ),
    "spatial_filter": Method(fit_spatial_filter, _same(SpatialFilterRecipe()), quick=True, supervision="pairs"),
    "restored_filter": Method(fit_spatial_filter, _same(SpatialFilterRecipe(restored=True)), supervision="pairs"),
    "quantile_mapping": Method(fit_quantile_mapping, _same(QuantileRecipe()), quick=True, supervision="pairs"),
    "quantile_mapping_strata": Method(fit_quantile_mapping_strata, _same(StrataRecipe()), supervision="pairs"),
    "pixel_mlp": Method(fit_pixel_mlp, pixel_mlp.SIZES, seeded=True, supervision="pairs"),
    "gradient_boosting": Method(fit_gradient_boosting, gradient_boosting.SIZES, seeded=True, supervision="pairs"),
    "paired_unet": Method(fit_paired_unet, paired_unet.sizes(rain=0.0), seeded=True, supervision="pairs"),
    "paired_unet_rain": Method(fit_paired_unet, paired_unet.sizes(rain=10.0), seeded=True, supervision="pairs and rain"),
    "cyclegan": Method(fit_cyclegan, cyclegan.SIZES, seeded=True),
    "cyclegan_plus": Method(fit_cyclegan_plus, cyclegan_plus.SIZES, seeded=True, quick=True, supervision="pairs"),
    "fastcut": Method(fit_fastcut, fastcut.SIZES, seeded=True, supervision="pairs"),
    "uvcgan": Method(fit_uvcgan, uvcgan.SIZES, seeded=True, supervision="pairs"),
}
"""Every method by its name. Recipes are frozen: `dataclasses.replace(recipe, outputs=...)` asks for other channels."""
