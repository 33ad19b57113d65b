"""One table, three formats: CSV for people, JSON for programs, Parquet for notebooks."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

Row = dict[str, Any]

CONTENT_TYPES = {
    "csv": "text/csv; charset=utf-8",
    "json": "application/json",
    "parquet": "application/vnd.apache.parquet",
}


def as_bytes(rows: Sequence[Row], schema: pa.Schema, format: str) -> bytes:  # noqa: A002  (the word people use)
    """`rows` in one of `CONTENT_TYPES`, with the columns of `schema` in its order."""
    match format:
        case "csv":
            return as_csv(rows, schema.names).encode()
        case "json":
            return json.dumps(rows, ensure_ascii=False).encode()
        case "parquet":
            return as_parquet(rows, schema)
    raise ValueError(f"{format!r} is none of {', '.join(CONTENT_TYPES)}")


def as_csv(rows: Sequence[Row], columns: Sequence[str]) -> str:
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, columns, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()


def as_parquet(rows: Sequence[Row], schema: pa.Schema) -> bytes:
    out = io.BytesIO()
    pq.write_table(pa.Table.from_pylist(list(rows), schema=schema), out)
    return out.getvalue()


def as_json_lines(rows: Sequence[Row]) -> bytes:
    """One object a line, UTF-8; the same rows give the same bytes."""
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows).encode()


def read_rows(path: Path) -> list[Row]:
    """The rows of a Parquet (.parquet), JSON Lines (.jsonl) or JSON file. Raises OSError or ValueError."""
    match path.suffix:
        case ".parquet":
            return list(pq.read_table(path).to_pylist())
        case ".jsonl":
            with path.open(encoding="utf-8") as lines:
                return [json.loads(line) for line in lines]
        case _:
            return list(json.loads(path.read_bytes()))
