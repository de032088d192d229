"""Errors a person can act on: what, which value, what was allowed, what to do."""

from __future__ import annotations


class ModelsError(Exception):
    """Base of every error that this package raises on purpose."""


class PackError(ModelsError):
    """A patch pack or pair table that cannot be read, contradicts itself, or lacks what was asked of it."""


class CheckpointError(ModelsError):
    """A folder that is not a checkpoint of this package, or weights that do not fit their configuration."""


class ChannelError(ModelsError):
    """Channels that a model needs and the data do not have, or the other way round."""


class TrainingError(ModelsError):
    """A training run that cannot start or has lost its footing (a loss that is not finite)."""
