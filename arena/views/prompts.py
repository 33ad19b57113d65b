"""The prompt bank for everybody: its prompts by category and difficulty, and a form to propose another."""

from __future__ import annotations

from collections.abc import Container
from itertools import groupby
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from arena.errors import Refused
from arena.models import Participant, Prompt
from arena.people.given import proposals_of
from arena.prompts import known_categories, titled
from arena.proposals import propose
from arena.views.visitors import consent_required, participant_of, takes_part

A_PAGE = 100


@require_http_methods(["GET", "HEAD", "POST"])
def prompts(request: HttpRequest) -> HttpResponse:
    return _propose(request) if request.method == "POST" else _page(request)


@consent_required
def _propose(request: HttpRequest, participant: Participant) -> HttpResponse:
    given = {name: request.POST.get(name, "") for name in ("text", "category", "difficulty")}
    try:
        propose(participant=participant, **given)
    except Refused as refusal:
        return _page(request, given=given, refusal=refusal)
    messages.success(
        request,
        _(
            "Thank you! A steward reads your question now. If it is approved, everybody can ask it; you see below, and "
            "with your receipt, what became of it."
        ),
    )
    return HttpResponseRedirect(reverse("prompts"))


def _page(request: HttpRequest, *, given: dict[str, str] | None = None, refusal: Refused | None = None) -> HttpResponse:
    """The bank, and below it the form, as it was filled in where it was refused."""
    language = settings.CONTENT_LANGUAGE
    bank = Prompt.objects.offered(language)
    categories = titled(set(bank.order_by().values_list("category", flat=True).distinct()))
    category = _one_of(categories, request.GET.get("category", ""))
    difficulty = _one_of(Prompt.Difficulty.values, request.GET.get("difficulty", ""))
    chosen: dict[str, Any] = {"category": category, "difficulty": difficulty}
    found = bank.filter(**{name: value for name, value in chosen.items() if value})
    page = Paginator(found, A_PAGE).get_page(request.GET.get("page"))
    participant = participant_of(request)
    context = {
        "page": page,
        "groups": [(categories[name], list(group)) for name, group in groupby(page, key=lambda each: each.category)],
        "chosen": chosen,
        "categories": categories,
        "known_categories": known_categories(language),
        "difficulties": Prompt.Difficulty.choices,
        "takes_part": takes_part(participant),
        "proposals": proposals_of(participant) if participant else [],
        "limit": settings.PROMPT_MAX_CHARACTERS,
        "given": given or {"text": "", "category": category, "difficulty": difficulty},
        "refusal": refusal,
    }
    return render(request, "arena/prompts.html", context, status=refusal.status if refusal else 200)


def _one_of(known: Container[str], wish: str) -> str:
    """What was wished for where it exists; otherwise "", which is all of them."""
    return wish if wish in known else ""
