"""Leaving a voter's votes out of the boards: a person's decision, with its reason, on record, and reversible."""

from __future__ import annotations

from django.contrib.auth.models import User
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from arena.errors import Refused
from arena.leaderboards.counting import move
from arena.models import Battle, Exclusion, Participant, Vote
from arena.models.battles import Population


def exclude(*, participant: Participant, reason: str, by: User) -> Exclusion:
    """Leave out every vote the participant has cast and will cast, until it is lifted. The votes stay as they are.

    Raises Refused without a reason, and with status 409 where the participant is excluded already.
    """
    reason = reason.strip()
    if not reason:
        raise Refused("reason", _("Please write why this voter is to be excluded: the reason stays on record."))
    with transaction.atomic():
        _wait_for_votes_of(participant)
        try:
            with transaction.atomic():
                exclusion = Exclusion.objects.create(participant=participant, reason=reason, decided_by=by)
        except IntegrityError as error:
            raise Refused("excluded", _("This voter is excluded already."), status=409) from error
        _move(participant, Population.PEOPLE, Population.EXCLUDED)
    return exclusion


def lift(*, participant: Participant, by: User) -> None:
    """Count the participant's votes again. The exclusion stays on record. Raises Refused (409) where there is none."""
    with transaction.atomic():
        _wait_for_votes_of(participant)
        standing = Exclusion.objects.filter(participant=participant, lifted_at=None)
        if not standing.update(lifted_at=timezone.now(), lifted_by=by):
            raise Refused("not_excluded", _("This voter is not excluded."), status=409)
        _move(participant, Population.EXCLUDED, Population.PEOPLE)


def _wait_for_votes_of(participant: Participant) -> None:
    """A vote under way has locked its battle: it comes first, and is moved; or it waits, and finds the decision."""
    list(Battle.objects.open().visible_to(participant).select_for_update().values_list("pk"))


def _move(participant: Participant, population: str, to: str) -> None:
    votes = Vote.objects.filter(participant=participant, population=population, withdrawn_at=None)
    # Locked, so that nobody withdraws them meanwhile.
    move(list(votes.select_for_update().order_by("pk")), to=to)
    votes.update(population=to)
