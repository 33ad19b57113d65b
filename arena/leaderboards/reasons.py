"""Why a model is not ranked, and what is wrong with a board, in sentences."""

from __future__ import annotations

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from arena.ranking.board import DISCONNECTED, FEW_VOTERS, NO_VOTES, NOBODY_RANKED, Row
from arena.ranking.connectivity import FEW_VOTES, NO_LOSS, NO_WIN, NOT_CONNECTED


def why_provisional(row: Row) -> str:
    """One sentence about a provisional model; "" for a ranked one."""
    return reason_text(row.reason, row.missing)


def reason_text(reason: str, missing: int = 0) -> str:
    """The same by code; `missing`: votes that the model still needs, where that is known."""
    if reason == FEW_VOTES and missing:
        text = ngettext("%(missing)d more vote is needed.", "%(missing)d more votes are needed.", missing)
        return text % {"missing": missing}
    return {
        "": "",
        FEW_VOTES: _("It has too few votes."),
        NO_WIN: _("It has not won or tied a comparison yet."),
        NO_LOSS: _("It has not lost or tied a comparison yet."),
        NOT_CONNECTED: _("It has not been compared, both won and lost, with the ranked models."),
    }[reason]


def warning_text(code: str) -> str:
    """One sentence about a board."""
    return {
        NO_VOTES: _("There are no votes yet."),
        NOBODY_RANKED: _("There are too few votes to rank anybody yet."),
        DISCONNECTED: _("Some models cannot be compared with the others yet; they are not ranked."),
        FEW_VOTERS: _(
            "Too few people have voted to tell how much their tastes differ; the intervals take every vote for a new "
            "person's, and may be too narrow."
        ),
    }[code]
