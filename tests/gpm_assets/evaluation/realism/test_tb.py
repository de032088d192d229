"""Means, spreads and verdicts, from pixels whose statistics are known."""

from dataclasses import replace

import numpy as np
import pytest

from gpm_assets.constellation.instruments import INSTRUMENTS
from gpm_assets.evaluation.realism import tb
from gpm_assets.evaluation.realism.real import GMI
from gpm_assets.simulation.realism import Extent, Lines, Looks, Rays, Sample, Snapshot

SCANS, PIXELS = 200, 221
NAMES = INSTRUMENTS["GPM_GMI"].channel_names


def drawn(channels: tuple[str, ...], shift: float, stretch: float, seed: int) -> Looks:
    """Pixels, half sea and half land, with the real means and standard deviations, shifted by K and stretched."""
    random = np.random.default_rng(seed)
    land = np.zeros((SCANS, PIXELS), np.float32)
    land[:, : PIXELS // 2] = 1
    index = [NAMES.index(name) for name in channels]
    mean, deviation = (
        np.where(land[..., None] > 0.5, np.array(getattr(GMI["land"], what))[index], np.array(getattr(GMI["sea"], what))[index])
        for what in ("mean", "deviation")
    )
    noise = random.standard_normal((SCANS, PIXELS, len(channels)))
    values = (mean + shift + stretch * deviation * noise).astype(np.float32)
    none = np.zeros_like(land)
    return Looks(channels, none, none, values, land, none, none, none)


def a_sample(shift: float = 0.0, stretch: float = 1.0) -> Sample:
    groups = INSTRUMENTS["GPM_GMI"].groups
    looks = {
        group.name: drawn(tuple(channel.name for channel in group.channels), shift, stretch, seed)
        for seed, group in enumerate(groups)
    }
    nothing = np.zeros((1, 1), np.float32)
    unused = Lines(nothing, nothing, np.zeros(1, "datetime64[ms]"), None)
    return Sample(
        Extent(pieces=20, scans=10), looks, Rays(nothing, nothing), unused, unused, Snapshot(None, nothing, nothing, {}, nothing)
    )


def test_the_real_world_passes():
    rows = tb.channel_table(a_sample())
    judged = [row for row in rows if row["verdict"]]
    assert len(judged) == 26
    assert {row["verdict"] for row in judged} == {"within"}
    assert len(tb.channel_checks(rows)) == 52
    for row in judged:
        assert abs(row["mean_difference"]) < 1.5
        assert row["deviation_ratio"] == pytest.approx(1, abs=0.02)


@pytest.mark.parametrize(
    ("shift", "surface", "channel", "holds"),
    [
        (5.0, "sea", "36.64H", False),
        (5.0, "sea", "89H", True),
        (5.0, "land", "36.64H", True),
        (-7.5, "land", "36.64H", False),
        (7.5, "sea", "183.31±7V", False),
    ],
)
def test_means_have_their_limits(shift, surface, channel, holds):
    checks = tb.channel_checks(tb.channel_table(a_sample(shift)))
    (one,) = (check for check in checks if check.name == f"{channel} over {surface}, simulated minus real mean")
    assert one.holds is holds
    assert one.value == pytest.approx(shift, abs=1)


@pytest.mark.parametrize(
    ("stretch", "sea", "land"), [(0.7, False, True), (0.6, False, False), (1.3, False, True), (0.8, True, True)]
)
def test_spreads_have_their_limits(stretch, sea, land):
    rows = {(row["surface"], row["channel"]): row["verdict"] for row in tb.channel_table(a_sample(stretch=stretch))}
    assert (rows["sea", "36.64V"] == "within") is sea
    assert (rows["land", "36.64V"] == "within") is land


def test_the_sampling_error_is_that_of_the_pieces():
    sample = a_sample()
    pieces = np.repeat(np.random.default_rng(4).normal(0, 10, 20), 10)[:, None, None].astype(np.float32)
    looks = sample.looks["S1"]
    moved = replace(sample, looks=sample.looks | {"S1": replace(looks, tb=looks.tb + pieces)})
    rows = tb.channel_table(moved)
    assert next(row for row in rows if row["channel"] == "36.64V")["sampling_error"] == pytest.approx(10 / np.sqrt(20), rel=0.35)
    assert next(row for row in tb.channel_table(sample) if row["channel"] == "36.64V")["sampling_error"] < 0.3


def test_ice_and_coasts_are_told_apart():
    sample = a_sample()
    looks = sample.looks["S1"]
    ice = looks.sea_ice.copy()
    ice[:100] = 1.0
    coast = looks.land.copy()
    coast[:, :20] = 0.3
    rows = tb.channel_table(replace(sample, looks={"S1": replace(looks, sea_ice=ice, land=coast)}))
    pixels = {row["surface"]: row["pixels"] for row in rows}
    assert pixels["sea"] == 2 * pixels["open water"] == 200 * 111
    assert pixels["land"] == 200 * 110
    assert pixels["land without coasts"] == 200 * 90


def test_extremes():
    sample = a_sample(stretch=0.2)
    looks = sample.looks["S1"]
    cold = looks.tb.copy()
    cold[0, 0, looks.channels.index("89H")] = 40.0
    rows = tb.channel_table(replace(sample, looks=sample.looks | {"S1": replace(looks, tb=cold)}))
    checks = {check.name: check for check in tb.extreme_checks(rows)}
    assert checks["lowest TB of all channels"].value == 40.0
    assert not checks["lowest TB of all channels"].holds
    assert not checks["lowest TB at 89 GHz"].holds
    (row,) = (row for row in tb.extreme_table(rows) if row["channel"] == "89H")
    assert row["simulated_lowest"] == 40.0
    assert row["real_lowest"] == 94.1
