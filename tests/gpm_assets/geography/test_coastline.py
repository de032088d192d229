"""Coastlines: sane arrays, in step with the land raster, drawn in place also across the dateline."""

import numpy as np
import pytest
from matplotlib.figure import Figure

from gpm_assets.geography.coastline import coastline, draw_coastline
from gpm_assets.geography.generate import coastline as coastline_of
from gpm_assets.geography.generate import land_percent
from gpm_assets.geography.land import land_fraction


@pytest.mark.parametrize(("resolution", "least_points"), [("110m", 5_000), ("50m", 50_000)])
def test_lines_are_sane(resolution, least_points):
    line = coastline(resolution)
    gap = np.isnan(line[:, 0])
    np.testing.assert_array_equal(gap, np.isnan(line[:, 1]))
    points = line[~gap]
    assert len(points) > least_points
    assert np.abs(points[:, 0]).max() <= 180
    assert -86 < points[:, 1].min() < -84  # the innermost Ross Sea; no seam at the pole
    assert 83 < points[:, 1].max() < 84  # the north of Greenland
    assert not np.any(gap[1:] & gap[:-1])


@pytest.mark.parametrize("resolution", ["110m", "50m"])
def test_no_line_runs_across_the_map(resolution):
    steps = np.abs(np.diff(coastline(resolution), axis=0))
    assert np.nanmax(steps[:, 0]) < 20


def test_coast_lies_where_land_begins():
    points = coastline("50m")
    points = points[np.isfinite(points[:, 0])]
    fraction = land_fraction(points[:, 1], points[:, 0])
    assert np.mean((fraction > 0) & (fraction < 1)) > 0.95


def drawn(west, east, south, north, **options):
    axes = Figure().subplots()
    axes.set(xlim=(west, east), ylim=(south, north))
    draw_coastline(axes, **options)
    assert axes.get_xlim() == (west, east)
    assert axes.get_ylim() == (south, north)
    return [np.column_stack(line.get_data()) for line in axes.lines]


def inside(lines, west, east, south, north):
    points = np.concatenate(lines)
    return points[(points[:, 0] > west) & (points[:, 0] < east) & (points[:, 1] > south) & (points[:, 1] < north)]


def test_dateline_map_has_coasts_on_both_sides():
    lines = drawn(170, 200, 60, 75)
    assert len(lines) == 2
    assert len(inside(lines, 170, 180, 60, 75)) > 50  # Chukotka
    assert len(inside(lines, 190, 200, 60, 75)) > 50  # Alaska, at -170 to -160


def test_regional_map_takes_the_fine_line_and_leaves_out_the_rest():
    fine = drawn(125, 150, -50, -32)
    coarse = drawn(125, 150, -50, -32, resolution="110m")
    assert len(inside(fine, 125, 150, -50, -32)) > 3 * len(inside(coarse, 125, 150, -50, -32)) > 0
    assert np.nanmax(np.concatenate(fine)[:, 0]) < 160


def square(west, east, south, north):
    """A TopoJSON of one square island, quantised to a hundredth of a degree."""
    ring = np.array([(west, south), (east, south), (east, north), (west, north), (west, south)]) * 100
    steps = np.diff(ring, axis=0, prepend=[[0, 0]]).astype(int).tolist()
    return {"transform": {"scale": [0.01, 0.01], "translate": [0, 0]}, "arcs": [steps]}


def test_generator_fills_an_island():
    """The meridian fill starts from a South Pole that is land, so an island of this kind is the only sea."""
    sea = 100 - land_percent(square(10, 12, 40, 43)).astype(int)
    assert sea.sum() == 100 * 8 * 12  # 2 by 3 degrees in cells of a quarter
    assert sea[(90 + 41) * 4, (180 + 11) * 4] == 100


def test_generator_fills_across_the_dateline():
    topology = square(170, 190, 0, 10)
    topology["arcs"][0][1][0] -= 36000  # stored as 170 to -170, as a stitched file has it
    topology["arcs"][0][3][0] += 36000
    sea = 100 - land_percent(topology).astype(int)
    assert sea.sum() == 100 * 80 * 40
    assert sea[(90 + 5) * 4, 0] == sea[(90 + 5) * 4, -1] == 100
    assert sea[(90 + 5) * 4, 720] == 0


def test_generator_drops_seams():
    line = coastline_of(square(170, 180, 0, 10))
    east = line[:, 0] == 180
    assert east.sum() == 2
    assert np.isnan(line[np.flatnonzero(east)[0] + 1]).all()  # the cut at 180 is no coast
