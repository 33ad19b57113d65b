"""Which two models meet. The probability of the draw is returned with it, because it cannot be recovered later."""

from __future__ import annotations

import random
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from django.conf import settings
from django.utils.translation import gettext as _

from arena.errors import Refused
from arena.leaderboards.counting import Kept
from arena.ranking.counts import Counts, FloatVector, IntMatrix, Table
from arena.ranking.information import expected_gain
from serving.models import LanguageModel

# A child meets its parent this many times more often than it would otherwise, until the pair is resolved.
PARENT_WEIGHT = 3.0
# Pairs are drawn by this power of their gain. Measured on two new models beside 20 known ones, with a floor of 30 %:
# by the gain itself a quarter to a fifth of the votes of uniform draws, by its square a fifth, and never more.
SHARPNESS = 2


@dataclass(frozen=True)
class Draw:
    """Two models with their sides, and the probability of the unordered pair."""

    a: LanguageModel
    b: LanguageModel
    probability: float


@dataclass(frozen=True, eq=False)
class Lots:
    """Every pair of places in a list of models (P × 2) with its probability (P) and the sums of these up to it."""

    pairs: IntMatrix
    probabilities: FloatVector
    sums: list[float]


def draw_pair(
    models: Sequence[LanguageModel],
    *,
    known: Kept | None = None,
    resolved: Collection[frozenset[int]] = (),
    source: random.Random,
) -> Draw:
    """Draw a pair by how much it is expected to tell after the counts that are `known`, then its sides by a fair coin.

    `resolved` holds pairs of ids of parents and children whose winner is known. Raises Refused for fewer than two.
    """
    if len(models) < 2:
        raise Refused("no_models", _("Fewer than two models are ready. Please come back in a while."), status=503)
    lots = lots_of(models, known=known, resolved=resolved)
    place = source.choices(range(len(lots.sums)), cum_weights=lots.sums)[0]
    sides = [models[i] for i in lots.pairs[place].tolist()]
    source.shuffle(sides)
    return Draw(a=sides[0], b=sides[1], probability=float(lots.probabilities[place]))


def lots_of(
    models: Sequence[LanguageModel], *, known: Kept | None = None, resolved: Collection[frozenset[int]] = ()
) -> Lots:
    """The probabilities of the next draw.

    The share `SAMPLING_FLOOR` of the draws knows nothing of the votes, so that every pair keeps a probability by which
    its votes can be reweighted; the others go by information.
    """
    ids = tuple(model.pk for model in models)
    families = {frozenset((model.pk, model.parent_id)) for model in models if model.parent_id in ids}
    table = _table_of(ids, known)
    return _lots(ids, frozenset(families.difference(resolved)), table.tobytes(), settings.SAMPLING_FLOOR)


@lru_cache(maxsize=8)
def _lots(ids: tuple[int, ...], families: frozenset[frozenset[int]], table: bytes, floor: float) -> Lots:
    """Remembered until a vote changes the table or a model comes or goes: until then the draw is the same again."""
    size = len(ids)
    outcomes = np.frombuffer(table, dtype=np.int64).reshape(4, size, size)
    rows, columns = np.triu_indices(size, k=1)
    weights = np.ones((size, size))
    for family in families:
        one, other = (ids.index(model) for model in family)
        weights[one, other] = weights[other, one] = PARENT_WEIGHT
    told = (weights * expected_gain(Counts(tuple(map(str, ids)), *outcomes)) ** SHARPNESS)[rows, columns]
    blind = weights[rows, columns]
    probabilities = floor * blind / blind.sum() + (1 - floor) * told / told.sum()
    return Lots(np.stack([rows, columns], axis=1), probabilities, probabilities.cumsum().tolist())


def _table_of(ids: tuple[int, ...], known: Kept | None) -> Table:
    """Outcomes × models × models in the order of `ids`; a model without votes has zeros."""
    table = np.zeros((4, len(ids), len(ids)), dtype=np.int64)
    if known is not None:
        places = [(place, known.ids.index(model)) for place, model in enumerate(ids) if model in known.ids]
        here, there = [place for place, _known in places], [place for _here, place in places]
        table[np.ix_(range(4), here, here)] = known.table[np.ix_(range(4), there, there)]
    return table


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
