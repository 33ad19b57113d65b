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
    """`others`: how many other votes on the two models had each outcome, A and B being the sides of this vote.

    `without` and `with_it`: half of the 95 % interval of the models' difference, in rating points, votes counting as
    independent. None where the vote changes nothing of it: a model without a rank, *both bad*, a vote that no board
    counts.
    """

    others: dict[str, int]
    without: float | None
    with_it: float | None


def effect_of(vote: Vote) -> Effect:
    """Of the board of this moment, with the votes of simulated voters where this is one."""
    simulated = vote.population == Population.SIMULATED
    counts = counts_now(simulated=simulated)
    a, b = counts.models.index(vote.model_a.name), counts.models.index(vote.model_b.name)
    counted = Vote.objects.counted(simulated=simulated).filter(pk=vote.pk).exists()
    before = _less(counts, a, b, vote.outcome) if counted else counts
    others = {
        Outcome.A: before.a[a, b] + before.b[b, a],
        Outcome.TIE: before.tie[a, b] + before.tie[b, a],
        Outcome.BOTH_BAD: before.both_bad[a, b] + before.both_bad[b, a],
        Outcome.B: before.b[a, b] + before.a[b, a],
    }
    widths = _half_width(before, a, b), _half_width(counts, a, b)
    changed = counted and vote.outcome != Outcome.BOTH_BAD and None not in widths
    return Effect({name: int(number) for name, number in others.items()}, *(widths if changed else (None, None)))


def _less(counts: Counts, a: int, b: int, outcome: str) -> Counts:
    table = getattr(counts, outcome).copy()
    table[a, b] -= 1
    return replace(counts, **{outcome: table})


def _half_width(counts: Counts, a: int, b: int) -> float | None:
    found = ratings_of(counts, minimum=settings.MINIMUM_VOTES, intervals="iid")
    if found.covariance is None or not {a, b} <= set(found.ranked):
        return None
    i, j = found.ranked.index(a), found.ranked.index(b)
    of = found.covariance
    return float(POINTS * ndtri(0.975) * (of[i, i] + of[j, j] - 2 * of[i, j]) ** 0.5)
