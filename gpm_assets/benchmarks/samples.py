"""`gpm-assets benchmark samples`: random batches of a patch pack beside memory, plain reads, Zarr and HDF5."""

from __future__ import annotations

import os
import platform
import resource
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from functools import partial
from importlib.metadata import version
from pathlib import Path

import h5py
import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from gpm_assets.benchmarks.granules import write_granule
from gpm_assets.benchmarks.stores import MEMORY, PACK, PLAIN, RIVALS, Codes, Read, Store
from gpm_assets.benchmarks.timing import Contender, Limit, Report, Timing, alternate, judge
from gpm_assets.constellation.instruments import REFERENCE, instrument
from gpm_assets.errors import GpmAssetsError, RequestError
from gpm_assets.granules.read import read_1c
from models.accelerator import Accelerator
from models.packs import INDEX, PackInfo, PackWriter

LIMITS = (
    Limit("pack", "memory", at_most=1.25),
    Limit("Zarr", "pack", at_least=5.0),
    Limit("HDF5", "pack", at_least=5.0),
    Limit("pack, uncached", "plain reads, uncached", at_most=1.25),
)
"""What a pack promises: 80 % of the speed of memory and of plain reads, and five times that of compressed chunks."""

SIZE = 64  # scans and pixels of a patch
SCANS = 640  # of the granule that patches are cut from
BATCH, DRAWN = 64, 1024  # samples at once and in a turn

Batches = Sequence[NDArray[np.int64]]


def benchmark_samples(patches: int = 4096, *, repeat: int = 11, limits: Sequence[Limit] = LIMITS) -> Report:
    """Time the stores on a generated pack of so many `patches` in a temporary folder, all with the same random batches.

    One thread decodes, as in a data loader's worker; Zarr keeps its own. Before the clock runs all read every batch once, to warm
    up and to show that they read the same values. Where the temporary folder lies in memory, uncached reads are left out with
    their limit, and `subject` says so. Raises RequestError for fewer than one patch or repetition; GpmAssetsError where stores
    disagree.
    """
    if min(patches, repeat) < 1:
        raise RequestError(f"a benchmark needs at least one patch and one repetition, not {patches} and {repeat}")
    drawn = np.random.default_rng(0).permutation(patches)[:DRAWN]
    batches = [drawn[start : start + BATCH] for start in range(0, len(drawn), BATCH)]
    with tempfile.TemporaryDirectory() as name, Accelerator(threads=1).session(0):
        folder = Path(name)
        pack = folder / PACK.name
        _write_pack(pack, patches)
        codes = np.load(pack / "tb.npy")
        timings, sizes = _cached(folder, codes, batches, repeat)
        uncached, from_disk = _uncached(pack, codes, batches, repeat)
    timings += uncached
    timed = {timing.name for timing in timings}
    verdicts = judge(timings, [limit for limit in limits if {limit.of, limit.over} <= timed])
    subject: dict[str, str | int] = {
        "sample": f"{' x '.join(map(str, codes.shape[1:]))} codes of TB, {codes[0].nbytes:,} bytes",
        "patches": patches,
        "turn": f"{len(drawn):,} samples in random order, {BATCH} at once",
        **sizes,
        "uncached": from_disk,
        "processors": os.cpu_count() or 1,
    }
    return Report("samples", subject, _versions(), timings, verdicts, work=(len(drawn), "samples"))


def _write_pack(pack: Path, patches: int) -> None:
    """Patches cut at random places from a generated GMI granule, as if its swath groups saw the same places."""
    swaths = read_1c(write_granule(pack.parent, instrument(REFERENCE), scans=SCANS))
    cuts = sliding_window_view(np.concatenate([swath.tb for swath in swaths], axis=-1), (SIZE, SIZE), axis=(0, 1))
    generator = np.random.default_rng(0)
    scan, pixel = (generator.integers(0, count, patches) for count in cuts.shape[:2])
    index = np.zeros(patches, INDEX)
    index["split"] = "train"
    info = PackInfo(REFERENCE, "simulated", tuple(channel for swath in swaths for channel in swath.channels))
    with PackWriter.open(pack, info, (SIZE, SIZE)) as writer:
        for start in range(0, patches, BATCH):
            part = slice(start, start + BATCH)
            writer.append(cuts[scan[part], pixel[part]], index[part])


def _cached(folder: Path, codes: Codes, batches: Batches, repeat: int) -> tuple[tuple[Timing, ...], dict[str, str]]:
    """Timings of stores that stay open and have been read before, and by their names how they keep the codes."""
    stores = (MEMORY, PACK, *RIVALS)
    with ExitStack() as stack:
        readers = {store.name: stack.enter_context(store.opened(folder / store.name, codes)) for store in stores}
        _check_equal(readers, batches)
        timings = alternate([Contender(name, partial(_read_all, read, batches)) for name, read in readers.items()], repeat)
    sizes = {store.name: f"{store.layout}: {_bytes(folder / store.name):,} bytes" for store in (PACK, *RIVALS)}
    return timings, sizes


def _uncached(pack: Path, codes: Codes, batches: Batches, repeat: int) -> tuple[tuple[Timing, ...], str]:
    """Timings of stores opened after their file was dropped from memory, and how much they then read from the disk.

    No timings where it was less than they asked for: the file was still in memory.
    """
    with ExitStack() as stack:
        _check_equal({store.name: stack.enter_context(store.opened(pack, codes)) for store in (PLAIN, PACK)}, batches)

    def turn(store: Store) -> None:
        with store.opened(pack, codes) as read:
            _read_all(read, batches)

    drop = partial(_drop_from_memory, pack / "tb.npy")
    before = _bytes_from_disk()
    timings = alternate([Contender(f"{store.name}, uncached", partial(turn, store), drop) for store in (PLAIN, PACK)], repeat)
    share = (_bytes_from_disk() - before) / (len(timings) * repeat * sum(codes[batch].nbytes for batch in batches))
    if share < 1:
        return (), f"not measured: {share:.0%} of the bytes asked for came from a disk; let TMPDIR name a folder on one"
    return timings, f"{share:.2f} bytes read from the disk for every byte asked for"


def _read_all(read: Read, batches: Batches) -> None:
    for batch in batches:
        read(batch)


def _check_equal(readers: Mapping[str, Read], batches: Batches) -> None:
    """Raise GpmAssetsError that names the stores unless all read what the first one reads, missing values included."""
    (first, expected), *others = readers.items()
    for batch in batches:
        known = expected(batch).numpy()
        for name, read in others:
            if not np.array_equal(known, read(batch).numpy(), equal_nan=True):
                raise GpmAssetsError(f"{first} and {name} read other TB of the same samples")


def _drop_from_memory(path: Path) -> None:
    """What of the file lies in memory is given up, where the system can; pages that somebody has mapped would stay."""
    with path.open("rb") as file:
        os.fsync(file.fileno())
        if hasattr(os, "posix_fadvise"):
            os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


def _bytes_from_disk() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_inblock * 512


def _bytes(path: Path) -> int:
    return sum(file.stat().st_size for file in (path, *path.rglob("*")) if file.is_file())


def _versions() -> dict[str, str]:
    libraries = {name: version(name) for name in ("numpy", "torch", "zarr", "h5py")}
    return {"python": platform.python_version(), **libraries, "hdf5": h5py.version.hdf5_version}
