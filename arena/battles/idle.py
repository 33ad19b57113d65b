"""Battles that their participant has left."""

from __future__ import annotations

from datetime import timedelta

from django.utils import timezone

from arena.models import Battle, Turn

LONGEST_PAUSE = timedelta(days=1)


def abandon_idle() -> int:
    """End the open battles whose last turn was asked more than a day ago. Returns how many."""
    now = timezone.now()
    lively = Turn.objects.filter(created_at__gte=now - LONGEST_PAUSE).values("battle_id")
    return (
        Battle.objects.open()
        .filter(created_at__lt=now - LONGEST_PAUSE)
        .exclude(pk__in=lively)
        .update(state=Battle.State.ENDED, end_reason=Battle.EndReason.ABANDONED, ended_at=now)
    )
