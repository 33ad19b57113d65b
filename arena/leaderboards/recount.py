"""The counts once more, from the votes themselves: what the table kept with each vote must always equal."""

from __future__ import annotations

from django.db.models import Count

from arena.models import PairCount, Vote
from arena.models.battles import Outcome

# Model on side A, model on side B, simulated.
Pair = tuple[int, int, bool]
Outcomes = dict[str, int]


def recount() -> dict[Pair, Outcomes]:
    """Outcomes of every ordered pair that has a vote which is not withdrawn."""
    votes = Vote.objects.counted(simulated=True).values_list("model_a_id", "model_b_id", "simulated", "outcome")
    found: dict[Pair, Outcomes] = {}
    for a, b, simulated, outcome, number in votes.annotate(number=Count("pk")).order_by():
        found.setdefault((a, b, simulated), dict.fromkeys(Outcome.values, 0))[outcome] = number
    return found


def miscounted() -> dict[Pair, tuple[Outcomes, Outcomes]]:
    """Pairs whose kept counts differ from the recount, with both."""
    kept: dict[Pair, Outcomes] = {
        (pair.model_a_id, pair.model_b_id, pair.simulated): {name: getattr(pair, name) for name in Outcome.values}
        for pair in PairCount.objects.all()
    }
    found = recount()
    nothing = dict.fromkeys(Outcome.values, 0)
    return {
        pair: (kept.get(pair, nothing), found.get(pair, nothing))
        for pair in kept.keys() | found.keys()
        if kept.get(pair, nothing) != found.get(pair, nothing)
    }
