"""What one vote told: how others judged the same two models, and how much surer the board became of them."""

from __future__ import annotations

from dataclasses import dataclass, replace

from django.conf import settings
from scipy.special import ndtri

from arena.leaderboards.counts import counts_now
from arena.models import Vote
from arena.models.battles import Outcome, Population
from arena.ranking.bradley_terry import POINTS
from arena.ranking.counts import Counts
from arena.ranking.ratings import ratings_of


@dataclass(frozen=True)
class Effect:
    """`total`: votes of the board. `others`: of the other votes on the two models, how many had each outcome, A and B
    being the sides of this vote.

    `without` and `with_it`: half of the 95 % interval of the models' difference, in rating points, votes counting as
    independent. None where the vote changes nothing of it: a model without a rank, *both bad*, a vote that no board
    counts.
    """

    total: int
    others: dict[str, int]
    without: float | None = None
    with_it: float | None = None


def effect_of(vote: Vote) -> Effect:
    """Of the board of this moment, with the votes of simulated voters where this is one."""
    simulated = vote.population == Population.SIMULATED
    counts = counts_now(simulated=simulated)
    total, pair = int(counts.total()), (vote.model_a.name, vote.model_b.name)
    if not set(pair) <= set(counts.models):
        # Retired, and nobody's vote on it is counted.
        return Effect(total, dict.fromkeys(Outcome.values, 0))
    a, b = map(counts.models.index, pair)
    populations = Population.counted(simulated=simulated, excluded=False)
    counted = vote.population in populations and not vote.repeat and vote.withdrawn_at is None
    before = _less(counts, a, b, vote.outcome) if counted else counts
    others = {
        Outcome.A: before.a[a, b] + before.b[b, a],
        Outcome.TIE: before.tie[a, b] + before.tie[b, a],
        Outcome.BOTH_BAD: before.both_bad[a, b] + before.both_bad[b, a],
        Outcome.B: before.b[a, b] + before.a[b, a],
    }
    told = {str(name): int(number) for name, number in others.items()}
    if not counted or vote.outcome == Outcome.BOTH_BAD:
        return Effect(total, told)
    without, with_it = _half_width(before, a, b), _half_width(counts, a, b)
    return Effect(total, told, without, with_it) if without and with_it else Effect(total, told)


def _less(counts: Counts, a: int, b: int, outcome: str) -> Counts:
    table = getattr(counts, outcome).copy()
    table[a, b] -= 1
    return replace(counts, **{outcome: table})


def _half_width(counts: Counts, a: int, b: int) -> float | None:
    try:
        found = ratings_of(counts, minimum=settings.MINIMUM_VOTES, intervals="iid")
    except ValueError:
        return None  # These votes have no estimate: the vote stands all the same, and its reveal too.
    if found.covariance is None or not {a, b} <= set(found.ranked):
        return None
    i, j = found.ranked.index(a), found.ranked.index(b)
    of = found.covariance
    return float(POINTS * ndtri(0.975) * (of[i, i] + of[j, j] - 2 * of[i, j]) ** 0.5)
