"""Skipping: a battle that its participant cannot or does not want to judge ends without a vote, and says why."""

from __future__ import annotations

from django.utils import timezone
from django.utils.translation import gettext as _

from arena.battles.voting import why_closed
from arena.errors import Refused
from arena.models import Battle
from arena.models.battles import SkipReason


def skip_battle(*, battle: Battle, reason: str) -> None:
    """End an open battle without a vote and keep the reason.

    A battle that was skipped before stays as it was: its first reason stands. Raises Refused with status 409 where
    it was voted on, or ended in another way. Pages that stream its answers find it closed and stop.
    """
    if reason not in SkipReason.values:
        raise Refused("reason_unknown", _("This reason could not be understood. Please reload the page and try again."))
    ended = {"state": Battle.State.ENDED, "end_reason": Battle.EndReason.SKIPPED, "ended_at": timezone.now()}
    if Battle.objects.open().filter(pk=battle.pk).update(skip_reason=reason, **ended):
        return
    battle.refresh_from_db()
    if battle.end_reason != Battle.EndReason.SKIPPED:
        raise why_closed(battle)
