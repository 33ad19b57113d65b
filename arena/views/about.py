"""How the arena works and what it keeps, in words for everybody."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from arena.people.consent import models_elsewhere


def about(request: HttpRequest) -> HttpResponse:
    context = {"minimum_votes": settings.MINIMUM_VOTES, "elsewhere": models_elsewhere()}
    return render(request, "arena/about.html", context)
