from dataclasses import replace

import numpy as np

from gpm_assets.archive import store
from gpm_assets.archive.overlaps import overlap_dataset, read_overlap
from gpm_assets.collocation.likeness import variability
from gpm_assets.collocation.overlaps import overlap
from gpm_assets.collocation.sampling import gmi_like
from gpm_assets.constellation.instruments import INSTRUMENTS


def test_an_overlap_survives_the_store_and_knows_its_place_time_and_rain(orbit, tmp_path):
    gmi = gmi_like(orbit("GPM_GMI", 40), INSTRUMENTS["GPM_GMI"])
    partner = replace(gmi, time=gmi.time + np.timedelta64(200, "s"), granule="partner")
    pairs = overlap(partner, gmi)
    rain = np.where(np.arange(gmi.shape[1]) > 100, 2.5, np.nan) * np.ones((gmi.shape[0], 1))
    made = overlap_dataset(pairs, partner, gmi, ("partner file", "gmi file"), rain.astype(np.float32))
    store.write_group(tmp_path / store.DATA, "one", made, "key")
    with store.open_group(tmp_path, "one") as stored:
        again = read_overlap(stored)
        for name in ("first", "second", "separation_km", "time_s"):
            assert np.array_equal(getattr(again, name), getattr(pairs, name))
        assert np.allclose(stored["latitude"], partner.latitude.reshape(-1)[pairs.first], atol=1e-5)
        assert np.array_equal(stored["time"].values, partner.time[pairs.first // partner.shape[1]])
        seen = pairs.second % gmi.shape[1] > 100
        assert np.array_equal(np.isfinite(stored["rain_mm_h"].values), seen)
        assert np.allclose(stored["variability_k"], variability(gmi).reshape(-1)[pairs.second], equal_nan=True, rtol=1e-5)
        assert (stored.attrs["first_granule"], stored.attrs["second_granule"]) == ("partner file", "gmi file")
        assert stored["time_s"].attrs["units"] == "s"
    assert np.isnan(overlap_dataset(pairs, partner, gmi, ("a", "b"))["rain_mm_h"]).all()
