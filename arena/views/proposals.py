"""Proposed prompts, for stewards: the oldest first, to approve as they are or mended, or to decline with a reason."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.models import User
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from arena.errors import Refused
from arena.models import Prompt, PromptProposal
from arena.people.roles import is_steward
from arena.prompts import known_categories
from arena.proposals import approve, decline

P = ParamSpec("P")
A_PAGE = 20
DECIDED_SHOWN = 20


def stewards_only(
    view: Callable[Concatenate[HttpRequest, User, P], HttpResponseBase],
) -> Callable[Concatenate[HttpRequest, P], HttpResponseBase]:
    """Hand the view its steward; visitors are asked to sign in, and who is no steward sees the 403 page."""

    @wraps(view)
    def wrapped(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        if not isinstance(request.user, User):
            return redirect_to_login(reverse("proposals"))
        if not is_steward(request.user):
            raise PermissionDenied
        return view(request, request.user, *args, **kwargs)

    return wrapped


@require_safe
@stewards_only
def proposals(request: HttpRequest, steward: User) -> HttpResponse:
    return _queue(request)


@require_POST
@stewards_only
def approve_proposal(request: HttpRequest, steward: User, proposal_id: int) -> HttpResponse:
    proposal = get_object_or_404(PromptProposal, pk=proposal_id)
    mended = {name: request.POST.get(name, "") for name in ("text", "category", "difficulty")}
    try:
        approve(proposal=proposal, by=steward, **mended)
    except Refused as refusal:
        for name, value in mended.items():
            setattr(proposal, name, value)  # The form is shown again as the steward left it.
        return _queue(request, refused=proposal, refusal=refusal)
    messages.success(request, _("Approved: the question is in the bank."))
    return HttpResponseRedirect(reverse("proposals"))


@require_POST
@stewards_only
def decline_proposal(request: HttpRequest, steward: User, proposal_id: int) -> HttpResponse:
    proposal = get_object_or_404(PromptProposal, pk=proposal_id)
    try:
        decline(proposal=proposal, reason=request.POST.get("reason", ""), by=steward)
    except Refused as refusal:
        return _queue(request, refused=proposal, refusal=refusal)
    messages.success(request, _("Declined: the person who proposed the question sees your reason."))
    return HttpResponseRedirect(reverse("proposals"))


def _queue(
    request: HttpRequest, *, refused: PromptProposal | None = None, refusal: Refused | None = None
) -> HttpResponse:
    page = Paginator(PromptProposal.objects.waiting(), A_PAGE).get_page(request.GET.get("page"))
    decided = PromptProposal.objects.exclude(state=PromptProposal.State.PROPOSED)
    context = {
        "page": page,
        "waiting": [refused if refused == proposal else proposal for proposal in page],
        "refused": refused,
        "refusal": refusal,
        "decided": decided.select_related("decided_by", "prompt").order_by("-decided_at", "-pk")[:DECIDED_SHOWN],
        "difficulties": Prompt.Difficulty.choices,
        "categories": known_categories(settings.CONTENT_LANGUAGE),
    }
    return render(request, "arena/proposals.html", context, status=refusal.status if refusal else 200)
