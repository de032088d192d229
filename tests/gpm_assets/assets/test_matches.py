"""Matches of a month made from a folder of a few small granules: what is there, what is missing, and what says so."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import h5py
import numpy as np
import pytest

from gpm_assets import provenance
from gpm_assets.assets import drain_training_set, granules, matches, swaths
from gpm_assets.assets.drain_training_set import DRAIN_SET
from gpm_assets.collocation.radar import match
from gpm_assets.collocation.training_sets import labels
from gpm_assets.constellation.geometry import scan
from gpm_assets.constellation.instruments import INSTRUMENTS
from gpm_assets.constellation.orbits import propagate
from gpm_assets.constellation.radar import COMBINED, RADAR, RADAR_GROUP, RADAR_SCAN_PERIOD_S
from gpm_assets.errors import ProvenanceError, RequestError
from gpm_assets.granules.headers import PROCESSING_SYSTEM
from gpm_assets.granules.names import file_name
from gpm_assets.granules.radar import RadarSwath, name_radar, read_radar, write_radar
from gpm_assets.granules.write import ScanStatus, name_1c, write_1c
from gpm_assets.settings import Home
from gpm_assets.swath import Swath

GMI = INSTRUMENTS["GPM_GMI"]
MONTH, START = "2018-06", np.datetime64("2018-06-11T10:00", "ms")
SCANS, PIECE_S = 64, 119
"""Granules of two minutes: GMI's look-ahead of 67 s is more than half of one."""
YAWED = 13_102
"""Number of a granule 18 days later, when the spacecraft flew backwards."""


def real(path: Path) -> None:
    """Let the header of a file say that it was measured: a folder serves the real world alone."""
    with h5py.File(path, "r+") as file:
        header = file.attrs["FileHeader"].decode()
        file.attrs["FileHeader"] = np.bytes_(header.replace(PROCESSING_SYSTEM, "PPS"))


def radar_piece(number: int) -> RadarSwath:
    """Rain of the number's last digit in mm/h, scanned during the granule of that number."""
    scans = round(PIECE_S / RADAR_SCAN_PERIOD_S)
    first = START + np.timedelta64(number * PIECE_S, "s")
    time = first + np.rint(np.arange(scans) * RADAR_SCAN_PERIOD_S * 1e3).astype("timedelta64[ms]")
    where = scan(GMI, RADAR_GROUP, time, cross_track=True)
    shape = where.latitude.shape
    return RadarSwath(
        latitude=where.latitude,
        longitude=where.longitude,
        time=time,
        rain_mm_h=np.full(shape, number % 10, np.float32),
        rain_type=np.full(shape, 1, np.int8),
        surface=np.zeros(shape, np.int8),
        freezing_level_m=np.full(shape, 4000, np.float32),
        storm_top_m=np.full(shape, 6000, np.float32),
        quality=np.zeros(shape, np.int8),
    )


@dataclass(frozen=True)
class Month:
    """A home, the folder that its granules come from, and who makes GMI's swaths."""

    root: Path
    folder: Path
    orbit: Callable[..., tuple[Swath, ...]]

    @property
    def home(self) -> Home:
        """The home with its settings as they are now."""
        return Home(self.root)

    def gmi(self, number: int) -> str:
        """Write GMI's granule; its name in every store."""
        start = START + np.timedelta64(number * PIECE_S, "s")
        pieces = self.orbit("GPM_GMI", SCANS, start)
        track = propagate(GMI, pieces[0].time)
        status = ScanStatus(track.latitude, track.longitude, track.altitude, np.zeros(SCANS, np.int16))
        path = self.folder / file_name(name_1c(pieces, GMI, number=number))
        write_1c(path, pieces, GMI, number=number, status=status)
        real(path)
        return path.stem

    def radar(self, number: int, product: str = "2ADPR", factor: float = 1.0) -> Path:
        """Write the radar's granule, its rain at the surface half of that near the surface."""
        piece = radar_piece(number)
        piece = replace(piece, product=product, rain_mm_h=np.float32(factor) * piece.rain_mm_h)
        path = self.folder / file_name(name_radar(piece, number=number))
        write_radar(path, piece, number=number, other_rain_mm_h=piece.rain_mm_h / 2)
        real(path)
        return path

    def collocate(self, **collocation: object) -> provenance.Artefact:
        """Everything up to the matches, with these settings."""
        lines = [
            f"{key} = {str(value).lower() if isinstance(value, bool) else repr(value)}" for key, value in collocation.items()
        ]
        source = f'world = "real"\n[[sources]]\nkind = "directory"\npath = "{self.folder}"\n'
        self.root.mkdir(exist_ok=True)
        (self.root / "settings.toml").write_text("\n".join([source, "[collocation]", *lines]))
        granules.make(self.home, "GPM_GMI", MONTH)
        swaths.make(self.home, "GPM_GMI", MONTH)
        granules.make(self.home, RADAR, MONTH)
        return matches.make(self.home, MONTH)

    def landed(self) -> dict:
        """What the page of the radar's granules shows."""
        return provenance.read(granules.folder(self.home, RADAR, MONTH)).metadata


@pytest.fixture
def month(tmp_path, orbit) -> Month:
    folder = tmp_path / "granules"
    folder.mkdir()
    return Month(tmp_path / "home", folder, orbit)


def test_a_month_of_three_granules_one_without_combined_one_without_radar(month):
    names = [month.gmi(number) for number in (1, 2, 40)]
    for number in (1, 2, 3):
        month.radar(number)
    month.radar(1, "2BCMB", 1.5)
    made = month.collocate()
    said = made.metadata
    assert said["granules"] == names[:2]
    assert (said["averaging"], said["failed"], said["without_radar"]) == ("pattern", 0, [names[2]])
    assert said["without_combined"] == names[1:]
    assert said["mean_lag_s"] == pytest.approx(67, abs=3)
    assert 0 < said["lag_spread_s"] < 4
    estimates = said["estimates"]
    assert said["labelled_pixels"] == estimates["near surface"]["labelled_pixels"] > 3000
    assert estimates["surface"]["mean_rain_mm_h"] == pytest.approx(estimates["near surface"]["mean_rain_mm_h"] / 2, rel=1e-3)
    assert 0 < estimates["combined"]["labelled_pixels"] < said["labelled_pixels"]
    assert estimates["combined"]["rain_fraction"] == 1

    near, surface, combined = (matches.load(month.home, MONTH, names[0], rain) for rain in matches.ESTIMATES)
    load = swaths.load_all(month.home, "GPM_GMI", MONTH)[names[0]]
    path = granules.landed(month.home, RADAR, MONTH)[0].path
    alone = match(load(), read_radar(path))
    assert (near.coverage >= alone.coverage).all()
    assert (near.coverage > 0.9).sum() > 1.5 * (alone.coverage > 0.9).sum(), "the next granule saw GMI's last minute"
    assert {1, 2} <= set(np.unique(near.rain_mm_h[near.coverage > 0]))
    np.testing.assert_allclose(surface.rain_mm_h, near.rain_mm_h / 2, rtol=1e-6)
    np.testing.assert_array_equal(combined.coverage, alone.coverage)
    assert set(np.unique(combined.rain_mm_h[combined.coverage > 0])) == {1.5}
    with pytest.raises(RequestError, match="'true'; there is near surface, surface, combined"):
        matches.load(month.home, MONTH, names[0], "true")


def test_a_yawed_gmi_looks_back_at_what_the_radar_has_seen(month):
    name = month.gmi(YAWED)
    month.radar(YAWED - 1)
    month.radar(YAWED)
    said = month.collocate().metadata
    assert said["mean_lag_s"] == pytest.approx(-67, abs=3)
    found = matches.load(month.home, MONTH, name)
    rain = found.rain_mm_h[found.coverage > 0.9]
    assert 0.4 < (rain == (YAWED - 1) % 10).mean() < 0.7
    assert 0.3 < (rain == YAWED % 10).mean() < 0.6


def test_the_label_is_a_choice_of_the_settings_that_changes_what_is_learned_and_no_match(month):
    (name,) = [month.gmi(1)]
    for number in (1, 2):
        month.radar(number)
        month.radar(number, "2BCMB", 1.5)
    recipes, first = {}, month.collocate()
    for rain, factor in (("near surface", 1), ("surface", 0.5), ("combined", 1.5)):
        assert month.collocate(rain=rain).content == first.content
        label = labels(matches.load(month.home, MONTH, name))
        assert np.nanmin(label) == pytest.approx(factor)
        recipes[rain] = drain_training_set.recipe(month.home)
        assert recipes[rain].config["label"] == rain
    assert len({one.fingerprint for one in recipes.values()}) == 3
    assert not provenance.current(month.home.folder(DRAIN_SET, "all"), recipes["surface"])
    nearest = month.collocate(averaging="nearest")
    assert nearest.recipe.fingerprint != first.recipe.fingerprint
    assert nearest.metadata["averaging"] == "nearest"
    assert nearest.metadata["labelled_pixels"] == first.metadata["labelled_pixels"]


def test_combined_may_be_left_out(month):
    name = month.gmi(1)
    for product in ("2ADPR", "2BCMB"):
        month.radar(1, product)
    with_it = month.collocate()
    assert month.landed()["combined"]["granule_count"] == 1
    assert len(granules.landed(month.home, COMBINED, MONTH)) == 1
    without = month.collocate(combined=False)
    assert "combined = false" in month.landed()["combined"]["note"]
    assert granules.landed(month.home, COMBINED, MONTH) == []
    assert without.recipe.fingerprint != with_it.recipe.fingerprint
    assert without.metadata["without_combined"] is None
    assert np.isnan(matches.load(month.home, MONTH, name, "combined").rain_mm_h).all()
    assert np.isfinite(matches.load(month.home, MONTH, name).rain_mm_h).any()
    with pytest.raises(RequestError, match="2B-CMB must land to be the label"):
        month.collocate(combined=False, rain="combined")


def test_a_truncated_radar_granule_is_named_and_stops_nothing(month):
    names = [month.gmi(number) for number in (1, 40)]
    month.radar(1)
    for product in ("2ADPR", "2BCMB"):
        broken = month.radar(40, product)
        broken.write_bytes(broken.read_bytes()[:20_000])
    said = month.collocate().metadata
    assert said["granules"] == names[:1]
    assert said["without_radar"] == names[1:]
    assert said["without_combined"] == names
    assert sorted(name[:2] for name in said["radar_quarantined"]) == ["2A", "2B"]
    assert month.landed()["quarantined"] == 1
    assert "no usable granule of GPM_DPRGMI" in month.landed()["combined"]["note"]


@pytest.mark.parametrize("with_gmi", [True, False])
def test_a_month_without_radar_is_empty_and_tells_whoever_learns(month, with_gmi):
    names = [month.gmi(1)] if with_gmi else []
    said = month.collocate().metadata
    assert said["granules"] == []
    assert said["without_radar"] == names
    assert f"{len(names)} GMI and 0 2A-DPR granules landed" in said["note"]
    assert (said["labelled_pixels"], said["rain_fraction"], said["mean_lag_s"]) == (0, None, None)
    assert "no usable granule of GPM_DPR in 2018-06" in month.landed()["note"]
    with pytest.raises(RequestError, match="no month has labels of near surface rain: 2018-06"):
        drain_training_set.recipe(month.home)


def test_a_late_radar_granule_changes_only_what_it_saw(month):
    names = [month.gmi(number) for number in (1, 40)]
    month.radar(1)
    month.radar(40)
    before = month.collocate()
    keys = {name: provenance.digest(matches.load(month.home, MONTH, name).rain_mm_h.tolist()) for name in names}
    month.radar(2)
    after = month.collocate()
    assert after.content != before.content
    assert after.metadata["labelled_pixels"] > before.metadata["labelled_pixels"]
    now = {name: provenance.digest(matches.load(month.home, MONTH, name).rain_mm_h.tolist()) for name in names}
    assert now[names[1]] == keys[names[1]]
    assert now[names[0]] != keys[names[0]]


def test_matches_without_the_radars_granules_say_what_to_do(month):
    month.gmi(1)
    month.collocate()
    (granules.folder(month.home, RADAR, MONTH) / "manifest.json").unlink()
    with pytest.raises(ProvenanceError, match="materialise radar_granules first"):
        matches.make(month.home, MONTH)
