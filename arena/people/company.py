"""How often somebody's votes go with those of others on the same two models."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from arena.leaderboards.boards import OVERALL
from arena.leaderboards.counting import kept
from arena.leaderboards.news import ENOUGH
from arena.models import Vote
from arena.models.battles import Population, Side
from arena.ranking.wilson import wilson_interval


@dataclass(frozen=True)
class Company:
    """Of `votes` that named a winner where most others named one too, `alike` named the same."""

    votes: int
    alike: int

    @property
    def known(self) -> bool:
        return self.votes >= ENOUGH

    @property
    def share(self) -> float:
        return self.alike / self.votes

    @property
    def interval(self) -> tuple[float, float]:
        """Wilson's, at 95 %."""
        return wilson_interval(self.alike, self.votes)


def company_of(votes: Iterable[Vote]) -> Company:
    """Of one participant's standing votes, against the counted votes of all other people.

    Pairs that nobody else has judged, or on which the others are split evenly, say nothing and are left out.
    """
    named = [(vote, _named(vote)) for vote in votes if vote.outcome in Side.values]
    others = _people()
    others.subtract(pair for vote, pair in named if vote.population == Population.PEOPLE and not vote.repeat)
    told = [others[pair] > others[pair[::-1]] for _vote, pair in named if others[pair] != others[pair[::-1]]]
    return Company(votes=len(told), alike=sum(told))


def _named(vote: Vote) -> tuple[int, int]:
    """Ids of the winner and the loser."""
    pair = (vote.model_a_id, vote.model_b_id)
    return pair if vote.outcome == Side.A else pair[::-1]


def _people() -> Counter[tuple[int, int]]:
    """How many people's votes named this winner against this loser."""
    named: Counter[tuple[int, int]] = Counter()
    for model_a, model_b, (a, _tie, _both_bad, b) in kept(OVERALL).pairs():
        named.update({(model_a, model_b): a, (model_b, model_a): b})
    return named
