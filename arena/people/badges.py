"""Badges: what somebody has done, as sentences that follow from the record. Nothing is counted against others."""

from __future__ import annotations

from django.utils.translation import gettext as _

from arena.people.impact import Impact

MANY = 10
CATEGORIES = 3


def badges_of(impact: Impact) -> list[str]:
    """The sentences that hold, in the order in which they usually come true."""
    sentences = {
        _("You have cast your first vote."): impact.votes > 0,
        _("You have judged ten battles."): impact.votes >= MANY,
        _("You have judged in three categories."): impact.categories >= CATEGORIES,
        _("A published leaderboard counts a vote of yours."): bool(impact.boards),
        _("A model was trained on a vote of yours."): bool(impact.trained),
    }
    return [sentence for sentence, holds in sentences.items() if holds]
