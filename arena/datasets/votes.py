"""Votes as a data set: one row a vote, with all that cannot be recovered later and nobody's identity."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from arena.datasets.batches import Batch, extent_of, mapped, read_batches
from arena.datasets.language import primary
from arena.datasets.looks import looks
from arena.models import Answer, Turn, Vote
from arena.models.battles import Outcome, Population, Side, VoteQuerySet

MESSAGES = pa.list_(pa.struct([("role", pa.string()), ("content", pa.string())]))

# As in lmarena-ai/arena-human-preference-140k, so that its readers read these votes.
WINNERS: dict[str, str] = {
    Outcome.A: "model_a",
    Outcome.B: "model_b",
    Outcome.TIE: "tie",
    Outcome.BOTH_BAD: "both_bad",
}

_SIDE_COLUMNS = {
    "revision": pa.string(),
    "decoding": pa.string(),
    "first_token_ms": pa.int64(),
    "tokens": pa.int64(),
    "characters": pa.int64(),
    "headers": pa.int64(),
    "lists": pa.int64(),
    "bold": pa.int64(),
    "detected_language": pa.string(),
    "wrong_language": pa.bool_(),
    "tags": pa.list_(pa.string()),
}
VOTE_SCHEMA = pa.schema(
    [
        ("id", pa.string()),
        ("vote", pa.int64()),
        ("timestamp", pa.string()),
        ("model_a", pa.string()),
        ("model_b", pa.string()),
        ("winner", pa.string()),
        ("winner_content", pa.string()),
        ("winner_quality", pa.string()),
        ("pair_probability", pa.float64()),
        ("redrawn", pa.bool_()),
        ("repeat", pa.bool_()),
        ("turns", pa.int64()),
        ("language", pa.string()),
        ("variety", pa.string()),
        ("interface_language", pa.string()),
        ("category", pa.string()),
        *((f"{name}_{side}", kind) for name, kind in _SIDE_COLUMNS.items() for side in "ab"),
        ("dwell_ms", pa.int64()),
        ("consent_version", pa.string()),
        ("voter", pa.string()),
        ("population", pa.string()),
        ("simulated", pa.bool_()),
    ]
)
CONVERSATION_SCHEMA = pa.schema(
    [
        *VOTE_SCHEMA,
        *(pa.field(f"comment_{side}", pa.string()) for side in "ab"),
        *(pa.field(f"conversation_{side}", MESSAGES) for side in "ab"),
    ]
)


def publishable(votes: VoteQuerySet) -> VoteQuerySet:
    """Those whose owners agreed to publication and have not withdrawn."""
    return votes.filter(battle__consent__publish=True, battle__consent__withdrawn_at=None)


def publishable_votes(*, simulated: bool = False) -> VoteQuerySet:
    """Counted votes whose owners agreed to publication and have not withdrawn."""
    return publishable(Vote.objects.counted(simulated=simulated))


def vote_table(batch: Batch, *, conversations: bool) -> pa.Table:
    """A row a vote. Texts come only with `conversations`: nobody has read them for personal data yet."""
    votes = batch.votes
    winners = {axis: coded(votes[axis], WINNERS) for axis in ("outcome", "content", "quality")}
    columns = {
        "id": votes["battle"],
        "winner": winners["outcome"],
        "winner_content": winners["content"],
        "winner_quality": winners["quality"],
        "turns": pc.add(pc.subtract(batch.last, batch.first), 1),
        "simulated": pc.equal(votes["population"], Population.SIMULATED),
    }
    for side in Side.values:
        columns |= {f"{name}_{side}": column for name, column in _side(batch, side).items()}
        if conversations:
            columns[f"comment_{side}"] = batch.closing(f"comment_{side}")
            columns[f"conversation_{side}"] = messages(batch, side)
    schema = CONVERSATION_SCHEMA if conversations else VOTE_SCHEMA
    return pa.table(
        [columns.get(name, votes[name] if name in votes.schema.names else None) for name in schema.names], schema
    )


def _side(batch: Batch, side: str) -> dict[str, Any]:
    """How one side answered: its first token is that of the first turn, all else that of the last answer."""
    language = batch.closing(f"detected_language_{side}")
    differs = pc.not_equal(mapped(language, primary), mapped(batch.votes["language"], primary))
    return {
        "revision": batch.closing(f"revision_{side}"),
        "decoding": mapped(batch.closing(f"decoding_{side}"), _in_order),
        "first_token_ms": batch.opening(f"first_token_ms_{side}"),
        "tokens": batch.closing(f"tokens_{side}"),
        "detected_language": language,
        # What could not be told is unknown, not right.
        "wrong_language": pc.if_else(pc.equal(language, ""), None, differs),
        "tags": mapped(batch.closing(f"tags_{side}"), json.loads, pa.list_(pa.string())),
        **looks(batch.closing(f"text_{side}")),
    }


def messages(batch: Batch, side: str) -> pa.Array:
    """What one side and the participant said to each other, as chat messages."""
    turns = batch.turns.num_rows
    said = pa.chunked_array([*batch.turns["question"].chunks, *batch.turns[f"text_{side}"].chunks])
    order = np.arange(2 * turns).reshape(2, turns).T.ravel()
    roles = pa.array(["user", "assistant"]).take(pa.array(np.arange(2 * turns) % 2))
    one_by_one = pa.StructArray.from_arrays([roles, said.take(order).combine_chunks()], ["role", "content"])
    return pa.ListArray.from_arrays(turn_offsets(batch, each=2), one_by_one)


def turn_offsets(batch: Batch, *, each: int = 1) -> pa.Array:
    """Where every vote's turns begin in the list of all turns, and where the last one's end, `each` items a turn."""
    return pa.array(each * np.append(batch.first.to_numpy(), batch.turns.num_rows), pa.int32())


def coded(column: pa.ChunkedArray, labels: Mapping[str, str]) -> pa.Array:
    """The label of every value; null for a value without one."""
    return pa.array(labels.values()).take(pc.index_in(column, pa.array(labels.keys())).combine_chunks())


def _in_order(decoding: str) -> str:
    return json.dumps(json.loads(decoding), sort_keys=True)


def vote_rows(votes: VoteQuerySet, *, conversations: bool) -> list[dict[str, Any]]:
    """The same as rows, all at once: for the few votes of a training set or a test."""
    found = read_batches(votes, extent_of(votes, conversations=conversations), conversations=conversations)
    return [row for batch in found for row in vote_table(batch, conversations=conversations).to_pylist()]


def answer_of(turn: Turn, side: str) -> Answer:
    """The one complete answer; a voted battle has it on both sides of every turn."""
    return next(a for a in turn.answers.all() if a.side == side and a.state == Answer.State.COMPLETE)
