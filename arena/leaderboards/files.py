"""The board as a file: its standings in every format, and in JSON the counts that all of it follows from."""

from __future__ import annotations

import json
from dataclasses import asdict

import pyarrow as pa

from arena.datasets.tables import as_bytes
from arena.ranking.board import Board

STANDINGS_SCHEMA = pa.schema(
    [
        ("model", pa.string()),
        ("rank", pa.int64()),
        ("rating", pa.float64()),
        ("lower", pa.float64()),
        ("upper", pa.float64()),
        ("rank_lower", pa.int64()),
        ("rank_upper", pa.int64()),
        ("p_first", pa.float64()),
        ("votes", pa.int64()),
        ("wins", pa.int64()),
        ("losses", pa.int64()),
        ("ties", pa.int64()),
        ("both_bad", pa.int64()),
        ("reason", pa.string()),
        ("missing", pa.int64()),
    ]
)


def board_file(board: Board, format: str) -> bytes:  # noqa: A002  (the word people use)
    """The board in one of the formats of `arena.datasets.tables`."""
    standings = [asdict(row) for row in board.rows]
    if format != "json":
        return as_bytes(standings, STANDINGS_SCHEMA, format)
    whole = {
        "hash": board.hash,
        "votes": board.counts.total(),
        "warnings": board.warnings,
        "standings": standings,
        # Outcomes by display order: `model_a` was shown on side A.
        "counts": [pair._asdict() for pair in board.counts.outcomes()],
    }
    return json.dumps(whole, ensure_ascii=False, indent=1).encode()
