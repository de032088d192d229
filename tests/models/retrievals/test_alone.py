"""Training and inference where the platform and its libraries are absent, as on a GPU machine."""

import json
import subprocess
import sys
from pathlib import Path

ABSENT = ("dagster", "mlflow", "pydantic", "xarray", "zarr", "dask", "gpm_assets")
ALONE = f"""
import sys
sys.modules.update(dict.fromkeys({ABSENT!r}))  # None there: not to be found
from dataclasses import replace
import torch
from models import checkpoint
from models.retrievals import RETRIEVALS, __main__, drain
recipe = drain.SIZES["demo"]
schedule = replace(recipe.fitting.schedule, steps=4, batch=4, report_every=2)
drain.SIZES["demo"] = replace(recipe, widths=(4, 8), fitting=replace(recipe.fitting, schedule=schedule, pixels=256))
sys.argv = ["train", sys.argv[1], sys.argv[2], "--seed", "3"]
__main__.main()
rain = checkpoint.load(sys.argv[2]).predict(torch.full((1, 4, 40, 50), 240.0))
print(rain.mean.shape, rain.exceedance(0.1).isfinite().all().item())
"""


def test_trains_and_infers_without_the_platform(gmi_pack, described, tmp_path):
    folder = tmp_path / "pack"
    folder.mkdir()
    for file in gmi_pack.folder.iterdir():
        (folder / file.name).write_bytes(file.read_bytes())
    info = json.loads((folder / "pack.json").read_text())
    info["notes"]["descriptions"] = described
    (folder / "pack.json").write_text(json.dumps(info))
    done = subprocess.run(
        [sys.executable, "-c", ALONE, str(folder), str(tmp_path / "made")],
        cwd=Path(__file__).parents[3], capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    *curve, last, inferred = done.stdout.splitlines()
    assert [line.split()[0] for line in curve] == ["2", "4"]
    assert last.startswith("drain, p* 0.")
    assert inferred == "torch.Size([1, 40, 50]) True"
