"""Were pairs drawn with their stored probabilities, where these change with every draw?

Only the probability of the pair that was drawn is stored. That is enough to bet against the sampler: whoever holds 1
on a pair that is drawn with probability P, stakes the share λ on it and is paid 1/P on the stake, has on average still
1, whatever P is and however it came about. So a fortune made by bets that were fixed beforehand is evidence, and by
Ville's inequality (1939) a capital of 1000 is ever reached with probability at most 1/1000, however often one looks:
Shafer (2021), Testing by betting; Ramdas et al. (2023), Game-theoretic statistics and safe anytime-valid inference. A
chi-square would need the probabilities of the pairs that were not drawn.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from itertools import combinations, pairwise

import numpy as np

from arena.ranking.counts import FloatMatrix, FloatVector, IntVector

Pair = frozenset[int]
# Stakes on one pair: multiples of its share if all were alike …
ON = np.array([1.0, 3.0, 10.0])
# … and against it, as shares of the largest stake that cannot be lost twice.
AGAINST = np.array([0.5, 0.9])
# Stakes on all pairs at once being drawn more alike, or less, than their probabilities say.
MORE_ALIKE = np.array([0.1, 0.4])
LESS_ALIKE = np.array([0.3, 0.9])
# A model that is not drawn while this many draws of it were due was away, and nobody bets on it meanwhile.
DUE = 25


@dataclass(frozen=True)
class Drawn:
    """A pair and the probability of its draw; None where that was lost (a side failed and was drawn again)."""

    pair: Pair
    probability: float | None


@dataclass(frozen=True)
class Bets:
    """The largest capital (its logarithm) that a bet on one pair, or on all at once (`pair` is None), has come to.

    `p` is valid at every look: the inverse of that capital, times the number of bets.
    """

    draws: int
    bets: int
    log_capital: float
    pair: Pair | None
    p: float


def bet_on_pairs(draws: Sequence[Drawn], *, here: Collection[int] = ()) -> Bets:
    """Bet on every pair of models that were drawn before, in the order of the draws; `here` are those still drawn.

    A pair is bet on from its models' first draws until one of them is away. `p` is 1 where there was nothing to bet on.
    """
    known = [draw.probability for draw in draws if draw.probability is not None]
    if not known:
        return Bets(len(draws), 0, 0.0, None, 1.0)
    spans = _spans(draws, here, smallest=min(known))
    possible = _possible(spans, len(draws), inclusive=True)
    # The smallest probability, as a multiple of its pair's share if all were alike: what the floor leaves to everyone.
    floor = min(d.probability * k for d, k in zip(draws, possible, strict=True) if d.probability is not None)
    capitals = _capitals_of_pairs(draws, spans, np.maximum(possible, 2), floor)
    capitals[None] = _capital_of_all(draws, spans, floor)
    pair = max(capitals, key=lambda one: capitals[one])
    best = capitals[pair]
    return Bets(len(draws), len(capitals), best, pair, float(min(1.0, len(capitals) * np.exp(-max(best, 0.0)))))


Spans = dict[int, list[tuple[int, int]]]


def _spans(draws: Sequence[Drawn], here: Collection[int], *, smallest: float) -> Spans:
    """From each model's draws: the stretches (first draw, after the last one) in which it was there to be drawn."""
    drawn_at = defaultdict(list)
    for at, draw in enumerate(draws):
        for model in draw.pair:
            drawn_at[model].append(at)
    longest = DUE / (smallest * max(1, len(drawn_at) - 1))
    spans: Spans = {}
    for model, places in drawn_at.items():
        cuts = [0, *(i for i in range(1, len(places)) if places[i] - places[i - 1] > longest), len(places)]
        spans[model] = [(places[first], places[after - 1] + 1) for first, after in pairwise(cuts)]
        if model in here:
            spans[model][-1] = (spans[model][-1][0], len(draws))
    return spans


def _possible(spans: Spans, draws: int, *, inclusive: bool) -> IntVector:
    """Number of possible pairs at every draw; without the draw in which a model was first seen unless `inclusive`."""
    change = np.zeros(draws + 1, dtype=np.int64)
    for stretches in spans.values():
        for first, after in stretches:
            change[first if inclusive else min(first + 1, after)] += 1
            change[after] -= 1
    models = change[:-1].cumsum()
    return np.asarray(models * (models - 1) // 2, dtype=np.int64)


def _capitals_of_pairs(
    draws: Sequence[Drawn], spans: Spans, possible: IntVector, floor: float
) -> dict[Pair | None, float]:
    """The logarithm of the mean capital of the stakes on each pair."""
    stakes = np.concatenate(
        [np.minimum(0.5, ON[:, None] / possible), -AGAINST[:, None] * (floor / (possible + floor))], axis=0
    )
    missed = np.log1p(-stakes)
    upto = np.concatenate([np.zeros((len(stakes), 1)), missed.cumsum(axis=1)], axis=1)
    drawn_at = defaultdict(list)
    for at, draw in enumerate(draws):
        drawn_at[draw.pair].append(at)
    capitals: dict[Pair | None, float] = {}
    for one, other in combinations(sorted(spans), 2):
        pair = frozenset((one, other))
        logs = np.zeros(len(stakes))
        for first, after in _both(spans[one], spans[other]):
            logs += upto[:, after] - upto[:, first]
            hits = [at for at in drawn_at.get(pair, ()) if first <= at < after]
            paid = np.array([_paid(draws[at].probability, possible[at], floor) for at in hits]).reshape(-1, 2)
            logs += _won(stakes[:, hits], paid).sum(axis=1) - missed[:, hits].sum(axis=1)
        capitals[pair] = _log_mean(logs)
    return capitals


def _paid(probability: float | None, possible: int, floor: float) -> tuple[float, float]:
    """What a stake on the pair and one against it are settled at: 1/P; at the worst for either where P was lost."""
    return (1.0, possible / floor) if probability is None else (1 / probability, 1 / probability)


def _won(stakes: FloatMatrix, paid: FloatMatrix) -> FloatMatrix:
    """Logarithms of 1 + λ (1/P - 1) of the stakes (strategies × hits)."""
    rates = np.where(stakes > 0, paid[:, 0], paid[:, 1])
    # A stake against a pair is never quite lost, but for rounding.
    return np.asarray(np.log(np.maximum(1 + stakes * (rates - 1), 1e-12)), dtype=np.float64)


def _both(one: Sequence[tuple[int, int]], other: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """The draws after both models were first seen and before either was away."""
    meets = [(max(a[0], b[0]) + 1, min(a[1], b[1])) for a in one for b in other]
    return [(first, after) for first, after in meets if first < after]


def _capital_of_all(draws: Sequence[Drawn], spans: Spans, floor: float) -> float:
    """Bets on the K pairs of models seen before, one K-th of the stake on each: paid 1 / (K P)."""
    seen = _possible(spans, len(draws), inclusive=False)
    first_draw = {model: {first for first, _after in stretches} for model, stretches in spans.items()}
    against = min(1.0, floor / (1 - floor)) if floor < 1 else 1.0
    stakes = np.concatenate([MORE_ALIKE, -LESS_ALIKE * against])
    logs = np.zeros(len(stakes))
    for at, (draw, pairs) in enumerate(zip(draws, seen.tolist(), strict=True)):
        if pairs:
            known = not any(at in first_draw[model] for model in draw.pair)
            paid = np.array([_paid(draw.probability, pairs, floor)]) / pairs if known else np.zeros((1, 2))
            logs += _won(stakes[:, None], paid)[:, 0]
    return _log_mean(logs)


def _log_mean(logs: FloatVector) -> float:
    return float(np.logaddexp.reduce(logs) - np.log(len(logs)))
