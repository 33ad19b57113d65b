"""A board as a file: its models in every format, and in JSON all that is known of it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

import pyarrow as pa

from arena.datasets.tables import as_bytes
from arena.models import Leaderboard, Standing
from arena.ranking.board import Board

# Votes may be parts of votes in counts from elsewhere.
COLUMNS = {
    "model": pa.string(),
    "rank": pa.int64(),
    "rank_lower": pa.int64(),
    "rank_upper": pa.int64(),
    "p_first": pa.float64(),
    "rating": pa.float64(),
    "lower": pa.float64(),
    "upper": pa.float64(),
    "elo": pa.float64(),
    "votes": None,
    "wins": None,
    "losses": None,
    "ties": None,
    "both_bad": None,
    "reason": pa.string(),
    "missing": pa.int64(),
}


def board_schema(*, whole: bool = True) -> pa.Schema:
    """`whole`: numbers of votes are whole."""
    return pa.schema([(name, kind or (pa.int64() if whole else pa.float64())) for name, kind in COLUMNS.items()])


# How many votes a model still needed is no part of what was published.
PUBLISHED_SCHEMA = pa.schema([column for column in board_schema() if column.name != "missing"])


def board_file(board: Board, format: str, facts: Mapping[str, Any] | None = None) -> bytes:  # noqa: A002
    """The board in one of the formats of `arena.datasets.tables`; JSON begins with `facts`, and has the counts."""
    return _as_bytes(board_models(board), _schema_of(board), {**(facts or {}), **board_content(board)}, format)


def boards_file(board: Board, slices: Mapping[str, Board], by: str, format: str) -> bytes:  # noqa: A002
    """A board and its slices; in a table the first column names the slice, "" for the whole."""
    if format == "json":
        content = {"by": by, "boards": {value: board_content(one) for value, one in slices.items()}}
        return board_file(board, format, content)
    schema = pa.schema([(by, pa.string()), *_schema_of(board)])
    rows = [{by: value, **model} for value, one in {"": board, **slices}.items() for model in board_models(one)]
    return as_bytes(rows, schema, format)


def board_content(board: Board) -> dict[str, Any]:
    """All that is known of a board, for JSON."""
    return {
        "method": board.method,
        "intervals": board.intervals,
        "votes": board.counts.total(),
        "hash": board.hash,
        "warnings": list(board.warnings),
        "parameters": board.parameters,
        "models": board_models(board),
        # Outcomes by display order: `model_a` was shown on side A.
        "counts": [pair._asdict() for pair in board.counts.outcomes()],
    }


def board_models(board: Board) -> list[dict[str, Any]]:
    schema = _schema_of(board)
    return [_row({**asdict(row), "elo": board.elo.get(row.model)}, schema) for row in board.rows]


def _schema_of(board: Board) -> pa.Schema:
    return board_schema(whole=board.counts.a.dtype.kind == "i")


def published_file(published: Leaderboard, format: str) -> bytes:  # noqa: A002
    """The same of a published board, which keeps no counts: their hash tells whether votes at hand are its votes."""
    models = [
        _row({**vars(standing), "model": standing.model.name}, PUBLISHED_SCHEMA)
        for standing in Standing.objects.filter(leaderboard=published).select_related("model")
    ]
    content = {
        "board": published.board,
        "number": published.number,
        "published_at": published.published_at.isoformat(),
        "simulated": published.simulated,
        "excluded": published.excluded,
        "method": published.method,
        "intervals": published.intervals,
        "votes": published.votes,
        "voters": published.voters,
        "hash": published.hash,
        "code_version": published.code_version,
        "warnings": published.warnings,
        "agreement": published.agreement,
        "models": models,
    }
    return _as_bytes(models, PUBLISHED_SCHEMA, content, format)


def _as_bytes(models: Sequence[dict[str, Any]], schema: pa.Schema, content: dict[str, Any], format: str) -> bytes:  # noqa: A002
    if format == "json":
        return json.dumps(content, ensure_ascii=False, indent=1).encode()
    return as_bytes(models, schema, format)


def _row(values: Mapping[str, Any], schema: pa.Schema) -> dict[str, Any]:
    return {name: values[name] for name in schema.names}
