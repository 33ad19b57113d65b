"""An export of many votes to Parquet, as the worker writes it: how fast, and in how much memory.

    python -m bench.exports [--votes 1000000]

The database (SQLite) is made for it by SQL in a temporary folder: a turn a battle, answers of a few hundred characters,
every vote publishable. A process of its own writes the export, from the first query to the finished zip; its memory is
the most that was resident.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import time
import uuid
from typing import Any

from bench.figures import Figure, Report, give, parser_of
from bench.site import ROOT, fresh_database

MODELS = 40
VOTERS = 20_000
WORDS = ["etxea", "mendia", "itsasoa", "liburua", "sagarra", "hizkuntza", "herria", "kalea", "eguna", "gaua"]


PARTICIPANTS = """
WITH RECURSIVE n(i) AS (VALUES(1) UNION ALL SELECT i + 1 FROM n WHERE i < %s)
INSERT INTO arena_participant (id, simulated, created_at)
SELECT lower(hex(randomblob(16))), 0, '2025-11-20 00:00:00' FROM n"""
CONSENTS = """
INSERT INTO arena_consent (participant_id, version, language, evaluate, publish, train, receipt, given_at)
SELECT id, '2026-11', 'eu', 1, 1, 1, substr(id, 1, 14), created_at FROM arena_participant"""
BATTLES = """
WITH RECURSIVE n(i) AS (VALUES(1) UNION ALL SELECT i + 1 FROM n WHERE i < %s)
INSERT INTO arena_battle (id, participant_id, consent_id, language, variety, category, interface_language, state,
    end_reason, skip_reason, model_a_id, model_b_id, pair_probability, redrawn, simulated, created_at)
SELECT printf('%%012x', (1763600000 + i * 7) * 1000) || lower(hex(randomblob(10))), c.participant_id, c.id,
    'eu', '', 'food', 'eu', 'voted',
    '', '', 1 + i %% %s, 1 + (i + 1 + i / %s %% %s) %% %s, 0.00128, 0, 0,
    strftime('%%Y-%%m-%%d %%H:%%M:%%f', 1763600000 + i * 7, 'unixepoch')
FROM n JOIN arena_consent c ON c.id = 1 + i * 7919 %% %s"""
TURNS = """
INSERT INTO arena_turn (battle_id, number, text, created_at)
SELECT id, 1, 'Zer moduz?', created_at FROM arena_battle ORDER BY rowid"""
ANSWERS = """
INSERT INTO arena_answer (turn_id, side, attempt, state, failure, text, model_id, revision, decoding, system_prompt,
    started_at, first_token_ms, duration_ms, tokens, finish_reason, detected_language)
SELECT t.id, s.column1, 1, 'complete', '', sample.text,
    CASE s.column1 WHEN 'a' THEN b.model_a_id ELSE b.model_b_id END, '3f5c',
    '{"temperature": 0.7, "top_p": 0.95, "max_tokens": 512}', '',
    t.created_at, 40 + t.id %% 500, 900, length(sample.text) / 4, 'stop', 'eu'
FROM arena_turn t JOIN arena_battle b ON b.id = t.battle_id CROSS JOIN (VALUES ('a'), ('b')) s
JOIN sample ON sample.i = (t.id * 13 + (s.column1 = 'b') * 7) %% 50 ORDER BY t.id"""
VOTES = """
INSERT INTO arena_vote (battle_id, outcome, content, quality, key, dwell_ms, participant_id, model_a_id, model_b_id,
    language, variety, category, pair_probability, repeat, population, created_at)
SELECT id,
    CASE WHEN rowid %% 10 = 8 THEN 'tie' WHEN rowid %% 10 = 9 THEN 'both_bad' WHEN rowid %% 3 THEN 'a' ELSE 'b' END,
    '', '', id, 4000, participant_id, model_a_id, model_b_id,
    language, variety, category, pair_probability, 0, 'people', created_at
FROM arena_battle ORDER BY rowid"""


def sample_texts(number: int = 50) -> list[str]:
    """Answers of 200 to 700 characters, some with headers, lists and bold."""
    texts = []
    for i in range(number):
        words = [WORDS[(i * 7 + j * 3) % len(WORDS)] for j in range(30 + i)]
        text = " ".join(words) + "."
        if i % 3 == 0:
            text = f"## {words[0]}\n\n{text}\n\n- {words[1]}\n- **{words[2]}**\n"
        texts.append(text)
    return texts


def fill(votes: int) -> None:
    """Write that many votes with all they need, by SQL: row by row it would take an hour."""
    from django.db import connection, transaction

    from serving.models import Engine, LanguageModel

    engine = Engine.objects.create(name="none", url="http://127.0.0.1:9/v1")
    LanguageModel.objects.bulk_create(
        LanguageModel(
            id=i + 1,
            name=f"model-{i}",
            title=f"Model {i}",
            kind="remote",
            engine=engine,
            served_name=f"m{i}",
            revision="1",
        )
        for i in range(MODELS)
    )
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("CREATE TEMP TABLE sample (i INTEGER PRIMARY KEY, text TEXT)")
        cursor.executemany("INSERT INTO sample VALUES (%s, %s)", list(enumerate(sample_texts())))
        for statement, parameters in (
            (PARTICIPANTS, [VOTERS]),
            (CONSENTS, []),
            (BATTLES, [votes, MODELS, MODELS, MODELS - 1, MODELS, VOTERS]),
            (TURNS, []),
            (ANSWERS, []),
            (VOTES, []),
        ):
            cursor.execute(statement, parameters)


def write(export_id: str) -> dict[str, Any]:
    """Write the export in this process; seconds, and the most memory that was resident, in MB."""
    from arena.datasets.exports import write_export

    start = time.monotonic()
    write_export(uuid.UUID(export_id))
    seconds = time.monotonic() - start
    return {"seconds": seconds, "mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e6}


def run(votes: int) -> Report:
    with fresh_database():
        from arena.models import Export

        fill(votes)
        export = Export.objects.create(schema="harea", format="parquet", board="overall")
        command = [sys.executable, "-m", "bench.exports", "--write", str(export.pk)]
        told = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout
        export.refresh_from_db()
        assert export.state == Export.State.READY, export.error
        assert export.rows_done == votes, export.rows_done
    found = json.loads(told)
    figures = [
        Figure(f"export of {votes:,} votes to Parquet", votes / found["seconds"], "votes/s", at_least=50_000),
        Figure("export: peak memory", found["mb"], "MB", at_most=300),
    ]
    return Report(figures, found)


def main() -> None:
    parser = parser_of(__doc__)
    parser.add_argument("--votes", type=int, default=1_000_000, help="votes in the database")
    parser.add_argument("--write", metavar="EXPORT", help="write this export in this process (used by the bench)")
    options = parser.parse_args()
    if options.write:
        import django

        django.setup()
        print(json.dumps(write(options.write)))
    else:
        give(run(options.votes), options.out)


if __name__ == "__main__":
    main()
