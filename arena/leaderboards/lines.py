"""One line of a board as people read it: a model, its figures, and what is known of it besides."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from django.utils.translation import gettext as _

from arena.leaderboards.failures import Attempts
from arena.leaderboards.reasons import reason_text, why_provisional
from arena.models import Leaderboard, Standing
from arena.ranking.board import Board, Row
from serving.models import LanguageModel

NOTHING_TRIED = Attempts(0, 0)


@dataclass(frozen=True)
class Line:
    """Figures of a live or a published board; `why` is empty for a ranked model."""

    row: Row | Standing
    model: LanguageModel
    elo: float | None = None
    why: str = ""
    # Votes that a provisional model still needs; 0 where votes are not what it lacks.
    missing: int = 0
    attempts: Attempts | None = None
    # Of a published board: the same model's figures with the votes of excluded voters.
    with_excluded: Standing | None = None

    @property
    def won(self) -> str:
        return self._share(self.row.wins)

    @property
    def tied(self) -> str:
        return self._share(self.row.ties)

    @property
    def both_bad(self) -> str:
        return self._share(self.row.both_bad)

    @property
    def first(self) -> str:
        return percent(self.row.p_first)

    @property
    def failed(self) -> str:
        return percent(self.attempts.rate if self.attempts else None)

    def _share(self, votes: float) -> str:
        return percent(votes / self.row.votes if self.row.votes else None)


def percent(share: float | None) -> str:
    """A share for people: "52 %", "–" for one that nobody knows; what is not quite 0 or 1 never looks like it."""
    if share is None:
        return "–"
    number = f"{100 * share:.0f}"
    if 0 < share < 0.005:
        number = "<1"
    elif 0.995 <= share < 1:
        number = ">99"
    return _("%(number)s %%") % {"number": number}


def live_lines(board: Board, models: Mapping[str, LanguageModel], attempts: Mapping[int, Attempts]) -> list[Line]:
    """In the order of the board; `models` by name, `attempts` by id."""
    return [
        Line(
            row,
            models[row.model],
            elo=board.elo.get(row.model),
            why=why_provisional(row),
            missing=row.missing,
            attempts=attempts.get(models[row.model].pk, NOTHING_TRIED),
        )
        for row in board.rows
    ]


def published_lines(published: Leaderboard, twin: Leaderboard | None) -> list[Line]:
    """In the order of the board; `twin` is the same number with the votes of excluded voters."""
    others = {standing.model_id: standing for standing in twin.standings.all()} if twin else {}
    standings = published.standings.select_related("model__parent", "model__base")
    return [
        Line(
            standing,
            standing.model,
            elo=standing.elo,
            why=reason_text(standing.reason),
            with_excluded=others.get(standing.model_id),
        )
        for standing in standings
    ]
