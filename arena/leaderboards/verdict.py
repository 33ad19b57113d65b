"""Is a child better than its parent? Said only when blind votes say so and length does not explain it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from arena.datasets.votes import answer_of
from arena.leaderboards.families import Duel, duel
from arena.models import Vote
from arena.models.battles import Outcome, Side
from arena.ranking.wilson import wilson_interval
from serving.models import LanguageModel

# Two answers are of like length when the longer has at most this many times the characters of the shorter.
LIKE_LENGTH = 1.25


@dataclass(frozen=True)
class Verdict:
    """All blind votes between a child and its parent, and those whose last answers were of like length."""

    duel: Duel
    matched: Duel

    @property
    def better(self) -> bool:
        """The lower Wilson bound is above one half, and the length-matched votes agree.

        A model that has only learned to be long wins votes too (Park et al. 2024, Disentangling length from quality).
        """
        return self.duel.lower > 0.5 and self.matched.child_wins > self.matched.parent_wins


def verdict(*, child: LanguageModel, parent: LanguageModel, simulated: bool) -> Verdict:
    return Verdict(
        duel=duel(child=child, parent=parent, simulated=simulated),
        matched=matched_duel(child=child, parent=parent, simulated=simulated),
    )


def matched_duel(*, child: LanguageModel, parent: LanguageModel, simulated: bool) -> Duel:
    """The duel on votes whose last answers were of like length."""
    votes = Vote.objects.counted(simulated=simulated).filter(model_a__in=[child, parent], model_b__in=[child, parent])
    tally: Counter[str] = Counter()
    for vote in votes.select_related("battle").prefetch_related("battle__turns__answers"):
        if _of_like_length(vote):
            tally[_winner(vote, child)] += 1
    lower, upper = wilson_interval(tally["child"], tally["child"] + tally["parent"])
    return Duel(tally["child"], tally["parent"], tally[Outcome.TIE], tally[Outcome.BOTH_BAD], lower, upper)


def _of_like_length(vote: Vote) -> bool:
    last = list(vote.battle.turns.all())[-1]
    shorter, longer = sorted(len(answer_of(last, side).text) for side in Side.values)
    return longer <= LIKE_LENGTH * shorter


def _winner(vote: Vote, child: LanguageModel) -> str:
    if vote.outcome not in Side.values:
        return vote.outcome
    return "child" if (vote.outcome == Side.A) == (vote.model_a_id == child.pk) else "parent"
