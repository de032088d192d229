"""Promotion of retrievals: new versions challenge the champion of their name on the training set's validation patches.

The alias `challenger` points to the newest versions' median seed; `champion` follows where the gate lets it pass.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from gpm_assets.constellation.instruments import REFERENCE
from gpm_assets.registry import Registry, Version, retrieval_name
from gpm_assets.settings import Home
from models.errors import CheckpointError

if TYPE_CHECKING:
    from pandas import DataFrame

    from models.packs import Pack
    from models.retrievals.base import Retrieval

VALIDATION = "validation.parquet"
"""Scores of a version on the validation patches, beside its checkpoint."""


def validate(home: Home, model: "Retrieval", pack: "Pack", method: str, version: int, seed: int) -> "DataFrame":
    """Scores of a model on a pack's validation patches, against the labels of this home."""
    from gpm_assets.evaluation.validation import validation_table

    keys = {"world": home.settings.world, "sensor": REFERENCE, "reference": f"{home.settings.collocation.rain} labels"}
    return validation_table(model, pack, {**keys, "method": method, "version": version, "seed": seed})


def promote(
    home: Home, registry: Registry, method: str, versions: Sequence[Version], folders: Sequence[Path], pack: "Pack"
) -> str:
    """Let a method's new versions, whose validation scores lie in `folders`, challenge its champion; returns what came of it.

    A champion that was validated on other patches is validated on these first; one that this version of the code cannot open is
    none. Without validation patches the first version becomes champion, unless there is one.
    """
    import pandas

    from gpm_assets.evaluation import table
    from gpm_assets.evaluation.retrieval_gate import judge

    name, old = retrieval_name(method), registry.champion(retrieval_name(method))
    challengers = pandas.concat([table.read(folder / VALIDATION) for folder in folders], ignore_index=True)
    by_number = {int(one.version): one for one in versions}
    if not len(challengers):
        if old is None:
            registry.crown(versions[0])
        return f"{name}: no validation patch has a label, so nothing was compared; {(old or versions[0]).uri} serves"
    verdict = judge(challengers, _champions_scores(home, registry, old, by_number, pack) if old else None)
    challenger = by_number[verdict.challenger]
    registry.challenge(challenger)
    if verdict.passes:
        registry.crown(challenger)
    outcome = "is champion" if verdict.passes else "does not become champion"
    return f"{challenger.uri} {outcome}: {verdict.reason}"


def _champions_scores(
    home: Home, registry: Registry, old: Version, challengers: dict[int, Version], pack: "Pack"
) -> "DataFrame | None":
    if int(old.version) in challengers or old.tags.get("world") != home.settings.world:
        return None
    try:
        model: Any = registry.load(old)
    except CheckpointError:  # of an earlier architecture: nobody can use it
        return None
    return validate(home, cast("Retrieval", model), pack, old.method, int(old.version), old.seed)
