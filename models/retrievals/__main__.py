"""Train a retrieval where only torch, numpy, scipy and safetensors are: `python -m models.retrievals PACK OUT --method drain`."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping
from pathlib import Path

from models import checkpoint
from models.accelerator import Accelerator
from models.errors import ModelsError
from models.packs import Pack
from models.retrievals import RETRIEVALS
from models.retrievals.base import RetrievalData
from models.training import Run


def main() -> None:
    """Train, and write a checkpoint that `models.checkpoint.load` and the platform open."""
    asked = _arguments()
    accelerator = Accelerator(asked.device, "bfloat16" if asked.device.startswith("cuda") else "float32")
    row = RETRIEVALS[asked.method]
    try:
        data = RetrievalData.of(Pack.open(asked.pack))
        model = row.fit(data, row.recipes[asked.size], Run(asked.seed, accelerator, _told))
        checkpoint.save(model.cpu(), asked.out)
    except ModelsError as error:
        sys.exit(str(error))
    print(f"{asked.method}, p* {model.wet_probability:.3f}, in {asked.out}")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser("python -m models.retrievals", description=__doc__)
    parser.add_argument("pack", type=Path, help="labelled pack, drain_training_set/all/patches of a home")
    parser.add_argument("out", type=Path, help="folder of the checkpoint")
    parser.add_argument("--method", choices=RETRIEVALS, default="drain")
    parser.add_argument("--size", choices=RETRIEVALS["drain"].recipes, default="demo")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--device", default="cpu", help="as torch names it: cpu, cuda, cuda:1")
    return parser.parse_args()


def _told(step: int, metrics: Mapping[str, float]) -> None:
    print(step, *(f"{name} {value:.4g}" for name, value in metrics.items()), flush=True)


if __name__ == "__main__":
    main()
