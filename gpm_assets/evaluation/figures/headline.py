"""What stands above a figure of scores: what it shows, and that a simulated world is no evidence of the real one."""

from __future__ import annotations

from gpm_assets.errors import GpmAssetsError

_SUFFIXES = {"real": "", "simulated": " (simulated)", "simulated-B": " (simulated, world B)"}


def headline(title: str, world: str) -> str:
    """The title, with "simulated" behind it where the world is; raises GpmAssetsError for other worlds than these and `real`."""
    if world not in _SUFFIXES:
        raise GpmAssetsError(f"figures are of a world that is {' or '.join(_SUFFIXES)}, not {world!r}")
    return f"{title}{_SUFFIXES[world]}".strip()
