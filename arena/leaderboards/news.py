"""What came of the votes last: the last published board, and the last child that entered the arena."""

from __future__ import annotations

from dataclasses import dataclass

from arena.leaderboards.boards import OVERALL
from arena.leaderboards.families import Duel, duel
from arena.leaderboards.lines import percent
from arena.models import Leaderboard
from serving.models import LanguageModel

# A share of fewer decided votes than this says nothing yet.
ENOUGH = 10


@dataclass(frozen=True)
class Child:
    """A model that was trained on votes, and how it does against its parent among people."""

    model: LanguageModel
    duel: Duel

    @property
    def known(self) -> bool:
        return self.duel.decided >= ENOUGH

    @property
    def share(self) -> str:
        return percent(self.duel.share)

    @property
    def interval(self) -> tuple[str, str]:
        return percent(self.duel.lower), percent(self.duel.upper)


def latest_board() -> Leaderboard | None:
    return Leaderboard.objects.filter(board=OVERALL, simulated=False, excluded=False).order_by("number").last()


def latest_child() -> Child | None:
    children = (
        LanguageModel.objects.contesting()
        .exclude(parent=None)
        .select_related("parent")
        .defer("lineage", "parent__lineage")
    )
    model = children.order_by("created_at", "pk").last()
    return child_of_votes(model) if model else None


def child_of_votes(model: LanguageModel) -> Child:
    assert model.parent is not None, f"{model} has no parent"
    return Child(model, duel(child=model, parent=model.parent, simulated=False))
