"""The last so many fakes: a judge that sees old ones too cannot be led in circles (Shrivastava et al. 2017)."""

from __future__ import annotations

import torch
from torch import Tensor, nn


class Pool(nn.Module):
    """Keeps `size` fakes of one shape (channel, scan, pixel); of none it gives back what it is given."""

    kept: Tensor
    """(size, channel, scan, pixel) in K, of which the first `filled` are there."""

    def __init__(self, size: int, fake: tuple[int, ...]) -> None:
        super().__init__()
        self.filled = 0
        self.register_buffer("kept", torch.zeros(size, *fake))

    def exchange(self, fakes: Tensor) -> Tensor:
        """As many fakes as given; half of them are older ones, for which the new ones stay here."""
        return torch.stack([self._one(fake) for fake in fakes]) if len(self.kept) else fakes

    def _one(self, fake: Tensor) -> Tensor:
        size = len(self.kept)
        if self.filled < size:
            self.kept[self.filled] = fake
            self.filled += 1
            return fake
        place = int(torch.randint(2 * size, ()))
        if place >= size:
            return fake
        old = self.kept[place].clone()
        self.kept[place] = fake
        return old

    def get_extra_state(self) -> Tensor:
        """`filled`, in the state; a number on the device would be waited for."""
        return torch.tensor(self.filled)

    def set_extra_state(self, state: Tensor) -> None:
        """See `get_extra_state`."""
        self.filled = int(state)
