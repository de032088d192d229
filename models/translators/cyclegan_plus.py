"""CycleGAN as improved here: it corrects the linear baseline, in strata, with calmer judges, and hears weak pairs.

Against the canonical one: all channels of the partner; each generator a correction to a linear map, so that warm and cold
cannot change places; batches with the same surfaces, latitudes, seasons and rain in both domains, so that none is asked to
invent rain; norms that keep the level of TB; judges with spectral norm (Miyato et al. 2018) that learn at twice the generators'
rate (Heusel et al. 2017); noise of a NEDT on every input, which drowns codes hidden for the way back; and a Huber loss to GMI's
own TB where GMI flew over within minutes.
"""

from __future__ import annotations

from dataclasses import replace

from models.training import Run
from models.translators import cyclegan
from models.translators.base import TranslationData
from models.translators.corrected import Corrected
from models.translators.cyclegan import fit_cyclegan
from models.translators.cyclegan_game import GameRecipe


def _improved(canonical: GameRecipe, average: float) -> GameRecipe:
    schedule = replace(canonical.schedule, clip=1.0, average=average)
    better = replace(canonical, schedule=schedule, lift=True, stratified=True, norm="channel", spectral=True, judge_rate=2.0)
    return replace(better, noise_k=0.5, pair=10.0)


SIZES = {"demo": _improved(cyclegan.SIZES["demo"], 0.99), "published": _improved(cyclegan.SIZES["published"], 0.999)}


def fit_cyclegan_plus(data: TranslationData, recipe: GameRecipe, run: Run) -> Corrected:
    """See `play`; without overlaps there is no loss on pairs."""
    return fit_cyclegan(data, recipe, run)
