"""The simulated truth reaches test scores, and nothing that learns, selects or is promoted: by lineage, and in what was made."""

import json
import shutil
from pathlib import Path

import dagster as dg
import pytest

from gpm_assets.assets import champion, scores, translators, truth
from gpm_assets.definitions import defs
from gpm_assets.provenance import Recipe, read

PARTNER, VALIDATION_MONTH, TEST_MONTH = "F16_SSMIS", "2018-08", "2019-07"
GRAPH = defs.resolve_asset_graph()
LEARNERS = sorted(
    key.to_user_string()
    for key in GRAPH.get_all_asset_keys()
    if GRAPH.get(key).group_name in ("training_sets", "models", "collocations") and key.to_user_string() != champion.CHAMPION
)


def above(name: str) -> set[str]:
    """Everything that an asset is made from."""
    parents = {key.to_user_string() for key in GRAPH.get(dg.AssetKey(name)).parent_keys}
    return parents | {ancestor for parent in parents for ancestor in above(parent)}


def recipes(root: Path) -> dict[str, Recipe]:
    """Every artefact of a home: the hash of its content, and a model's fingerprint, to what it was made of."""
    found = {}
    for path in (root / "archive").rglob("manifest.json"):
        if "recipe" in json.loads(path.read_text()) and (artefact := read(path.parent)):
            found[artefact.content] = found[artefact.recipe.fingerprint] = artefact.recipe
    return found


def origins(recipe: Recipe, known: dict[str, Recipe]) -> set[tuple[str, str]]:
    """Asset and partition of everything that an artefact follows from, however far up."""
    follows = list(recipe.inputs.values()) + list(recipe.config.get("candidates", {}).values())
    parents = [known[each] for each in follows if each in known]
    return {(one.asset, one.partition) for one in parents}.union(*(origins(one, known) for one in parents))


@pytest.mark.parametrize("name", [name for name in LEARNERS if not name.startswith("ceiling")])
def test_no_lineage_leads_from_truth_to_what_learns(name):
    assert not above(name) & {truth.TRUTH, scores.RAIN_SCORES, scores.TB_SCORES}


def test_the_gate_reads_scores_and_truth_reaches_only_those_of_test_months(chain):
    """The lineage of assets says that the gate reads scores; what it read were scores of validation months, without truth."""
    assert truth.TRUTH in above(champion.CHAMPION)
    known = recipes(chain.home.root)
    chosen = read(chain.home.folder(champion.CHAMPION, PARTNER))
    from_gate = origins(chosen.recipe, known)
    assert ("scores", f"{PARTNER} {VALIDATION_MONTH}") in from_gate
    assert ("drain_training_set", "") in from_gate
    assert truth.TRUTH not in {asset for asset, _ in from_gate}
    assert not {partition for _, partition in from_gate if TEST_MONTH in partition}
    of_test = read(scores.folder(chain.home, PARTNER, TEST_MONTH))
    assert truth.TRUTH in {asset for asset, _ in origins(of_test.recipe, known)}


def test_every_registered_version_was_made_without_truth(chain):
    known = recipes(chain.home.root)
    versions = [chain.registry.required_champion("drain", world="simulated")]
    versions += translators.candidates(chain.registry, "simulated", PARTNER)
    assert len(versions) > 3
    for version in versions:
        made_of = {asset for asset, _ in origins(known[version.tags["fingerprint"]], known)}
        assert "swaths" in made_of
        assert not made_of & {truth.TRUTH, "scores"}


def test_without_truth_the_same_champion_is_chosen(changed_chain):
    platform = changed_chain("orbits = 2", "orbits = 2")
    before = read(platform.home.folder(champion.CHAMPION, PARTNER))
    shutil.rmtree(platform.home.folder(truth.TRUTH))
    shutil.rmtree(scores.folder(platform.home, PARTNER, TEST_MONTH))
    shutil.rmtree(platform.home.folder(champion.CHAMPION, PARTNER))
    platform.make("choose_champion", PARTNER)
    after = read(platform.home.folder(champion.CHAMPION, PARTNER))
    assert after.recipe == before.recipe
    for said in ("method", "version", "table"):  # the reason says that it is the incumbent now
        assert after.metadata[said] == before.metadata[said]
    assert truth.TRUTH in platform.failure("score_sensor_month", f"{TEST_MONTH}|{PARTNER}")
