"""`gpm-assets translate --model models:/translator-F16_SSMIS@champion IN OUT`: a 1C file as GMI might have seen it."""

from __future__ import annotations

from pathlib import Path


def translate(source: Path, target: Path, *, model: str, drain: str | None = None, home: Path | None = None) -> None:
    """Translate a 1C file to pseudo-GMI brightness temperatures on the GMI-like sampling, as netCDF-4.

    Parameters
    ----------
    source
        A 1C file of the sensor that the translator is for; HDF5 or netCDF-4.
    target
        Where the netCDF-4 file goes; one that is there is replaced.
    model
        Translator: models:/NAME@champion, models:/NAME/VERSION or the folder of a checkpoint.
    drain
        DRAIN, named in the same way, to retrieve rain as well.
    home
        The home whose registry is asked; by default GPM_ASSETS_HOME.
    """
    from gpm_assets.collocation.sampling import co_register
    from gpm_assets.constellation.instruments import instrument
    from gpm_assets.granules.read import read_1c
    from gpm_assets.inference import retrieval, translated_file, translation
    from gpm_assets.named_models import load, require_for
    from gpm_assets.registry import Registry
    from gpm_assets.settings import Home
    from models.retrievals.base import Retrieval
    from models.translators.base import Translator

    swaths = read_1c(source)
    sensor = swaths[0].sensor
    place = Home(home)
    registry = Registry(place.settings.models.registry or place.registry_uri)
    translator = load(model, Translator, registry)  # type: ignore[type-abstract]
    require_for(translator, sensor)
    swath = co_register(swaths, instrument(sensor)).swath
    pseudo = translation.translate(translator.model, swath)
    about, rain = {"translator": translator.name, "trained_in": translator.world}, None
    if drain is not None:
        named = load(drain, Retrieval, registry)  # type: ignore[type-abstract]
        about["retrieval"] = named.name
        rain = retrieval.retrieve(named.model, pseudo.tb, suspect=pseudo.partial)
    translated_file.write_translated(target, swath, pseudo, rain, about)
    print(f"{target}: {swath.shape[0]} scans of {sensor}, translated by {translator.name} of the {translator.world} world")
