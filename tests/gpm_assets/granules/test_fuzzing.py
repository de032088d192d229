"""Whatever a file or a text holds, reading succeeds or raises the declared error: no other exception, no warning, no hang."""

import json
import os
import warnings
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

import h5py
import numpy as np
import pytest
from hypothesis import HealthCheck, assume, example, given, settings
from hypothesis import strategies as st

from gpm_assets.constellation.instruments import INSTRUMENTS
from gpm_assets.errors import GranuleError
from gpm_assets.granules.channels import parse_channels
from gpm_assets.granules.gprof import GprofSwath, read_gprof
from gpm_assets.granules.headers import entry, integer, moment, parse_pvl
from gpm_assets.granules.identity import Granule, identify
from gpm_assets.granules.inspection import describe
from gpm_assets.granules.names import GranuleName, file_name, parse_name, safe_name
from gpm_assets.granules.radar import RadarSwath, read_radar, write_radar
from gpm_assets.granules.read import read_1c
from gpm_assets.granules.verification import Verified, verify
from gpm_assets.granules.write import write_1c
from gpm_assets.swath import Swath
from tests.gpm_assets.granules.gprof.writing import GprofFile, made_up
from tests.gpm_assets.granules.gprof.writing import write as write_gprof

quick = settings(max_examples=100, deadline=None, derandomize=True, database=None)
with_files = settings(
    max_examples=25,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)

WORDS = st.sampled_from(
    ["0", "1", "-1", "2", "007", "1e9", "9" * 12, "9" * 400, "²", "V07A", "CO-REG", "EMPTY", "CONICAL", "1,1"]
)
TIMES = st.sampled_from(
    ["0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59-23:59", "2020-01-15", "2020-W03-3", "1970-01-01T00:00:00Z"]
)
TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=30)


# texts


@quick
@given(
    st.text(max_size=80)
    | st.from_regex(r"[1-4][A-C](-[A-Z.]{1,9})?\.[A-Z0-9.]{1,20}\.\d{8}-S\d{6}-E\d{6}(\.\d{6})?\.[A-Z0-9.]{4,9}")
)
@example("1C.F16.SSMIS.X.99991231-S235960-E000000.000001.V07A.HDF5")
def test_names(text):
    with suppress(GranuleError):
        assert parse_name(file_name(parse_name(text))) == parse_name(text)
    with suppress(GranuleError):
        safe = safe_name(text)
        assert Path(safe).name == safe == os.path.normpath(safe)


@quick
@given(
    st.builds(
        GranuleName,
        *[TEXT] * 4,
        start=st.datetimes(),
        stop=st.datetimes(),
        number=st.none() | st.integers(),
        version=TEXT | WORDS,
        extension=TEXT | st.just("HDF5"),
    )
)
def test_composed_names(name):
    with suppress(GranuleError):
        assert parse_name(file_name(name)) == name


@quick
@given(
    st.text(max_size=120) | st.lists(st.tuples(TEXT, TEXT | WORDS)).map(lambda pairs: "".join(f"{k}={v};\n" for k, v in pairs))
)
def test_header_texts(text):
    with suppress(GranuleError):
        for key, value in parse_pvl(text).items():
            assert key == key.strip() != ""
            assert "\n" not in value


@quick
@given(TEXT | WORDS | TIMES)
@example("0001-01-01T00:00:00+01:00")
@example("0001-01-01T00:00:30")
def test_header_entries(value):
    for read, kind in ((entry, str), (integer, int), (moment, datetime)):
        with suppress(GranuleError):
            assert isinstance(read({"Key": value}, "Key"), kind)
    with suppress(GranuleError):
        assert 1970 <= moment({"Key": value}, "Key").year <= 2100


ITEM = st.tuples(
    st.sampled_from(["1)", "2)", "3)", "1 )", ")", "99)"]),
    st.sampled_from([" 37 GHz", "183.31 +/- 1 GHz", "183.31+-7GHz", "1e999 GHz", "٣ GHz", "89.0 GHz GHz", ". GHz", "0000 GHz"]),
    st.sampled_from(["V-Pol", " H-Pol A-Scan", " QV-Pol", "", " X-Pol", " V-Pol and", " V-Pol\n"]),
)


@quick
@given(st.lists(ITEM, max_size=4).map(lambda items: " ".join("".join(item) for item in items)) | TEXT)
def test_long_names(text):
    with suppress(GranuleError):
        channels = parse_channels(text)
        assert all(np.isfinite([channel.frequency_ghz, channel.sideband_ghz]).all() for channel in channels)
        assert len({channel.name for channel in channels}) == len(channels) > 0


# files


@pytest.fixture(scope="module")
def originals(tmp_path_factory, make_swaths, status) -> dict[str, bytes]:
    """Bytes of small valid files: HDF5 of one and of two swath groups, netCDF-4, radar, GPROF."""
    folder = tmp_path_factory.mktemp("originals")
    for sensor, version in (("METOPB_MHS", "V07A"), ("F15_SSMI", "V06A"), ("METOPB_MHS", "V08A")):
        row = INSTRUMENTS[sensor]
        write_1c(folder / f"{sensor} {version}", make_swaths(row, scans=3), row, number=7, status=status(3), version=version)
    write_radar(folder / "DPR", make_radar(), number=7)
    write_gprof(folder, GprofFile(**made_up(scans=3))).rename(folder / "GPROF")
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def make_radar() -> RadarSwath:
    shape = (3, 49)
    return RadarSwath(
        latitude=np.linspace(-60, -50, 147).reshape(shape),
        longitude=np.linspace(170, 180, 147).reshape(shape),
        time=np.datetime64("2020-01-31T23:59:59", "ms") + np.arange(3) * np.timedelta64(700, "ms"),
        rain_mm_h=np.linspace(0, 9, 147, dtype=np.float32).reshape(shape),
        rain_type=np.ones(shape, np.int8),
        surface=np.zeros(shape, np.int8),
        freezing_level_m=np.full(shape, 4000, np.float32),
        storm_top_m=np.full(shape, 6000, np.float32),
        quality=np.zeros(shape, np.int8),
    )


class Victim(NamedTuple):
    """Where a damaged copy goes, and the bytes of the file that is whole."""

    path: Path
    content: bytes

    def __repr__(self) -> str:
        return str(self.path)


@pytest.fixture(params=["METOPB_MHS V07A", "F15_SSMI V06A", "METOPB_MHS V08A", "DPR", "GPROF"])
def victim(request, originals, tmp_path) -> Victim:
    return Victim(tmp_path / "victim.HDF5", originals[request.param])


def check(path: Path) -> int:
    """Read the file in every way there is; returns how many ways succeeded."""
    succeeded = 0
    for read in (identify, read_1c, read_radar, read_gprof, describe, verify):
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            try:
                result = read(path)
            except GranuleError as error:
                refusal, result = str(error), None
        if result is None:
            assert path.name in refusal
        else:
            check_result(result)
            succeeded += 1
    return succeeded


def check_result(result) -> None:
    if isinstance(result, dict):
        json.dumps(result, allow_nan=False).encode()
    elif isinstance(result, Granule):
        str(result.identity).encode()
        assert result.start <= result.stop
    elif isinstance(result, Verified):
        assert 0 <= result.valid_fraction <= 1
    elif isinstance(result, RadarSwath | GprofSwath):
        assert np.nanmin(result.rain_mm_h, initial=0) >= 0
    else:
        for swath in result:
            assert isinstance(swath, Swath)
            tb = swath.tb[np.isfinite(swath.tb)]
            assert ((tb >= 40) & (tb <= 350)).all()
            assert (swath.tb.dtype, swath.quality.dtype, swath.incidence.dtype) == ("f4", "i1", "f4")
            assert np.isfinite(swath.latitude[np.isfinite(swath.tb).any(axis=2)]).all()


def objects(file: h5py.File) -> list[str]:
    found: list[str] = []
    file.visit(found.append)
    return sorted(found)


def test_the_files_are_valid_before_they_are_damaged(victim):
    path, content = victim
    path.write_bytes(content)
    assert check(path) == 4  # a file of one kind is of no other


def attribute_values(draw):
    return draw(
        st.one_of(
            TEXT,
            TEXT.map(lambda text: np.bytes_(text.encode())),
            st.binary(min_size=1, max_size=40).map(np.bytes_),
            st.binary(min_size=1, max_size=40).map(np.void),
            st.integers(-(2**63), 2**63 - 1),
            st.floats(),
            st.lists(st.floats(width=32), max_size=3).map(lambda values: np.array(values, dtype="f4")),
            st.lists(TEXT, min_size=1, max_size=2).map(lambda texts: np.array(texts, dtype=h5py.string_dtype())),
            st.just("=" * 60_000),
            st.just(h5py.Empty("f4")),
            st.just(h5py.Empty("S5")),
            st.just(np.complex64(1j)),
            st.just(np.array([(1, 2.0)], dtype=[("a", "i4"), ("b", "f8")])),
        )
    )


@with_files
@given(data=st.data())
def test_attributes_of_any_kind(victim, data):
    path, content = victim
    path.write_bytes(content)
    with h5py.File(path, "r+") as file:
        holder = file[data.draw(st.sampled_from(["/", *objects(file)]))]
        name = data.draw(st.sampled_from([*holder.attrs] or ["Units"]))
        if data.draw(st.integers(0, 9)) == 0:
            holder.attrs.pop(name, None)
        else:
            holder.attrs[name] = attribute_values(data.draw)
    check(path)


@with_files
@given(data=st.data())
def test_headers_with_any_entry(victim, data):
    path, content = victim
    path.write_bytes(content)
    with h5py.File(path, "r+") as file:
        holders = [file, *(item for item in file.values() if isinstance(item, h5py.Group))]
        texts = [
            (holder, name)
            for holder in holders
            for name, value in holder.attrs.items()
            if isinstance(value, bytes | str) and "=" in str(value)
        ]
        holder, name = data.draw(st.sampled_from(texts))
        stored = holder.attrs[name]
        lines = (stored if isinstance(stored, str) else stored.decode()).split("\n")
        where = data.draw(st.integers(0, len(lines) - 1))
        key = lines[where].split("=")[0]
        lines[where] = data.draw(st.one_of(TEXT, (TEXT | WORDS | TIMES).map(lambda value: f"{key}={value};")))
        holder.attrs[name] = "\n".join(lines)
    check(path)


DTYPES = ["f4", "f8", "f2", "i1", "u1", "i2", "i8", "u8", "c8", "S3", "bool", "O", "V4", "i4,f4", ">f4"]
FILLS = [np.float64(1e300), np.float32(-9999.9), np.int64(300), np.int8(-99), np.float64("nan"), np.array([7, 8]), "none", b"-99"]


@with_files
@given(data=st.data())
def test_datasets_of_any_type_and_shape(victim, data):
    path, content = victim
    path.write_bytes(content)
    with h5py.File(path, "r+") as file:
        name = data.draw(st.sampled_from([name for name in objects(file) if isinstance(file[name], h5py.Dataset)]))
        attributes = dict(file[name].attrs)
        size = st.integers(0, 4) | st.sampled_from(file[name].shape)
        shape = data.draw(st.one_of(st.just(file[name].shape), st.lists(size, max_size=3).map(tuple)))
        assume(np.prod(shape) < 1e6)
        dtype = data.draw(st.sampled_from(DTYPES))
        del file[name]
        new = file.create_dataset(name, shape, h5py.string_dtype() if dtype == "O" else np.dtype(dtype))
        if np.dtype(dtype).kind in "iufb" and new.size:
            with np.errstate(all="ignore"):
                value = data.draw(st.sampled_from([0, 1, -1, 37.5, 180, 2020, 1e30, -9999.9, float("inf"), float("nan")]))
                new[...] = np.array(value).astype(dtype)
        new.attrs.update(attributes)
        if data.draw(st.booleans()):
            new.attrs["_FillValue"] = data.draw(st.sampled_from(FILLS))
    check(path)


@with_files
@given(data=st.data())
def test_values_of_any_size(victim, data):
    path, content = victim
    path.write_bytes(content)
    with h5py.File(path, "r+") as file:
        name = data.draw(st.sampled_from([name for name in objects(file) if isinstance(file[name], h5py.Dataset)]))
        array = file[name][...].ravel()
        some = data.draw(st.binary(min_size=array.itemsize, max_size=8 * array.itemsize))
        some = np.frombuffer(some[: len(some) // array.itemsize * array.itemsize], dtype=array.dtype)
        array[: some.size] = some[: array.size]
        file[name][...] = array.reshape(file[name].shape)
    check(path)


@with_files
@given(data=st.data())
def test_missing_and_misplaced_objects(victim, data):
    path, content = victim
    path.write_bytes(content)
    with h5py.File(path, "r+") as file:
        name = data.draw(st.sampled_from(objects(file)))
        kind = data.draw(st.sampled_from(["missing", "group", "dataset", "type", "null", "alias", "dangling", "cycle"]))
        copy = file[name] if kind == "alias" else None
        del file[name]
        if kind == "group":
            file.create_group(name)
        elif kind == "dataset":
            file[name] = 1.0
        elif kind == "type":
            file[name] = np.dtype("f4")
        elif kind == "null":
            file[name] = h5py.Empty("f4")
        elif kind == "alias":
            file["elsewhere"] = copy
            file[name] = h5py.SoftLink("/elsewhere")
        elif kind != "missing":
            file[name] = h5py.SoftLink("/nowhere" if kind == "dangling" else f"/{name}")
    check(path)


@with_files
@given(st.floats(0, 1, exclude_max=True))
def test_files_cut_short_anywhere(victim, part):
    path, content = victim
    path.write_bytes(content[: int(part * len(content))])
    assert check(path) == 0


@with_files
@given(seed=st.integers(0, 2**32), number=st.integers(1, 60), width=st.integers(1, 9))
def test_damaged_bytes(victim, seed, number, width):
    path, content = victim
    rng = np.random.default_rng(seed)
    damaged = np.frombuffer(content, np.uint8).copy()
    where = rng.integers(8, len(content) - width, (number, 1)) + np.arange(width)
    damaged[where] = rng.integers(0, 256, where.shape)
    path.write_bytes(damaged.tobytes())
    check(path)
