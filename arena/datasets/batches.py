"""Votes read a batch at a time, as columns: however many there are, memory holds a few batches.

One query reads a batch, a row for every turn with both of its answers. The database itself turns the rows into columns,
each a list in JSON, and Arrow reads those: no value becomes an object of Python, and both work while other threads do.
Nothing is kept open between batches, so that a slow reader holds no lock and no transaction.
"""

from __future__ import annotations

import hashlib
import hmac
from bisect import bisect_right
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.json
from django.conf import settings
from django.db import connection
from django.db.models import Aggregate, FilteredRelation, Func, Q, TextField
from django.db.models.functions import Cast

from arena.models import Answer, Consent
from arena.models.battles import Side, VoteQuerySet
from serving.models import LanguageModel

VOTES_AT_ONCE = 6000
# Five long turns on both sides are some 50 kB.
CONVERSATIONS_AT_ONCE = 150
# Batches that wait to be worked on.
AHEAD = 1
# Pseudonyms that are remembered: most batches hold the same people.
PSEUDONYMS_KEPT = 1 << 16

# The columns of some rows, each a list in JSON.
Columns = dict[str, str]

LENGTH_OF_UUID = 36


class _Listed(Aggregate):
    """A column as a list in JSON."""

    output_field = TextField()
    template = "json_agg(%(expressions)s)::text"

    def as_sqlite(self, compiler: Any, connection: Any, **context: Any) -> Any:
        return self.as_sql(compiler, connection, template="json_group_array(%(expressions)s)", **context)


class _Exact(Func):
    """A floating-point number as a text that is read as the same number again; in JSON, SQLite would round it."""

    output_field = TextField()
    template = "%(expressions)s::text"

    def as_sqlite(self, compiler: Any, connection: Any, **context: Any) -> Any:
        return self.as_sql(compiler, connection, template="printf('%%%%!.17g', %(expressions)s)", **context)


def _text(path: str) -> Cast:
    """As the database keeps it."""
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
    "pair_probability": (_Exact("pair_probability"), pa.string()),
    "repeat": (_text("repeat"), pa.string()),
    "population": ("population", pa.string()),
    "redrawn": (_text("battle__redrawn"), pa.string()),
    "interface_language": ("battle__interface_language", pa.string()),
    "consent_version": ("battle__consent__version", pa.string()),
}
_ANSWER = {
    "revision": pa.string(),
    "decoding": pa.string(),
    "first_token_ms": pa.int64(),
    "tokens": pa.int64(),
    "detected_language": pa.string(),
    "text": pa.string(),
}
# What the voter said of a side; null where nothing was said.
_REMARK = {
    "tags": pa.string(),
    "comment": pa.string(),
}
# Kept as JSON: read as the text of it.
_JSON = {"decoding", "tags"}
# Read only for conversations. The answers always are: what they look like is measured.
_TEXTS = {"question", "comment_a", "comment_b"}


@dataclass(frozen=True)
class Extent:
    """Which votes there are: their number, and the ends of the ranges of numbers that make a batch each.

    `secret` is the key of the voters' pseudonyms: the same for the same votes, another for any other export. So one
    export tells which votes are one person's, and no two exports can be joined on it.
    """

    votes: int
    ends: tuple[int, ...]
    secret: bytes

    def before(self, vote: int) -> int:
        """About how many of the votes have a number up to this one's."""
        return self.votes * bisect_right(self.ends, vote) // max(len(self.ends), 1)


@dataclass(frozen=True)
class Batch:
    """Some votes and their turns, both in order.

    `votes` has the columns of `_VOTE`, with models by name, voters by pseudonym and moments as ISO 8601. `turns` has
    `number`, every column of `_ANSWER` and `_REMARK` for each side, and `question`; `_TEXTS` only with conversations.
    The turns of the i-th vote are those from `first[i]` up to and with `last[i]`.
    """

    votes: pa.Table
    turns: pa.Table
    first: pa.Array
    last: pa.Array

    def opening(self, column: str) -> pa.Array:
        """The column of `turns` at every vote's first turn."""
        return self._at(self.first, column)

    def closing(self, column: str) -> pa.Array:
        """The column of `turns` at every vote's last turn."""
        return self._at(self.last, column)

    def _at(self, places: pa.Array, column: str) -> pa.Array:
        # Most battles have one turn, and copying texts takes time.
        every = self.turns.num_rows == self.votes.num_rows
        return (self.turns[column] if every else self.turns[column].take(places)).combine_chunks()


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


def read_batches(votes: VoteQuerySet, extent: Extent, *, conversations: bool) -> Iterator[Batch]:
    """The batches of `votes`, in order."""
    names = dict(LanguageModel.objects.values_list("pk", "name"))
    pseudonym = _pseudonyms(extent.secret)

    columns = _columns(conversations=conversations)
    paths = {name: path for name, (path, _kind) in columns.items()}
    schema = pa.schema([(name, pa.list_(kind)) for name, (_path, kind) in columns.items()])
    ranges = list(pairwise((0, *extent.ends)))

    def read(after: int, until: int) -> pa.Table:
        return _table(_read(votes.filter(pk__gt=after, pk__lte=until), paths), schema)

    for rows in _ahead(read, ranges) if len(ranges) > 1 else (read(*one) for one in ranges):
        if rows.num_rows:
            yield _batch(rows, names, pseudonym)


def _ahead(read: Callable[[int, int], pa.Table], ranges: Sequence[tuple[int, int]]) -> Iterator[pa.Table]:
    """What is read of each range, by a thread of its own: it reads while the batch before is worked on."""
    with ThreadPoolExecutor(1, "reads votes") as reader:
        coming: deque[Future[pa.Table]] = deque()
        try:
            for one in ranges:
                coming.append(reader.submit(read, *one))
                if len(coming) > AHEAD:
                    yield coming.popleft().result()
            while coming:
                yield coming.popleft().result()
        finally:
            # Its own: which connection is meant is decided in the thread that asks.
            reader.submit(lambda: connection.close())


def _columns(*, conversations: bool) -> dict[str, tuple[Any, pa.DataType]]:
    """Path and type of everything that is read of a turn: its vote, both its answers, and the remarks on them."""
    columns: dict[str, tuple[Any, pa.DataType]] = {**_VOTE, "number": ("battle__turns__number", pa.int64())}
    for side in Side.values:
        for relation, kinds in (("on", _ANSWER), ("of", _REMARK)):
            for name, kind in kinds.items():
                path = f"{relation}_{side}__{name}"
                columns[f"{name}_{side}"] = (_text(path) if name in _JSON else path, kind)
    columns["question"] = ("battle__turns__text", pa.string())
    return columns if conversations else {name: column for name, column in columns.items() if name not in _TEXTS}


def _read(votes: VoteQuerySet, paths: Mapping[str, Any]) -> Columns:
    """The columns at `paths`, with a row for every turn of the votes."""
    answers = "battle__turns__answers"
    complete = {f"{answers}__state": Answer.State.COMPLETE}
    on_sides = {
        f"on_{side}": FilteredRelation(answers, condition=Q(**{f"{answers}__side": side}, **complete))
        for side in Side.values
    }
    of_sides = {f"of_{side}": FilteredRelation("remarks", condition=Q(remarks__side=side)) for side in Side.values}
    # A name of its own for every column: some are called like fields of the vote.
    found = votes.annotate(**on_sides, **of_sides).aggregate(
        **{f"all_{name}": _Listed(path) for name, path in paths.items()}
    )
    return {name: found[f"all_{name}"] or "[]" for name in paths}


def _table(columns: Columns, schema: pa.Schema) -> pa.Table:
    """The rows, by vote and turn."""
    # Emptied on the way: there may be many texts, and memory is to hold them once.
    pieces = [f'"{name}":{columns.pop(name)}'.encode() for name in schema.names]
    whole = pa.py_buffer(b"{" + b",".join(pieces) + b"}")
    del pieces
    [lists] = pa.json.read_json(
        pa.BufferReader(whole),
        read_options=pa.json.ReadOptions(use_threads=False, block_size=len(whole) + 1),
        parse_options=pa.json.ParseOptions(explicit_schema=schema),
    ).to_batches()
    table = pa.table([column.flatten() for column in lists.columns], names=schema.names)
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
    votes = rows.select(list(_VOTE))
    votes = votes if len(first) == len(numbers) else votes.take(first)
    changed = {
        "battle": _spelt(votes["battle"]),
        "voter": mapped(votes["voter"], pseudonym),
        "timestamp": _iso(votes["timestamp"]),
        "model_a": mapped(votes["model_a"], names.__getitem__),
        "model_b": mapped(votes["model_b"], names.__getitem__),
        "pair_probability": votes["pair_probability"].cast(pa.float64()),
        "repeat": _flags(votes["repeat"]),
        "redrawn": _flags(votes["redrawn"]),
    }
    for name, column in changed.items():
        votes = votes.set_column(votes.schema.get_field_index(name), name, column)
    last = np.append(first[1:], len(numbers)) - 1
    return Batch(votes, rows.drop_columns(list(_VOTE)), pa.array(first), pa.array(last))


def _spelt(uuids: pa.ChunkedArray) -> pa.ChunkedArray:
    """With hyphens, which SQLite leaves out."""
    if len(uuids[0].as_py()) == LENGTH_OF_UUID:
        return uuids
    parts = [pc.utf8_slice_codeunits(uuids, *ends) for ends in pairwise((0, 8, 12, 16, 20, 32))]
    return pc.binary_join_element_wise(*parts, "-")


def _flags(texts: pa.ChunkedArray) -> pa.ChunkedArray:
    """SQLite writes 1, PostgreSQL true."""
    return pc.is_in(texts, value_set=pa.array(["1", "true"]))


def _iso(texts: pa.ChunkedArray) -> pa.ChunkedArray:
    """As ISO 8601. Both databases are kept in UTC; PostgreSQL says so."""
    plain = pc.replace_substring(texts, "+00", "")
    return pc.binary_join_element_wise(pc.replace_substring(plain, " ", "T"), "+00:00", "")


def mapped(
    column: pa.ChunkedArray | pa.Array, function: Callable[[Any], Any], kind: pa.DataType | None = None
) -> pa.Array:
    """`function` of every value that is not null, called once for each different one; texts unless `kind` says else."""
    whole = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
    encoded = whole.dictionary_encode()
    values = [function(value) for value in encoded.dictionary.to_pylist()]
    return pa.array(values, kind or pa.string()).take(encoded.indices)
