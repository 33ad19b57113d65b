"""Which two models meet. The probability of the draw is returned with it, because it cannot be recovered later."""

from __future__ import annotations

import itertools
import random
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from arena.errors import Refused
from serving.models import LanguageModel

# A child meets its parent this many times more often than any other pair meets, until the pair is resolved.
PARENT_WEIGHT = 3.0


@dataclass(frozen=True)
class Draw:
    """Two models with their sides, and the probability of the unordered pair."""

    a: LanguageModel
    b: LanguageModel
    probability: float


def pair_weights(
    models: Sequence[LanguageModel], resolved: Collection[frozenset[int]] = ()
) -> dict[tuple[int, int], float]:
    """Weight of every pair of indices into `models`; `resolved` holds pairs of ids whose winner is known."""
    return {
        (i, j): PARENT_WEIGHT
        if _is_family(models[i], models[j]) and frozenset((models[i].pk, models[j].pk)) not in resolved
        else 1.0
        for i, j in itertools.combinations(range(len(models)), 2)
    }


def draw_pair(
    models: Sequence[LanguageModel], *, resolved: Collection[frozenset[int]] = (), source: random.Random
) -> Draw:
    """Draw a pair by its weight, then its sides by a fair coin."""
    if len(models) < 2:
        raise Refused("no_models", _("Fewer than two models are ready. Please come back in a while."), status=503)
    weights = pair_weights(models, resolved)
    (i, j), weight = source.choices(list(weights.items()), list(weights.values()))[0]
    sides = [models[i], models[j]]
    source.shuffle(sides)
    return Draw(a=sides[0], b=sides[1], probability=weight / sum(weights.values()))


def redraw(
    models: Sequence[LanguageModel], *, keep: LanguageModel, without: Collection[int], source: random.Random
) -> tuple[LanguageModel, float] | None:
    """A replacement for a side that failed: uniform over models other than `keep` and those in `without`.

    Returns the model and its probability, or None where no other model is left.
    """
    candidates = [model for model in models if model.pk != keep.pk and model.pk not in without]
    if not candidates:
        return None
    return source.choice(candidates), 1 / len(candidates)


def _is_family(one: LanguageModel, other: LanguageModel) -> bool:
    return one.parent_id == other.pk or other.parent_id == one.pk
