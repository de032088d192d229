import tracemalloc
from dataclasses import replace

import numpy as np
import pytest
from scipy.ndimage import binary_dilation
from scipy.optimize import minimize
from scipy.spatial import cKDTree

from gpm_assets.collocation.sampling import co_register, gmi_like, native, pixel_coordinates, row_coordinates
from gpm_assets.constellation.instruments import INSTRUMENTS
from gpm_assets.constellation.orbits import period_s
from gpm_assets.constellation.sphere import EARTH_RADIUS_KM, unit_vectors
from gpm_assets.errors import GpmAssetsError
from gpm_assets.geography.land import land_fraction
from gpm_assets.granules.read import read_1c

SENSORS = ("GPM_GMI", "F16_SSMIS", "NOAA20_ATMS")
PLACES = {
    "equator": lambda latitude, longitude: np.abs(latitude),
    "dateline": lambda latitude, longitude: 180 - np.abs(longitude) + np.abs(latitude) / 10,
    "pole": lambda latitude, longitude: -latitude,
}
INTERPOLATION_ERROR_K = {
    "GPM_GMI": 0.05,
    "GCOMW1_AMSR2": 0.05,
    "AQUA_AMSRE": 0.05,
    "TRMM_TMI": 0.1,
    "MT1_SAPHIR": 0.1,
    "F16_SSMIS": 0.25,
    "F15_SSMI": 0.25,
    "METOPB_MHS": 0.5,
    "NOAA20_ATMS": 0.9,
}
"""As the docstring of `gmi_like` has them, for the field of `smooth`."""
ARRAYS = ("tb", "latitude", "longitude", "time", "incidence", "quality")


@pytest.fixture(scope="module")
def passing(orbit, crossing):
    """Swath groups of a sensor about a place."""

    def make(sensor: str, place: str = "equator", scans: int = 50, **more):
        start = crossing(sensor, PLACES[place]) - np.timedelta64(40_000, "ms")
        return orbit(sensor, scans, start, **more)

    return make


def shift(sensor: str) -> np.ndarray:
    """What the maker of orbits adds to each channel, K."""
    return np.concatenate([np.arange(len(group.channels)) for group in INSTRUMENTS[sensor].groups])


def km(swath) -> np.ndarray:
    return EARTH_RADIUS_KM * unit_vectors(swath.latitude, swath.longitude)


def half_diagonal_km(swath) -> np.ndarray:
    """Half the diagonal (scan, pixel) of the largest native cell that touches a pixel."""
    steps = [np.linalg.norm(np.diff(km(swath), axis=axis), axis=-1) for axis in (0, 1)]
    longest = [
        np.fmax(np.pad(step, pad[0], constant_values=np.nan), np.pad(step, pad[1], constant_values=np.nan))
        for step, pad in zip(steps, ([((1, 0), (0, 0)), ((0, 1), (0, 0))], [((0, 0), (1, 0)), ((0, 0), (0, 1))]), strict=True)
    ]
    return 0.5 * np.hypot(*longest)


def field(swath) -> np.ndarray:
    """What the maker of orbits shows at a swath's pixels, K."""
    x, y, z = np.moveaxis(unit_vectors(swath.latitude, swath.longitude), -1, 0)
    return (230 + 20 * np.sin(50 * x) + 20 * np.cos(50 * y + 1) + 20 * np.sin(50 * z + 2))[..., None] + shift(swath.sensor)


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("sensor", INTERPOLATION_ERROR_K)
def test_smooth_fields_and_constants_come_back(sensor, place, passing):
    groups = passing(sensor, place)
    swath = gmi_like(groups, INSTRUMENTS[sensor], native_noise=False)
    assert swath.channels == INSTRUMENTS[sensor].channel_names
    error = np.abs(swath.tb - field(swath))
    inside = swath.support > 0.999
    assert inside.mean() > 0.7
    assert error[inside].max() < INTERPOLATION_ERROR_K[sensor]
    assert swath.support.min() >= 0
    assert swath.support.max() <= 1 + 1e-6

    flat = [replace(one, tb=np.full_like(one.tb, 251.3)) for one in groups]
    again = gmi_like(flat, INSTRUMENTS[sensor], native_noise=False)
    assert np.isfinite(again.tb).sum() == np.isfinite(swath.tb).sum()
    assert np.nanmax(np.abs(again.tb - 251.3)) < 1e-4


def test_the_sampling_of_gmi_is_the_identity(passing):
    row = INSTRUMENTS["GPM_GMI"]
    groups = passing("GPM_GMI")
    s1 = replace(groups[0], tb=groups[0].tb + np.random.default_rng(1).normal(0, 5, groups[0].tb.shape).astype(np.float32))
    for noise in (False, True):
        swath = gmi_like([s1, groups[1]], row, native_noise=noise)
        native = slice(first := int(np.flatnonzero(swath.time == s1.time[0])[0]), first + s1.shape[0])
        assert np.array_equal(swath.tb[native, :, :9], s1.tb)
        assert np.array_equal(swath.time[native], s1.time)
        assert np.allclose(swath.latitude[native], s1.latitude, atol=1e-9)
        assert np.allclose(swath.incidence[native, :, :9], s1.incidence)
        assert np.all(swath.support[native, :, :9] == 1)
    assert np.allclose(pixel_coordinates(row), np.arange(221), atol=1e-9)
    assert np.array_equal(row_coordinates(row, 50), np.arange(50))


@pytest.mark.parametrize("sensor", SENSORS)
def test_pixels_lie_at_gmis_spacing(sensor, passing):
    swath = gmi_like(passing(sensor), INSTRUMENTS[sensor])
    along_scan = np.linalg.norm(np.diff(km(swath), axis=1), axis=-1)
    along_track = np.linalg.norm(np.diff(km(swath), axis=0), axis=-1)[:, swath.shape[1] // 2]
    middle = slice(swath.shape[1] // 3, -swath.shape[1] // 3)
    assert np.nanmedian(along_scan[:, middle]) == pytest.approx(5.8, rel=0.08)
    assert np.nanmedian(along_track) == pytest.approx(13.2, rel=0.08)


@pytest.mark.parametrize("sensor", ["F16_SSMIS", "NOAA20_ATMS"])
def test_every_native_pixel_is_kept_and_every_value_has_one(sensor, passing):
    groups = passing(sensor, "pole")
    swath = gmi_like(groups, INSTRUMENTS[sensor])
    for group in groups:
        valued = km(swath)[np.isfinite(swath.channel(group.channels[0]))]
        native, reach = km(group).reshape(-1, 3), half_diagonal_km(group).reshape(-1)
        distance, index = cKDTree(native).query(valued)
        assert np.all(distance <= 1.001 * reach[index])
        assert np.all(cKDTree(valued).query(native)[0] <= reach)


def test_missing_stays_missing_and_nothing_else_does(passing):
    row = INSTRUMENTS["F16_SSMIS"]
    groups = list(passing("F16_SSMIS"))
    rng = np.random.default_rng(2)
    holes = rng.random(groups[0].shape) < 0.1
    holes[20:26, 30:50] = True
    tb = groups[0].tb.copy()
    tb[holes, 0] = np.nan
    groups[0] = replace(groups[0], tb=tb)
    swath = gmi_like(groups, row)
    hit, whole = (np.isfinite(swath.channel(name)) for name in groups[0].channels[:2])
    placed = np.isfinite(swath.latitude)
    distance, index = cKDTree(km(groups[0]).reshape(-1, 3)).query(km(swath)[placed])
    near = distance <= half_diagonal_km(groups[0]).reshape(-1)[index]
    assert np.array_equal(whole[placed], near)
    assert np.array_equal(hit[placed], near & ~holes.reshape(-1)[index])
    assert 0.1 < 1 - hit.sum() / whole.sum() < 0.2
    lowered = swath.support[..., 0][hit] < swath.support[..., 1][hit] - 1e-3
    assert 0.1 < lowered.mean() < 0.5
    assert not (swath.support[..., 0] > swath.support[..., 1] + 1e-6).any()


def test_a_missing_scan_of_the_file_is_a_missing_row(passing):
    groups = []
    for group in passing("F16_SSMIS"):
        tb, latitude, longitude = group.tb.copy(), group.latitude.copy(), group.longitude.copy()
        tb[20:30], latitude[20:30], longitude[20:30] = np.nan, np.nan, np.nan
        groups.append(replace(group, tb=tb, latitude=latitude, longitude=longitude))
    swath = gmi_like(groups, INSTRUMENTS["F16_SSMIS"])
    hole = (swath.time >= groups[3].time[20]) & (swath.time <= groups[3].time[29])
    assert hole.sum() == 10
    s4 = np.isfinite(swath.channel("91.665V"))
    assert s4[hole].mean() < 0.05  # neighbouring scans reach into it at the ends of the scan
    assert s4[~hole].mean() > 0.75


def noisy(groups, row):
    """A scene of 250 K with the white noise of every channel."""
    rng = np.random.default_rng(6)
    nedt = {channel.name: channel.nedt_k for channel in row.channels}
    return [
        replace(
            one,
            tb=(250 + rng.standard_normal(one.tb.shape) * [nedt[name] for name in one.channels]).astype(np.float32),
            granule="noise",
        )
        for one in groups
    ]


@pytest.mark.parametrize("sensor", ["F16_SSMIS", "NOAA20_ATMS"])
def test_noise_is_nedt_everywhere(sensor, passing):
    row = INSTRUMENTS[sensor]
    groups = noisy(passing(sensor, scans=200), row)
    nedt = np.array([channel.nedt_k for channel in row.channels])
    plain = (gmi_like(groups, row, native_noise=False).tb - 250) / nedt
    white = (gmi_like(groups, row).tb - 250) / nedt
    variance = np.nanmean(white**2, axis=(0, 1))
    assert np.abs(variance - 1).max() < 0.03

    def by_place(noise: np.ndarray) -> np.ndarray:
        """Variance, in eight classes of the distance to the nearest native pixel of the reference group."""
        fraction = np.abs(pixel_coordinates(row) - np.rint(pixel_coordinates(row)))
        reference = [name in row.group(row.reference_group).channels for name in row.channels]
        classes = np.minimum(fraction / 0.5 * 8, 7).astype(int)
        return np.array([np.nanmean(noise[:, classes == one][..., reference] ** 2) for one in range(8)])

    assert np.ptp(by_place(white)) < 0.04
    assert np.ptp(by_place(plain)) > 0.25  # what the added noise has to hide


def test_noise_belongs_to_the_granule(passing):
    row = INSTRUMENTS["F16_SSMIS"]
    groups = passing("F16_SSMIS")
    one, again = gmi_like(groups, row), gmi_like(groups, row)
    other = gmi_like([replace(group, granule="another") for group in groups], row)
    assert np.array_equal(one.tb, again.tb, equal_nan=True)
    assert not np.array_equal(one.tb, other.tb, equal_nan=True)


@pytest.mark.parametrize(("sensor", "scans"), [("GPM_GMI", 40), ("F16_SSMIS", 40), ("NOAA20_ATMS", 31)])
def test_a_yawed_spacecraft_gives_the_forward_swath(sensor, scans, passing):
    """A sensor that looks backwards passes over the same arcs the other way round, each as before: first scan last."""
    row = INSTRUMENTS[sensor]
    forward = passing(sensor, "dateline", scans)
    names = ("tb", "latitude", "longitude", "incidence", "quality")
    aft = [replace(one, aft=True, **{name: getattr(one, name)[::-1] for name in names}) for one in forward]
    one, other = (gmi_like(groups, row, native_noise=False) for groups in (forward, aft))
    assert not other.aft
    assert np.allclose(one.latitude, other.latitude, atol=1e-6, equal_nan=True)
    both = np.isfinite(one.tb) & np.isfinite(other.tb)
    assert np.isfinite(one.tb).sum() - both.sum() < 1e-3 * both.sum()  # rounding at the very border
    assert np.abs(one.tb - other.tb)[both].max() < 0.01
    assert np.allclose(one.incidence[both], other.incidence[both], atol=1e-3)
    assert other.time[0] > other.time[-1]


def test_rows_beyond_the_granule_continue_its_time(passing):
    groups = passing("F16_SSMIS")
    swath = gmi_like(groups, INSTRUMENTS["F16_SSMIS"])
    assert swath.shape[0] > groups[3].shape[0]
    assert set(np.diff(swath.time).astype(int)) == {1904}
    lost = groups[3].time.copy()
    lost[[0, 1, 25, 49]] = np.datetime64("NaT")
    again = gmi_like([*groups[:3], replace(groups[3], time=lost)], INSTRUMENTS["F16_SSMIS"])
    assert np.array_equal(again.time, swath.time)


def test_the_order_of_groups_does_not_matter_and_a_lost_group_is_only_itself(passing):
    row = INSTRUMENTS["F16_SSMIS"]
    groups = passing("F16_SSMIS")
    whole = gmi_like(groups, row)
    assert np.array_equal(whole.tb, gmi_like(groups[::-1], row).tb, equal_nan=True)
    part = gmi_like(groups[2:], row)
    assert part.channels == row.channel_names[5:]
    with pytest.raises(GpmAssetsError, match="reference group S4 missing, found"):
        gmi_like(groups[:3], row)
    nowhere = np.full(groups[3].shape, np.nan)
    with pytest.raises(GpmAssetsError, match="no positions in S4"):
        gmi_like([*groups[:3], replace(groups[3], latitude=nowhere, longitude=nowhere)], row)


def test_the_worst_quality_counts(passing):
    groups = list(passing("F16_SSMIS"))
    quality = groups[0].quality.copy()
    quality[10:30, 20:60] = 1
    quality[15:20, 30:40] = -4
    groups[0] = replace(groups[0], quality=quality, counts={"warm": 3})
    swath = gmi_like(groups, INSTRUMENTS["F16_SSMIS"])
    assert set(np.unique(swath.quality[np.isfinite(swath.tb).all(axis=-1)])) == {-4, 0, 1}
    assert (swath.quality[~np.isfinite(swath.latitude)] == -1).all()
    assert swath.counts == {"S1 warm": 3}


def test_a_real_scene_keeps_every_pixel(real_data):
    (path,) = (real_data / "scenes").glob("1C.F16*")
    groups = read_1c(path)
    swath = gmi_like(groups, INSTRUMENTS["F16_SSMIS"], native_noise=False)
    for group in groups:
        native = km(group)[np.isfinite(group.tb).any(axis=-1)]
        valued = km(swath)[np.isfinite(swath.channel(group.channels[0]))]
        step_scan, step_pixel = (np.nanmax(np.linalg.norm(np.diff(km(group), axis=axis), axis=-1)) for axis in (0, 1))
        half_diagonal = 0.5 * np.hypot(step_scan, step_pixel)
        to_native, to_valued = cKDTree(native).query(valued)[0], cKDTree(valued).query(native)[0]
        assert to_native.max() <= 1.01 * half_diagonal, group.group
        assert to_valued.max() <= half_diagonal, group.group
        if group.group == "S4":
            assert to_valued.max() <= 0.5 * min(step_scan, step_pixel)
        tb = swath.channel(group.channels[0])
        assert np.nanmin(group.tb[..., 0]) - 1e-3 <= np.nanmin(tb)
        assert np.nanmax(tb) <= np.nanmax(group.tb[..., 0]) + 1e-3


@pytest.mark.parametrize("sensor", ["GPM_GMI", "F16_SSMIS", "F15_SSMI"])
def test_native_sampling_leaves_the_reference_group_as_it_is(sensor, passing):
    row = INSTRUMENTS[sensor]
    groups = passing(sensor)
    reference = next(one for one in groups if one.group == row.reference_group)
    rough = reference.tb + np.random.default_rng(7).normal(0, 5, reference.tb.shape).astype(np.float32)
    rough[10:12, 20:40] = np.nan
    groups = [replace(one, tb=rough) if one is reference else one for one in groups]
    swath = native(groups, row)
    assert swath.group == "native"
    own = [row.channel_names.index(name) for name in reference.channels]
    assert np.array_equal(swath.tb[..., own], rough, equal_nan=True)
    assert np.array_equal(swath.time, reference.time)
    there = np.isfinite(swath.latitude)
    assert np.abs(km(swath) - km(reference))[there].max() < 1e-6
    others = [index for index in range(len(row.channels)) if index not in own]
    error = np.abs(native(groups, row, native_noise=False).tb - field(swath))[..., others]
    assert error[(swath.support > 0.999)[..., others]].max() < INTERPOLATION_ERROR_K[sensor]


def test_half_the_scans_at_low_frequencies_are_enough(passing):
    low, high = passing("F15_SSMI", scans=51)
    assert (low.shape[0], high.shape[0]) == (26, 51)
    swath = gmi_like([low, high], INSTRUMENTS["F15_SSMI"], native_noise=False)
    assert np.isfinite(swath.tb[2:-4, 10:-10]).all()


@pytest.mark.parametrize("sensor", ["GPM_GMI", "F16_SSMIS"])
def test_longitude_does_not_matter(sensor, passing):
    """The same scene, turned about the axis so that it lies across the date line."""
    row = INSTRUMENTS[sensor]
    groups = passing(sensor)
    middle = float(groups[0].longitude[25, groups[0].shape[1] // 2])
    turned = [replace(one, longitude=(one.longitude - middle + 360) % 360 - 180) for one in groups]
    assert all(np.ptp(one.longitude) > 350 for one in turned)
    one, other = (co_register(each, row, native_noise=False).swath for each in (groups, turned))
    assert np.array_equal(np.isfinite(one.tb), np.isfinite(other.tb))
    assert np.nanmax(np.abs(one.tb - other.tb)) < 1e-3
    assert np.nanmax(np.abs(one.support - other.support)) < 1e-4
    assert np.nanmax(np.abs((one.longitude - middle - other.longitude) % 360 - 180)) < 1e-9


@pytest.mark.parametrize("sensor", ["F16_SSMIS", "NOAA20_ATMS"])
def test_a_granule_cut_short_is_the_beginning_of_the_whole(sensor, passing):
    row = INSTRUMENTS[sensor]
    groups = passing(sensor, scans=60)
    whole = gmi_like(groups, row, native_noise=False)
    short = gmi_like([one.rows(slice(0, 30)) for one in groups], row, native_noise=False)
    rows = slice(0, short.shape[0] - 20)
    assert np.array_equal(np.isfinite(short.tb[rows]), np.isfinite(whole.tb[rows]))
    assert np.nanmax(np.abs(short.tb[rows] - whole.tb[rows])) < 0.02


@pytest.mark.parametrize("sensor", ["GPM_GMI", "F16_SSMIS", "NOAA20_ATMS"])
def test_scans_that_a_file_left_out_are_missing_scans(sensor, passing):
    row = INSTRUMENTS[sensor]
    groups = passing(sensor, scans=120)
    gone = np.arange(50, 70)
    untold = [20, 45, 80]  # scans whose time is missing
    missing, left_out = [], []
    for one in groups:
        time = one.time.copy()
        time[untold] = np.datetime64("NaT")
        one = replace(one, time=time)
        left_out.append(replace(one, **{name: np.delete(getattr(one, name), gone, axis=0) for name in ARRAYS}))
        arrays = {name: np.array(getattr(one, name)) for name in ARRAYS}
        for name, empty in zip(ARRAYS, (np.nan, np.nan, np.nan, np.datetime64("NaT"), np.nan, -1), strict=True):
            arrays[name][gone] = empty
        missing.append(replace(one, **arrays))
    one, other = (gmi_like(each, row, native_noise=False) for each in (left_out, missing))
    for name in (*ARRAYS, "support"):
        assert np.array_equal(getattr(one, name), getattr(other, name), equal_nan=name != "quality"), name
    whole = one.support > 0.999
    assert np.abs(one.tb - field(one))[whole].max() < INTERPOLATION_ERROR_K[sensor]


def test_an_orbit_that_crosses_itself_is_taken_for_what_it_saw_at_the_time(orbit, crossing):
    """Near the pole the last scans of an orbit see again what the first ones saw 100 minutes ago, and now it is 100 K warmer."""
    row = INSTRUMENTS["F15_SSMI"]
    start = crossing("F15_SSMI", lambda latitude, longitude: latitude)
    groups = []
    for one in orbit("F15_SSMI", int(period_s(row) / row.scan_period_s), start):
        tb = np.full_like(one.tb, 250.0)
        tb[: len(tb) // 2] = 150.0
        groups.append(replace(one, tb=tb))
    swath = gmi_like(groups, row, native_noise=False)
    early = swath.time < groups[1].time[1400]
    places = [km(swath.rows(part))[:, ::8] for part in (slice(0, 200), slice(-200, None))]
    first, last = (place[np.isfinite(place[..., 0])] for place in places)
    assert (cKDTree(last).query(first)[0] < 10).sum() > 100, "the orbit must cross itself"
    assert np.nanmax(np.abs(swath.tb[early] - 150)) < 1e-3
    assert np.nanmax(np.abs(swath.tb[swath.time > groups[1].time[1800]] - 250)) < 1e-3


def test_memory_is_that_of_the_result(passing):
    groups = passing("F16_SSMIS", scans=600)
    gmi_like(groups, INSTRUMENTS["F16_SSMIS"])
    tracemalloc.start()
    swath = gmi_like(groups, INSTRUMENTS["F16_SSMIS"])
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    # TB, incidence, support and squared weights, positions, and one block
    assert peak < 7 * swath.tb.nbytes


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda groups: [], "reference group S4 missing, found no group at all"),
        (lambda groups: [one.rows(slice(0, 1)) for one in groups], "S4 has 1 scans, a sampling needs two"),
        (lambda groups: [cut(groups[0], 10), *groups[1:]], "S1 has 10 pixels a scan, F16_SSMIS has 90 there"),
    ],
)
def test_what_cannot_be_put_on_a_sampling_is_told(change, reason, passing):
    with pytest.raises(GpmAssetsError, match=reason):
        gmi_like(change(passing("F16_SSMIS")), INSTRUMENTS["F16_SSMIS"])


def cut(swath, pixels: int):
    names = ("tb", "latitude", "longitude", "incidence", "quality")
    return replace(swath, **{name: getattr(swath, name)[:, :pixels] for name in names})


def test_an_unknown_sampling_is_told(passing):
    with pytest.raises(GpmAssetsError, match="unknown sampling 'nearest'; samplings are GMI-like, native"):
        co_register(passing("GPM_GMI"), INSTRUMENTS["GPM_GMI"], sampling="nearest")


def coast_offset_km(swath, channel: str) -> np.ndarray:
    """How far (north, east) the coast that a channel sees lies from that of the land mask."""
    tb, fraction = swath.channel(channel), land_fraction(swath.latitude, swath.longitude)
    known = np.isfinite(tb) & binary_dilation((fraction > 0.02) & (fraction < 0.98), iterations=3)
    latitude, longitude, tb = swath.latitude[known], swath.longitude[known], tb[known]

    def unlike(moved):
        east = moved[1] / np.cos(np.deg2rad(latitude))
        return -np.corrcoef(tb, land_fraction(latitude + moved[0] / 111.2, longitude + east / 111.2))[0, 1]

    return minimize(unlike, [0.0, 0.0], method="Nelder-Mead", options={"xatol": 0.05, "fatol": 1e-7}).x


def test_in_a_real_scene_coastlines_coincide(real_data):
    (path,) = (real_data / "scenes").glob("1C.F16*")
    groups = read_1c(path)
    made = co_register(groups, INSTRUMENTS["F16_SSMIS"], native_noise=False)
    offsets = {}
    for group, channel in zip(groups, ("19.35H", "37H", "150H", "91.665H"), strict=True):
        own = coast_offset_km(group, channel)
        offsets[channel] = coast_offset_km(made.swath, channel)
        assert np.linalg.norm(offsets[channel] - own) < (5 if channel == "19.35H" else 3), channel  # its footprint is 74 km wide
    # the file itself places its feeds up to 8 km apart: less than a native pixel
    assert max(np.linalg.norm(one - other) for one in offsets.values() for other in offsets.values()) < 10


def test_swath_groups_of_a_real_scene_lie_as_far_apart_as_it_is_known(real_data):
    (path,) = (real_data / "scenes").glob("1C.F16*")
    groups = read_1c(path)
    made = co_register(groups, INSTRUMENTS["F16_SSMIS"], sampling="native", native_noise=False)
    first = km(groups[0])[np.isfinite(groups[0].latitude)]
    for other in groups[1:]:
        apart = cKDTree(first).query(km(other)[np.isfinite(other.tb).all(axis=-1)])[0]
        assert 6.2 < np.median(apart) < 6.6
        assert apart.max() < 19.1
    both = np.isfinite(made.swath.channel("19.35H")) & np.isfinite(made.swath.channel("91.665H"))
    apart = cKDTree(first).query(km(made.swath)[both])[0]
    assert 6.2 < np.median(apart) < 6.6
    assert apart.max() < 19.1
    for name, alignment in made.alignments.items():
        assert alignment.way == ("operator" if name == "S4" else "corrected")
        assert alignment.off_km < 0.05
        assert name == "S4" or 3 < alignment.nominal_km < 15
