"""What became of battles that nobody voted on: skipped, and why, or left. By reason alone; no pair is named."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from django.db.models import Count

from arena.models import Battle
from arena.models.battles import SkipReason


@dataclass(frozen=True)
class Unjudged:
    """Battles of people. `reasons` is what they skipped for, the most frequent first; a withdrawal erases its own."""

    voted: int
    skipped: int
    abandoned: int
    reasons: list[tuple[SkipReason, int]]


def count_unjudged() -> Unjudged:
    """Count the people's battles by how they ended."""
    endings = Battle.objects.filter(simulated=False).values_list("state", "end_reason", "skip_reason")
    states: Counter[str] = Counter()
    ends: Counter[str] = Counter()
    reasons: Counter[str] = Counter()
    for state, end, reason, number in endings.annotate(number=Count("pk")).order_by():
        states[state] += number
        ends[end] += number
        reasons[reason] += number
    return Unjudged(
        voted=states[Battle.State.VOTED],
        skipped=ends[Battle.EndReason.SKIPPED],
        abandoned=ends[Battle.EndReason.ABANDONED],
        reasons=[(SkipReason(reason), number) for reason, number in reasons.most_common() if reason],
    )
