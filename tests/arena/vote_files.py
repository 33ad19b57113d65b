"""Files of votes as people bring them, and what the command makes of one."""

from __future__ import annotations

import csv
import io
import json
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from django.core.management import CommandError, call_command

LABELS = ("model_a", "model_b", "tie", "both_bad")

Rows = list[dict[str, Any]]


def some_votes(number: int = 400, seed: int = 1) -> Rows:
    """Votes on four models of different strength, of twenty voters and two languages."""
    draw = random.Random(seed)
    rows = []
    for i in range(number):
        a, b = draw.sample(range(4), 2)
        label = draw.choices(LABELS, [3 + a, 3 + b, 2, 1])[0]
        rows.append(
            {
                "id": str(i), "model_a": f"m{a}", "model_b": f"m{b}", "winner": label, "voter": f"v{i % 20}",
                "language": ("eu", "bo")[i % 7 == 0], "pair_probability": 0.1 + 0.2 * ((a + b) % 2),
            }
        )  # fmt: skip
    return rows


def write_csv(path: Path, rows: Rows, delimiter: str = ",") -> None:
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, rows[0], delimiter=delimiter)
        writer.writeheader()
        writer.writerows(rows)


WRITERS: dict[str, Callable[[Path, Rows], Any]] = {
    "csv": write_csv,
    "tsv": lambda path, rows: write_csv(path, rows, "\t"),
    "json": lambda path, rows: path.write_text(json.dumps(rows)),
    "jsonl": lambda path, rows: path.write_text("".join(json.dumps(row) + "\n" for row in rows)),
    "parquet": lambda path, rows: pq.write_table(pa.Table.from_pylist(rows), path),
}


def write(folder: Path, rows: Rows, suffix: str = "csv") -> Path:
    path = folder / f"votes.{suffix}"
    WRITERS[suffix](path, rows)
    return path


def board_of_file(path: Path, **options: Any) -> dict[str, Any]:
    """The command's JSON."""
    out = io.StringIO()
    call_command("leaderboard", votes=path, format="json", stdout=out, **options)
    return json.loads(out.getvalue())


def ratings(found: dict[str, Any]) -> dict[str, float]:
    return {row["model"]: row["rating"] for row in found["models"]}


def refusal(path: Path, **options: Any) -> str:
    """What the command says to a file that it refuses, with exit code 2 and nothing printed."""
    out = io.StringIO()
    with pytest.raises(CommandError) as refused:
        call_command("leaderboard", votes=path, stdout=out, **options)
    assert (refused.value.returncode, out.getvalue()) == (2, "")
    assert "\n" not in str(refused.value)
    return str(refused.value)
