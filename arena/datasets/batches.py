"""Votes read a batch at a time, as columns: however many there are, memory holds a few batches.

One query reads a batch, a row for every turn with both of its answers. Nothing is kept open between batches, so that a
slow reader holds no lock and no transaction.
"""

from __future__ import annotations

import hashlib
import hmac
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from threading import Barrier
from typing import Any, TypeVar

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from django.conf import settings
from django.db import connection
from django.db.models import F, FilteredRelation, Q, TextField
from django.db.models.functions import Cast

from arena.models import Answer, Consent
from arena.models.battles import Side, VoteQuerySet
from serving.models import LanguageModel

VOTES_AT_ONCE = 2_000
# Five long turns on both sides are some 50 kB.
CONVERSATIONS_AT_ONCE = 200
# The database reads outside of Python's lock, so two readers keep one writer busy.
READERS = 2
# Of an index that a reader remembers.
PAGES_KIB = 4 << 10
# Pseudonyms that are remembered: most batches hold the same people.
PSEUDONYMS_KEPT = 1 << 16

Made = TypeVar("Made")

_UUID = r"^(.{8})(.{4})(.{4})(.{4})(.{12})$"


def _text(path: str) -> Cast:
    """As the database keeps it: a million UUIDs, moments or parsed objects would take Python seconds."""
    return Cast(path, TextField())


# Path from the vote, type.
_VOTE = {
    "vote": ("pk", pa.int64()),
    "battle": (_text("battle_id"), pa.string()),
    "voter": (_text("participant_id"), pa.string()),
    "timestamp": (_text("created_at"), pa.string()),
    "outcome": ("outcome", pa.string()),
    "content": ("content", pa.string()),
    "quality": ("quality", pa.string()),
    "dwell_ms": ("dwell_ms", pa.int64()),
    "model_a": ("model_a_id", pa.int64()),
    "model_b": ("model_b_id", pa.int64()),
    "language": ("language", pa.string()),
    "variety": ("variety", pa.string()),
    "category": ("category", pa.string()),
    "pair_probability": ("pair_probability", pa.float64()),
    "repeat": (_text("repeat"), pa.string()),
    "population": ("population", pa.string()),
    "redrawn": (_text("battle__redrawn"), pa.string()),
    "interface_language": ("battle__interface_language", pa.string()),
    "consent_version": ("battle__consent__version", pa.string()),
}
_ANSWER = {
    "revision": ("revision", pa.string()),
    "decoding": ("decoding", pa.string()),
    "first_token_ms": ("first_token_ms", pa.int64()),
    "tokens": ("tokens", pa.int64()),
    "detected_language": ("detected_language", pa.string()),
    "text": ("text", pa.string()),
}


@dataclass(frozen=True)
class Extent:
    """Which votes there are: their number, and the ends of the ranges of numbers that make a batch each.

    `secret` is the key of the voters' pseudonyms: the same for the same votes, another for any other export. So one
    export tells which votes are one person's, and no two exports can be joined on it.
    """

    votes: int
    ends: tuple[int, ...]
    secret: bytes


@dataclass(frozen=True)
class Batch:
    """Some votes and their turns, both in order.

    `votes` has the columns of `_VOTE`, with models by name, voters by pseudonym and moments in UTC. `turns` has
    `number`, every column of `_ANSWER` for each side, and `question` where texts were asked for. The turns of the i-th
    vote are those from `first[i]` up to and with `last[i]`.
    """

    votes: pa.Table
    turns: pa.Table
    first: pa.Array
    last: pa.Array

    def opening(self, column: str) -> pa.Array:
        """The column of `turns` at every vote's first turn."""
        return self.turns[column].take(self.first).combine_chunks()

    def closing(self, column: str) -> pa.Array:
        """The column of `turns` at every vote's last turn."""
        return self.turns[column].take(self.last).combine_chunks()


def extent_of(votes: VoteQuerySet, *, conversations: bool) -> Extent:
    """Read the numbers of `votes`, of which the publishable are a part."""
    size = CONVERSATIONS_AT_ONCE if conversations else VOTES_AT_ONCE
    number, ends, seen = 0, [0], hashlib.sha256()
    numbers = votes.order_by("pk").values_list("pk", flat=True)
    while chunk := list(numbers.filter(pk__gt=ends[-1])[: 20 * size]):
        number += len(chunk)
        ends += [*chunk[size - 1 : -1 : size], chunk[-1]]
        seen.update(np.array(chunk, dtype="<i8").tobytes())
    consents = Consent.objects.filter(publish=True, withdrawn_at=None).order_by("pk").values_list("pk", flat=True)
    for consent in consents.iterator():
        seen.update(consent.to_bytes(8, "little"))
    return Extent(number, tuple(ends[1:]), hmac.digest(settings.SECRET_KEY.encode(), seen.digest(), "sha256"))


def read_batches(
    votes: VoteQuerySet, extent: Extent, make: Callable[[Batch], Made], *, conversations: bool
) -> Iterator[Made]:
    """What `make` makes of every batch of `votes`, in order."""
    names = dict(LanguageModel.objects.values_list("pk", "name"))
    pseudonyms = _pseudonyms(extent.secret)
    ranges = list(pairwise((0, *extent.ends)))

    def read(after: int, until: int) -> Made | None:
        rows = _rows(votes.filter(pk__gt=after, pk__lte=until), conversations=conversations)
        return make(_batch(rows, names, pseudonyms)) if rows.num_rows else None

    found = _ahead(read, ranges) if len(ranges) > 1 else (read(*one) for one in ranges)
    yield from (made for made in found if made is not None)


def _ahead(read: Callable[[int, int], Made], ranges: Sequence[tuple[int, int]]) -> Iterator[Made]:
    """The same by threads, each with a connection of its own, no further ahead than there are readers."""
    everybody = Barrier(READERS)

    def close() -> None:
        # Nobody closes two connections, so nobody keeps one.
        everybody.wait()
        connection.close()

    with ThreadPoolExecutor(READERS, "reads votes", initializer=_remember_pages) as pool:
        under_way: deque[Future[Made]] = deque()
        try:
            for after, until in ranges:
                under_way.append(pool.submit(read, after, until))
                if len(under_way) > READERS:
                    yield under_way.popleft().result()
            while under_way:
                yield under_way.popleft().result()
        finally:
            for _reader in range(READERS):
                pool.submit(close)


def _remember_pages() -> None:
    """Battles have random keys: SQLite would read the pages of their index again and again."""
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute(f"PRAGMA cache_size = -{PAGES_KIB}")


def _rows(votes: VoteQuerySet, *, conversations: bool) -> pa.Table:
    """One row a turn, in order, with the columns of its vote and of both its answers."""
    answers = "battle__turns__answers"
    on_sides = {
        f"on_{side}": FilteredRelation(
            answers, condition=Q(**{f"{answers}__side": side, f"{answers}__state": Answer.State.COMPLETE})
        )
        for side in Side.values
    }
    columns: dict[str, tuple[Any, pa.DataType]] = {**_VOTE, "number": ("battle__turns__number", pa.int64())}
    for side in Side.values:
        for name, (field, kind) in _ANSWER.items():
            path = f"on_{side}__{field}"
            columns[f"{name}_{side}"] = (_text(path) if name == "decoding" else F(path), kind)
    if conversations:
        columns["question"] = ("battle__turns__text", pa.string())
    found = list(votes.annotate(**on_sides).order_by("pk").values_list(*(path for path, _kind in columns.values())))
    values = zip(*found, strict=True) if found else [()] * len(columns)
    arrays = [pa.array(column, kind) for column, (_path, kind) in zip(values, columns.values(), strict=True)]
    table = pa.table(arrays, names=list(columns))
    order = np.lexsort((table["number"].to_numpy(), table["vote"].to_numpy()))
    return table if (np.diff(order) == 1).all() else table.take(order)


def _pseudonyms(secret: bytes) -> Callable[[str], str]:
    @lru_cache(PSEUDONYMS_KEPT)
    def pseudonym(participant: str) -> str:
        return hmac.digest(secret, bytes.fromhex(participant.replace("-", "")), "sha256").hex()[:16]

    return pseudonym


def _batch(rows: pa.Table, names: dict[int, str], pseudonym: Callable[[str], str]) -> Batch:
    numbers = rows["vote"].to_numpy()
    first = np.flatnonzero(np.diff(numbers, prepend=-1))
    votes = rows.select(list(_VOTE)).take(first)
    changed = {
        "battle": _spelt(votes["battle"]),
        "voter": mapped(votes["voter"], pseudonym),
        "timestamp": _moments(votes["timestamp"]),
        "model_a": mapped(votes["model_a"], names.__getitem__),
        "model_b": mapped(votes["model_b"], names.__getitem__),
        "repeat": _flags(votes["repeat"]),
        "redrawn": _flags(votes["redrawn"]),
    }
    for name, column in changed.items():
        votes = votes.set_column(votes.schema.get_field_index(name), name, column)
    last = np.append(first[1:], len(numbers)) - 1
    return Batch(votes, rows.drop_columns(list(_VOTE)), pa.array(first), pa.array(last))


def _spelt(uuids: pa.ChunkedArray) -> pa.ChunkedArray:
    """With hyphens, which SQLite leaves out."""
    return pc.replace_substring_regex(pc.replace_substring(uuids, "-", ""), _UUID, r"\1-\2-\3-\4-\5")


def _flags(texts: pa.ChunkedArray) -> pa.ChunkedArray:
    """SQLite writes 1, PostgreSQL true."""
    return pc.is_in(texts, value_set=pa.array(["1", "true"]))


def _moments(texts: pa.ChunkedArray) -> pa.ChunkedArray:
    """Both databases are kept in UTC; PostgreSQL says so."""
    return pc.assume_timezone(pc.replace_substring(texts, "+00", "").cast(pa.timestamp("us")), "UTC")


def mapped(column: pa.ChunkedArray | pa.Array, function: Callable[[Any], str]) -> pa.Array:
    """`function` of every value that is not null, called once for each different one."""
    whole = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
    encoded = whole.dictionary_encode()
    return pa.array([function(value) for value in encoded.dictionary.to_pylist()], pa.string()).take(encoded.indices)
