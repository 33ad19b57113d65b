"""The audit of the sampler: were pairs drawn as stored, and sides by a fair coin?"""

from __future__ import annotations

from dataclasses import dataclass

from arena.models import Battle
from arena.ranking.fairness import Fit, Sides, fit_of_pairs, fit_of_sides

# One false alarm in a thousand audits.
ALARM = 0.001


@dataclass(frozen=True)
class Audit:
    """Figures of all battles whose pair stayed as it was drawn; sides are by id of the model."""

    pairs: Fit
    sides: list[Sides]

    @property
    def pairs_fair(self) -> bool:
        return self.pairs.p >= ALARM

    @property
    def unfair_sides(self) -> list[Sides]:
        """Models too often on one side; the bound is shared among them (Bonferroni)."""
        return [side for side in self.sides if side.p < ALARM / len(self.sides)]


def audit_sampling() -> Audit:
    """Read every battle but those in which a failed side was drawn again: the failure, not the lot, chose those."""
    battles = list(
        Battle.objects.filter(redrawn=False)
        .order_by("created_at", "pk")
        .values_list("model_a_id", "model_b_id", "pair_probability")
    )
    return Audit(
        pairs=fit_of_pairs((frozenset((a, b)), probability) for a, b, probability in battles),
        sides=fit_of_sides((a, b) for a, b, _probability in battles),
    )
