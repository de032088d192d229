import numpy as np
import pytest

from gpm_assets.collocation.climatology import BANDS, MAX_WEIGHT, SURFACES, count_kinds, gmi_shares, table, weights
from gpm_assets.constellation.geometry import scan
from gpm_assets.constellation.instruments import INSTRUMENTS
from gpm_assets.geography import zones
from gpm_assets.geography.land import land_fraction


def kinds(seed: int, count: int):
    rng = np.random.default_rng(seed)
    return rng.integers(0, BANDS, count).astype(np.int8), rng.integers(0, SURFACES, count).astype(np.int8)


def test_the_shares_are_what_gmi_sees_in_any_long_time():
    """Every pixel of some thousand scans of another year."""
    row = INSTRUMENTS["GPM_GMI"]
    time = np.datetime64("2017-02-01", "ms") + (np.arange(2500) * 2_833_000).astype("timedelta64[ms]")
    where = scan(row, row.groups[0], time)
    latitude, longitude = where.latitude[:, ::10], where.longitude[:, ::10]
    counts = count_kinds(zones.latitude_band(latitude), zones.surface(land_fraction(latitude, longitude)))
    assert gmi_shares().sum() == pytest.approx(1)
    assert np.abs(counts / counts.sum() - gmi_shares()).max() < 0.01
    assert gmi_shares()[:, 0].sum() > 0.6, "most of the Earth is sea"


def test_weights_bring_samples_to_gmis_shares():
    rng = np.random.default_rng(1)
    share = gmi_shares() * rng.uniform(0.5, 2, (BANDS, SURFACES))
    drawn = rng.choice(BANDS * SURFACES, 50_000, p=(share / share.sum()).ravel())
    band, surface = (drawn // SURFACES).astype(np.int8), (drawn % SURFACES).astype(np.int8)
    own = rng.uniform(0.5, 1.5, len(drawn))
    factors = weights(band, surface, own)
    counts = count_kinds(band, surface, own * factors)
    assert counts / counts.sum() == pytest.approx(gmi_shares(), rel=1e-6)
    assert (own * factors).sum() == pytest.approx(own.sum())


def test_a_rare_kind_is_capped_and_an_unknown_place_has_no_say():
    band, surface = np.zeros(1000, np.int8), np.ones(1000, np.int8)
    band[:990], surface[:990] = 3, 0  # ten pixels of tropical land among high latitudes
    band[-1] = -1
    factors = weights(band, surface)
    assert factors.max() <= MAX_WEIGHT
    assert factors[995] == pytest.approx(MAX_WEIGHT)
    assert factors[-1] == 0
    assert not weights(np.full(3, -1, np.int8), np.zeros(3, np.int8)).any()
    assert len(weights(np.zeros(0, np.int8), np.zeros(0, np.int8))) == 0


def test_order_does_not_matter_and_the_table_adds_up():
    band, surface = kinds(2, 3000)
    order = np.random.default_rng(3).permutation(3000)
    assert np.allclose(weights(band, surface)[order], weights(band[order], surface[order]))
    rows = table(count_kinds(band, surface))
    assert sum(row["samples"] for row in rows) == 3000
    assert sum(row["gmi_share"] for row in rows) == pytest.approx(1, abs=1e-3)
