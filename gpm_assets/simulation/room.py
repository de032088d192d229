"""Room on the disk for a sample: asked for before anything is made, and given back where it runs out all the same."""

from __future__ import annotations

import errno
import shutil
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from gpm_assets.collocation.sampling import pixel_coordinates, row_coordinates
from gpm_assets.constellation.instruments import instrument
from gpm_assets.constellation.radar import RADAR_GROUP
from gpm_assets.errors import RequestError
from gpm_assets.simulation.pieces import scan_times
from gpm_assets.simulation.plan import PlannedGranule, is_radar

_PER_TB, _PER_RAY, _PER_TRUE_PIXEL = 3.3, 6.0, 50.0
"""Bytes in files: about nine tenths of whole orbits of GMI and the radar; of other sensors less of it."""


def expected_bytes(planned: PlannedGranule) -> float:
    """What a granule, and the truth at a radiometer's pixels, take on the disk at least."""
    scans = len(scan_times(planned))
    if is_radar(planned.product):
        return _PER_RAY * scans * RADAR_GROUP.pixels
    row = instrument(planned.product)
    measured = sum(group.pixels * len(group.channels) / group.scan_step for group in row.groups)
    return _PER_TB * scans * measured + _PER_TRUE_PIXEL * len(row_coordinates(row, scans)) * len(pixel_coordinates(row))


def require_room(folder: Path, wanted: float) -> None:
    """Raises RequestError where the disk of a folder, which may be new, has less than the wanted bytes free."""
    there = next(one for one in (folder, *folder.parents) if one.exists())
    free = shutil.disk_usage(there).free
    if free < wanted:
        raise RequestError(
            f"no room for the files in {folder}: they take at least {wanted / 1e6:.1f} MB, {free / 1e6:.1f} MB are free; "
            "ask for fewer orbits, a smaller fraction, or another folder"
        )


def no_room(error: BaseException) -> bool:
    """Whether an error says that the disk is full, a quota used up, or a file larger than allowed."""
    return isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


@contextmanager
def inside(folder: Path, wanted: Sequence[Path]) -> Iterator[None]:
    """Make a folder where it is missing, to write the wanted files in; a folder that stays empty goes away again.

    Where there is no room, the wanted files that were not there before go away too. Raises RequestError for that, and for any
    other reason why the folder cannot be written to.
    """
    new = [path for path in wanted if not path.exists()]
    missing = [one for one in (folder, *folder.parents) if not one.exists()]
    try:
        folder.mkdir(parents=True, exist_ok=True)
        yield
    except OSError as error:
        if not no_room(error):
            raise RequestError(f"{folder} cannot be written to: {error}") from error
        for path in new:
            path.unlink(missing_ok=True)
        raise RequestError(f"no room for the files in {folder}: {error.strerror}; nothing new was left there") from error
    finally:
        _remove_empty([*{path.parent: None for path in wanted}, *missing])


def _remove_empty(folders: Iterable[Path]) -> None:
    for folder in folders:
        with suppress(OSError):  # it holds something, or was never made
            folder.rmdir()
