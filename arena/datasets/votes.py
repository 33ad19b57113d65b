"""Votes as a data set: one row a vote, with all that cannot be recovered later and nobody's identity."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Iterable, Sequence
from typing import Any

import pyarrow as pa
from django.conf import settings

from arena.models import Answer, Turn, Vote
from arena.models.battles import Outcome, Population, VoteQuerySet
from arena.ranking.counts import Counts, PairOutcomes

MESSAGES = pa.list_(pa.struct([("role", pa.string()), ("content", pa.string())]))

# As in lmarena-ai/arena-human-preference-140k, so that its readers read these votes.
WINNERS = {Outcome.A: "model_a", Outcome.B: "model_b", Outcome.TIE: "tie", Outcome.BOTH_BAD: "both_bad"}

_SIDE_COLUMNS = [
    ("model", pa.string()),
    ("revision", pa.string()),
    ("decoding", pa.string()),
    ("first_token_ms", pa.int64()),
    ("tokens", pa.int64()),
    ("characters", pa.int64()),
    ("detected_language", pa.string()),
]
VOTE_SCHEMA = pa.schema(
    [
        ("id", pa.string()),
        ("vote", pa.int64()),
        ("timestamp", pa.string()),
        ("model_a", pa.string()),
        ("model_b", pa.string()),
        ("winner", pa.string()),
        ("pair_probability", pa.float64()),
        ("redrawn", pa.bool_()),
        ("turns", pa.int64()),
        ("language", pa.string()),
        ("interface_language", pa.string()),
        ("category", pa.string()),
        *((f"{name}_{side}", kind) for name, kind in _SIDE_COLUMNS[1:] for side in "ab"),
        ("dwell_ms", pa.int64()),
        ("consent_version", pa.string()),
        ("voter", pa.string()),
        ("simulated", pa.bool_()),
    ]
)
CONVERSATION_SCHEMA = pa.schema([*VOTE_SCHEMA, *(pa.field(f"conversation_{side}", MESSAGES) for side in "ab")])


def publishable_votes(*, simulated: bool = False) -> VoteQuerySet:
    """Votes whose owners agreed to publication and have not withdrawn."""
    votes = Vote.objects.counted(simulated=simulated)
    return votes.filter(battle__consent__publish=True, battle__consent__withdrawn_at=None)


def vote_rows(votes: VoteQuerySet, *, conversations: bool) -> list[dict[str, Any]]:
    """Rows by vote number. Texts come only with `conversations`: nobody has read them for personal data yet."""
    found = list(
        votes.select_related("battle__consent", "model_a", "model_b")
        .prefetch_related("battle__turns__answers")
        .order_by("pk")
    )
    secret = _secret_of(found)
    rows = []
    for vote in found:
        turns = list(vote.battle.turns.all())
        row = _row(vote, turns, secret)
        if conversations:
            row |= {f"conversation_{side}": conversation(turns, side) for side in "ab"}
        rows.append(row)
    return rows


def counts_of(rows: Iterable[dict[str, Any]], models: Iterable[str] = ()) -> Counts:
    """Counts from exported rows: the way from an export back to its board. A battle counts once."""
    outcomes = {winner: outcome for outcome, winner in WINNERS.items()}
    battles = {row["id"]: row for row in rows}.values()
    votes = [_one_vote(row["model_a"], row["model_b"], outcomes[row["winner"]]) for row in battles]
    return Counts.of({*models, *(name for vote in votes for name in vote[:2])}, votes)


def conversation(turns: Sequence[Turn], side: str) -> list[dict[str, str]]:
    """What one side and the participant said to each other, as chat messages."""
    messages = []
    for turn in turns:
        messages.append({"role": "user", "content": turn.text})
        messages.append({"role": "assistant", "content": answer_of(turn, side).text})
    return messages


def answer_of(turn: Turn, side: str) -> Answer:
    """The one complete answer; a voted battle has it on both sides of every turn."""
    return next(a for a in turn.answers.all() if a.side == side and a.state == Answer.State.COMPLETE)


def _row(vote: Vote, turns: Sequence[Turn], secret: bytes) -> dict[str, Any]:
    battle = vote.battle
    row: dict[str, Any] = {
        "id": str(battle.pk),
        "vote": vote.pk,
        "timestamp": vote.created_at.isoformat(),
        "model_a": vote.model_a.name,
        "model_b": vote.model_b.name,
        "winner": WINNERS[Outcome(vote.outcome)],
        "pair_probability": battle.pair_probability,
        "redrawn": battle.redrawn,
        "turns": len(turns),
        "language": battle.language,
        "interface_language": battle.interface_language,
        "category": battle.category,
        "dwell_ms": vote.dwell_ms,
        "consent_version": battle.consent.version,
        "voter": hmac.digest(secret, battle.participant_id.bytes, "sha256").hex()[:16],
        "simulated": vote.population == Population.SIMULATED,
    }
    for side in "ab":
        row |= {f"{name}_{side}": value for name, value in _side(turns, side).items()}
    return {name: row[name] for name in VOTE_SCHEMA.names}


def _side(turns: Sequence[Turn], side: str) -> dict[str, Any]:
    """How one side answered: its first token is that of the first turn, its sizes and language those of the last."""
    first, last = answer_of(turns[0], side), answer_of(turns[-1], side)
    return {
        "revision": last.revision,
        "decoding": json.dumps(last.decoding, sort_keys=True),
        "first_token_ms": first.first_token_ms,
        "tokens": last.tokens,
        "characters": len(last.text),
        "detected_language": last.detected_language,
    }


def _secret_of(votes: Sequence[Vote]) -> bytes:
    """Key of the voters' pseudonyms: the same for the same votes, another for any other export.

    So one export tells which votes are one person's, and no two exports can be joined on it.
    """
    numbers = ",".join(str(vote.pk) for vote in votes).encode()
    return hmac.digest(settings.SECRET_KEY.encode(), hashlib.sha256(numbers).digest(), "sha256")


def _one_vote(model_a: str, model_b: str, outcome: str) -> PairOutcomes:
    return PairOutcomes(model_a, model_b, **{name: int(name == outcome) for name in Outcome.values})
