"""Batches of token ids: rows that learn only from part of themselves, and windows of packed running text."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import torch

# What cross-entropy leaves out.
IGNORED = -100


@dataclass(frozen=True)
class Row:
    """Token ids and, for each, whether it is to be learnt."""

    ids: list[int]
    learnt: list[bool]


@dataclass(frozen=True)
class Batch:
    """`ids` of shape (rows, length) and `labels`, the same shifted by one, IGNORED where nothing is learnt."""

    ids: torch.Tensor
    labels: torch.Tensor


def pack(documents: Sequence[list[int]], *, width: int, tokens: int) -> list[Batch]:
    """All documents end to end, cut into windows of `width`, as batches of about `tokens`; the rest is dropped."""
    flow = [token for document in documents for token in document]
    windows = [Row(piece, [True] * len(piece)) for start in range(0, len(flow) - width, width)
               if (piece := flow[start : start + width + 1])]  # fmt: skip
    return [collate(windows[start : start + tokens // width], 0) for start in range(0, len(windows), tokens // width)]


def bucket(rows: Sequence[Row], *, tokens: int, padding: int, randomness: random.Random) -> list[Batch]:
    """Rows of like length together, each batch at most about `tokens` with its padding, in random order.

    One row holds one conversation. Packing several into a window was measured: at this size the model then looks
    for its answer in the neighbours' questions and learns the right one several times more slowly.
    """
    ordered = sorted(rows, key=lambda row: (len(row.ids), randomness.random()))
    batches, current = [], list[Row]()
    for row in ordered:
        if current and len(row.ids) * (len(current) + 1) > tokens:
            batches.append(collate(current, padding))
            current = []
        current.append(row)
    if current:
        batches.append(collate(current, padding))
    randomness.shuffle(batches)
    return batches


def collate(rows: Sequence[Row], padding: int) -> Batch:
    """Rows side by side, padded at their ends."""
    import torch

    width = max(len(row.ids) for row in rows)
    ids = torch.full((len(rows), width), padding)
    labels = torch.full((len(rows), width), IGNORED)
    for place, row in enumerate(rows):
        values = torch.tensor(row.ids)
        ids[place, : len(values)] = values
        labels[place, : len(values)] = torch.where(torch.tensor(row.learnt), values, IGNORED)
    return Batch(ids[:, :-1], labels[:, 1:])
