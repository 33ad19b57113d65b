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


def consent_required(
    view: Callable[Concatenate[HttpRequest, Participant, P], HttpResponse],
) -> Callable[Concatenate[HttpRequest, P], HttpResponse]:
    """Hand the view its participant; send whoever has not agreed to the present text there first."""

    @wraps(view)
    def wrapped(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        participant = participant_of(request)
        try:
            if participant is not None and consent_of(participant, elsewhere=models_elsewhere()):
                return view(request, participant, *args, **kwargs)
        except Refused:
            pass  # Withdrawn, or given to an earlier text: asked again like a newcomer.
        return HttpResponseRedirect(f"{reverse('consent')}?{urlencode({'next': request.get_full_path()})}")

    return wrapped
