import subprocess
import sys
from pathlib import Path

import pytest
import torch
from torch.nn import functional

from models import tiling
from models.tiling import budget, by_blocks


def pooled_then_blurred(x):
    """Cells of two scans, seen two cells away."""
    padded = functional.pad(x, (0, 0, 0, x.shape[2] % 2), mode="replicate")
    cells = functional.avg_pool2d(padded, (2, 1))
    blurred = functional.avg_pool2d(functional.pad(cells, (0, 0, 2, 2), mode="replicate"), (5, 1), 1)
    return blurred.repeat_interleave(2, dim=2)[:, :, : x.shape[2]]


@pytest.mark.parametrize("scans", [1, 3, 7, 16, 41, 50, 83])
@pytest.mark.parametrize("affordable", [0, 12, 24, 40])
def test_blocks_give_the_whole_and_stay_affordable(monkeypatch, scans, affordable):
    field, read = torch.randn(2, 1, scans, 5), []
    monkeypatch.setattr(tiling, "budget", lambda device: 4 * 7 * field[:, 0, 0].numel() * affordable)

    def network(x):
        read.append(x.shape[2])
        return pooled_then_blurred(x)

    made = by_blocks(network, field, overlap=5, multiple=2, floats_per_pixel=7)
    torch.testing.assert_close(made, pooled_then_blurred(field))
    assert max(read) <= max(affordable + 2, 22)  # up to a cell more, or twice the overlap with the overlap on both sides
    assert len(read) == 1 or scans > affordable


def test_budget_is_bounded_and_follows_what_is_free(monkeypatch):
    monkeypatch.setattr(tiling, "_free_memory", lambda: 2**40)
    assert budget(torch.device("cpu")) == tiling.MOST_BYTES
    monkeypatch.setattr(tiling, "_free_memory", lambda: 2**30)
    assert budget(torch.device("cpu")) == 2**28
    monkeypatch.setattr(tiling, "_free_memory", lambda: 0)
    assert budget(torch.device("cpu")) == tiling.LEAST_BYTES
    monkeypatch.undo()
    assert tiling._free_memory() > 2**20


MEASURED = """
import sys, torch
from models import tiling
from models.channels import ChannelDescription
from models.retrievals.drain import Drain, DrainConfig

def kib(name):
    return next(int(line.split()[1]) for line in open("/proc/self/status") if line.startswith(name))

torch.set_num_threads(1)
tiling.budget = lambda device: int(sys.argv[1]) * 2**20
channel = ChannelDescription(89.0, 0.0, 1.0, 52.8, 7.2, 4.4)
drain = Drain(DrainConfig(("89V", "89H"), (channel, channel._replace(polarisation=0.0)), (16, 32))).eval()
tb = 220 + torch.rand(1, 2, 700, 221)
drain.predict(tb[:, :, :40])
open("/proc/self/clear_refs", "w").write("5")
start = kib("VmRSS")
made = drain.predict(tb)
print((kib("VmHWM") - start) / 1024 - made.quantiles.untyped_storage().nbytes() / 2**20)
"""


@pytest.mark.skipif(not Path("/proc/self/clear_refs").exists(), reason="only Linux tells a process's peak")
def test_a_long_swath_stays_within_the_budget():
    ran = [subprocess.run([sys.executable, "-c", MEASURED, mib], capture_output=True, text=True) for mib in ("100", "10000")]
    small, whole = (float(each.stdout) if each.returncode == 0 else pytest.fail(each.stderr) for each in ran)
    assert small < 1.3 * 100
    assert whole > 2 * small
