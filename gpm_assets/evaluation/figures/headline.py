"""What stands above a figure of scores: what it shows, and that a simulated world is no evidence of the real one."""

from __future__ import annotations

from typing import Literal

World = Literal["real", "simulated"]


def headline(title: str, world: World) -> str:
    """The title, with "simulated" behind it where the world is."""
    return f"{title} (simulated)".strip() if world == "simulated" else title
