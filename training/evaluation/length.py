"""Balances pairs by which answer is longer, so that length alone says nothing about which was preferred."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import TypeVar

Item = TypeVar("Item")

# A pair of the rarer side may be shown so often; the commoner side loses the rest.
MOST_REPEATS = 3


def balance(items: Sequence[Item], longer_by: Sequence[int], randomness: random.Random) -> list[Item]:
    """As many items whose preferred answer is longer as shorter; those of equal length stay.

    `longer_by` says for each item by how many tokens the preferred answer is longer than the other.
    Without it a model trained on votes learns length and little else (measured: answers grew by 80 % in one round).
    """
    sides: dict[int, list[Item]] = {-1: [], 0: [], 1: []}
    for item, difference in zip(items, longer_by, strict=True):
        sides[(difference > 0) - (difference < 0)].append(item)
    rare, common = sorted((sides[-1], sides[1]), key=len)
    wanted = min(len(common), MOST_REPEATS * len(rare))
    balanced = [*sides[0], *randomness.sample(common, wanted)]
    if rare:
        balanced += [*rare * (wanted // len(rare)), *randomness.sample(rare, wanted % len(rare))]
    randomness.shuffle(balanced)
    return balanced
