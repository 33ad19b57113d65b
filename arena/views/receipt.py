"""The receipt: see, keep or withdraw what was given. The code travels in the body, so that no log keeps it."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from arena.errors import Refused
from arena.models.remarks import Tag
from arena.people.given import given_by
from arena.people.withdrawal import consent_by_receipt, withdraw
from arena.views.me import impact_page


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def receipt(request: HttpRequest) -> HttpResponse:
    if request.method != "POST":
        return render(request, "arena/receipt.html")
    code = request.POST.get("receipt", "")
    try:
        return _answer(request, code, request.POST.get("action", "see"))
    except Refused as refusal:
        return render(request, "arena/receipt.html", {"refusal": refusal, "code": code}, status=refusal.status)


def _answer(request: HttpRequest, code: str, action: str) -> HttpResponse:
    """Any receipt opens everything that its holder gave, under whichever consent."""
    withdrawal = withdraw(receipt=code) if action == "withdraw" else None
    consent = consent_by_receipt(code)
    if action == "impact":
        return impact_page(request, consent.participant)
    given = given_by(consent.participant)
    if action == "download":
        response = JsonResponse(given, json_dumps_params={"ensure_ascii": False, "indent": 1})
        response["Content-Disposition"] = 'attachment; filename="my-data.json"'
        return response
    consents = consent.participant.consents.order_by("pk")
    context = {
        "consent": consent,
        "consents": consents,
        "standing": consents.filter(withdrawn_at=None).exists(),
        "battles": given["battles"],
        "proposals": given["proposals"],
        "tags": Tag.choices,
        "withdrawal": withdrawal,
    }
    return render(request, "arena/receipt.html", context)
