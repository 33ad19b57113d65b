"""A battle that its voter shows to others."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from arena.battles.blind import picture
from arena.battles.sharing import shared_battle
from arena.errors import Refused
from arena.models.battles import Side
from arena.views.words import voted_words


@require_safe
def shared(request: HttpRequest, key: uuid.UUID) -> HttpResponse:
    """Question, answers, models and vote, for anybody."""
    try:
        battle = shared_battle(key)
    except Refused as refusal:
        raise Http404(refusal.message) from refusal
    titles = {side: _("Answer {side}").format(side=side.upper()) for side in Side.values}
    turns = [
        {"text": turn["text"], "answers": [(side, titles[side], turn["answers"][side]["html"]) for side in Side.values]}
        for turn in picture(battle)["turns"]
    ]
    context = {
        "turns": turns,
        "models": [(side, battle.model_on(side)) for side in Side.values],
        "verdict": voted_words()[battle.vote.outcome],
        "language": settings.CONTENT_LANGUAGE,
    }
    return render(request, "arena/shared.html", context)
