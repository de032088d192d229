"""Bayesian Monte Carlo integration: rain of a database's pixels, weighted by how well their TB agree with what is seen.

The retrieval of GPROF (Kummerow et al. 2001, 2015; Evans et al. 1995): weights exp(-1/2 (y - y_i)' S^-1 (y - y_i)) and, as
there, a database in clusters of TB with a histogram of rain each. All clusters count for every pixel.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import torch
from scipy.spatial import KDTree
from torch import Tensor

from models.distribution import Distribution
from models.errors import TrainingError
from models.retrievals.base import CHANNELS, RetrievalData
from models.retrievals.calibration import calibrate
from models.retrievals.pixels import LabelledPixels, labelled_pixels
from models.retrievals.rain_classes import ClassRetrieval, class_of
from models.training import Run

HELD_OUT = 4
"""One overpass in so many chooses the scale of S, with the database of the others."""
HELD_OUT_PIXELS = 20_000
CLUSTER_SCALE = 0.1
"""Scale of the S in whose metric clusters are made."""


@dataclass(frozen=True)
class BmciConfig:
    """What a database is; travels with it."""

    channels: tuple[str, ...] = CHANNELS
    clusters: int = 4096
    classes: int = 48
    wet_probability: float = 0.5


class Bmci(ClassRetrieval):
    """Clusters in buffers: `centres` (cluster, channel) in K, `log_mass` (cluster,), `histograms` (cluster, class).

    `whitening` (channel, channel) in 1/K is W with W W' = S^-1, about `origin` (channel,) in K.
    """

    kind: ClassVar[str] = "bmci"
    config_class: ClassVar[type] = BmciConfig
    centres: Tensor
    log_mass: Tensor
    histograms: Tensor
    whitening: Tensor
    origin: Tensor

    def __init__(self, config: BmciConfig) -> None:
        super().__init__(config)
        channels = len(config.channels)
        self.register_buffer("centres", torch.zeros(config.clusters, channels))
        self.register_buffer("log_mass", torch.zeros(config.clusters))
        self.register_buffer("histograms", torch.zeros(config.clusters, config.classes))
        self.register_buffer("whitening", torch.eye(channels))
        self.register_buffer("origin", torch.zeros(channels))

    def probabilities(self, pixels: Tensor) -> Tensor:
        """See `ClassRetrieval.probabilities`.

        Weights are a softmax of logarithms, in which |y|^2 cancels: far from the database the nearest clusters remain.
        """
        seen, known = ((each - self.origin) @ self.whitening for each in (pixels, self.centres))
        logarithms = torch.addmm(self.log_mass - known.square().sum(dim=1) / 2, seen, known.T)
        return logarithms.softmax(dim=1) @ self.histograms

    def fill(self, nearest: Tensor, pixels: LabelledPixels) -> None:
        """Mass and histograms of `pixels` by the clusters (n,) they are `nearest` to."""
        clusters, classes = self.histograms.shape
        cells = nearest * classes + class_of(pixels.rain, self.bounds)
        mass = torch.bincount(cells, pixels.weights.double(), clusters * classes).reshape(clusters, classes)
        total = mass.sum(dim=1, keepdim=True)
        self.log_mass.copy_(total[:, 0].log())
        self.histograms.copy_(mass / total.clamp_min(1e-30))


@dataclass(frozen=True)
class BmciRecipe:
    """Size of the database, and the scales of S that are tried.

    S = scale^2 C + noise^2: C the covariance of TB, `noise_k` GMI's NEDT, below which S cannot fall. (With the diagonal of C
    alone CRPS on a demo was 0.0353 mm/h instead of 0.0216: rain is in what V and H differ by.)
    """

    pixels: int
    clusters: int
    iterations: int = 5
    scales: tuple[float, ...] = (0.0, 0.01, 0.02, 0.03, 0.05, 0.07, 0.1, 0.14, 0.2)
    noise_k: float = 0.6
    classes: int = 48
    channels: tuple[str, ...] = CHANNELS

    @property
    def steps(self) -> int:
        """Steps that are reported."""
        return self.iterations + len(self.scales)


SIZES: dict[str, BmciRecipe] = {
    # about 20 s on one processor core; CRPS with 2048, 4096 and 8192 clusters is 0.0221, 0.0210 and 0.0208 mm/h on a demo, and an
    # orbit takes 13 s with 2048, 22 with 4096
    "demo": BmciRecipe(pixels=800_000, clusters=4096),
    "published": BmciRecipe(pixels=5_000_000, clusters=16_384, iterations=10),
}


def fit_bmci(data: RetrievalData, recipe: BmciRecipe, run: Run) -> Bmci:
    """The database of the training pixels, with the S that retrieves held-out training overpasses best.

    Raises ChannelError, PackError or TrainingError.
    """
    with run.session():
        model = Bmci(BmciConfig(recipe.channels, recipe.clusters, recipe.classes))
        pixels = labelled_pixels(data.pack, recipe.channels, "train", recipe.pixels, run.seed)
        model.fit_means(pixels.rain, pixels.weights)
        covariance = pixels.tb.double().T.cov()
        nearest = _cluster(model, pixels, covariance, recipe, run)
        _choose_scale(model, nearest, pixels, covariance, recipe, run)
        model.fill(nearest, pixels)
        return calibrate(model.to(run.accelerator.device).eval(), data.pack)


def _cluster(model: Bmci, pixels: LabelledPixels, covariance: Tensor, recipe: BmciRecipe, run: Run) -> Tensor:
    """Set the centres by Lloyd's iterations in the metric of S; returns the nearest cluster (n,) of every pixel.

    Pixels count alike whatever they weigh: they were drawn for rain, and clusters are needed where rain is.
    """
    whitening = _whitening(covariance, CLUSTER_SCALE, recipe.noise_k)
    model.origin.copy_(pixels.tb.mean(dim=0))
    places = ((pixels.tb - model.origin).double() @ whitening).numpy()
    chosen = np.random.default_rng(run.seed).choice(len(places), recipe.clusters, replace=len(places) < recipe.clusters)
    centres, workers = places[chosen], run.accelerator.threads or 1
    for step in range(1, recipe.iterations + 1):
        distance, nearest = KDTree(centres).query(places, workers=workers)
        count = np.bincount(nearest, minlength=recipe.clusters)
        sums = np.stack([np.bincount(nearest, each, recipe.clusters) for each in places.T], axis=1)
        centres = np.where(count[:, None] > 0, sums / count.clip(min=1)[:, None], centres)
        run.report(step, {"distance_to_cluster": float(np.sqrt(np.mean(distance**2)))})
    model.centres.copy_(torch.from_numpy(centres) @ torch.linalg.inv(whitening) + model.origin)
    return torch.from_numpy(KDTree(centres).query(places, workers=workers)[1])


def _choose_scale(model: Bmci, nearest: Tensor, pixels: LabelledPixels, covariance: Tensor, recipe: BmciRecipe, run: Run) -> None:
    """Set the whitening to the scale with the lowest CRPS on pixels of held-out overpasses."""
    held_out = pixels.overpasses % HELD_OUT == 0
    if held_out.all() or not held_out.any():
        raise TrainingError("a single training patch cannot choose the scale of S: a database needs several overpasses")
    model.fill(nearest[~held_out], pixels.where(~held_out))
    every = max(1, int(held_out.sum()) // HELD_OUT_PIXELS)
    seen = pixels.where(torch.nonzero(held_out)[::every, 0])
    errors = []
    for scale in recipe.scales:
        model.whitening.copy_(_whitening(covariance, scale, recipe.noise_k))
        rain = model(seen.tb.T[None, :, :, None])[0, :-1, :, 0].T.contiguous()
        crps = Distribution(rain, model.levels).crps(seen.rain)[:, 0]
        errors.append(float((crps * seen.weights).sum() / seen.weights.sum()))
        run.report(recipe.iterations + len(errors), {"held_out_crps_mm_h": errors[-1]})
    model.whitening.copy_(_whitening(covariance, recipe.scales[int(np.argmin(errors))], recipe.noise_k))


def _whitening(covariance: Tensor, scale: float, noise_k: float) -> Tensor:
    """W (channel, channel) in 1/K with W W' = S^-1 of S = scale^2 C + noise^2."""
    values, vectors = torch.linalg.eigh(scale**2 * covariance + noise_k**2 * torch.eye(len(covariance)))
    return vectors @ torch.diag(values.rsqrt())
