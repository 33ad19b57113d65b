"""The schemas in which votes are exported, by name."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Protocol

import pyarrow as pa

from arena.datasets.batches import Batch
from arena.datasets.foreign import (
    ARENA140K_SCHEMA,
    EBALUATOIA_SCHEMA,
    LMSYS_SCHEMA,
    arena140k_table,
    ebaluatoia_table,
    in_sessions,
    lmsys_table,
)
from arena.datasets.votes import CONVERSATION_SCHEMA, VOTE_SCHEMA, vote_table


class MakeTable(Protocol):
    def __call__(self, batch: Batch, *, conversations: bool) -> pa.Table: ...


@dataclass(frozen=True)
class VoteSchema:
    """`like` is the data set whose columns it has; `plain` and `full` are the columns without and with texts."""

    name: str
    like: str
    plain: pa.Schema
    full: pa.Schema
    table: MakeTable
    # What has to be done in the order of the votes.
    in_order: Callable[[Iterator[pa.Table]], Iterator[pa.Table]] = iter

    def columns(self, *, conversations: bool) -> pa.Schema:
        return self.full if conversations else self.plain


OURS = "harea"
SCHEMAS = {
    schema.name: schema
    for schema in (
        VoteSchema(OURS, "", VOTE_SCHEMA, CONVERSATION_SCHEMA, vote_table),
        VoteSchema("lmsys", "lmsys/chatbot_arena_conversations", LMSYS_SCHEMA, LMSYS_SCHEMA, lmsys_table),
        VoteSchema(
            "arena140k",
            "lmarena-ai/arena-human-preference-140k",
            ARENA140K_SCHEMA,
            ARENA140K_SCHEMA,
            arena140k_table,
            in_sessions,
        ),
        VoteSchema("ebaluatoia", "HiTZ/ebaluatoia", EBALUATOIA_SCHEMA, EBALUATOIA_SCHEMA, ebaluatoia_table),
    )
}
