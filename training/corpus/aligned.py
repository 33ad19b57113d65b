"""Reads aligned texts in two languages: questions with their answers, and running text (format: fixtures/demo)."""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any


class BrokenData(Exception):
    """A data file that cannot be used; the message is one sentence that names file and line."""


@dataclass(frozen=True)
class Exchange:
    """One question, in all its wordings, and its answer, in one language."""

    id: str
    language: str
    questions: tuple[str, ...]
    answer: str


@dataclass(frozen=True)
class Document:
    """Running text of one document in one language."""

    id: str
    language: str
    text: str


def read_exchanges(path: Path, languages: tuple[str, ...]) -> list[Exchange]:
    """Every question of `path` once for each of `languages`, in the order of the file."""
    return [
        Exchange(row["id"], language, tuple(row[language]["questions"]), row[language]["answer"])
        for row in read_lines(path, required=("id", *languages))
        for language in languages
    ]


def read_documents(path: Path, languages: tuple[str, ...]) -> list[Document]:
    """The sentences of `path` joined to documents, once for each of `languages`."""
    sentences: dict[tuple[str, str], list[str]] = {}
    for row in read_lines(path, required=("document", *languages)):
        for language in languages:
            sentences.setdefault((row["document"], language), []).append(row[language])
    return [Document(name, language, " ".join(parts)) for (name, language), parts in sentences.items()]


def is_held_out(document: str, share: float) -> bool:
    """Whether `document` (its id) is kept from training: the same answer in every run and on every machine."""
    return int.from_bytes(hashlib.sha256(document.encode()).digest()[:4]) < share * 2**32


def read_lines(path: Path, required: tuple[str, ...]) -> Iterator[dict[str, Any]]:
    """The JSON objects of `path`, one a line. Raises BrokenData where a line is none or lacks a required key."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise BrokenData(f"{path} cannot be read: {error}.") from error
    for number, line in enumerate(lines, start=1):
        try:
            row = json.loads(line)
        except ValueError as error:
            raise BrokenData(f"{path}, line {number}: not JSON.") from error
        missing = [key for key in required if not isinstance(row, dict) or key not in row]
        if missing:
            raise BrokenData(f"{path}, line {number}: {missing[0]!r} is missing.")
        yield row
