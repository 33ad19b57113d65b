"""What is told after the vote, and only after it."""

from __future__ import annotations

from typing import Any

from django.urls import reverse

from arena.models import Battle, Vote
from serving.models import LanguageModel


def reveal(battle: Battle) -> dict[str, Any]:
    """Both models and the vote. The battle must be voted."""
    assert battle.state == Battle.State.VOTED, f"battle {battle.pk} is {battle.state}"
    return {
        "outcome": battle.vote.outcome,
        "models": {"a": _model(battle.model_a), "b": _model(battle.model_b)},
        "votes_total": Vote.objects.counted(simulated=battle.simulated).count(),
    }


def _model(model: LanguageModel) -> dict[str, Any]:
    return {
        "name": model.name,
        "title": model.title,
        "kind": model.get_kind_display(),
        "licence": model.licence,
        "parameters": model.parameters,
        "demo": model.demo,
        "url": reverse("model", args=[model.name]),
    }
