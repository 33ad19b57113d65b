"""Integrity, for organisers: who stands out and why, the audit of the draw, battles nobody judged, excluding voters."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.contrib.auth.models import AbstractBaseUser, AnonymousUser, User
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from arena.errors import Refused
from arena.leaderboards.audit import ALARM, audit_sampling
from arena.leaderboards.findings import finding_text
from arena.leaderboards.integrity import Examination, Voter, both_boards, examine
from arena.leaderboards.unjudged import count_unjudged
from arena.models import Exclusion, Participant
from arena.people.exclusion import exclude, lift
from arena.people.roles import is_organiser
from serving.models import LanguageModel


@require_safe
def integrity(request: HttpRequest) -> HttpResponse:
    _organiser(request.user)
    examined, audit = examine(), audit_sampling()
    titles = dict(LanguageModel.objects.values_list("name", "title"))
    ids = dict(LanguageModel.objects.values_list("pk", "title"))
    decisions = Exclusion.objects.select_related("decided_by", "lifted_by").order_by("-decided_at", "-pk")
    context = {
        "examined": examined,
        "suspects": [_shown(voter, titles) for voter in examined.suspects],
        "influential": [_shown(voter, titles) for voter in examined.influential],
        "changes": _changes(examined, titles),
        "audit": audit,
        "alarm": ALARM,
        "odd_pair": [ids[model] for model in audit.pairs.pair or () if model in ids],
        "sides": [(ids[side.model], side, side in audit.unfair_sides) for side in audit.sides],
        "unjudged": count_unjudged(),
        "decisions": decisions,
        "both": [(titles[both.model], both) for both in both_boards()] if decisions else [],
    }
    return render(request, "arena/integrity.html", context)


@require_POST
def exclude_voter(request: HttpRequest, participant_id: uuid.UUID) -> HttpResponse:
    reason, by = request.POST.get("reason", ""), _organiser(request.user)
    done = _("The voter is excluded. The boards have changed.")
    return _decide(request, participant_id, lambda voter: exclude(participant=voter, reason=reason, by=by), done)


@require_POST
def lift_exclusion(request: HttpRequest, participant_id: uuid.UUID) -> HttpResponse:
    by = _organiser(request.user)
    done = _("The voter's votes count again.")
    return _decide(request, participant_id, lambda voter: lift(participant=voter, by=by), done)


def _organiser(user: AbstractBaseUser | AnonymousUser) -> User:
    if not (isinstance(user, User) and is_organiser(user)):
        raise PermissionDenied
    return user


def _decide(
    request: HttpRequest, participant_id: uuid.UUID, action: Callable[[Participant], object], done: str
) -> HttpResponse:
    try:
        action(get_object_or_404(Participant, pk=participant_id))
        messages.success(request, done)
    except Refused as refusal:
        messages.error(request, refusal.message)
    return HttpResponseRedirect(reverse("integrity"))


def _shown(voter: Voter, titles: dict[str, str]) -> dict[str, Any]:
    return {
        "voter": voter,
        "findings": [finding_text(finding) for finding in voter.findings],
        "model": titles.get(voter.model, ""),
        "points": abs(voter.points),
    }


def _changes(examined: Examination, titles: dict[str, str]) -> list[dict[str, Any]]:
    return [
        {"change": change, "leader": titles[change.leader], "challenger": titles[change.challenger]}
        for change in (examined.by_votes, examined.by_voters)
        if change is not None
    ]
