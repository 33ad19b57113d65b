"""How far the voters of a board agree, where several of them were shown the same two answers."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from math import isnan
from uuid import UUID

import numpy as np

from arena.leaderboards.boards import OVERALL, boards_of
from arena.models import Vote
from arena.models.battles import Axis, Outcome, Population
from arena.ranking.agreement import Agreement, agreement_of

# An outcome as the voter of a repeat saw it, told with the sides of the first battle.
SWAPPED = {Outcome.A: Outcome.B, Outcome.B: Outcome.A}


def agreement(board: str = OVERALL) -> Agreement | None:
    """Of the first votes on the board that were repeated and their repeats; None where nothing is known yet.

    A unit is two answers with everybody who judged them, each once; withdrawn and excluded voters' votes are left out.
    """
    axis = board if board in Axis.values else Axis.OVERALL
    units = [unit for first, unit in _units().items() if board in boards_of(first)]
    found = agreement_of(np.array([_said(unit, axis) for unit in units]).reshape(-1, len(Outcome.values)))
    return None if found is None or isnan(found.alpha) else found


def _units() -> dict[Vote, list[Vote]]:
    """The first vote of each repeated battle, with everybody's standing vote on it, the first one among them."""
    repeats = Vote.objects.filter(repeat=True, withdrawn_at=None, population=Population.PEOPLE)
    by_first: dict[UUID | None, list[Vote]] = defaultdict(list)
    for vote in repeats.select_related("battle").order_by("pk"):
        by_first[vote.battle.repeats_id].append(vote)
    firsts = Vote.objects.filter(battle__repeated_by__vote__in=repeats).distinct()
    return {first: [*_standing(first), *by_first[first.battle_id]] for first in firsts}


def _standing(vote: Vote) -> list[Vote]:
    return [vote] if vote.withdrawn_at is None and vote.population == Population.PEOPLE else []


def _said(unit: Sequence[Vote], axis: str) -> list[int]:
    """How many said each outcome, told with the sides that the unit's first vote saw. Who judged twice counts once."""
    once = {vote.participant_id: vote for vote in reversed(unit)}.values()
    said = [_turned(vote.judged(axis), swapped=vote.model_a_id != unit[0].model_a_id) for vote in once]
    return [said.count(outcome) for outcome in Outcome.values]


def _turned(outcome: str, *, swapped: bool) -> str:
    return SWAPPED.get(Outcome(outcome), outcome) if outcome and swapped else outcome
