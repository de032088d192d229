import h5py
import numpy as np
import pytest

from gpm_assets.benchmarks.latmos_overlaps import OverlapFile
from gpm_assets.errors import GpmAssetsError


def test_what_the_documented_converter_writes_is_what_is_read(overlap, overlaps_file):
    given = [overlap(3), overlap(4)]
    given[0]["gpm"]["data"][0, 2, 3] = -9999.9
    given[0]["gpm"]["data"][4, 5, 6] = -9999.9
    given[1]["f18"]["lat"][0, 1, 1] = -9999.9
    file = OverlapFile.open(overlaps_file(given))
    assert (file.partner.name, file.world, len(file.names)) == ("F18_SSMIS", "simulated", 2)
    first, second = file.overlaps()
    assert first.name == "overlap-00000"
    assert first.gmi.channels == ("36.64V", "36.64H", "89V", "89H")
    assert first.partner.channels == ("37V", "37H", "91.665V", "91.665H")
    expected = np.moveaxis(given[0]["gpm"]["data"][:4].numpy(), 0, -1).copy()
    expected[2, 3, 0] = np.nan
    np.testing.assert_array_equal(first.gmi.tb, expected)
    np.testing.assert_array_equal(second.partner.tb, np.moveaxis(given[1]["f18"]["data"].numpy(), 0, -1))
    rain = given[0]["gpm"]["data"][4].numpy().copy()
    rain[5, 6] = np.nan
    np.testing.assert_array_equal(first.rain, rain)
    np.testing.assert_allclose(first.gmi.latitude, given[0]["gpm"]["lat"][0].numpy(), atol=1e-6)
    np.testing.assert_allclose(first.gmi.longitude, given[0]["gpm"]["lon"][0].numpy(), atol=2e-5)
    assert np.argwhere(np.isnan(second.partner.latitude)).tolist() == [[1, 1]]
    assert first.time_difference is None


def test_the_documented_converter_shows_what_the_order_of_channels_is_judged_by(converter, overlaps_file, capsys):
    converter["examine"](overlaps_file())
    shown = capsys.readouterr().out
    assert shown.startswith("2 overlaps\n")
    for words in ("gmi      36.64V ", "partner  91.665H", "missing 0.0%", "greatest 19."):
        assert words in shown


def test_the_file_holds_numbers_and_text_alone(overlaps_file):
    kinds = set()
    with h5py.File(overlaps_file()) as file:
        file.visititems(lambda name, item: kinds.add(item.dtype.kind) if isinstance(item, h5py.Dataset) else None)
    assert kinds == {"f"}


def test_time_differences_are_read_where_there_are_some(overlaps_file):
    path = overlaps_file()
    with h5py.File(path, "a") as file:
        file["overlap-00000/gmi/time_difference"] = np.full((16, 30), -60.0, np.float32)
    first, second = OverlapFile.open(path).overlaps()
    np.testing.assert_array_equal(first.time_difference, np.full((16, 30), -60.0))
    assert second.time_difference is None


def scaled(file):
    file["overlap-00000/gmi/tb"][...] = (file["overlap-00000/gmi/tb"][...] - 215) / 135


def exchanged(file):
    tb = file["overlap-00001/partner/tb"]
    tb[...] = tb[...][..., [1, 0, 2, 3]]


def renamed(file):
    file["overlap-00000/partner/tb"].attrs["channels"] = "19.35V,19.35H,91.665V,91.665H"


def filled(file):
    file["overlap-00000/gmi/rain"][0, 0] = -9999.9


def shorter(file):
    del file["overlap-00000/gmi/rain"]
    file["overlap-00000/gmi/rain"] = np.zeros((15, 30), np.float32)


def beyond(file):
    file["overlap-00000/gmi/latitude"][0, 0] = 100.0


def nameless(file):
    del file["overlap-00000/gmi/tb"].attrs["channels"]


def lost(file):
    del file["overlap-00001/partner/longitude"]


def elsewhere(file):
    del file["overlap-00001/partner/longitude"]
    file["overlap-00001/partner/longitude"] = h5py.ExternalLink("other.h5", "/longitude")


WRONG_WITHIN = {
    scaled: r"overlap-00000/gmi/tb has .* values outside 50 to 350 K, the first .*TB are in K",
    exchanged: r"overlap-00001: F18_SSMIS has 37V minus 37H of -\d+\.\d K .* in another order .*README",
    renamed: r"overlap-00000/partner/tb has 19.35V, .* it lacks 37V, 37H",
    filled: r"overlap-00000: rain of -9999.9 mm/h; it must be 0 or more, NaN where unknown",
    shorter: r"overlap-00000/gmi/rain has shape \(15, 30\), GMI's pixels have \(16, 30\)",
    beyond: r"overlap-00000/gmi in .* latitude outside ±90",
    nameless: r"overlap-00000/gmi/tb: has no attribute 'channels'",
    lost: r"overlap-00001/partner/longitude: this dataset is missing",
    elsewhere: r"overlap-00001/partner/longitude: is a link, which is not followed",
}


@pytest.mark.parametrize("spoil", WRONG_WITHIN, ids=lambda spoil: spoil.__name__)
def test_what_is_wrong_in_an_overlap_is_told(overlaps_file, spoil):
    path = overlaps_file()
    with h5py.File(path, "a") as file:
        spoil(file)
    with pytest.raises(GpmAssetsError, match=WRONG_WITHIN[spoil]):
        list(OverlapFile.open(path).overlaps())


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        (
            "format",
            "something, 2",
            "its format is 'something, 2', 'overlaps of GMI with a partner, 1' can be read; convert it again",
        ),
        ("world", "imagined", "its world is 'imagined'; it must be one of real, simulated"),
        ("sensor", "F99_SSMIS", "unknown sensor 'F99_SSMIS'; known sensors are"),
        ("sensor", "GPM_GMI", "must be that of the partner"),
        ("sensor", "METOPA_MHS", "has no channel near GMI's"),
        ("source", None, "has no attribute 'source', so it is no file of overlaps"),
    ],
)
def test_what_is_wrong_with_the_header_is_told(overlaps_file, name, value, words):
    path = overlaps_file()
    with h5py.File(path, "a") as file:
        del file.attrs[name]
        if value is not None:
            file.attrs[name] = value
    with pytest.raises(GpmAssetsError, match=words):
        OverlapFile.open(path)


def test_a_file_without_overlaps_and_a_pickle_are_refused(overlaps_file, tmp_path):
    path = overlaps_file()
    with h5py.File(path, "a") as file:
        for name in list(file):
            del file[name]
    with pytest.raises(GpmAssetsError, match="holds no overlap, one at least is wanted"):
        OverlapFile.open(path)
    other = tmp_path / "overlaps.pickle"
    other.write_bytes(b"\x80\x04]\x94.")
    with pytest.raises(GpmAssetsError, match="not with the HDF5 signature"):
        OverlapFile.open(other)
