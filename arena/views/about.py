"""How the arena works and what it keeps, in words for everybody."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render


def about(request: HttpRequest) -> HttpResponse:
    return render(request, "arena/about.html", {"minimum_votes": settings.MINIMUM_VOTES})
