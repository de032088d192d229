"""GPROF granules with flaws where a test wants them."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.gpm_assets.granules.gprof.writing import GprofFile, made_up, write


@pytest.fixture
def file(tmp_path: Path) -> Callable[..., Path]:
    """Writes a small granule, METOPB MHS V08A unless told; `flaws` sets values of fields: field to place to value."""

    def make(flaws: dict | None = None, **about: object) -> Path:
        made = made_up()
        for field, changes in (flaws or {}).items():
            for place, value in changes.items():
                made["arrays"][field][place] = value
        return write(tmp_path, GprofFile(**{**made, **about}))

    return make
