"""The only picture of an unvoted battle that ever leaves the server: two sides without names.

Nothing here reads `model`, `revision`, timing, tokens or the reason an answer ended, so nothing can tell.
"""

from __future__ import annotations

from django.conf import settings
from django.db.models import prefetch_related_objects
from django.utils.translation import gettext as _

from arena.battles.messages import BlindAnswer, BlindBattle, BlindTurn
from arena.battles.rendering import render_markdown
from arena.models import Answer, Battle, Turn
from arena.models.battles import Side


def picture(battle: Battle) -> BlindBattle:
    """The battle has just been read or made."""
    prefetch_related_objects([battle], "turns__answers")
    turns = list(battle.turns.all())
    votable = battle.state == Battle.State.OPEN and bool(turns) and is_answered(turns[-1])
    most_turns = settings.MAX_TURNS if battle.repeats_id is None else 1
    return {
        "id": str(battle.pk),
        "state": battle.state,
        "message": _("You skipped this battle.") if battle.end_reason == Battle.EndReason.SKIPPED else "",
        "votable": votable,
        "turns_left": max(0, most_turns - len(turns)),
        "turns": [_turn(turn) for turn in turns],
    }


def is_answered(turn: Turn) -> bool:
    """Both sides of the turn have a complete answer."""
    return {answer.side for answer in turn.answers.all() if answer.state == Answer.State.COMPLETE} == set(Side.values)


def _turn(turn: Turn) -> BlindTurn:
    return {
        "number": turn.number,
        "text": turn.text,
        "answers": {side: _answer(turn, side) for side in Side.values},
    }


def _answer(turn: Turn, side: str) -> BlindAnswer:
    """A failed or cancelled attempt is no answer: its side is waiting."""
    states = {answer.state: answer for answer in turn.answers.all() if answer.side == side}
    if complete := states.get(Answer.State.COMPLETE):
        return {"state": "complete", "text": complete.text, "html": render_markdown(complete.text)}
    if Answer.State.STREAMING in states:
        return {"state": "streaming", "text": "", "html": ""}
    return {"state": "waiting", "text": "", "html": ""}
