"""A residual network's correction of a linear map: what CycleGANs and contrastive translation train."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from models.networks.layers import Norm
from models.networks.resnet import ResNet
from models.networks.windows import Windowed
from models.translators.corrected import Corrected

OVERLAP = 1 / 3
"""Share of a window that neighbouring ones see too, as DRAIN-DiT's do."""


@dataclass(frozen=True)
class CorrectedResNetConfig:
    """Channels in order and the size of the generator: see `ResNet`; `window` matters to instance norm only."""

    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    width: int
    reductions: int
    blocks: int
    norm: Norm
    window: int
    """Pixels a side of what is normalised together: a training patch."""


class CorrectedResNet(Corrected):
    """A linear map, possibly none, and a residual network."""

    kind: ClassVar[str] = "corrected_resnet"
    config_class: ClassVar[type] = CorrectedResNetConfig

    def __init__(self, config: CorrectedResNetConfig) -> None:
        network: ResNet | Windowed = ResNet(
            len(config.inputs), len(config.outputs), config.width, config.reductions, config.blocks, config.norm
        )
        if config.norm == "instance":
            network = Windowed(network, config.window, round(OVERLAP * config.window))
        super().__init__(config.inputs, config.outputs, network, network.receptive_radius, network.multiple)
        self.config = config
