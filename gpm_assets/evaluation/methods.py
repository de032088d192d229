"""What is scored: a method makes rain, and perhaps TB, of a swath; translators with DRAIN, retrievals, or anybody's function."""

from __future__ import annotations

import math
from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from gpm_assets.errors import GpmAssetsError
from gpm_assets.evaluation.held_against import held_against
from gpm_assets.evaluation.retrieved import Retrieved
from gpm_assets.evaluation.table import UNREGISTERED
from gpm_assets.inference.retrieval import predict
from gpm_assets.inference.translation import GMI_CHANNELS, translate
from gpm_assets.swath import Swath

if TYPE_CHECKING:
    from models.prediction import QuantilePrediction
    from models.retrievals.base import Retrieval
    from models.translators.base import Translator

Image = NDArray[np.float32]

NEIGHBOURS = 2
"""Scans around what is scored that every method gives: GMI's pixels there take their rain from places within 10 km."""
MOST_MM_H = 1000.0
"""More is no rain rate but a fill value, or another unit."""


@dataclass(frozen=True, eq=False)
class Result:
    """What a method makes of a swath: rain that answers to a reference (scan, pixel) in mm/h; `tb` (scan, pixel, 13) of GMI's
    channels in K, None where it makes none, and which `channels` it gives."""

    against: Callable[[Image], Retrieved]
    tb: Image | None = None
    channels: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class Method:
    """A method by name, version (0 outside the registry) and seed.

    `make` may be given some scans of a swath only: `reach` are those that it wants around what is scored (None: the whole
    swath), starting at multiples of `cell`, so that a part gives what the whole gives.
    """

    name: str
    make: Callable[[Swath], Result]
    version: int = UNREGISTERED
    seed: int = 0
    reach: int | None = None
    cell: int = 1

    def scans(self, known: NDArray[np.bool_]) -> slice:
        """Scans of a swath that are needed to score the known pixels (scan, pixel)."""
        if self.reach is None:
            return slice(None)
        scans, reach = np.flatnonzero(known.any(axis=1)), max(self.reach, NEIGHBOURS)
        return slice(max(0, int(scans[0]) - reach) // self.cell * self.cell, int(scans[-1]) + reach + 1)


def of_translator(name: str, model: Translator, drain: Retrieval, *, version: int = UNREGISTERED, seed: int = 0) -> Method:
    """A translator, and DRAIN on its pseudo-TB."""

    def make(swath: Swath) -> Result:
        tb = translate(model, swath).tb
        return Result(Answer(drain, tb), tb, model.outputs)

    cell = math.lcm(model.multiple, drain.multiple)
    return Method(name, make, version, seed, model.receptive_radius + drain.receptive_radius, cell)


def of_retrieval(name: str, model: Retrieval, *, version: int = UNREGISTERED, seed: int = 0) -> Method:
    """A retrieval on a swath's own TB: the swath is GMI's, and has the channels that the model reads."""

    def make(swath: Swath) -> Result:
        return Result(Answer(model, swath.tb, swath.channels))

    return Method(name, make, version, seed, model.receptive_radius, model.multiple)


def of_function(name: str, function: Callable[[Swath], NDArray[np.floating]], drain: Retrieval) -> Method:
    """Anybody's function of a swath: rain (scan, pixel) in mm/h, or TB (scan, pixel, channel) in K of GMI's 13 or DRAIN's four.

    Raises GpmAssetsError, when it is asked, for an array of another shape and for rain that is none.
    """

    def make(swath: Swath) -> Result:
        made = np.asarray(function(deepcopy(swath)), np.float32)  # what it changes must not reach other methods
        if made.shape == swath.shape:
            wrong = made[(made < 0) | (made >= MOST_MM_H)]
            if wrong.size:
                raise GpmAssetsError(
                    f"{name} made rain of {wrong[0]:g} mm/h; expected 0 to below {MOST_MM_H:g}, and NaN where it knows nothing"
                )
            return Result(lambda rain: Retrieved.certain(made, rain))
        for channels in (GMI_CHANNELS, drain.channels):
            if made.shape == (*swath.shape, len(channels)):
                tb = np.full((*swath.shape, len(GMI_CHANNELS)), np.nan, np.float32)
                tb[..., [GMI_CHANNELS.index(channel) for channel in channels]] = made
                return Result(Answer(drain, tb), tb, channels)
        raise GpmAssetsError(
            f"{name} made an array of shape {made.shape} of a swath of {swath.shape}; expected rain {swath.shape} in mm/h, or "
            f"TB in K with a last axis of GMI's {len(GMI_CHANNELS)} channels or of DRAIN's, {', '.join(drain.channels)}"
        )

    return Method(name, make)


class Answer:
    """A retrieval's rain on GMI or pseudo-GMI TB (scan, pixel, channel) in K, held against references as they are asked for."""

    def __init__(self, model: Retrieval, tb: Image, channels: tuple[str, ...] = GMI_CHANNELS) -> None:
        self.wet_probability = model.wet_probability
        self.prediction: QuantilePrediction = predict(model, tb, channels)

    @property
    def mean(self) -> Image:
        """Its mean rain (scan, pixel) in mm/h, NaN where a channel of its is missing."""
        return self.prediction.mean[0].numpy()

    def __call__(self, rain: Image) -> Retrieved:
        """Against a reference (scan, pixel) in mm/h, see `held_against`."""
        made = held_against(self.prediction, rain[None], self.wet_probability)
        return Retrieved(**{one.name: getattr(made, one.name)[0] for one in fields(made)})
