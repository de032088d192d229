"""Retrievals of rain from GMI's brightness temperatures: a file each, and a row here."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from models.retrievals import bmci, drain, drain_dit, gradient_boosting, pixel_mlp, quantile_regression
from models.retrievals.base import Retrieval, RetrievalData
from models.training import Run


@dataclass(frozen=True)
class RetrievalMethod:
    """How a retrieval is fitted: `fit(data, recipe, run)` with one of its `recipes` by size; `recipe.steps` are reported.

    `seeded` methods give another model for another seed; the others need one fit only. `what` says in a line what it is.
    """

    fit: Callable[[RetrievalData, Any, Run], Retrieval]
    recipes: Mapping[str, Any]
    what: str
    seeded: bool = True


RETRIEVALS: dict[str, RetrievalMethod] = {
    "drain": RetrievalMethod(drain.fit_drain, drain.SIZES, "DRAIN-99: U-Net, four channels, 99 quantiles; makes the products"),
    "drain_13": RetrievalMethod(drain.fit_drain, drain.SIZES_13, "DRAIN with all 13 channels of GMI, else the same"),
    "drain_dit": RetrievalMethod(
        drain_dit.fit_drain_dit, drain_dit.SIZES, "DRAIN-DiT: transformer on 32 x 32 pixels, one value; LATMOS' released twin"
    ),
    "drain_quarter": RetrievalMethod(drain.fit_drain, drain.some_of(1 / 4), "DRAIN-99 on a quarter of the training overpasses"),
    "drain_sixteenth": RetrievalMethod(
        drain.fit_drain, drain.some_of(1 / 16), "DRAIN-99 on a sixteenth of the training overpasses"
    ),
    "pixel_mlp": RetrievalMethod(pixel_mlp.fit_pixel_mlp, pixel_mlp.SIZES, "Pixel MLP: DRAIN without the image, by pixel"),
    "quantile_regression": RetrievalMethod(
        quantile_regression.fit_quantile_regression,
        quantile_regression.SIZES,
        "Pixel quantile regression: linear in TB, their squares and products",
    ),
    "gradient_boosting": RetrievalMethod(
        gradient_boosting.fit_gradient_boosting, gradient_boosting.SIZES, "Pixel gradient boosting (LightGBM) of rain classes"
    ),
    "bmci": RetrievalMethod(
        bmci.fit_bmci, bmci.SIZES, "Bayesian Monte Carlo integration over a database of pixels, as GPROF does it"
    ),
}
"""Every retrieval by its name; `drain` makes the products and judges translators, the others are held against it."""
