"""What is told after the vote, and only after it."""

from __future__ import annotations

from typing import Any

from django.urls import reverse

from arena.leaderboards.effect import effect_of
from arena.models import Battle
from serving.models import LanguageModel


def reveal(battle: Battle) -> dict[str, Any]:
    """Both models, the vote, and what it told. The battle must be voted."""
    assert battle.state == Battle.State.VOTED, f"battle {battle.pk} is {battle.state}"
    effect = effect_of(battle.vote)
    return {
        "outcome": battle.vote.outcome,
        "models": {"a": _model(battle.model_a), "b": _model(battle.model_b)},
        "others": effect.others,
        "interval": {"without": effect.without, "with": effect.with_it} if effect.without is not None else None,
        "votes_total": effect.total,
    }


def _model(model: LanguageModel) -> dict[str, Any]:
    return {
        "name": model.name,
        "title": model.title,
        "kind": model.get_kind_display(),
        "parent": model.parent.title if model.parent else None,
        "licence": model.licence,
        "parameters": model.parameters,
        "demo": model.demo,
        "url": reverse("model", args=[model.name]),
    }
