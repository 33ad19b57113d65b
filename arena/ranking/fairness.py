"""Was the draw fair? Drawn pairs against their stored probabilities, and sides against a fair coin."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from scipy.stats import binomtest, chi2

# Below it the chi-square distribution describes a cell badly (Cochran 1954).
SMALLEST_EXPECTED = 5.0
_ROUNDING = 1e-6

Pair = frozenset[int]


@dataclass(frozen=True)
class Fit:
    """Pearson's chi-square of the drawn pairs; `p` is 1 where there is nothing to test yet."""

    draws: int
    chi_square: float
    degrees: int
    p: float


@dataclass(frozen=True)
class Sides:
    """How often a model stood on side A, and the two-sided binomial p-value of that."""

    model: int
    battles: int
    on_a: int
    p: float


def fit_of_pairs(draws: Iterable[tuple[Pair, float]]) -> Fit:
    """Test drawn pairs, in the order of their draws, against the probability that each was drawn with.

    Probabilities change when a model comes or goes, so the draws are cut into stretches in which they stood still;
    pairs of a stretch that were possible but never drawn are one more cell. Stretches add up.
    """
    number, statistic, degrees = 0, 0.0, 0
    for stretch in _stretches(draws):
        number += stretch.drawn.total()
        cells = _pooled(_cells(stretch))
        statistic += sum((observed - expected) ** 2 / expected for observed, expected in cells)
        degrees += max(0, len(cells) - 1)
    return Fit(number, statistic, degrees, float(chi2.sf(statistic, degrees)) if degrees else 1.0)


def fit_of_sides(battles: Iterable[tuple[int, int]]) -> list[Sides]:
    """Test each model's share of side A against one half; `battles` are (model on A, model on B)."""
    on_a: Counter[int] = Counter()
    all_of: Counter[int] = Counter()
    for a, b in battles:
        on_a[a] += 1
        all_of.update((a, b))
    p_values = {model: float(binomtest(on_a[model], battles).pvalue) for model, battles in all_of.items()}
    return [Sides(model, all_of[model], on_a[model], p) for model, p in sorted(p_values.items())]


@dataclass
class _Stretch:
    """Draws under one set of probabilities, as far as the drawn pairs tell it."""

    probabilities: dict[Pair, float]
    drawn: Counter[Pair]

    def fits(self, pair: Pair, probability: float) -> bool:
        known = self.probabilities.get(pair)
        if known is not None:
            return abs(known - probability) < _ROUNDING
        return sum(self.probabilities.values()) + probability <= 1 + _ROUNDING


def _stretches(draws: Iterable[tuple[Pair, float]]) -> list[_Stretch]:
    stretches: list[_Stretch] = []
    for pair, probability in draws:
        if not stretches or not stretches[-1].fits(pair, probability):
            stretches.append(_Stretch({}, Counter()))
        stretches[-1].probabilities[pair] = probability
        stretches[-1].drawn[pair] += 1
    return stretches


def _cells(stretch: _Stretch) -> list[tuple[float, float]]:
    """(observed, expected) of every drawn pair and of all the others together."""
    number = stretch.drawn.total()
    cells = [(float(stretch.drawn[pair]), number * p) for pair, p in stretch.probabilities.items()]
    unseen = 1 - sum(stretch.probabilities.values())
    return [*cells, (0.0, number * unseen)] if unseen > _ROUNDING else cells


def _pooled(cells: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    """The cells, those of small expectation put together into one; nothing where that one is small too."""
    large = [cell for cell in cells if cell[1] >= SMALLEST_EXPECTED]
    small = [cell for cell in cells if cell[1] < SMALLEST_EXPECTED]
    if not small:
        return large
    together = (sum(observed for observed, _expected in small), sum(expected for _observed, expected in small))
    if together[1] >= SMALLEST_EXPECTED:
        return [*large, together]
    if not large:
        return []
    # Too little for a cell of its own: it joins the smallest large one, so that totals still agree.
    *rest, least = sorted(large, key=lambda cell: -cell[1])
    return [*rest, (least[0] + together[0], least[1] + together[1])]
