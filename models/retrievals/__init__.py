"""Retrievals of rain from GMI's brightness temperatures: a file each, and a row here."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from models.retrievals import drain, drain_dit
from models.retrievals.base import Retrieval, RetrievalData
from models.training import Run


@dataclass(frozen=True)
class RetrievalMethod:
    """How a retrieval is fitted: `fit(data, recipe, run)` with one of its `recipes` by size.

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
}
"""Every retrieval by its name; `drain` makes the products and judges translators, the others are held against it."""
