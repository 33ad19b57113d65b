"""The vote: on disk first, together with the counts; only then is anything revealed."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import UTC
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from arena.battles.blind import is_answered
from arena.battles.remarks import Remarked, write_remarks
from arena.errors import Refused
from arena.leaderboards.counting import count
from arena.models import Battle, Exclusion, Vote
from arena.models.battles import Outcome, Population


def cast_vote(
    *,
    battle: Battle,
    outcome: str,
    key: uuid.UUID,
    dwell_ms: int | None,
    content: str = "",
    quality: str = "",
    remarks: Sequence[Remarked] = (),
) -> tuple[Vote, bool]:
    """Write the one vote of a battle; return it and whether it is new.

    `content` and `quality` are the outcomes on these axes alone, where the voter gave them; of a side there is at most
    one of the `remarks`.

    The same key sent again returns the vote that stands. Raises Refused with status 409 where the battle
    cannot be voted on: unfinished, ended, or voted already under another key.
    """
    if outcome not in Outcome.values or not {content, quality} <= {"", *Outcome.values}:
        raise Refused("outcome_unknown", _("This vote could not be understood. Please reload the page and vote again."))
    try:
        with transaction.atomic():
            if standing := Vote.objects.filter(battle=battle, key=key).first():
                return standing, False
            _close(battle)
            given = {"outcome": outcome, "content": content, "quality": quality, "key": key, "dwell_ms": dwell_ms}
            vote = Vote.objects.create(battle=battle, **given, **_copies(battle))
            write_remarks(vote, remarks)
            count(vote)
    except IntegrityError as error:  # The key belongs to a vote on another battle.
        raise Refused("key_used", _("This vote was sent for another battle. Please vote again."), status=409) from error
    except Refused:
        # The same vote may have arrived twice at once: then the other one has just been written.
        if standing := Vote.objects.filter(battle=battle, key=key).first():
            return standing, False
        raise
    return vote, True


def _close(battle: Battle) -> None:
    """Move the battle from open to voted. Locks its row, so that of many votes one gets through."""
    if not Battle.objects.open().filter(pk=battle.pk).update(state=Battle.State.VOTED, ended_at=timezone.now()):
        battle.refresh_from_db()
        raise why_closed(battle)
    # Read after the lock: a side may have been drawn again since the battle was fetched.
    battle.refresh_from_db()
    last = battle.turns.order_by("number").last()
    if last is None or not is_answered(last):
        raise Refused("not_votable", _("Wait until both answers are there, then vote."), status=409)


def why_closed(battle: Battle) -> Refused:
    """Of a battle that is not open any more."""
    if battle.state == Battle.State.VOTED:
        return Refused("already_voted", _("You have already voted on this battle."), status=409)
    return Refused("battle_closed", _("This battle ended without a winner. Start a new one."), status=409)


def _copies(battle: Battle) -> dict[str, Any]:
    """What a vote has from its battle, so that boards read one table."""
    return {
        "participant_id": battle.participant_id,
        "model_a": battle.model_a,
        "model_b": battle.model_b,
        "language": battle.language,
        "variety": battle.variety,
        "category": battle.category,
        "pair_probability": battle.pair_probability,
        "repeat": battle.repeats_id is not None,
        "population": _population(battle),
    }


def _population(battle: Battle) -> str:
    if battle.simulated:
        return Population.SIMULATED
    if settings.COUNTED_VOTES_A_DAY and _votes_today(battle.participant_id) >= settings.COUNTED_VOTES_A_DAY:
        return Population.SURPLUS
    excluded = Exclusion.objects.filter(participant=battle.participant_id, lifted_at=None).exists()
    return Population.EXCLUDED if excluded else Population.PEOPLE


def _votes_today(participant: uuid.UUID) -> int:
    """Votes of the participant since midnight UTC. Two at the same moment may miss each other: one too many counts."""
    midnight = timezone.now().astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    return Vote.objects.filter(participant=participant, repeat=False, created_at__gte=midnight).count()
