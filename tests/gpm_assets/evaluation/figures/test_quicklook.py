"""Quick-looks: the right panels at the right places, maps for pieces, strips for orbits, words where nothing is valid."""

from dataclasses import replace

import numpy as np
import pytest

from gpm_assets.errors import GpmAssetsError
from gpm_assets.evaluation.figures import png
from gpm_assets.evaluation.figures.quicklook import quicklook
from gpm_assets.granules.radar import RadarSwath


@pytest.fixture(scope="module")
def piece(orbit, crossing):
    """Forty scans of GMI at the equator."""
    return orbit("GPM_GMI", 40, crossing("GPM_GMI", lambda latitude, longitude: np.abs(latitude)))


@pytest.fixture(scope="module")
def whole(orbit):
    return orbit("GPM_GMI", 2960)


def radar(swath, group="FS"):
    """Rain of 0 to 3 mm/h on the pixels of a radiometer, stratiform where it rains."""
    rain = np.where(np.arange(swath.shape[1]) % 2, 3.0, 0.0) * np.ones(swath.shape)
    return RadarSwath(
        latitude=swath.latitude,
        longitude=swath.longitude,
        time=swath.time,
        rain_mm_h=rain.astype(np.float32),
        rain_type=(rain > 0).astype(np.int8),
        surface=np.zeros(swath.shape, np.int8),
        freezing_level_m=np.full(swath.shape, 4000, np.float32),
        storm_top_m=np.full(swath.shape, 6000, np.float32),
        quality=np.zeros(swath.shape, np.int8),
        swath=group,
    )


def blank(swath, **changes):
    return replace(swath, tb=np.full_like(swath.tb, np.nan), counts={"missing or unreadable": swath.latitude.size}, **changes)


def images(figure):
    """The topmost image of every panel."""
    return [axes.images[-1] for axes in figure.axes if axes.images]


def words(figure):
    return "\n".join(
        [axes.get_title(loc) for axes in figure.axes for loc in ("left", "center")]
        + [text.get_text() for axes in figure.axes for text in axes.texts]
        + [axes.get_ylabel() for axes in figure.axes]
        + [figure.get_suptitle()]
    )


def test_a_piece_is_a_map_a_channel_with_its_own_positions(piece):
    figure = quicklook(piece, title="GPM GMI")
    assert len(images(figure)) == 13
    for name in ("S1  10.65V", "S1  89H", "S2  183.31±7V", "GPM GMI"):
        assert name in words(figure)
    first, second = (image.get_array() for image in (images(figure)[0], images(figure)[9]))
    assert first.shape == second.shape
    assert np.any(np.ma.getmaskarray(first) != np.ma.getmaskarray(second))  # S2 looks elsewhere


def test_tb_lie_where_they_were_measured(piece):
    swath = replace(piece[0], tb=np.repeat(np.where(piece[0].latitude > 0, 280, 200)[..., None], 9, axis=2).astype(np.float32))
    image = images(quicklook([swath], channels=["36.64V"]))[0]
    south, north = image.get_extent()[2:]
    shown = image.get_array()
    latitude = south + (np.arange(shown.shape[0]) + 0.5) / shown.shape[0] * (north - south)
    assert set(shown[latitude > 0.2].compressed()) == {280}
    assert set(shown[latitude < -0.2].compressed()) == {200}


def test_missing_is_grey_and_unseen_is_white(piece):
    tb = piece[0].tb.copy()
    tb[10:20] = np.nan
    figure = quicklook([replace(piece[0], tb=tb)], channels=["89V"])
    (axes,) = (axes for axes in figure.axes if axes.images)
    grey, colours = (np.ma.getmaskarray(image.get_array()) for image in axes.images)
    missing = colours & ~grey
    assert 0.15 < missing.sum() / (~grey).sum() < 0.35  # a quarter of the scans
    assert np.any(grey & colours)


@pytest.mark.parametrize("sensor", ["GPM_GMI", "F16_SSMIS", "NOAA20_ATMS"])
def test_a_whole_orbit_is_unrolled_below_the_world(orbit, sensor):
    swaths = orbit(sensor, 2200)
    figure = quicklook(swaths)
    world, *strips = images(figure)
    assert tuple(world.get_extent()) == (-180, 180, -90, 90)
    panels = [(swath, channel) for swath in swaths for channel in range(len(swath.channels))]
    assert len(strips) == len(panels)
    for image, (swath, channel) in zip(strips, panels, strict=True):
        np.testing.assert_array_equal(image.get_array(), swath.tb[:, :, channel].T)


def test_marks_of_strips_and_world_are_the_same_times(whole):
    figure = quicklook(whole, channels=["89V"])
    world, strip = (axes for axes in figure.axes if axes.images)
    labels = [label.get_text() for label in strip.get_xticklabels()]
    assert 8 <= len(labels) <= 11
    assert [text.get_text() for text in world.texts] == [label[:5] for label in labels]
    scan = int(strip.get_xticks()[3] * 2960)
    assert str(whole[0].time[scan])[11:16] == labels[3][:5]
    assert abs(abs(whole[0].latitude[scan, 110]) - float(labels[3].split("\n")[1].split("°")[0])) <= 0.5


def test_a_piece_over_the_dateline_is_one_narrow_map(orbit, crossing):
    start = crossing("GPM_GMI", lambda latitude, longitude: 180 - np.abs(longitude) + np.abs(latitude) / 10)
    swath = orbit("GPM_GMI", 80, start - np.timedelta64(75_000, "ms"))[0]
    assert np.ptp(swath.longitude) > 300
    figure = quicklook([swath], channels=["89V"])
    (image,) = images(figure)
    west, east, *_ = image.get_extent()
    assert west < 180 < east
    assert east - west < 40


@pytest.mark.filterwarnings("error")
def test_a_piece_at_a_pole_is_unrolled(orbit):
    swath = orbit("F16_SSMIS", 3200)[1]
    middle = int(np.argmax(swath.latitude.max(axis=1)))
    figure = quicklook([swath.rows(slice(middle - 20, middle + 20))], channels=["37V"])
    assert len(images(figure)) == 2
    assert png(figure, 2_000_000)[1:4] == b"PNG"


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("size", [(1, 1), (1, 5), (10, 10)])
def test_small_cuts_draw_without_a_warning(piece, size):
    cut = tuple(slice(length) for length in size)
    swath = piece[0]
    small = replace(
        swath,
        tb=swath.tb[cut],
        latitude=swath.latitude[cut],
        longitude=swath.longitude[cut],
        time=swath.time[cut[0]],
        incidence=swath.incidence[cut],
        quality=swath.quality[cut],
    )
    figure = quicklook([small])
    assert len(images(figure)) == 9
    assert len(png(figure, 2_000_000)) > 1000


def test_radar_is_rain_and_type(piece, whole):
    swath = radar(piece[0])
    figure = quicklook([swath])
    rain, kind = (image.get_array().compressed() for image in images(figure))
    assert set(rain) == {0, 3}
    assert set(kind) == {0, 1}
    assert {"none", "convective"} <= {label.get_text() for axes in figure.axes for label in axes.get_yticklabels()} | {
        label.get_text() for axes in figure.axes for child in axes.child_axes for label in child.get_yticklabels()
    }
    assert len(images(quicklook([radar(whole[0]), radar(whole[0], "HS")]))) == 1 + 4


def test_a_dead_channel_says_so_beside_live_ones(piece):
    tb = piece[0].tb.copy()
    tb[..., 5] = np.nan
    shown = words(quicklook([replace(piece[0], tb=tb)]))
    assert shown.count("no valid value") == 1


def test_a_group_without_positions_is_drawn_beside_another(piece, whole):
    for placed, other in (piece, whole):
        nowhere = np.full(other.shape, np.nan)
        shown = words(quicklook([blank(other, latitude=nowhere, longitude=nowhere), placed]))
        assert shown.count("no valid value") == 4


@pytest.mark.parametrize("placed", [True, False])
def test_nothing_valid_is_said_with_its_reasons(piece, placed):
    nowhere = {} if placed else {axis: np.full(piece[0].shape, np.nan) for axis in ("latitude", "longitude")}
    figure = quicklook([blank(piece[0], **nowhere)], title="GPM GMI")
    assert "Nothing is valid" in words(figure)
    assert "S1: 8,840 of 8,840 pixels: missing or unreadable" in words(figure)
    assert len(images(figure)) == placed
    assert len(png(figure)) > 1000


def test_no_swath_at_all():
    assert "holds no swath" in words(quicklook([]))


def test_an_unknown_channel_is_named_with_the_known_ones(piece):
    with pytest.raises(GpmAssetsError, match=r"no channel 37V in this granule; it has 10\.65V, .* 183\.31±7V"):
        quicklook(piece, channels=["37V"])
