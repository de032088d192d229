import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.spatial import cKDTree

from gpm_assets.collocation import lattice
from gpm_assets.constellation import sphere
from gpm_assets.granules.read import read_1c

KM = sphere.EARTH_RADIUS_KM
CONICAL = ("GPM_GMI", "F16_SSMIS")
MINUTES = np.timedelta64(60_000, "ms")


@pytest.fixture(scope="module")
def polar(orbit, crossing):
    """Unit vectors of 300 scans of a sensor's finest group that turn about the pole."""

    def make(sensor: str) -> np.ndarray:
        start = crossing(sensor, lambda latitude, longitude: -latitude) - 5 * MINUTES
        swath = orbit(sensor, 300, start)[-1]
        return sphere.unit_vectors(swath.latitude, swath.longitude)

    return make


def left_out_error_km(vectors: np.ndarray, left_out: np.ndarray) -> np.ndarray:
    holes = vectors.copy()
    holes[left_out] = np.nan
    filled = lattice.fill(holes)
    assert np.array_equal(filled[~left_out], vectors[~left_out], equal_nan=True)
    return KM * np.linalg.norm(filled - vectors, axis=-1)[left_out]


@given(st.floats(-90, 90), st.floats(-180, 180))
def test_degrees_invert_unit_vectors(latitude, longitude):
    vectors = sphere.unit_vectors(np.array(latitude), np.array(longitude))
    assert np.isclose(np.linalg.norm(vectors), 1)
    again = sphere.unit_vectors(*sphere.degrees(3 * vectors))
    assert np.allclose(again, vectors, atol=1e-12)


@pytest.mark.parametrize("sensor", CONICAL)
def test_positions_are_filled_to_100_m(sensor, polar):
    vectors = polar(sensor)
    scans, pixels = vectors.shape[:2]
    holes = {
        "scattered": np.random.default_rng(1).random((scans, pixels)) < 0.5,
        "twenty scans": np.broadcast_to(np.abs(np.arange(scans) - 150)[:, None] <= 10, (scans, pixels)),
        "every other scan": np.broadcast_to(np.arange(scans)[:, None] % 2 == 1, (scans, pixels)),
    }
    for name, left_out in holes.items():
        assert left_out_error_km(vectors, left_out).max() < 0.1, name


def test_cross_track_positions_are_filled_to_a_sixth_of_their_spacing(polar):
    vectors = polar("NOAA20_ATMS")
    left_out = np.broadcast_to(np.arange(300)[:, None] % 7 == 3, vectors.shape[:2])
    error = left_out_error_km(vectors, left_out).reshape(-1, 96)
    spacing = KM * np.linalg.norm(np.diff(vectors, axis=1), axis=-1).mean(axis=0)
    assert np.median(error) < 3
    assert np.all(error.max(axis=0)[1:] < spacing / 6)


def test_left_out_positions_of_a_real_scene_return_to_100_m(real_data):
    (path,) = (real_data / "scenes").glob("1C.F16*")
    for swath in read_1c(path):
        vectors = sphere.unit_vectors(swath.latitude, swath.longitude)
        known = np.isfinite(vectors[..., 0])
        left_out = known & (np.random.default_rng(2).random(known.shape) < 0.3)
        holes = vectors.copy()
        holes[left_out] = np.nan
        error = KM * np.linalg.norm(lattice.fill(holes) - vectors, axis=-1)[left_out]
        assert error.max() < 0.1, swath.group


def test_too_few_positions_stay_missing(polar):
    vectors = polar("F16_SSMIS").copy()
    vectors[:, 7:] = np.nan
    vectors[9:] = np.nan
    filled = lattice.fill(vectors)
    assert np.isnan(filled[np.isnan(vectors)]).all()
    assert np.isfinite(filled[:9, :7]).all()


def test_interpolation_reproduces_affine_functions_beyond_the_border_too():
    scan, pixel = np.meshgrid(np.arange(5.0), np.arange(7.0), indexing="ij")
    values = np.stack([3 + 2 * scan - pixel, 0.5 * scan + 4 * pixel], axis=-1)
    rng = np.random.default_rng(3)
    s, x = rng.uniform(-2, 6, 100), rng.uniform(-2, 8, 100)
    found = lattice.interpolate(values, s, x)
    assert np.allclose(found, np.stack([3 + 2 * s - x, 0.5 * s + 4 * x], axis=-1))


def test_values_along_one_axis_are_those_of_both():
    values = np.random.default_rng(6).normal(size=(5, 7, 2))
    scan, pixel = np.array([-1.5, 0.0, 2.25, 6.0]), np.array([-0.5, 3.0, 5.75, 8.0])
    both = lattice.interpolate(values, *np.meshgrid(scan, pixel, indexing="ij"))
    assert np.allclose(lattice.along(lattice.along(values, scan, 0), pixel, 1), both)


def somewhere(nodes: np.ndarray, beyond: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Positions of random places in a lattice and so far beyond it, and their coordinates."""
    rng = np.random.default_rng(4)
    scan, pixel = (rng.uniform(-beyond, size - 1 + beyond, 4000) for size in nodes.shape[:2])
    points = lattice.interpolate(nodes, scan, pixel)
    return points / np.linalg.norm(points, axis=-1, keepdims=True), scan, pixel


@pytest.mark.parametrize("sensor", [*CONICAL, "NOAA20_ATMS"])
def test_coordinates_are_refined_from_afar(sensor, polar):
    nodes = polar(sensor)
    points, scan, pixel = somewhere(nodes, 2.0)
    rng = np.random.default_rng(8)
    start = scan + rng.uniform(-4, 4, scan.shape), pixel + rng.uniform(-3, 3, pixel.shape)
    found_scan, found_pixel = lattice.refine(nodes, points, *start)
    assert np.abs(found_scan - scan).max() < 0.01
    assert np.abs(found_pixel - pixel).max() < 0.01


@pytest.mark.parametrize("sensor", [*CONICAL, "NOAA20_ATMS"])
def test_a_search_finds_interpolated_positions_to_a_hundredth(sensor, polar):
    nodes = polar(sensor)
    points, scan, pixel = somewhere(nodes, 0.0)
    found_scan, found_pixel = lattice.search(nodes, points)
    assert np.abs(found_scan - scan).max() < 0.01
    assert np.abs(found_pixel - pixel).max() < 0.01


def test_a_point_without_position_has_no_coordinates(polar):
    nodes = polar("GPM_GMI")
    points = nodes[:2, :3].copy()
    points[0, 1] = np.nan
    scan, pixel = lattice.search(nodes, points)
    assert np.isnan(scan[0, 1])
    assert np.isnan(pixel[0, 1])
    assert np.isfinite(scan).sum() == 5
    found = lattice.nearest(nodes, points.reshape(-1, 3), *(part.reshape(-1) for part in (scan, pixel)))
    assert found.tolist() == [0, -1, 2, 221, 222, 223]
    assert np.isnan(lattice.search(np.full_like(nodes, np.nan), points)[0]).all()


@pytest.mark.parametrize("sensor", [*CONICAL, "NOAA20_ATMS"])
def test_nearest_is_the_nearest_node_within_half_a_cell(sensor, polar):
    """The kd-tree of all nodes is the oracle, for places within the lattice and beyond it."""
    nodes = polar(sensor)[:80]
    points, scan, pixel = somewhere(nodes, 6.0)
    found = lattice.nearest(nodes, points, scan, pixel)
    distance, index = cKDTree(nodes.reshape(-1, 3)).query(points)
    inside = found >= 0
    assert 0.3 < inside.mean() < 0.95
    assert np.all(found[inside] == index[inside])
    steps = [KM * np.linalg.norm(np.diff(nodes, axis=axis), axis=-1) for axis in (0, 1)]
    assert KM * distance[inside].max() <= 0.5 * np.hypot(steps[0].max(), steps[1].max())
    assert KM * distance[~inside].min() >= 0.5 * np.hypot(steps[0].min(), steps[1].min())


def test_shear_is_how_skewed_a_scan_ends(polar):
    assert lattice.shear(polar("NOAA20_ATMS")) < 0.2
    assert 2 < lattice.shear(polar("GPM_GMI")) < 3
