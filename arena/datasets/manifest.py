"""Manifests of exported data sets: what lies beside the data, so that it can be told what it was made from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Manifest:
    """What a data set to train on holds. `votes` are those in `train`, or all of the format "votes"."""

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


@dataclass(frozen=True)
class VoteManifest:
    """What a file of votes holds.

    `hash` is that of the board of these votes alone; `site_hash` that of the site's board, which also counts the votes
    of those who did not agree to publication. Where everybody agreed, they are the same.
    """

    schema: str
    # The data set whose columns it has; "" for our own.
    like: str
    # "" where the card describes what is downloaded in any format.
    file: str
    board: str
    simulated: bool
    conversations: bool
    votes: int
    voters: int
    outcomes: dict[str, int]
    languages: dict[str, int]
    columns: dict[str, str]
    # ISO 8601, of the first and the last vote; "" without any.
    first: str
    last: str
    hash: str
    site_votes: int
    site_hash: str
    licence: str
    code_version: str
