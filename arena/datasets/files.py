"""Tables from files of any kind, as strings and lists: what is wrong with a file is said in one sentence.

Knows CSV, TSV, JSON (a list of objects, or an object whose `counts` are one), JSON Lines and Parquet. Rows are numbered
from 1; where a row is a line of text, the line is told too.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq

# In the order in which they are looked for in a folder: the fastest first.
SUFFIXES = (".parquet", ".csv", ".tsv", ".jsonl", ".ndjson", ".json")
_DELIMITERS = {".csv": ",", ".tsv": "\t"}
# An empty cell, and what programs write for it.
_MISSING = ["", "NaN", "nan", "NA", "N/A", "null", "NULL"]
_COLUMNS_TOLD = 12
# A field of CSV may hold a whole conversation.
csv.field_size_limit(1 << 30)


class UnreadableFile(ValueError):
    """What is wrong with a file, in one line that names it."""


@dataclass(frozen=True)
class Table:
    """A file's columns, and `load`, which reads some of them; missing values are None or NaN, rows numbered from 1."""

    path: Path
    columns: tuple[str, ...]
    load: Callable[[Sequence[str]], pd.DataFrame]

    def read(self, names: Sequence[str]) -> pd.DataFrame:
        """The columns, all of which must be there and hold something."""
        for name in names:
            if name not in self.columns:
                told = ", ".join(name[:40] for name in self.columns[:_COLUMNS_TOLD])
                more = " …" if len(self.columns) > _COLUMNS_TOLD else ""
                raise UnreadableFile(f"{self.path}: there is no column {name!r}; its columns are {told}{more}")
        frame = self.load(list(dict.fromkeys(names)))
        if not len(frame):
            raise UnreadableFile(f"{self.path}: there are no rows")
        return frame

    def place(self, row: int) -> str:
        """Where a row is, for people: "row 3", "row 3 (line 4)"."""
        if self.path.suffix in _DELIMITERS:
            return f"row {row} (line {_line_of(self.path, row)})"
        return f"row {row}"


def open_table(path: Path) -> Table:
    """The table in a file, or in the only file of votes in a folder. Raises UnreadableFile."""
    path = _chosen(path)
    readers: dict[str, Callable[[Path], Table]] = {
        ".parquet": _parquet,
        ".csv": _delimited,
        ".tsv": _delimited,
        ".jsonl": _json_lines,
        ".ndjson": _json_lines,
        ".json": _json,
    }
    try:
        if not path.stat().st_size:
            raise UnreadableFile(f"{path}: the file is empty")
        return readers[path.suffix](path)
    except OSError as error:
        raise UnreadableFile(f"{path}: {error.strerror or error}") from error


def _chosen(path: Path) -> Path:
    if path.is_dir():
        found = [
            file for suffix in SUFFIXES for file in sorted(path.glob(f"*{suffix}")) if file.name != "manifest.json"
        ]
        if not found:
            raise UnreadableFile(f"{path}: there is no file of votes in this folder")
        return found[0]
    if path.suffix not in SUFFIXES:
        raise UnreadableFile(f"{path}: the name must end in one of {', '.join(SUFFIXES)}")
    return path


# Parquet


def _parquet(path: Path) -> Table:
    try:
        columns = pq.read_schema(path).names
    except pa.ArrowException as error:
        raise UnreadableFile(f"{path}: this is not Parquet") from error

    def load(names: Sequence[str]) -> pd.DataFrame:
        try:
            frame = pq.read_table(path, columns=list(names)).to_pandas()
        except pa.ArrowException as error:
            raise UnreadableFile(f"{path}: the file is damaged: {_one_line(error)}") from error
        return _numbered(frame)

    return Table(path, tuple(columns), load)


# CSV and TSV


def _delimited(path: Path) -> Table:
    parse = pyarrow.csv.ParseOptions(delimiter=_DELIMITERS[path.suffix], newlines_in_values=True)
    with path.open("rb") as file:
        head = file.readline()
    try:
        [columns] = csv.reader([head.decode("utf-8-sig")], delimiter=_DELIMITERS[path.suffix])
    except (UnicodeDecodeError, csv.Error) as error:
        raise UnreadableFile(f"{path}: line 1 is not text in UTF-8") from error

    def load(names: Sequence[str]) -> pd.DataFrame:
        convert = pyarrow.csv.ConvertOptions(
            include_columns=list(names),
            column_types=dict.fromkeys(names, pa.string()),
            null_values=_MISSING,
            strings_can_be_null=True,
        )
        try:
            table = pyarrow.csv.read_csv(path, parse_options=parse, convert_options=convert)
        except pa.ArrowException as error:
            raise UnreadableFile(f"{path}: {_wrong_with(path, len(columns)) or _one_line(error)}") from error
        return _numbered(table.to_pandas())

    return Table(path, tuple(columns), load)


def _lines(path: Path) -> Iterator[str]:
    """Lines of text. Raises UnreadableFile, naming the line, for what is no UTF-8."""
    with path.open("rb") as file:
        for number, line in enumerate(file, start=1):
            try:
                yield line.decode("utf-8-sig" if number == 1 else "utf-8")
            except UnicodeDecodeError as error:
                raise UnreadableFile(f"{path}: line {number} is not text in UTF-8") from error


def _wrong_with(path: Path, width: int) -> str:
    """What Arrow stumbled over, found once more row by row; "" where nothing is found."""
    rows = csv.reader(_lines(path), delimiter=_DELIMITERS[path.suffix])
    for number, row in enumerate(rows):
        if row and len(row) != width:
            return f"row {number} (line {rows.line_num}) has {len(row)} fields, and the header {width}"
    return ""


def _line_of(path: Path, row: int) -> int:
    rows = csv.reader(_lines(path), delimiter=_DELIMITERS[path.suffix])
    # Arrow knows no empty rows.
    for _ in islice((row for row in rows if row), row + 1):
        pass
    return rows.line_num


# JSON and JSON Lines


def _json_lines(path: Path) -> Table:
    rows, numbers = [], []
    for number, line in enumerate(_lines(path), start=1):
        if line.strip():
            try:
                rows.append(json.loads(line))
            except (ValueError, RecursionError) as error:
                raise UnreadableFile(f"{path}: line {number} is not JSON: {_one_line(error)}") from error
            numbers.append(number)
    return _of_objects(path, rows, numbers)


def _json(path: Path) -> Table:
    try:
        content = json.loads("".join(_lines(path)))
    except UnreadableFile:
        raise
    except (ValueError, RecursionError) as error:
        raise UnreadableFile(f"{path}: this is not JSON: {_one_line(error)}") from error
    rows = content.get("counts") if isinstance(content, dict) else content
    if not isinstance(rows, list):
        raise UnreadableFile(f"{path}: this is no list of objects")
    return _of_objects(path, rows, range(1, len(rows) + 1))


def _of_objects(path: Path, rows: list[Any], numbers: Sequence[int]) -> Table:
    for number, row in zip(numbers, rows, strict=True):
        if not isinstance(row, dict):
            raise UnreadableFile(f"{path}: row {number} is no object")

    def load(names: Sequence[str]) -> pd.DataFrame:
        columns = {name: pd.Series([row.get(name) for row in rows], dtype=object) for name in names}
        return pd.DataFrame(columns).set_axis(pd.Index(numbers), axis=0)

    return Table(path, tuple(dict.fromkeys(name for row in rows for name in row)), load)


def _numbered(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.set_axis(pd.RangeIndex(1, len(frame) + 1), axis=0)


def _one_line(error: Exception) -> str:
    return str(error).splitlines()[0][:200]
