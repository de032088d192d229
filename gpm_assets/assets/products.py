"""Pseudo-GMI brightness temperatures and rain of a sensor's month, by the champion that the registry names.

One step makes both. Pixels whose network window was partly missing are flagged; channels the champion does not give are missing.
"""

from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any, cast

import dagster as dg
import numpy as np
import xarray as xr

from gpm_assets import provenance
from gpm_assets.archive import store
from gpm_assets.archive.swaths import CF, describe
from gpm_assets.assets import champion, retrieval, stage
from gpm_assets.assets import swaths as swath_stage
from gpm_assets.constellation.instruments import instrument
from gpm_assets.constellation.spectral_match import nearest_channels
from gpm_assets.inference.retrieval import QUANTILES, retrieve
from gpm_assets.inference.translation import GMI_CHANNELS, PseudoTb, translate
from gpm_assets.partitions import sensor_month, sensor_month_partitions
from gpm_assets.provenance import Artefact, Recipe
from gpm_assets.registry import Registry, Version, translator_name
from gpm_assets.resources.home import HomeResource
from gpm_assets.resources.registry import RegistryResource
from gpm_assets.settings import Home
from gpm_assets.swath import Swath
from models.retrievals.base import Retrieval
from models.translators.base import OUTPUTS, Translator

PSEUDO_TB, PRECIPITATION = "pseudo_tb", "precipitation"
_MODULES = ("gpm_assets.inference.translation", "gpm_assets.inference.retrieval", "gpm_assets.archive.store")


def translator(home: Home, registry: Registry, sensor: str) -> tuple[Registry, Version]:
    """The translator that products use and the registry that holds it: the champion, or the one of another world by name."""
    owner, world = retrieval.models_of(home, registry)
    return owner, owner.required_champion(translator_name(sensor), world=world)


def recipe(home: Home, registry: Registry, product: str, sensor: str, month: str) -> Recipe:
    """Products follow from the swaths, the champion and, for rain, DRAIN."""
    _, version = translator(home, registry, sensor)
    inputs = {
        swath_stage.SWATHS: stage.content(home, swath_stage.SWATHS, sensor, month),
        version.name: version.tags["fingerprint"],
    }
    config = {"translator": version.uri, "method": version.method, "trained_in": version.tags["world"]}
    if product == PRECIPITATION:
        drain = retrieval.champion(home, registry)
        inputs[retrieval.MODEL] = drain.tags["fingerprint"]
        config["retrieval"] = drain.uri
    return stage.recipe(home, product, f"{sensor} {month}", inputs=inputs, config=config, modules=_MODULES)


def make(
    home: Home, registry: Registry, sensor: str, month: str, progress: stage.Progress | None = None
) -> tuple[Artefact, Artefact]:
    """Translate and retrieve every granule of a month; either product is made only where it is not current."""
    recipes = {product: recipe(home, registry, product, sensor, month) for product in (PSEUDO_TB, PRECIPITATION)}
    models = _Models(home, registry, sensor)
    made = []
    for product, make_dataset in ((PSEUDO_TB, models.pseudo_tb), (PRECIPITATION, models.precipitation)):
        wanted, target = recipes[product], home.folder(product, sensor, month)
        keys = store.keys(home.folder(swath_stage.SWATHS, sensor, month))
        loads = swath_stage.load_all(home, sensor, month)
        basis = provenance.digest(
            [dict(wanted.config), wanted.code, {k: v for k, v in wanted.inputs.items() if k != swath_stage.SWATHS}]
        )
        pieces = [
            store.Piece(name, provenance.digest([keys[name], basis]), partial(make_dataset, load, wanted))
            for name, load in loads.items()
        ]
        made.append(
            provenance.build(target, wanted, partial(_write, pieces=pieces, before=target, wanted=wanted, progress=progress))
        )
    return made[0], made[1]


def _write(
    work: Path, *, pieces: list[store.Piece], before: Path, wanted: Recipe, progress: stage.Progress | None
) -> dict[str, Any]:
    written = store.write_month(work, pieces, before, progress)
    valued, partial_window = 0, 0
    rain: list[np.ndarray] = []
    for name in written.granules:
        with store.open_group(work, name) as dataset:
            flag = dataset["window_flag"].values
            valued, partial_window = valued + int((flag >= 0).sum()), partial_window + int((flag == 1).sum())
            if "rain_mean" in dataset:
                rain.append(dataset["rain_mean"].values[flag >= 0])
    shown: dict[str, Any] = {
        "granules": list(written.granules),
        "granule_count": len(written.granules),
        "taken_over": len(written.reused),
        "failed": len(written.failed),
        "failed_reasons": written.failed,
        "valued_pixels": valued,
        "partly_missing_window": partial_window,
        **wanted.config,
    }
    if wanted.config["trained_in"] != wanted.world:
        shown["warning"] = f"{wanted.world} granules, translated by models trained in the {wanted.config['trained_in']} world"
    if rain:
        pixels = np.concatenate(rain)
        shown |= {
            "mean_rain_mm_h": round(float(pixels.mean()), 5),
            "share_above_0.1_mm_h": round(float((pixels >= 0.1).mean()), 5),
        }
    return shown


class _Models:
    """Translator and DRAIN of one step, each loaded when a granule first asks: taking every granule over loads neither."""

    def __init__(self, home: Home, registry: Registry, sensor: str) -> None:
        self.home, self.registry, self.sensor = home, registry, sensor
        self._translator: Translator | None = None
        self._drain: Retrieval | None = None

    def pseudo_tb(self, load: Any, wanted: Recipe) -> xr.Dataset:
        """Pseudo-GMI TB of one granule."""
        swath = load()
        pseudo = self._translated(swath)
        dataset = _frame(swath, wanted)
        dataset["tb"] = (("scan", "pixel", "channel"), pseudo.tb)
        dataset["window_flag"] = (("scan", "pixel"), _flag(np.any(np.isfinite(pseudo.tb), axis=-1), pseudo.partial))
        dataset.attrs["channels"] = list(GMI_CHANNELS)
        return _described(dataset)

    def precipitation(self, load: Any, wanted: Recipe) -> xr.Dataset:
        """Rain of one granule."""
        swath = load()
        pseudo = self._translated(swath)
        if self._drain is None:
            self._drain = retrieval.load_champion(self.home, self.registry)
        rain = retrieve(self._drain, pseudo.tb, suspect=pseudo.partial)
        place = ("scan", "pixel")
        dataset = _frame(swath, wanted)
        dataset["rain_mean"] = (place, rain.mean_mm_h)
        dataset["rain_quantile"] = ((*place, "quantile"), rain.quantiles_mm_h)
        dataset["probability_wet"] = (place, rain.probability_wet)
        dataset["wet"] = (place, rain.wet.astype(np.int8))
        dataset["window_flag"] = (place, _flag(np.isfinite(rain.mean_mm_h), rain.partial))
        dataset.attrs["quantiles"] = list(QUANTILES)
        return _described(dataset)

    def _translated(self, swath: Swath) -> PseudoTb:
        if self._translator is None:
            owner, version = translator(self.home, self.registry, self.sensor)
            self._translator = cast("Translator", owner.load(version))
        return translate(self._translator, swath)


_ATTRIBUTES: dict[str, dict[str, Any]] = {
    "rain_mean": {"long_name": "mean rain rate", "standard_name": "rainfall_rate", "units": "mm h-1"},
    "rain_quantile": {
        "long_name": "rain rate that is not exceeded with the probability of attribute quantiles",
        "units": "mm h-1",
    },
    "probability_wet": {"long_name": "probability that the rain rate reaches 0.1 mm h-1", "units": "1"},
    "wet": {
        "long_name": "whether probability_wet reaches the retrieval's threshold",
        "flag_values": [0, 1],
        "flag_meanings": "dry wet",
    },
    "window_flag": {
        "long_name": "whether inputs were missing in the window that makes 99 % of the output",
        "flag_values": [-1, 0, 1],
        "flag_meanings": "no_value complete partly_missing",
    },
}


def _flag(valued: np.ndarray, partial_window: np.ndarray) -> np.ndarray:
    return np.where(valued, partial_window.astype(np.int8), np.int8(-1)).astype(np.int8)


def _frame(swath: Swath, wanted: Recipe) -> xr.Dataset:
    coordinates = {
        "latitude": (("scan", "pixel"), swath.latitude),
        "longitude": (("scan", "pixel"), swath.longitude),
        "time": (("scan",), swath.time.astype("datetime64[ns]")),
    }
    attributes = {**CF, "sensor": swath.sensor, "granule": swath.granule, "world": wanted.world, **wanted.config}
    return xr.Dataset(coords=coordinates, attrs=attributes)


def _described(dataset: xr.Dataset) -> xr.Dataset:
    for name, attributes in _ATTRIBUTES.items():
        if name in dataset:
            dataset[name].attrs.update(attributes)
    return describe(dataset)


def before_after_figure(home: Home, sensor: str, month: str) -> bytes | None:
    """TB at 37 and 89 GHz before and after translation, for the granule of the month with most rain."""
    from gpm_assets.evaluation import figures

    name = _rainiest(home, sensor, month)
    if name is None:
        return None
    swath = swath_stage.load_all(home, sensor, month)[name]()
    with store.open_group(home.folder(PSEUDO_TB, sensor, month), name) as dataset:
        after = dataset["tb"].values
    shown = [one for one in OUTPUTS if one in nearest_channels(instrument(sensor))]
    return figures.png(
        figures.before_after(
            swath.latitude,
            swath.longitude,
            {one: swath.channel(nearest_channels(instrument(sensor))[one]) for one in shown},
            {one: after[..., GMI_CHANNELS.index(one)] for one in shown},
            title=f"{sensor} before and after, {name}",
        )
    )


def rain_figure(home: Home, sensor: str, month: str) -> bytes | None:
    """Rain of the granule of the month with most of it."""
    from gpm_assets.evaluation import figures

    name = _rainiest(home, sensor, month)
    if name is None:
        return None
    with store.open_group(home.folder(PRECIPITATION, sensor, month), name) as dataset:
        fields = {"mean rain": dataset["rain_mean"].values}
        title = f"{sensor}, {name}"
        return figures.png(figures.rain_map(dataset["latitude"].values, dataset["longitude"].values, fields, title=title))


def _rainiest(home: Home, sensor: str, month: str) -> str | None:
    best, most = None, -1.0
    for name, dataset in store.groups(home.folder(PRECIPITATION, sensor, month)):
        total = float(np.nansum(dataset["rain_mean"].values))
        if total > most:
            best, most = name, total
    return best


@dg.multi_asset(
    name="products",
    specs=[
        dg.AssetSpec(
            name,
            group_name="products",
            kinds={"zarr"},
            partitions_def=sensor_month_partitions,
            description=f"{what} {__doc__}",
            deps=[swath_stage.SWATHS, stage.by_sensor_dep(champion.CHAMPION), *deps],
        )
        for name, what, deps in (
            (PSEUDO_TB, "Pseudo-GMI brightness temperatures.", []),
            (PRECIPITATION, "Rain by DRAIN from pseudo-GMI brightness temperatures.", [PSEUDO_TB, retrieval.RETRIEVAL]),
        )
    ],
    partitions_def=sensor_month_partitions,
)
def products(
    context: dg.AssetExecutionContext, home: HomeResource, registry: RegistryResource
) -> Iterator[dg.MaterializeResult[None]]:
    """Translate and retrieve a sensor's month."""
    sensor, month = sensor_month(context.partition_key)
    place = home.open()
    with stage.failing_clearly():
        tb, rain = make(place, registry.open(place), sensor, month, stage.logged(context, f"{sensor} {month}"))
        yield stage.result(tb, asset=PSEUDO_TB, before_after=before_after_figure(place, sensor, month))
        yield stage.result(rain, asset=PRECIPITATION, map=rain_figure(place, sensor, month))
