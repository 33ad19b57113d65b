"""What the language's board still lacks: the first ranking, then votes enough to tell its models apart."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil

from django.conf import settings

from arena.leaderboards.boards import OVERALL
from arena.leaderboards.counting import Kept, kept
from arena.leaderboards.planning import votes_until_told
from arena.ranking.planner import Goal
from serving.models import LanguageModel

RANKING, APART, REACHED = "ranking", "apart", "reached"


@dataclass(frozen=True)
class NextGoal:
    """`votes` of `wanted` votes are there until the step `kind`; `wanted` is rounded where it is an estimate.

    `total` are all counted votes of people, and `plan` what *apart* means.
    """

    kind: str
    votes: int
    wanted: int
    total: int
    plan: Goal


def next_goal() -> NextGoal:
    """The board is ranked as soon as two contestants can be; a vote counts for two models."""
    minimum, plan = settings.MINIMUM_VOTES, Goal()
    contestants = set(LanguageModel.objects.contesting().values_list("pk", flat=True))
    known = kept(OVERALL)
    total, seen = int(known.table.sum()), _votes_by_model(known)
    if sum(seen.get(model, 0) >= minimum for model in contestants) < 2:
        # A model with more votes than it needs does not bring the others nearer to theirs.
        useful = sum(min(seen.get(model, 0), minimum) for model in contestants)
        return NextGoal(RANKING, useful // 2, (len(contestants) * minimum + 1) // 2, total, plan)
    further = votes_until_told(plan)
    return NextGoal(APART if further else REACHED, total, _about(total + further), total, plan)


def _votes_by_model(known: Kept) -> dict[int, int]:
    by_pair = known.table.sum(axis=0)
    return dict(zip(known.ids, (by_pair.sum(axis=0) + by_pair.sum(axis=1)).tolist(), strict=True))


def _about(votes: int) -> int:
    """Two figures of it, rounded up."""
    unit: int = 10 ** max(0, len(str(votes)) - 2)
    return ceil(votes / unit) * unit
