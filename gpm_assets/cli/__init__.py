"""The command line: one file a command, imported when it is called."""

from __future__ import annotations

import os
import sys

import cyclopts

app = cyclopts.App(
    name="gpm-assets",
    help="Pseudo-GMI brightness temperatures and rain from every radiometer of the GPM constellation.",
    version_flags=["--version"],
)
app.command("gpm_assets.cli.demo:demo", help="Run the whole chain on the simulated constellation and on one real scene.")
app.command("gpm_assets.cli.ui:ui", help="Serve the Dagster UI on a home.")
app.command("gpm_assets.cli.simulate:simulate", help="Write granules of the simulated constellation, and the truth apart.")
app.command("gpm_assets.cli.inspect:inspect", help="Show what a granule is and what is in it.")
app.command("gpm_assets.cli.translate:translate", help="Translate a 1C file to pseudo-GMI brightness temperatures.")
app.command("gpm_assets.cli.leaderboard:leaderboard", help="Show the rain skill of every method, side by side.")
app.command("gpm_assets.cli.calibration:calibration", help="Show whether quantiles and means of rain hold what they say.")
app.command("gpm_assets.cli.scores:scores", help="Show rain skill by surface, climate, season, regime and more.")
app.command("gpm_assets.cli.latmos:latmos", help="Show rain skill by LATMOS' protocol.")
app.command("gpm_assets.cli.benchmark:benchmark", help="Measure what is claimed, beside the rivals.")


def main() -> None:
    """Run the command line; errors of ours end with one line and exit code 1."""
    # Waiting threads that spin made two torch threads ten times slower than one beside a busy process.
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    from gpm_assets.errors import GpmAssetsError

    try:
        app()
    except BrokenPipeError:  # the reader, `head` perhaps, has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
    except GpmAssetsError as error:
        print(f"gpm-assets: {' '.join(str(error).split())}", file=sys.stderr)
        sys.exit(1)
