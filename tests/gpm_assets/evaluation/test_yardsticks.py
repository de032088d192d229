"""G, A and differences to raw: by hand, and where they stay away."""

import numpy as np
import pytest

from gpm_assets.evaluation.bootstrap import WITHIN
from gpm_assets.evaluation.yardsticks import PIXELWISE, share, yardsticks
from models.translators import METHODS


def values(number, spread=0.01, seed=0):
    """A resampled value with its own scatter."""
    rng = np.random.default_rng(seed)
    found = np.full((201, 1 + WITHIN), number)
    found[1:] += spread * rng.normal(size=(200, 1))
    found[1:, 1:] += spread * rng.normal(size=(200, WITHIN))
    return found


SCORES = {"raw": (0.40, 0.080), "gmi": (0.60, 0.060), "linear": (0.45, 0.070), "net": (0.55, 0.065), "ceiling": (0.65, 0.058)}
MEASURED = {
    method: {"csi": values(csi, 0.01, seed), "crps": values(crps, 0.001, seed)}
    for seed, (method, (csi, crps)) in enumerate(SCORES.items())
}


def together(*methods):
    return MEASURED


def without(*missing):
    return lambda *methods: {name: measures for name, measures in MEASURED.items() if name not in missing}


def sample(found):
    return {name: one[0, 0] for name, one in found.items()}


def test_by_hand():
    assert sample(yardsticks("net", together, "linear")) == pytest.approx(
        {
            "csi_vs_anchor": 0.15,
            "crps_vs_anchor": -0.015,
            "gap_closed_csi": (0.40 - 0.55) / (0.40 - 0.60),
            "gap_closed_crps": (0.080 - 0.065) / (0.080 - 0.060),
            "ceiling_reached_csi": (0.45 - 0.55) / (0.45 - 0.65),
            "ceiling_reached_crps": (0.070 - 0.065) / (0.070 - 0.058),
        }
    )


def test_ends_of_the_scales():
    raw, gmi, linear, ceiling = (sample(yardsticks(name, together, "linear")) for name in ("raw", "gmi", "linear", "ceiling"))
    assert (raw["gap_closed_csi"], gmi["gap_closed_csi"]) == (0, 1)
    assert (linear["ceiling_reached_crps"], ceiling["ceiling_reached_crps"]) == (0, 1)
    assert raw["crps_vs_anchor"] == 0
    assert raw["ceiling_reached_csi"] < 0, "worse than the baseline is shown as it is"
    assert sample(yardsticks("gmi", without("ceiling"), "linear")).keys() == {
        *("csi_vs_anchor", "crps_vs_anchor", "gap_closed_csi", "gap_closed_crps")
    }


def test_better_than_the_ceiling_is_above_one():
    better = {**MEASURED, "net": {"csi": values(0.7), "crps": values(0.05)}}
    found = sample(yardsticks("net", lambda *methods: better, "linear"))
    assert found["ceiling_reached_csi"] == pytest.approx(1.25)
    assert found["gap_closed_crps"] == pytest.approx(1.5)


def test_g_needs_raw_and_a_needs_ceiling_and_baseline():
    assert set(yardsticks("net", without("raw"), "linear")) == {"ceiling_reached_csi", "ceiling_reached_crps"}
    for found in (yardsticks("net", without("ceiling"), "linear"), yardsticks("net", together)):
        assert not any(name.startswith("ceiling") for name in found)
    assert yardsticks("net", without("net"), "linear") == {}


def test_shares_of_skill_and_of_error_agree():
    own, start, goal = values(0.3, seed=1), values(0.2, seed=2), values(0.6, seed=3)
    np.testing.assert_allclose(share(own, start, goal), share(1 - own, 1 - start, 1 - goal))


def test_no_share_of_a_gap_that_may_not_be_there():
    assert share(values(0.3), values(0.20, 0.05, 1), values(0.21, 0.05, 2)) is None
    few = np.full((1, 1), 0.3)  # too few blocks: no interval
    assert share(few, few - 0.1, few + 0.1) is None


def test_pixelwise_baselines_are_methods_that_see_one_pixel():
    assert set(PIXELWISE) < set(METHODS)
