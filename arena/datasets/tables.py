"""One table, four formats: CSV for people, JSON and JSON Lines for programs, Parquet for notebooks.

What is large is written in pieces: batches of rows go in, bytes come out, and nothing else is kept.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

Row = dict[str, Any]

# Before it is compressed.
ROW_GROUP_BYTES = 2 << 20

CONTENT_TYPES = {
    "csv": "text/csv; charset=utf-8",
    "json": "application/json",
    "jsonl": "application/jsonl",
    "parquet": "application/vnd.apache.parquet",
}


def as_bytes(rows: Sequence[Row], schema: pa.Schema, format: str) -> bytes:  # noqa: A002  (the word people use)
    """`rows` in one of `CONTENT_TYPES`, with the columns of `schema` in its order."""
    return b"".join(in_pieces([pa.Table.from_pylist(list(rows), schema=schema)], schema, format))


def as_json_lines(rows: Sequence[Row]) -> bytes:
    """One object a line, UTF-8; the same rows give the same bytes."""
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows).encode()


def as_parquet(rows: Sequence[Row], schema: pa.Schema) -> bytes:
    return as_bytes(rows, schema, "parquet")


def in_pieces(tables: Iterable[pa.Table], schema: pa.Schema, format: str) -> Iterator[bytes]:  # noqa: A002
    """The rows of all `tables`, which have `schema`, as one file in one of `CONTENT_TYPES`.

    In CSV a list or an object is written as JSON.
    """
    pieces: dict[str, Callable[[Iterable[pa.Table], pa.Schema], Iterator[bytes]]] = {
        "csv": _csv,
        "json": _json,
        "jsonl": _json_lines,
        "parquet": _parquet,
    }
    if format not in pieces:
        raise ValueError(f"{format!r} is none of {', '.join(CONTENT_TYPES)}")
    return pieces[format](tables, schema)


def _csv(tables: Iterable[pa.Table], schema: pa.Schema) -> Iterator[bytes]:
    nested = {i for i, field in enumerate(schema) if pa.types.is_nested(field.type)}
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(schema.names)
    for table in tables:
        columns = [column.to_pylist() for column in table.columns]
        for i in nested:
            columns[i] = [None if value is None else _dumps(value) for value in columns[i]]
        writer.writerows(zip(*columns, strict=True))
        yield _taken(out)
    yield _taken(out)


def _json(tables: Iterable[pa.Table], schema: pa.Schema) -> Iterator[bytes]:
    before = "["
    for table in tables:
        if table.num_rows:
            yield (before + ", ".join(map(_dumps, table.to_pylist()))).encode()
            before = ", "
    yield b"[]" if before == "[" else b"]"


def _json_lines(tables: Iterable[pa.Table], schema: pa.Schema) -> Iterator[bytes]:
    for table in tables:
        yield "".join(_dumps(row) + "\n" for row in table.to_pylist()).encode()


def _parquet(tables: Iterable[pa.Table], schema: pa.Schema) -> Iterator[bytes]:
    out = _Drain()
    with pq.ParquetWriter(out, schema) as writer:
        for group in _groups(tables):
            writer.write_table(group)
            yield out.taken()
    yield out.taken()


def _groups(tables: Iterable[pa.Table]) -> Iterator[pa.Table]:
    """Tables together until they are worth a row group."""
    waiting: list[pa.Table] = []
    size = 0
    for table in tables:
        waiting.append(table)
        size += table.nbytes
        if size >= ROW_GROUP_BYTES:
            yield pa.concat_tables(waiting)
            waiting, size = [], 0
    if waiting:
        yield pa.concat_tables(waiting)


def _dumps(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, default=_plain)


def _plain(value: Any) -> str:
    if isinstance(value, datetime):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} has no place in JSON")


def _taken(out: io.StringIO) -> bytes:
    text = out.getvalue()
    out.seek(0)
    out.truncate()
    return text.encode()


class _Drain(io.RawIOBase):
    """A file that gives away what was written to it."""

    def __init__(self) -> None:
        self._pieces: list[bytes] = []
        self._length = 0

    def writable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._length

    def write(self, piece: Any) -> int:
        self._pieces.append(bytes(piece))
        self._length += len(self._pieces[-1])
        return len(self._pieces[-1])

    def taken(self) -> bytes:
        pieces, self._pieces = b"".join(self._pieces), []
        return pieces
