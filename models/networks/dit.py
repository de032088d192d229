"""A plain vision transformer (Dosovitskiy et al. 2021) from window to window: every pixel of a window may see every other."""

from __future__ import annotations

import torch
from einops import rearrange
from torch import Tensor, nn
from torch.nn import functional


class Layer(nn.Module):
    """Attention and a perceptron of four times the width, each on normalised tokens and added to them (pre-LayerNorm)."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.before_attention, self.before_perceptron = nn.LayerNorm(width), nn.LayerNorm(width)
        self.query_key_value, self.join = nn.Linear(width, 3 * width), nn.Linear(width, width)
        self.perceptron = nn.Sequential(nn.Linear(width, 4 * width), nn.GELU(approximate="tanh"), nn.Linear(4 * width, width))

    def forward(self, tokens: Tensor) -> Tensor:
        """(window, token, width) to the same."""
        raw = self.query_key_value(self.before_attention(tokens))
        query, key, value = rearrange(raw, "w t (three h d) -> three w h t d", three=3, h=self.heads)
        seen = functional.scaled_dot_product_attention(query, key, value)
        tokens = tokens + self.join(rearrange(seen, "w h t d -> w t (h d)"))
        return tokens + self.perceptron(self.before_perceptron(tokens))


class WindowTransformer(nn.Module):
    """(window, channel, size, size) to (window, size, size), one value a pixel; zero everywhere before training.

    Tokens are squares of `patch` pixels with fixed positions in two dimensions; there is nothing else that tells windows apart.
    """

    places: Tensor

    def __init__(self, channels: int, size: int, patch: int, depth: int, width: int, heads: int) -> None:
        super().__init__()
        self.patch, self.side = patch, size // patch
        self.enter = nn.Linear(channels * patch**2, width)
        self.register_buffer("places", sine_cosine_positions(self.side, width), persistent=False)
        self.layers = nn.Sequential(*(Layer(width, heads) for _ in range(depth)), nn.LayerNorm(width))
        self.leave = nn.Linear(width, patch**2)
        nn.init.zeros_(self.leave.weight)
        nn.init.zeros_(self.leave.bias)

    def forward(self, x: Tensor) -> Tensor:
        """Values of the pixels of windows."""
        squares = rearrange(x, "w c (a p) (b q) -> w (a b) (c p q)", p=self.patch, q=self.patch)
        values = self.leave(self.layers(self.enter(squares) + self.places))
        return rearrange(values, "w (a b) (p q) -> w (a p) (b q)", a=self.side, p=self.patch)


def sine_cosine_positions(side: int, width: int) -> Tensor:
    """(side * side, width): a quarter each of sines and cosines of row and column, wavelengths from 2 pi to 10,000 times that.

    As Vaswani et al. 2017 have it for one dimension; `width` is a multiple of four.
    """
    rates = 10_000.0 ** -(torch.arange(width // 4) / (width / 4))
    angles = torch.arange(side)[:, None] * rates
    waves = torch.cat([angles.sin(), angles.cos()], dim=1)
    rows, columns = waves[:, None].expand(-1, side, -1), waves[None].expand(side, -1, -1)
    return torch.cat([rows, columns], dim=-1).flatten(0, 1)
