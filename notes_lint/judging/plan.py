"""The plan of a fine-tuning run; apart from ``finetuning``, so that it can be read without torch."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass
class Plan:
    """What a run does; kept in its checkpoint.

    ``pieces`` is the size of a batch, padding included; ``layers`` keeps the first so many of the base's layers (0
    for all); ``vocabulary`` is how many of the base's commonest pieces are kept beside those of the corpus.
    """

    base: str = "minilm"
    seed: int = 0
    epochs: int = 5
    rate: float = 1e-4
    head_rate: float = 1e-3
    pieces: int = 1536
    layers: int = 0
    vocabulary: int = 12_000
    average: float = 0.998
    dropout: float = 0.1


HELD_OUT = ("r03", "w12", "w28", "w44", "w47", "w57", "w62")
"""Authors of data/train that the encoder never sees, of several settings and of ordinary records."""
