"""Were sides drawn by a fair coin?"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from scipy.stats import binomtest


@dataclass(frozen=True)
class Sides:
    """How often a model stood on side A, and the two-sided binomial p-value of that."""

    model: int
    battles: int
    on_a: int
    p: float


def fit_of_sides(battles: Iterable[tuple[int, int]]) -> list[Sides]:
    """Test each model's share of side A against one half; `battles` are (model on A, model on B)."""
    on_a: Counter[int] = Counter()
    all_of: Counter[int] = Counter()
    for a, b in battles:
        on_a[a] += 1
        all_of.update((a, b))
    p_values = {model: float(binomtest(on_a[model], battles).pvalue) for model, battles in all_of.items()}
    return [Sides(model, all_of[model], on_a[model], p) for model, p in sorted(p_values.items())]
