"""What a contestant was made from: its family, and the votes that it and its ancestors were trained on."""

from __future__ import annotations

from collections.abc import Iterable

from arena.models import Vote
from serving.models import LanguageModel


def votes_seen(model: LanguageModel) -> set[int]:
    """Ids of the votes in the model's own preference set; its ancestors' are theirs."""
    return set(model.lineage.get("votes", []))


def withdrawn_seen(model: LanguageModel) -> int:
    """How many votes of the model's own preference set have been withdrawn since."""
    return len(votes_seen(model) & set(Vote.objects.exclude(withdrawn_at=None).values_list("pk", flat=True)))


def touched_by(votes: Iterable[int]) -> list[LanguageModel]:
    """Every model trained on one of `votes`, and every descendant of one: weights are inherited. Eldest first."""
    given = set(votes)
    touched: dict[int, LanguageModel] = {}
    # A parent is always older than its child.
    for model in LanguageModel.objects.order_by("pk"):
        if given & votes_seen(model) or model.parent_id in touched or model.base_id in touched:
            touched[model.pk] = model
    return list(touched.values())


def ancestors(model: LanguageModel) -> list[LanguageModel]:
    """The model's parent, its parent's parent and so on, the eldest first."""
    line: list[LanguageModel] = []
    while model.parent is not None:
        model = model.parent
        line.insert(0, model)
    return line
