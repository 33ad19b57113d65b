"""Consent: what taking part means, in plain words; nothing is stored before the visitor says yes."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import get_language
from django.views.decorators.http import require_http_methods

from arena.models import Consent
from arena.people.consent import give_consent, models_elsewhere
from arena.views.visitors import participant_of


@require_http_methods(["GET", "HEAD", "POST"])
def consent(request: HttpRequest) -> HttpResponse:
    if request.method == "POST":
        return _accept(request)
    participant = participant_of(request)
    standing = Consent.objects.filter(participant=participant, withdrawn_at=None).order_by("pk").last()
    context = {"next": _safe_next(request), "standing": standing, "elsewhere": models_elsewhere()}
    return render(request, "arena/consent.html", context)


def _accept(request: HttpRequest) -> HttpResponse:
    everything = request.POST.get("scope") == "all"
    given = give_consent(
        participant=participant_of(request),
        language=get_language() or "",
        publish=everything or "publish" in request.POST,
        train=everything or "train" in request.POST,
    )
    request.session["participant"] = str(given.participant_id)
    # Shown once, on the page that the visitor lands on: few would look for it later.
    messages.info(request, given.receipt, extra_tags="receipt")
    return HttpResponseRedirect(_safe_next(request))


def _safe_next(request: HttpRequest) -> str:
    """Where the visitor was going; never another site."""
    wish = request.POST.get("next") or request.GET.get("next") or ""
    if url_has_allowed_host_and_scheme(wish, allowed_hosts={request.get_host()}, require_https=request.is_secure()):
        return wish
    return reverse("battle")
