"""The manifest of an exported data set: what lies beside the data, so that it can be told what it was made from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Manifest:
    """What a data set holds and what it was made from. `votes` are those in `train`, or all of the format "votes"."""

    format: str
    pairs: int
    votes: list[int]
    test_votes: list[int]
    counts: dict[str, int]
    left_out: dict[str, int]
    # SHA-256 (hex) over the rows as JSON Lines, split by split: the same votes give the same hash.
    hash: str
    parameters: dict[str, Any]
    code_version: str
