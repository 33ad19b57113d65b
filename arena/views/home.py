"""The home page: what this is, where to begin, and how far the community has come."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from arena.leaderboards.boards import OVERALL
from arena.leaderboards.counting import kept
from arena.models import Vote
from serving.models import LanguageModel


@dataclass(frozen=True)
class Goal:
    """Votes until the contestants can be ranked; reached as soon as two of them can. A vote counts for two models."""

    votes: int
    wanted: int
    reached: bool


def home(request: HttpRequest) -> HttpResponse:
    contestants = LanguageModel.objects.contesting()
    return render(
        request,
        "arena/home.html",
        {
            "goal": _goal(set(contestants.values_list("pk", flat=True))),
            "votes": Vote.objects.counted().count(),
            "demo": contestants.filter(demo=True).exists(),
        },
    )


def _goal(contestants: set[int]) -> Goal:
    """A model with more votes than it needs does not bring the others nearer to theirs."""
    minimum = settings.MINIMUM_VOTES
    seen: Counter[int] = Counter()
    for model_a, model_b, outcomes in kept(OVERALL).pairs():
        seen.update({model_a: sum(outcomes)})
        seen.update({model_b: sum(outcomes)})
    useful = sum(min(seen[model], minimum) for model in contestants)
    enough = [model for model in contestants if seen[model] >= minimum]
    return Goal(votes=useful // 2, wanted=(len(contestants) * minimum + 1) // 2, reached=len(enough) >= 2)
