"""What every page knows about the site: its name, its languages, and whether the visitor works here."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject
from django.utils.translation import get_language, get_language_bidi

from arena.people.roles import is_organiser, is_researcher, is_steward


def site(request: HttpRequest) -> dict[str, Any]:
    """Context processor; lazy, because most fragments and downloads read none of it."""
    return {"site": SimpleLazyObject(lambda: _site(request))}


def _site(request: HttpRequest) -> dict[str, Any]:
    current = get_language()
    languages = [
        {"code": code, "name": settings.ENDONYMS.get(code, name), "current": code == current}
        for code, name in settings.LANGUAGES
    ]
    # Django makes an error page before its middleware has run: then there is no user.
    user = getattr(request, "user", None)
    return {
        "name": settings.SITE_NAME,
        "content_language": settings.CONTENT_LANGUAGE,
        "language": next((language["name"] for language in languages if language["current"]), current),
        "languages": languages,
        "direction": "rtl" if get_language_bidi() else "ltr",
        "researcher": user is not None and is_researcher(user),
        "steward": user is not None and is_steward(user),
        "organiser": user is not None and is_organiser(user),
    }
