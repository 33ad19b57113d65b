"""The rows of answers: claimed before a side streams, closed when it ends. Plain synchronous database work."""

from __future__ import annotations

import os
import random
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import Enum
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone

from arena.battles.sampling import redraw
from arena.language import detect_language
from arena.models import Answer, Battle, Turn
from arena.models.battles import Side
from serving.client import Endpoint
from serving.models import LanguageModel

_COIN = random.SystemRandom()


@dataclass(frozen=True)
class Job:
    """All that a stream needs to know, read at once, so that it needs no database while it runs."""

    answer: int
    endpoint: Endpoint
    served_name: str
    messages: Sequence[dict[str, str]]
    decoding: dict[str, Any]


@dataclass(frozen=True)
class Ending:
    """How a stream ended."""

    state: str
    text: str
    failure: str = ""
    first_token_ms: int | None = None
    duration_ms: int | None = None
    tokens: int | None = None
    finish_reason: str = ""


class Standing(Enum):
    """Why a side cannot be claimed."""

    COMPLETE = "complete"
    ELSEWHERE = "elsewhere"  # another page of the same participant streams it
    CLOSED = "closed"  # the battle is over


Claim = Job | Standing


def claim_both(battle: Battle, turn: Turn) -> dict[str, Claim]:
    """Begin what is missing of a turn, in one go: every query is time to the first token.

    `battle` and `turn` with its answers have just been read or made.
    """
    before = _attempts(turn.answers.all())
    with transaction.atomic():
        return {side: _claim(battle, turn, side, before[side]) for side in Side.values}


def claim(turn: Turn, side: str) -> Claim:
    """Begin another attempt of one side, or say why there is none to begin."""
    # Read anew: another model may have been drawn.
    battle = Battle.objects.select_related("model_a__engine", "model_b__engine").get(pk=turn.battle_id)
    return _claim(battle, turn, side, _attempts(Answer.objects.filter(turn=turn))[side])


def _attempts(answers: Iterable[Answer]) -> dict[str, dict[int, str]]:
    """The state of every attempt so far, by side and number."""
    attempts: dict[str, dict[int, str]] = {side: {} for side in Side.values}
    for answer in answers:
        attempts[answer.side][answer.attempt] = answer.state
    return attempts


def _claim(battle: Battle, turn: Turn, side: str, before: dict[int, str]) -> Claim:
    if battle.state != Battle.State.OPEN:
        return Standing.CLOSED
    if Answer.State.COMPLETE in before.values():
        return Standing.COMPLETE
    if Answer.State.STREAMING in before.values():
        return Standing.ELSEWHERE
    model = battle.model_on(side)
    try:
        with transaction.atomic():
            answer = Answer.objects.create(
                turn=turn,
                side=side,
                attempt=max(before, default=0) + 1,
                model=model,
                revision=model.revision,
                decoding=model.decoding(),
                system_prompt=model.system_prompt,
            )
    except IntegrityError:  # Another page has claimed it since.
        return Standing.ELSEWHERE
    engine = model.engine
    return Job(
        answer=answer.pk,
        endpoint=Endpoint(engine.url, os.environ.get(engine.key_variable, "") if engine.key_variable else ""),
        served_name=model.served_name,
        messages=_history(battle, turn, side),
        decoding=model.decoding(),
    )


def complete_text(turn: Turn, side: str) -> str:
    return turn.answers.complete().get(side=side).text


def finish(answer: int, ending: Ending) -> bool:
    """Close a streaming answer; False where a sweep has closed it before."""
    values = {
        "state": ending.state,
        "text": ending.text.replace("\x00", ""),  # PostgreSQL keeps no NUL
        "failure": ending.failure,
        "first_token_ms": ending.first_token_ms,
        "duration_ms": ending.duration_ms,
        "tokens": ending.tokens,
        "finish_reason": ending.finish_reason[:20],
        "detected_language": detect_language(ending.text) if ending.state == Answer.State.COMPLETE else "",
    }
    return bool(Answer.objects.underway().filter(pk=answer).update(**values))


def replace_failed(turn: Turn, side: str) -> bool:
    """Make the side ready for another attempt; False where there is none left.

    At the first turn another model is drawn; later the history belongs to the model, which tries again.
    """
    failed = turn.answers.filter(side=side, state=Answer.State.FAILED)
    if failed.count() > settings.REDRAWS:
        return False
    if turn.number > 1:
        return True
    battle = Battle.objects.select_related("model_a", "model_b").get(pk=turn.battle_id)
    drawn = redraw(
        list(LanguageModel.objects.contesting().order_by("pk")),
        keep=battle.model_on(_other(side)),
        without=set(failed.values_list("model_id", flat=True)),
        source=_COIN,
    )
    if drawn is None:
        return False
    model, probability = drawn
    changes: dict[str, Any] = {f"model_{side}": model, "pair_probability": probability, "redrawn": True}
    return bool(Battle.objects.open().filter(pk=battle.pk).update(**changes))


def is_open(battle_id: uuid.UUID) -> bool:
    return Battle.objects.open().filter(pk=battle_id).exists()


def end_without_winner(battle_id: uuid.UUID, reason: str) -> bool:
    """End an open battle; nobody wins, nothing is counted."""
    return bool(
        Battle.objects.open()
        .filter(pk=battle_id)
        .update(state=Battle.State.ENDED, end_reason=reason, ended_at=timezone.now())
    )


def fail_stale() -> int:
    """Fail answers that have been streaming for longer than any may: their process is gone. Returns how many."""
    limit = timezone.now() - timedelta(seconds=settings.ANSWER_SECONDS + 10)
    return (
        Answer.objects.underway()
        .filter(started_at__lt=limit)
        .update(state=Answer.State.FAILED, failure=Answer.Failure.STALE)
    )


def _history(battle: Battle, turn: Turn, side: str) -> list[dict[str, str]]:
    """The side's own conversation so far, as chat messages, ending with this turn's prompt."""
    system_prompt = battle.model_on(side).system_prompt
    messages = [{"role": "system", "content": system_prompt}] if system_prompt else []
    if turn.number == 1:
        return [*messages, {"role": "user", "content": turn.text}]
    earlier = Answer.objects.complete().filter(turn__battle=battle, side=side, turn__number__lt=turn.number)
    for answer in earlier.select_related("turn").order_by("turn__number"):
        messages.append({"role": "user", "content": answer.turn.text})
        messages.append({"role": "assistant", "content": answer.text})
    return [*messages, {"role": "user", "content": turn.text}]


def _other(side: str) -> str:
    return Side.B if side == Side.A else Side.A
