"""Who is behind a request: a browser session that gave consent, or nobody yet."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse

from arena.errors import Refused
from arena.models import Participant
from arena.people.consent import consent_of, models_elsewhere

P = ParamSpec("P")


def participant_of(request: HttpRequest) -> Participant | None:
    """The participant of this browser session, or None before any consent."""
    participant = request.session.get("participant")
    return Participant.objects.filter(pk=participant).first() if participant else None


def takes_part(participant: Participant | None) -> bool:
    """Whether this is somebody whose consent to the present text stands: not withdrawn, nor given to an earlier one."""
    try:
        return participant is not None and bool(consent_of(participant, elsewhere=models_elsewhere()))
    except Refused:
        return False


def consent_required(
    view: Callable[Concatenate[HttpRequest, Participant, P], HttpResponse],
) -> Callable[Concatenate[HttpRequest, P], HttpResponse]:
    """Hand the view its participant; send whoever has not agreed to the present text there first."""

    @wraps(view)
    def wrapped(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        participant = participant_of(request)
        if participant is not None and takes_part(participant):
            return view(request, participant, *args, **kwargs)
        return HttpResponseRedirect(f"{reverse('consent')}?{urlencode({'next': request.get_full_path()})}")

    return wrapped
