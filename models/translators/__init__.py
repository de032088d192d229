"""Translation methods: a file each, and a row here."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from models.training import Run
from models.translators import cyclegan, gradient_boosting, pixel_mlp
from models.translators.base import TranslationData, Translator
from models.translators.cyclegan import fit_cyclegan
from models.translators.gaussian_transport import TransportRecipe, fit_gaussian_transport
from models.translators.gradient_boosting import fit_gradient_boosting
from models.translators.linear import LinearRecipe, fit_linear
from models.translators.nearest import CopyRecipe, IdentityRecipe, fit_identity, fit_raw
from models.translators.pixel_mlp import fit_pixel_mlp
from models.translators.quantile_mapping import QuantileRecipe, fit_quantile_mapping
from models.translators.quantile_mapping_strata import StrataRecipe, fit_quantile_mapping_strata
from models.translators.restored_linear import fit_restored_linear


@dataclass(frozen=True)
class Method:
    """How a translator is fitted: `fit(data, recipe, run)` with one of its `recipes` by size.

    `seeded` methods give another model for another seed; the others need one fit only.
    """

    fit: Callable[[TranslationData, Any, Run], Translator]
    recipes: Mapping[str, Any]
    seeded: bool = False


def _same(recipe: Any) -> dict[str, Any]:
    return {"demo": recipe, "published": recipe}


METHODS: dict[str, Method] = {
    "identity": Method(fit_identity, _same(IdentityRecipe())),
    "raw": Method(fit_raw, _same(CopyRecipe())),
    "linear": Method(fit_linear, _same(LinearRecipe())),
    "restored_linear": Method(fit_restored_linear, _same(LinearRecipe())),
    "gaussian_transport": Method(fit_gaussian_transport, _same(TransportRecipe())),
    "quantile_mapping": Method(fit_quantile_mapping, _same(QuantileRecipe())),
    "quantile_mapping_strata": Method(fit_quantile_mapping_strata, _same(StrataRecipe())),
    "pixel_mlp": Method(fit_pixel_mlp, pixel_mlp.SIZES, seeded=True),
    "gradient_boosting": Method(fit_gradient_boosting, gradient_boosting.SIZES, seeded=True),
    "cyclegan": Method(fit_cyclegan, cyclegan.SIZES, seeded=True),
}
"""Every method by its name. Recipes are frozen: `dataclasses.replace(recipe, outputs=...)` asks for other channels."""
