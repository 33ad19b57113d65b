"""The battle's page, its vote, skipping and sharing it. Everything between the two runs over the WebSocket."""

from __future__ import annotations

import logging
import uuid
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.conf import settings
from django.db import Error as DatabaseError
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from arena.battles.opening import get_battle_for
from arena.battles.reveal import reveal
from arena.battles.sharing import share_battle
from arena.battles.skipping import skip_battle
from arena.battles.voting import cast_vote
from arena.errors import Refused
from arena.models import Battle, Participant, Prompt
from arena.models.battles import Axis, Side, SkipReason
from arena.models.remarks import COMMENT_MAX_CHARACTERS, Tag
from arena.prompts import offered_prompts
from arena.views.ballot import read_ballot, read_reason
from arena.views.visitors import consent_required, participant_of
from arena.views.words import battle_words

logger = logging.getLogger(__name__)
_ANY = uuid.UUID(int=0)

UNSAVED = gettext_lazy("This could not be saved just now. Please try again in a moment.")
VOTE_UNSAVED = gettext_lazy("Your vote could not be saved just now. It is kept in this browser and will be sent again.")

Post = Callable[[HttpRequest, uuid.UUID], JsonResponse]


@require_safe
@consent_required
def new_battle(request: HttpRequest, participant: Participant) -> HttpResponse:
    """The page on which a battle begins; `?prompt=` fills in a prompt of the bank."""
    wish = request.GET.get("prompt", "")
    prompt = Prompt.objects.filter(pk=wish, active=True).first() if wish.isdecimal() else None
    return _page(request, prompt=prompt)


@require_safe
@consent_required
def battle_detail(request: HttpRequest, participant: Participant, battle_id: uuid.UUID) -> HttpResponse:
    """The same page, which takes up this battle; a voted one comes with its reveal."""
    try:
        battle = get_battle_for(participant, battle_id)
    except Refused as refusal:
        raise Http404(refusal.message) from refusal
    return _page(request, battle=battle)


def in_json(*, unsaved: object) -> Callable[[Post], Post]:
    """A refusal as its code and sentence; a database that cannot write as `unsaved`, with nothing revealed."""

    def decorator(view: Post) -> Post:
        @require_POST
        @wraps(view)
        def wrapped(request: HttpRequest, battle_id: uuid.UUID) -> JsonResponse:
            try:
                return view(request, battle_id)
            except Refused as refusal:
                return JsonResponse({"code": refusal.code, "message": refusal.message}, status=refusal.status)
            except DatabaseError:
                logger.exception("A %s could not be written", view.__name__)
                return JsonResponse({"code": "database", "message": str(unsaved)}, status=503)

        return wrapped

    return decorator


@in_json(
    unsaved=gettext_lazy("Your vote could not be saved just now. It is kept in this browser and will be sent again.")
)
def vote(request: HttpRequest, battle_id: uuid.UUID) -> JsonResponse:
    """Write the vote, then tell who it was."""
    written, new = cast_vote(battle=_own_battle(request, battle_id), **vars(read_ballot(request.body)))
    return JsonResponse(reveal(written.battle), status=201 if new else 200)


@in_json(unsaved=UNSAVED)
def skip(request: HttpRequest, battle_id: uuid.UUID) -> JsonResponse:
    """End the battle without a vote. Nobody learns who it was."""
    skip_battle(battle=_own_battle(request, battle_id), reason=read_reason(request))
    return JsonResponse({"state": Battle.State.ENDED, "end_reason": Battle.EndReason.SKIPPED})


@in_json(unsaved=UNSAVED)
def share(request: HttpRequest, battle_id: uuid.UUID) -> JsonResponse:
    """Make the voted battle readable for everybody who has its address, and tell the address."""
    key = share_battle(_own_battle(request, battle_id))
    return JsonResponse({"url": request.build_absolute_uri(reverse("shared", args=[key]))})


def _own_battle(request: HttpRequest, battle_id: uuid.UUID) -> Battle:
    participant = participant_of(request)
    if participant is None:
        raise Refused("consent", _("Please read and accept the conditions first."), status=403)
    return get_battle_for(participant, battle_id)


def _page(request: HttpRequest, *, battle: Battle | None = None, prompt: Prompt | None = None) -> HttpResponse:
    """Nothing in the page names a model unless the battle is voted."""
    voted = battle is not None and battle.state == Battle.State.VOTED
    words = battle_words()
    data: dict[str, Any] = {
        "battle": str(battle.pk) if battle else None,
        "reveal": reveal(battle) if battle and voted else None,
        "prompt": {"id": prompt.pk, "text": prompt.text} if prompt else None,
        "prompts": offered_prompts(settings.CONTENT_LANGUAGE),
        "difficulties": [{"name": name, "label": capfirst(label)} for name, label in Prompt.Difficulty.choices],
        "limit": settings.PROMPT_MAX_CHARACTERS,
        "language": settings.CONTENT_LANGUAGE,
        "urls": {
            "battle": reverse("battle"),
            "detail": reverse("battle-detail", args=[_ANY]),
            "vote": reverse("vote", args=[_ANY]),
            "share": reverse("share", args=[_ANY]),
            "skip": reverse("skip", args=[_ANY]),
            "any": str(_ANY),
            "consent": reverse("consent"),
        },
        "words": words,
    }
    apart = [{"name": axis.value, "label": axis.label} for axis in (Axis.CONTENT, Axis.QUALITY)]
    context = {
        "data": data,
        "limit": settings.PROMPT_MAX_CHARACTERS,
        "axes": apart,
        "reasons": SkipReason.choices,
        "sides": [{"name": side.value, "title": words["answer"].format(side=side.label)} for side in Side],
        "tags": Tag.choices,
        "comment_limit": COMMENT_MAX_CHARACTERS,
    }
    return render(request, "arena/battle.html", context)
